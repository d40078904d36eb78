"""When a task has labels enough: stop where a belief that no clique can fake is sure."""

from dataclasses import dataclass, replace
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import dawid_skene
from hakari.truth.dense import mixed
from hakari.truth.sweeps import Longs, log_of_means
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

SURE: Final = 0.98
FIRST: Final = 3
# Below this many labels reliabilities are too rough to stop on: stopping cost more accuracy there than it saved labels.
ENOUGH: Final = 2_500
TRUSTS: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5)
PILOTS: Final = 2.0
# One task in so many runs to its cap whatever is believed.
FULL_ONE_IN: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stops:
    """enough (T,): no further label is needed. sure (T,): the robust probability that decided. label (T,): what it favours."""

    enough: npt.NDArray[np.bool_]
    sure: Floats
    label: Ints


def stops(
    votes: Votes,
    *,
    classes: int,
    cap: int,
    full: npt.NDArray[np.bool_],
    known: Ints | None = None,
    sure: float = SURE,
    first: int = FIRST,
    least: int = ENOUGH,
) -> Stops:
    """Return which tasks have labels enough, after at least `first` each: those where more labels would hardly change the answer.

    full: (T,) tasks that run to the cap whatever is believed; draw a tenth by public randomness after their third label, never by a
    hash that workers can compute: they are the audit pool, keep groups visible and show how often a first belief was overturned.
    known: (T,) audited class or -1; audited tasks need nothing more. Each label's weight of evidence is clipped and discounted for
    short careers, and a copy group is one voice: without that, an army locks a task within a few labels. Below `least` labels only
    the cap stops.
    """
    count = np.bincount(votes.task, minlength=len(votes.tasks))
    chance = _robust(votes, classes, known, full, first)
    settled = (chance.max(axis=1) >= sure) & (count >= first) & ~full
    if len(votes) < least:
        settled[:] = False
    if known is not None:
        settled |= known != UNKNOWN
    return Stops(enough=settled | (count >= cap), sure=chance.max(axis=1), label=chance.argmax(axis=1).astype(np.int32))


def _robust(votes: Votes, classes: int, known: Ints | None, full: npt.NDArray[np.bool_], first: int) -> Floats:
    found = consensus(votes, classes=classes, known=known)
    counted = (found.group_of < 0) & ~found.blind
    fit = dawid_skene(votes.keep(counted[votes.worker]), classes=classes, known=known, start=found.p_label)
    logs = log_of_means(np.ascontiguousarray(fit.confusion))
    weight = logs - logs.mean(axis=2, keepdims=True)
    # A single label never outweighs 10 to 1 between the truth and any other class.
    limit = log(10 * (classes - 1)) if classes > 2 else 2.2
    career = np.bincount(votes.worker, minlength=len(votes.workers))
    weight = np.clip(weight, -limit, limit) * (career / (career + 5.0))[:, None, None]
    weight *= counted[:, None, None]
    each = weight[votes.worker, votes.label]
    total = np.zeros((len(votes.tasks), classes)) + np.log(fit.shares)
    for k in range(classes):
        total[:, k] += np.bincount(votes.task, weights=each[:, k], minlength=len(votes.tasks))
    return _shares(_trust(votes, each, np.log(fit.shares), found.p_label, full, first) * total)


def _trust(  # noqa: PLR0917 the end of `_robust`
    votes: Votes, each: Floats, shares: Floats, p_label: Floats, full: npt.NDArray[np.bool_], least: int
) -> float:
    """Return the factor on log odds under which beliefs from a task's first labels best foretell its answer from all of them.

    Learned from the tasks that run full, in the order of a hash: below 1 where people err together (a first agreement means little),
    above where the clips were too careful. Leans to 1 with the weight of PILOTS tasks.
    """
    size = np.bincount(votes.task, minlength=len(votes.tasks))
    most = int(size.max(initial=0))
    at = full & (size > least) & (size >= most / 2)
    if not at.any():
        return 1.0
    code = np.array([int(mixed(t, w) >> np.uint64(1)) for t, w in zip(votes.task, votes.worker, strict=True)], np.int64)
    order = np.lexsort((code, votes.task))
    rank = np.empty(len(votes), np.int64)
    rank[order] = np.arange(len(votes)) - np.searchsorted(votes.task, votes.task)
    told = np.zeros(len(TRUSTS))
    for first in range(least, most):
        here = at & (size > first)
        use = (rank < first) & here[votes.task]
        total = np.zeros_like(p_label) + shares
        for k in range(p_label.shape[1]):
            total[:, k] += np.bincount(votes.task[use], weights=each[use, k], minlength=len(size))
        for n, factor in enumerate(TRUSTS):
            # A task is one observation, however many of its beginnings are looked at.
            logs = np.log(np.maximum(_shares(factor * total[here]), 1e-9))
            told[n] += float(((p_label[here] * logs).sum(axis=1) / (size[here] - least)).sum())
    told -= PILOTS * np.log(np.array(TRUSTS)) ** 2
    return TRUSTS[int(told.argmax())]


def _shares(logs: Floats) -> Floats:
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Bought:
    """used (V,): which labels were bought. saved: share of all labels that were not. waves: how often labels were asked for."""

    used: npt.NDArray[np.bool_]
    saved: float
    waves: int


def bought(
    votes: Votes,
    *,
    classes: int,
    arrival: Longs,
    seed: int = 0,
    known: Ints | None = None,
    sure: float = SURE,
    first: int = FIRST,
    least: int = ENOUGH,
    full: npt.NDArray[np.bool_] | None = None,
) -> Bought:
    """Return which labels a job would have bought that stops where it is sure, given when each of its labels came.

    arrival (V,): rank of each vote in order of arrival. Every task asks for `first` labels, then for one more in each wave until
    `stops` says enough or no label is left. full (T,): the tasks that run to the end; where not given a tenth, drawn by hash of
    (seed, task) as public randomness draws it after the third label. Cost: a consensus each wave.
    """
    place = np.lexsort((arrival, votes.task))
    rank = np.empty(len(votes), np.int64)
    rank[place] = np.arange(len(votes)) - np.searchsorted(votes.task, votes.task)
    if full is None:
        full = np.array([mixed(seed, t) % np.uint64(FULL_ONE_IN) == 0 for t in range(len(votes.tasks))])
    most = np.bincount(votes.task, minlength=len(votes.tasks))
    # What runs full runs ahead, so that the first beliefs of all others can be trusted as far as theirs could be.
    wanted = np.where(full, most, np.minimum(first, most))
    waves = 1
    while True:
        seen = _came(votes.keep(rank < wanted[votes.task]))
        found = stops(
            seen, classes=classes, cap=int(most.max()), full=full, known=known, sure=sure, first=first, least=least
        )
        # A task that was enough may ask again when reliabilities have become clearer.
        more = ~found.enough & (wanted < most)
        if not more.any():
            break
        wanted[more] += 1
        waves += 1
    used = rank < wanted[votes.task]
    return Bought(used=used, saved=1 - float(used.mean()), waves=waves)


def _came(votes: Votes) -> Votes:
    """Return the votes with only those workers numbered who gave one: a job that runs does not know yet who else will come."""
    there, worker = np.unique(votes.worker, return_inverse=True)
    return replace(votes, worker=worker.astype(np.int32), workers=tuple(votes.workers[w] for w in there.tolist()))
