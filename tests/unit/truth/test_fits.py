"""Majority, Dawid-Skene and the ensemble of fits."""

import numpy as np
import pytest

from hakari.truth import standins
from hakari.truth.attacks import infest
from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import Prior, dawid_skene
from hakari.truth.ensemble import MEMBERS, answer
from hakari.truth.hierarchy import fit, nothing_known, vote_start
from hakari.truth.majority import majority
from hakari.truth.replay import drawn
from hakari.truth.softmax import Slopes
from hakari.truth.sweeps import Layout
from hakari.truth.votes import UNKNOWN, BadVotes, EmptyVotes, Votes

from . import made

NOTHING = Votes.from_rows([], classes=2)


def relabelled(votes, order):
    return Votes.from_rows([(t, w, order[label]) for t, w, label in made.rows(votes)], classes=len(order))


def test_majority_counts_shares_and_ties_go_to_the_lowest_class():
    votes = Votes.from_rows([("a", "u", 1), ("a", "v", 0), ("b", "u", 2)], classes=3)
    found = majority(votes, 3)
    assert found.p_label.tolist() == [[0.5, 0.5, 0], [0, 0, 1]]
    assert found.label.tolist() == [0, 2]
    assert majority(votes, 3, np.array([2, UNKNOWN], np.int32)).label.tolist() == [2, 2]


@pytest.mark.parametrize("call", [lambda: majority(NOTHING, 2), lambda: dawid_skene(NOTHING, classes=2)])
def test_nothing_to_count_is_refused(call):
    with pytest.raises(EmptyVotes):
        call()


def test_a_careless_worker_is_outvoted_by_one_good_one():
    votes, true = made.crowd(tasks=300, workers=20, classes=2, skill=0.85)
    rng = np.random.default_rng(3)
    noise = [(name, f"x{n}", int(rng.integers(0, 2))) for n in range(6) for name in votes.tasks]
    mixed = Votes.from_rows([*made.rows(votes), *noise], classes=2)
    assert made.accuracy(dawid_skene(mixed, classes=2).p_label, true) > 0.93
    assert made.accuracy(majority(mixed, 2).p_label, true) < 0.9


def test_known_answers_stay_fixed_and_teach_about_workers():
    votes, true = made.crowd(tasks=60, workers=5, per_task=3, classes=2, skill=0.2)
    known = np.where(np.arange(60) < 30, true, UNKNOWN).astype(np.int32)
    found = dawid_skene(votes, classes=2, known=known)
    assert (found.p_label[:30].argmax(axis=1) == true[:30]).all()
    assert (found.p_label[:30].max(axis=1) == 1).all()
    assert made.accuracy(found.p_label[30:], true[30:]) > 0.8
    assert made.accuracy(dawid_skene(votes, classes=2).p_label[30:], true[30:]) < 0.3


def test_rows_are_distributions_and_confusions_have_columns():
    votes, _ = made.crowd()
    found = dawid_skene(votes, classes=3)
    assert np.allclose(found.p_label.sum(axis=1), 1)
    assert np.allclose(found.confusion.sum(axis=1), 1)
    assert found.p_label.min() >= 0


@pytest.mark.parametrize("prior", [Prior(each=0), Prior(right=-1), Prior(each=-1)])
def test_a_prior_that_forbids_is_refused(prior):
    votes, _ = made.crowd(tasks=5)
    with pytest.raises(BadVotes, match="each > 0"):
        dawid_skene(votes, classes=3, prior=prior)


def test_two_runs_and_any_number_of_threads_give_the_same_bytes():
    votes, _ = made.crowd(tasks=41_000, workers=200, per_task=5, classes=3)
    assert len(votes) > 200_000
    first = dawid_skene(votes, classes=3, rounds=4, threads=1)
    for threads in (1, 2, 7):
        again = dawid_skene(votes, classes=3, rounds=4, threads=threads)
        assert first.p_label.tobytes() == again.p_label.tobytes()
        assert first.confusion.tobytes() == again.confusion.tobytes()


@pytest.mark.parametrize("member", MEMBERS, ids=lambda shape: shape.name)
def test_renaming_classes_renames_answers(member):
    votes, _ = made.crowd(tasks=150)
    order = [2, 0, 1]
    plain = fit(Layout.of(votes, 3), member, known=nothing_known(votes), start=vote_start(votes, 3))
    other = relabelled(votes, order)
    moved = fit(Layout.of(other, 3), member, known=nothing_known(other), start=vote_start(other, 3))
    assert np.allclose(plain.p_label, moved.p_label[:, order], atol=1e-3)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda shape: shape.name)
def test_a_crowd_without_an_error_breaks_no_fit(member):
    rows = [(f"t{t}", f"w{w}", t % 2) for t in range(20) for w in range(4)]
    votes = Votes.from_rows(rows, classes=2)
    known = np.arange(20, dtype=np.int32) % 2
    found = fit(Layout.of(votes, 2), member, known=known, start=vote_start(votes, 2))
    assert np.isfinite(found.log_p).all()
    assert (found.p_label.argmax(axis=1) == known).all()


