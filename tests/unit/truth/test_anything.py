"""Whatever people label, judging gives finite integers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.truth.judgement import REASONS, judge_labels
from hakari.truth.votes import UNKNOWN, Votes

from . import made


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_job_is_judged(data):
    classes = data.draw(st.integers(1, 5))
    tasks, workers = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 8))
    pairs = [(t, w) for t in range(tasks) for w in range(workers)]
    kept = data.draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    rows = [(f"t{t}", f"w{w}", data.draw(st.integers(0, classes - 1))) for t, w in kept]
    votes = Votes.from_rows(rows, classes=classes)
    known = np.array([data.draw(st.integers(UNKNOWN, classes - 1)) for _ in votes.tasks], np.int32)
    judged = judge_labels(votes, classes=classes, known=known)
    assert set(judged.reason) <= set(REASONS)
    assert ((judged.score_bps >= 0) & (judged.score_bps <= 10_000)).all()
    assert (judged.merit_bps <= 10_000).all()
    assert (np.abs(judged.label_bps.sum(axis=1) - 10_000) <= classes).all()
    at = known[votes.task] != UNKNOWN
    assert (judged.accepted[at] == (votes.label == known[votes.task])[at]).all()


def test_a_skewed_job_of_many_classes_is_judged():
    rng = np.random.default_rng(0)
    true = np.where(rng.random(300) < 0.97, 0, rng.integers(0, 40, 300))
    rows = [
        (f"t{t:03d}", f"w{w:02d}", int(true[t] if rng.random() < 0.9 else rng.integers(0, 40)))
        for t in range(300)
        for w in rng.choice(20, 3, replace=False)
    ]
    votes = Votes.from_rows(rows, classes=40)
    judged = judge_labels(votes, classes=40)
    assert made.accuracy(judged.label_bps, true) > 0.97
    assert judged.merit_bps.min() >= -500_000


def test_one_worker_alone_is_neither_refused_nor_proof_of_anything():
    votes = Votes.from_rows([(f"t{t}", "w", t % 2) for t in range(10)], classes=2)
    judged = judge_labels(votes, classes=2)
    assert judged.accepted.all()
    assert judged.score_bps.max() < 10_000


def test_a_crowd_that_is_one_group_is_still_answered():
    rows = [(f"t{t:02d}", f"w{w}", (t * 7) % 3) for t in range(60) for w in range(4)]
    votes = Votes.from_rows(rows, classes=3)
    known = np.where(np.arange(60) < 30, (np.arange(60) * 5) % 3, UNKNOWN).astype(np.int32)
    judged = judge_labels(votes, classes=3, known=known)
    assert np.isfinite(judged.label_bps).all()
    assert (judged.accepted == (votes.label == known[votes.task]))[known[votes.task] != UNKNOWN].all()
