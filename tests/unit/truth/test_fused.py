"""Dawid-Skene in one pass."""

import numpy as np

from hakari.truth.dawid_skene import dawid_skene
from hakari.truth.votes import Votes

from . import made


def test_votes_of_many_are_cut_into_parts_that_no_thread_changes():
    rng = np.random.default_rng(0)
    tasks, each = 50_000, 5
    true = rng.integers(0, 3, tasks)
    task = np.repeat(np.arange(tasks), each)
    worker = rng.integers(0, 200, tasks * each) // each * each + np.tile(np.arange(each), tasks)
    label = np.where(rng.random(tasks * each) < 0.7, true[task], rng.integers(0, 3, tasks * each))
    votes = Votes.from_arrays(
        task, worker, label, classes=3, tasks=made.names("t", tasks), workers=made.names("w", 200)
    )
    first, again = (dawid_skene(votes, classes=3, rounds=4, threads=n) for n in (1, 3))
    assert first.p_label.tobytes() == again.p_label.tobytes()
    assert first.confusion.tobytes() == again.confusion.tobytes()
    # The first part of the tasks, alone, goes the other way, through two layouts: the same sums in the same order.
    small = votes.keep(votes.task < 30_000)
    assert len(small) < 200_000 < len(votes)
    assert (first.label[:30_000] == dawid_skene(small, classes=3, rounds=4).label[:30_000]).mean() > 0.99