def test_the_ensemble_beats_the_vote_and_its_weights_sum_to_one():
    votes, true = made.crowd(tasks=500, workers=24, per_task=5, classes=3, skill=[0.9] * 8 + [0.4] * 16)
    found = answer(votes, classes=3)
    assert found.weights.sum() == pytest.approx(1)
    assert made.accuracy(found.p_label, true) > 0.03 + made.accuracy(majority(votes, 3).p_label, true)


def test_class_shares_that_run_away_with_an_error_have_no_say():
    # Three labels a task from weak workers: with shares that speak fully, calling every task the same explains the labels best.
    votes, true = made.crowd(tasks=400, workers=300, per_task=3, classes=2, skill=0.55, seed=1)
    found = answer(votes, classes=2)
    least = [np.bincount(m.p_label.argmax(axis=1), minlength=2).min() for m in found.members]
    collapsed = [n for n, count in enumerate(least) if count < 30]
    assert [MEMBERS[n].name for n in collapsed] == ["pattern"]
    assert found.weights[collapsed].sum() < 0.02
    assert found.weights.sum() == pytest.approx(1)
    assert np.bincount(found.label, minlength=2).min() > 100
    assert made.accuracy(found.p_label, true) > 0.55


def test_class_shares_speak_where_one_class_has_nearly_all_tasks():
    rng = np.random.default_rng(2)
    true = (rng.random(600) < 0.1).astype(np.int32)
    rows = [
        (f"t{t:03d}", f"w{w:02d}", int(true[t] ^ (rng.random() > 0.8)))
        for t in range(600)
        for w in rng.choice(30, 5, replace=False)
    ]
    votes = Votes.from_rows(rows, classes=2)
    found = answer(votes, classes=2)
    full = sum(weight for weight, shape in zip(found.weights, MEMBERS, strict=True) if shape.tempered == 1)
    assert full > 0.9
    assert made.accuracy(found.p_label, true) > made.accuracy(majority(votes, 2).p_label, true)


def test_who_says_one_class_whatever_is_right_is_seen_through():
    rows, truth = standins.made("many")
    mixed = infest(rows, truth, "constant", share=0.4, seed=0)
    number = {name: n for n, name in enumerate(sorted(set(truth.values())))}
    votes = Votes.from_rows([(t, w, number[label]) for t, w, label in mixed.rows], classes=12)
    true = votes.known({task: number[label] for task, label in truth.items()}, classes=12)
    known = np.where(drawn(votes, true, seed=0, rate=0.1), true, UNKNOWN).astype(np.int32)
    honest = votes.keep(np.array([mixed.roles[name] == "honest" for name in votes.workers])[votes.worker])
    alone = made.accuracy(consensus(honest, classes=12).p_label, true)
    assert made.accuracy(consensus(votes, classes=12, known=known).p_label, true) > alone - 0.02


def test_a_newcomer_errs_as_the_crowd_does_and_a_long_career_as_itself():
    counts = np.zeros((3, 3, 3))
    counts[0] = [[80, 0, 0], [20, 100, 0], [0, 0, 100]]  # mistakes 0 for 1, never for 2
    counts[1] = counts[0]
    counts[2, 0, 0] = 2  # two labels of one class
    for tied in (True, False):
        slopes = Slopes.level(3, 3, tied=tied)
        for _ in range(40):
            log_p = slopes.climb(counts)
        new, old = np.exp(log_p[2]), np.exp(log_p[0])
        assert np.allclose(new.sum(axis=0), 1)
        assert new[1, 0] > 2 * new[2, 0]
        assert old[0, 0] == pytest.approx(0.8, abs=0.05)
        before = log_p.copy()
        assert np.abs(slopes.climb(counts) - before).max() < 1e-3  # it has arrived


def test_one_class_and_one_label_are_answered():
    votes = Votes.from_rows([("a", "w", 0)], classes=1)
    assert consensus(votes, classes=1).label.tolist() == [0]
    votes = Votes.from_rows([("a", "w", 1)], classes=2)
    assert consensus(votes, classes=2).label.tolist() == [1]


@pytest.mark.soak  # its peer is too heavy for every run: `make soak` with the bench extra
def test_crowd_kit_finds_the_same_answers():
    crowdkit = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is a bench extra")
    import pandas as pd

    votes, _ = made.crowd(tasks=300, workers=20, classes=3, skill=0.6)
    frame = pd.DataFrame(made.rows(votes), columns=["task", "worker", "label"])
    theirs = crowdkit.DawidSkene(n_iter=40).fit_predict(frame)
    ours = dawid_skene(votes, classes=3, prior=Prior(each=1e-3, right=0), rounds=40).label
    assert (theirs.reindex(list(votes.tasks)).to_numpy() == ours).mean() > 0.97
