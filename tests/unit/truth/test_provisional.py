"""The running estimate: near the settled one, quick, and never asked to pay."""

import numpy as np
import pytest

from hakari.truth.dawid_skene import dawid_skene
from hakari.truth.provisional import Provisional
from hakari.truth.votes import UNKNOWN, BadVotes

from . import made


def shuffled(votes, seed=1):
    order = np.random.default_rng(seed).permutation(len(votes))
    return [(votes.tasks[votes.task[v]], votes.workers[votes.worker[v]], int(votes.label[v])) for v in order]


def test_answers_one_by_one_end_near_the_fit_of_all():
    votes, true = made.crowd(tasks=300, workers=20, per_task=6, classes=3, skill=0.75)
    running = Provisional(classes=3)
    for task, worker, label in shuffled(votes):
        running.add(task, worker, label)
    label = np.array([running.belief(task).argmax() for task in votes.tasks])
    fit = dawid_skene(votes, classes=3)
    assert (label == true).mean() > made.accuracy(fit.p_label, true) - 0.02
    assert running.settle(rounds=25) < 0.01
    settled = np.array([running.belief(task) for task in votes.tasks])
    assert (settled.argmax(axis=1) == fit.label).mean() > 0.99


def test_its_counts_are_those_of_its_beliefs():
    votes, _ = made.crowd(tasks=60, workers=100, per_task=4, classes=2, skill=0.8)
    running = Provisional.of(votes, classes=2)
    counts = np.zeros((100, 2, 2))
    for t, w, label in zip(votes.task, votes.worker, votes.label, strict=True):
        counts[running._worker_of[votes.workers[w]], label] += running.belief(votes.tasks[t])
    assert running._counts[:100] == pytest.approx(counts, abs=1e-9)


def test_an_audit_holds_its_task_and_teaches_who_is_wrong():
    votes, true = made.crowd(tasks=200, workers=15, per_task=5, classes=2, skill=0.8)
    known = np.where(np.arange(200) % 4 == 0, true, UNKNOWN)
    running = Provisional.of(votes, classes=2, known=known.tolist())
    assert all(running.belief(votes.tasks[t]).argmax() == true[t] for t in range(0, 200, 4))
    before = running.belief(votes.tasks[1])
    assert running.audit(votes.tasks[1], 1 - int(before.argmax()))[1 - int(before.argmax())] == 1
    assert running.belief("nobody's").sum() == pytest.approx(1)


@pytest.mark.parametrize("label", [2, -1, True, 0.5, float("nan")])
def test_what_is_no_class_leaves_no_trace(label):
    running = Provisional(classes=2)
    running.add("t", "v", 1)
    before = running.belief("t").tolist()
    with pytest.raises(BadVotes):
        running.add("t", "w", label)
    with pytest.raises(BadVotes, match="one label of a worker"):
        running.add("t", "v", 0)
    assert running.belief("t").tolist() == before
