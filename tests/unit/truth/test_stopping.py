import numpy as np

from hakari.truth.consensus import consensus
from hakari.truth.stopping import bought, stops
from hakari.truth.votes import UNKNOWN, Votes

from . import made


def some(votes, most):
    """Return the first `most` labels of each task."""
    rank = np.arange(len(votes)) - np.searchsorted(votes.task, votes.task)
    return votes.keep(rank < most)


def nobody(votes):
    return np.zeros(len(votes.tasks), np.bool_)


def test_agreed_tasks_stop_early_and_are_right():
    votes, true = made.crowd(tasks=600, workers=20, per_task=10, classes=2, skill=0.85)
    early = some(votes, 5)
    found = stops(early, classes=2, cap=10, full=nobody(votes))
    assert 0.3 < found.enough.mean() < 0.95
    assert (found.label == true)[found.enough].mean() > 0.97
    assert (found.label == true)[~found.enough].mean() < (found.label == true)[found.enough].mean()


def test_two_labels_never_stop_a_task_and_the_cap_always_does():
    votes, _ = made.crowd(tasks=600, workers=20, per_task=5, classes=2, skill=0.95)
    assert not stops(some(votes, 2), classes=2, cap=5, full=nobody(votes)).enough.any()
    assert stops(some(votes, 2), classes=2, cap=2, full=nobody(votes)).enough.all()


def test_tasks_drawn_to_run_full_are_not_stopped():
    votes, _ = made.crowd(tasks=700, workers=20, per_task=4, classes=2, skill=0.95)
    full = np.arange(700) % 10 == 0
    found = stops(votes, classes=2, cap=10, full=full)
    assert not found.enough[full].any()
    assert found.enough[~full].mean() > 0.5


def test_small_jobs_run_to_the_cap():
    votes, _ = made.crowd(tasks=100, workers=20, per_task=5, classes=2, skill=0.95)
    assert not stops(votes, classes=2, cap=10, full=nobody(votes)).enough.any()


def test_an_army_does_not_stop_tasks_by_its_own_agreement():
    votes, true = made.crowd(tasks=600, workers=30, per_task=4, classes=2, skill=0.75)
    mixed = made.with_army(votes, true, members=5, classes=2)
    known = np.where(np.arange(600) % 10 == 0, true, UNKNOWN).astype(np.int32)
    found = stops(mixed, classes=2, cap=20, full=nobody(mixed), known=known)
    assert found.enough[known != UNKNOWN].all()
    stopped = found.enough & (known == UNKNOWN)
    assert (found.label == true)[stopped].mean() > 0.9
    assert len(Votes.from_rows(made.rows(mixed), classes=2)) == len(mixed)


def test_a_job_that_stops_where_it_is_sure_buys_fewer_labels_and_is_as_right():
    votes, true = made.crowd(tasks=600, workers=20, per_task=10, classes=2, skill=0.85)
    arrival = np.random.default_rng(1).permutation(len(votes))
    found = bought(votes, classes=2, arrival=arrival, seed=1)
    kept = votes.keep(found.used)
    assert found.saved == 1 - len(kept) / len(votes)
    assert found.saved > 0.3
    each = np.bincount(kept.task, minlength=600)
    assert each.min() >= 3
    assert 30 < (each == 10).sum() < 300
    # What is bought is what came first.
    assert all(
        arrival[(votes.task == t) & found.used].max() < arrival[(votes.task == t) & ~found.used].min(initial=10**9)
        for t in range(50)
    )
    answers = [consensus(each, classes=2).p_label.argmax(axis=1) == true for each in (kept, votes)]
    assert answers[0].mean() > answers[1].mean() - 0.01
