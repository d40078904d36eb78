"""Peer prediction where no audit is possible: Correlated Agreement, and what it can't do."""

from dataclasses import dataclass

import numpy as np

from hakari.truth.dense import mixed
from hakari.truth.votes import BadVotes, EmptyVotes, Floats, Ints, Votes


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Peers:
    """score (W,): in -1..1, 0 for any report that ignores its tasks; NaN for a worker who shares no task. pairs (W,): labels of others
    on the worker's tasks, each met once."""

    score: Floats
    pairs: Ints


def correlated_agreement(votes: Votes, *, classes: int) -> Peers:
    """Return each worker's score by Correlated Agreement (Shnayder et al. 2016, doi:10.1145/2940716.2940790).

    Two classes «go together» where people give them to one task more often than chance. A label earns the share of others on its task
    that goes together with it, less the share that would on tasks drawn apart from each other. Which classes go together on one half of
    the tasks (by hash) is learned from the other half, so that no label shapes its own rule. Cost O(V K).

    Limits: truth is an equilibrium, not the only one. People who share one sheet earn the most there is, whatever the sheet says, and
    an honest minority among them earns nothing; effort is rewarded only as far as it makes reports correlate. So it ranks people who
    don't coordinate; it never convicts, and where audits are possible they decide. Raises EmptyVotes without a label.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    if classes < 1 or int(votes.label.max()) >= classes:
        raise BadVotes(f"labels of 0 to {classes - 1} expected, got {int(votes.label.max())}")
    half = np.array([int(mixed(t, 16) & np.uint64(1)) for t in range(len(votes.tasks))], np.int32)
    table = _table(votes, classes)
    rest = table[votes.task].copy()
    rest[np.arange(len(votes)), votes.label] -= 1.0
    together = _together(votes, rest, half, classes)
    side = 1 - half[votes.task]
    goes = together[side, votes.label]
    pairs = rest.sum(axis=1)
    count = len(votes.workers)
    met = np.bincount(votes.worker, weights=pairs, minlength=count)
    bonus = np.bincount(votes.worker, weights=(goes * rest).sum(axis=1), minlength=count)
    # Apart: the worker's labels against everybody else's, each drawn by itself; weighted as the pairs above are.
    mass = table.sum(axis=0)
    own = np.zeros((count, 2, classes))
    np.add.at(own, (votes.worker, side, votes.label), pairs)
    mine = np.zeros((count, classes))
    np.add.at(mine, (votes.worker, votes.label), 1.0)
    others = mass - mine
    total = others.sum(axis=1, keepdims=True)
    others = np.divide(others, total, out=np.zeros_like(others), where=total > 0)
    apart = np.einsum("wsl,slk,wk->w", own, together, others)
    score = np.divide(bonus - apart, met, out=np.full(count, np.nan), where=met > 0)
    return Peers(score=score, pairs=met.astype(np.int32))


def _table(votes: Votes, classes: int) -> Floats:
    cell = votes.task.astype(np.int64) * classes + votes.label
    return np.bincount(cell, minlength=len(votes.tasks) * classes).reshape(-1, classes).astype(np.float64)


def _together(votes: Votes, rest: Floats, half: Ints, classes: int) -> Floats:
    """Return (2, K, K): 1 where two classes meet on tasks of that half more often than apart, else 0."""
    out = np.zeros((2, classes, classes))
    for side in (0, 1):
        here = half[votes.task] == side
        joint = np.zeros((classes, classes))
        np.add.at(joint, votes.label[here], rest[here])
        whole = joint.sum()
        if whole:
            share = joint.sum(axis=1) / whole
            out[side] = joint / whole - np.outer(share, share) > 1e-12
    return out
