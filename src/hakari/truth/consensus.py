"""The answer to every task with copy groups counted once, and what all others make of every label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hakari.truth.anchors import anchors
from hakari.truth.ensemble import answer, believed, without_own
from hakari.truth.groups import Group, find_groups, group_vote
from hakari.truth.hierarchy import nothing_known
from hakari.truth.majority import fix
from hakari.truth.sweeps import Layout, log_of_means
from hakari.truth.votes import UNKNOWN, EmptyVotes, Floats, Ints, Posterior, Votes

# Audited labels before the fits start from the audit record instead of the label shares: below, the record is too thin to lead.
ANCHORED: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Consensus(Posterior):
    """p_label (T, K); others (V, K): beliefs about each vote's task without its worker, and without its worker's group."""

    others: Floats
    groups: tuple[Group, ...]
    group_of: Ints


def consensus(
    votes: Votes, *, classes: int, known: Ints | None = None, groups: Sequence[Group] | None = None
) -> Consensus:
    """Return the answer with every copy group collapsed into one vote.

    known: (T,) audited class or -1. groups: recorded groups to follow instead of finding them. group_of: (W,) number of a worker's
    group or -1. Deterministic; no order of arrival matters. Raises EmptyVotes without a label.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    fixed = nothing_known(votes) if known is None else known
    found = find_groups(votes, classes=classes, known=fixed) if groups is None else tuple(groups)
    group_of = np.full(len(votes.workers), -1, np.int32)
    for number, group in enumerate(found):
        group_of[group.members] = number
    if not found:
        first = answer(votes, classes=classes, known=fixed, start=_anchored(votes, classes, fixed, None))
        others = without_own(votes, first, known=fixed)
        return Consensus(p_label=first.p_label, others=others, groups=found, group_of=group_of)
    alone = group_of[votes.worker] < 0
    free = votes.keep(alone)
    start = _anchored(free, classes, fixed, None)
    clear = np.zeros(len(votes.tasks), np.bool_)
    if len(free):
        clear = answer(free, classes=classes, known=fixed, start=start).confidence > 0.9
    beside = [group_vote(votes, group.members, classes=classes, known=fixed, clear=clear) for group in found]
    total = np.sum(beside, axis=0)
    if not len(free):
        p_label = fix(_normal(total + np.log(anchors(votes, classes=classes, known=fixed).shares)), fixed)
        others = np.repeat(fix(np.full_like(p_label, 1 / classes), fixed)[votes.task], 1, axis=0)
        return Consensus(p_label=p_label, others=others, groups=found, group_of=group_of)
    whole = answer(free, classes=classes, known=fixed, start=_anchored(free, classes, fixed, total), beside=total)
    others = np.empty((len(votes), classes))
    others[alone] = without_own(free, whole, known=fixed, beside=total)
    for number, own in enumerate(beside):
        at = group_of[votes.worker] == number
        others[at] = believed(free, whole, known=fixed, beside=total - own)[votes.task[at]]
    return Consensus(p_label=whole.p_label, others=others, groups=found, group_of=group_of)


def _anchored(votes: Votes, classes: int, known: Ints, beside: Floats | None) -> Floats | None:
    """Return (T, K) beliefs from audited confusions alone, or None (start from label shares) if too little was audited."""
    if int((known[votes.task] != UNKNOWN).sum()) < ANCHORED:
        return None
    record = anchors(votes, classes=classes, known=known)
    out = np.zeros((len(votes.tasks), classes))
    base = np.log(record.shares)[None, :]
    logs = log_of_means(np.ascontiguousarray(record.confusion))
    Layout.of(votes, classes).expect(logs, base if beside is None else base + beside, known, out)
    return out


def _normal(logs: Floats) -> Floats:
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
