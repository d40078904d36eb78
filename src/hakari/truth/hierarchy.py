"""Confusion matrices that lean on each other: what a worker is expected to mistake is what the crowd mistakes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hakari.truth.majority import fix, shares
from hakari.truth.softmax import Slopes
from hakari.truth.sweeps import Layout, log_of_means
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

ROUNDS = 60
SETTLED = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a fit believes before it sees a label.

    lean: on the crowd's «pattern» or on its errors «tied» to one accuracy (truth/softmax.py), or on nobody, «alone»: each column has
    the Dirichlet prior of Dawid-Skene, `each` a cell and `right` more on the diagonal. tempered: weight of class shares, 1 is proper.
    """

    name: str
    lean: Literal["pattern", "tied", "alone"]
    tempered: float = 1.0
    each: float = 0.5
    right: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Beliefs:
    """p_label (T, K); log_p (W, K, K) [worker, said, true]; log_shares (K,), tempered as the shape says."""

    p_label: Floats
    log_p: Floats
    log_shares: Floats

    def chance(self, p_label: Floats, worker: Ints, label: Ints) -> Floats:
        """Return the chance that these workers give these labels to tasks with beliefs p_label (n, K)."""
        return (p_label * np.exp(self.log_p[worker, label])).sum(axis=1)


def fit(
    layout: Layout,
    shape: Shape,
    *,
    known: Ints,
    start: Floats,
    beside: Floats | None = None,
    rounds: int = ROUNDS,
) -> Beliefs:
    """Return the beliefs that EM settles on from `start` (T, K), with known tasks held.

    beside: (T, K) log likelihood of what speaks beside the labels (one vote of a copy group), or None. A settled state is found in
    60 rounds or at a change below 1e-4. Cost O(rounds (V K + W K^2)).
    """
    post = fix(start.copy(), known)
    counts = np.empty((layout.worker_count, layout.classes, layout.classes))
    labelled = np.diff(layout.task_start) > 0
    to_logs = _to_logs(layout, shape)
    layout.count(post, counts)
    log_p = to_logs(counts)
    for _ in range(rounds):
        base = with_beside(_log_shares(post[labelled], shape), beside)
        if layout.expect(log_p, base, known, post) < SETTLED:
            break
        layout.count(post, counts)
        log_p = to_logs(counts)
    return Beliefs(p_label=post, log_p=log_p, log_shares=_log_shares(post[labelled], shape))


def with_beside(log_shares: Floats, beside: Floats | None) -> Floats:
    """Return the (1, K) or (T, K) log prior of each task's class."""
    base = log_shares[None, :]
    return base if beside is None else base + beside


def vote_start(votes: Votes, classes: int) -> Floats:
    """Return (T, K) label shares as a place to start from."""
    return shares(votes, classes)


def nothing_known(votes: Votes) -> Ints:
    """Return (T,) of UNKNOWN."""
    return np.full(len(votes.tasks), UNKNOWN, np.int32)


def _to_logs(layout: Layout, shape: Shape) -> Callable[[Floats], Floats]:
    if shape.lean == "alone":
        prior = shape.each + shape.right * np.eye(layout.classes)
        return lambda counts: log_of_means(counts + prior)
    return Slopes.level(layout.worker_count, layout.classes, tied=shape.lean == "tied").climb


def _log_shares(post: Floats, shape: Shape) -> Floats:
    column = np.ascontiguousarray((post.sum(axis=0) + 1.0)[None, :, None])
    return shape.tempered * log_of_means(column)[0, :, 0]
