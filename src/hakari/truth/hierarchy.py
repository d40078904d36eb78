"""Confusion matrices that lean on each other: every worker's prior is the crowd's own error pattern."""

from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np

from hakari.truth.compiled import compiled
from hakari.truth.dense import mixed
from hakari.truth.majority import fix, shares
from hakari.truth.sweeps import Layout, log_beta, log_of_means, mean_of_logs
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

ROUNDS = 60
SETTLED = 1e-4
# Pseudo-tasks of a kind within its class: far below 1, so that kinds that the labels don't need die out.
SPARSE = 0.1
SPLITS = 4
RULED_OUT = -1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a fit believes before it sees a label.

    pooled: strength (pseudo-labels a class) of the crowd's pattern as each worker's prior; 0 takes the fixed prior (each, right).
    one_coin: how much of that prior has one accuracy for all classes. tempered: weight of the class shares (1 is proper).
    kinds: hidden kinds of task within each class; more than 1 lets workers' errors depend on each other (a picture that fools many).
    logs: «means» is variational Bayes, «of_means» MAP.
    """

    name: str
    pooled: float = 0.0
    one_coin: float = 0.0
    each: float = 0.5
    right: float = 1.0
    tempered: float = 1.0
    kinds: int = 1
    logs: Literal["of_means", "means"] = "of_means"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Beliefs:
    """p_label (T, K); log_p (W, K, L) [worker, said, kind of truth]; log_shares (L,), tempered as the shape says; L = K * kinds."""

    p_label: Floats
    log_p: Floats
    log_shares: Floats

    def chance(self, p_kind: Floats, worker: Ints, label: Ints) -> Floats:
        """Return the chance that these workers give these labels to tasks with beliefs p_kind (n, L)."""
        return (p_kind * np.exp(self.log_p[worker, label])).sum(axis=1)


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
    60 rounds or at a change below 1e-4. Cost O(rounds (V L + W K L)). With kinds: Li, Rubinstein & Cohn 2019 (EBCC), started from a
    fit without kinds, split four times by a fixed hash, the one with the largest bound kept.
    """
    if shape.kinds == 1:
        return _settle(layout, shape, known, fix(start.copy(), known), beside, rounds)[1]
    tried = [
        _settle(layout, shape, known, _split(fix(start.copy(), known), shape.kinds, number), beside, rounds)
        for number in range(SPLITS)
    ]
    return max(tried, key=lambda each: each[0])[1]


