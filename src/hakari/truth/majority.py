"""The plainest answer: the share of labels that each class got."""

import numpy as np

from hakari.truth.votes import UNKNOWN, EmptyVotes, Floats, Ints, Posterior, Votes


def majority(votes: Votes, classes: int, known: Ints | None = None) -> Posterior:
    """Return each task's label shares; known tasks are certain. Ties in `label` go to the lowest class.

    known: (T,) class or -1. A task without labels gets equal shares. Raises EmptyVotes if there is no label and nothing known.
    """
    if not len(votes) and known is None:
        raise EmptyVotes("at least one label expected, got none")
    return Posterior(p_label=fix(shares(votes, classes), known))


def shares(votes: Votes, classes: int) -> Floats:
    """Return (T, classes) label shares, equal where a task has no label."""
    flat = votes.task.astype(np.int64) * classes + votes.label
    counts = np.bincount(flat, minlength=len(votes.tasks) * classes).reshape(-1, classes).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, 1 / classes), where=total > 0)


def fix(p_label: Floats, known: Ints | None) -> Floats:
    """Make known tasks certain, in place; returns the same array."""
    if known is not None:
        at = np.flatnonzero(known != UNKNOWN)
        p_label[at] = 0.0
        p_label[at, known[at]] = 1.0
    return p_label
