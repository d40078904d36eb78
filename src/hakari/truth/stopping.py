"""When a task has labels enough: stop where a belief that no clique can fake is sure."""

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import dawid_skene
from hakari.truth.sweeps import log_of_means
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

SURE: Final = 0.98
FIRST: Final = 3
# Below this many tasks reliabilities are too rough to stop on: stopping cost more accuracy there than it saved labels.
ENOUGH_TASKS: Final = 500


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
) -> Stops:
    """Return which tasks have labels enough, after at least three each.

    full: (T,) tasks that run to the cap whatever is believed; draw a tenth by public randomness after their third label, never by a
    hash that workers can compute: they are the audit pool and keep groups visible. known: (T,) audited class or -1; audited tasks
    need nothing more. Each label's weight of evidence is clipped and discounted for short careers, and a copy group is one voice:
    without that, an army locks a task within a few labels. With fewer than 500 tasks only the cap stops.
    """
    count = np.bincount(votes.task, minlength=len(votes.tasks))
    chance = _robust(votes, classes, known)
    settled = (chance.max(axis=1) >= sure) & (count >= FIRST) & ~full
    if len(votes.tasks) < ENOUGH_TASKS:
        settled[:] = False
    if known is not None:
        settled |= known != UNKNOWN
    return Stops(enough=settled | (count >= cap), sure=chance.max(axis=1), label=chance.argmax(axis=1).astype(np.int32))


def _robust(votes: Votes, classes: int, known: Ints | None) -> Floats:
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
    total = np.zeros((len(votes.tasks), classes)) + np.log(fit.shares)
    for k in range(classes):
        total[:, k] += np.bincount(votes.task, weights=weight[votes.worker, votes.label, k], minlength=len(votes.tasks))
    odds = np.exp(total - total.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