def _settle(  # noqa: PLR0917 the story of `fit`, once a start
    layout: Layout, shape: Shape, known: Ints, post: Floats, beside: Floats | None, rounds: int
) -> tuple[float, Beliefs]:
    classes, kinds = layout.classes, shape.kinds
    held = held_tasks(known, classes, kinds)
    counts = np.empty((layout.worker_count, classes, classes * kinds))
    labelled = np.diff(layout.task_start) > 0
    to_logs = mean_of_logs if shape.logs == "means" else log_of_means
    for _ in range(rounds):
        layout.count(post, counts)
        log_p = to_logs(counts + _prior(counts, shape))
        base = with_beside(_log_shares(post[labelled], shape), beside, held, kinds)
        if layout.expect(log_p, base, held.known, post) < SETTLED:
            break
    layout.count(post, counts)
    prior = _prior(counts, shape)
    bound = _bound(post[labelled], counts, prior, kinds) if kinds > 1 else 0.0
    return bound, Beliefs(
        p_label=post.reshape(len(post), classes, kinds).sum(axis=2),
        log_p=to_logs(counts + prior),
        log_shares=_log_shares(post[labelled], shape),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Held:
    """How known tasks are held: by class where kinds are 1 (known), else by a log weight (T, L) that rules other classes out."""

    known: Ints
    weight: Floats | None


def held_tasks(known: Ints, classes: int, kinds: int) -> Held:
    """Return how to hold the known tasks for a fit with this many kinds a class."""
    at = np.flatnonzero(known != UNKNOWN)
    if kinds == 1 or not len(at):
        return Held(known=known, weight=None)
    weight = np.zeros((len(known), classes, kinds))
    weight[at] = RULED_OUT
    weight[at, known[at]] = 0.0
    return Held(known=np.full_like(known, UNKNOWN), weight=weight.reshape(len(known), -1))


def with_beside(log_shares: Floats, beside: Floats | None, held: Held, kinds: int) -> Floats:
    """Return the (1, L) or (T, L) log prior of each task's kind of truth."""
    base = log_shares[None, :]
    if beside is not None:
        base = base + np.repeat(beside, kinds, axis=1)
    if held.weight is not None:
        base = base + held.weight
    return base


@compiled
def _split(post: Floats, kinds: int, number: int) -> Floats:
    """Return (T, K * kinds): beliefs split among the kinds by a hash of (task, kind, number of the start)."""
    tasks, classes = post.shape
    out = np.empty((tasks, classes * kinds))
    part = np.empty(kinds)
    for t in range(tasks):
        whole = 0.0
        for kind in range(kinds):
            draw = np.float64(mixed(t, number * 64 + kind) >> np.uint64(11))
            part[kind] = -log((draw + 0.5) * 2.0**-53)
            whole += part[kind]
        for k in range(classes):
            for kind in range(kinds):
                out[t, k * kinds + kind] = post[t, k] * part[kind] / whole
    return out


def _bound(post: Floats, counts: Floats, prior: Floats, kinds: int) -> float:
    """Return the variational bound on the evidence, up to what all starts share: the better of two starts has the larger."""
    mass = post.sum(axis=0).reshape(-1, kinds)
    entropy = -float((post * np.log(np.maximum(post, 1e-300))).sum())
    across = log_beta((mass.sum(axis=1) + 1.0)[None, :, None])
    within = log_beta(np.ascontiguousarray((mass.T + SPARSE)[None]))
    return entropy + across + within + log_beta(counts + prior)


def vote_start(votes: Votes, classes: int) -> Floats:
    """Return (T, K) label shares as a place to start from."""
    return shares(votes, classes)


def nothing_known(votes: Votes) -> Ints:
    """Return (T,) of UNKNOWN."""
    return np.full(len(votes.tasks), UNKNOWN, np.int32)


def _log_shares(post: Floats, shape: Shape) -> Floats:
    if shape.kinds > 1:
        mass = post.sum(axis=0).reshape(-1, shape.kinds)
        within = mean_of_logs(np.ascontiguousarray((mass.T + SPARSE)[None]))[0].T
        across = mean_of_logs(np.ascontiguousarray((mass.sum(axis=1) + 1.0)[None, :, None]))[0]
        return (across + within).reshape(-1)
    column = np.ascontiguousarray((post.sum(axis=0) + 1.0)[None, :, None])
    logs = mean_of_logs(column) if shape.logs == "means" else log_of_means(column)
    return shape.tempered * logs[0, :, 0]


def _prior(counts: Floats, shape: Shape) -> Floats:
    classes = counts.shape[1]
    eye = np.eye(classes)
    if not shape.pooled:
        return np.repeat(shape.each + shape.right * eye, shape.kinds, axis=1)[None]
    total = counts.sum(axis=0)
    pool = total + 1 / classes + eye
    pool /= pool.sum(axis=0)
    if not shape.one_coin:
        return (shape.pooled * pool)[None]
    right = np.trace(counts, axis1=1, axis2=2)
    crowd = np.trace(total) / max(total.sum(), 1e-12)
    skill = ((right + 4 * crowd) / (counts.sum(axis=(1, 2)) + 4))[:, None, None]
    # A crowd without an error (audits can make one) must not make errors impossible: log 0.
    skill = np.clip(skill, 1e-4, 1 - 1e-4)
    wrong = pool * (1 - eye)
    wrong /= np.maximum(wrong.sum(axis=0), 1e-12)
    one: Floats = eye * skill + (1 - skill) * wrong
    return shape.pooled * ((1 - shape.one_coin) * pool + shape.one_coin * one)
