"""What audits say about workers: confusion counts on tasks whose truth is known."""

from dataclasses import dataclass

import numpy as np

from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Anchors:
    """counts (W, K, K) audited [worker, said, true]; pool (K, K) of all; confusion (W, K, K) shrunk to the pool; shares (K,)."""

    counts: Floats
    pool: Floats
    confusion: Floats
    shares: Floats


def anchors(votes: Votes, *, classes: int, known: Ints) -> Anchors:
    """Return the audit record. Columns sum to 1 over what was said; a worker without audits has the pool's confusion."""
    counts = audited_counts(votes, votes.worker, len(votes.workers), classes, known)
    pool = columns(counts.sum(axis=0) + 1.0)
    truth = known[known != UNKNOWN]
    mass = np.bincount(truth, minlength=classes) + 1.0
    return Anchors(counts=counts, pool=pool, confusion=columns(counts + 4.0 * pool), shares=mass / mass.sum())


def audited_counts(votes: Votes, group: Ints, groups: int, classes: int, known: Ints) -> Floats:
    """Return (groups, K, K) counts of [group of the vote, said, true] over audited votes; a negative group is left out."""
    truth = known[votes.task]
    at = (truth != UNKNOWN) & (group >= 0)
    cell = (group[at].astype(np.int64) * classes + votes.label[at]) * classes + truth[at]
    return np.bincount(cell, minlength=groups * classes * classes).reshape(groups, classes, classes).astype(np.float64)


def columns(counts: Floats) -> Floats:
    """Return counts scaled so that the second axis from the right (what was said) sums to 1."""
    return counts / counts.sum(axis=-2, keepdims=True)
