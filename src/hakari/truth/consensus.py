"""The answer to every task with copy groups counted once, and what all others make of every label."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.anchors import anchors
from hakari.truth.content import ODDS, sees
from hakari.truth.ensemble import Answer, answer, believed, without_own
from hakari.truth.groups import Group, find_groups, group_vote
from hakari.truth.hierarchy import nothing_known
from hakari.truth.majority import fix
from hakari.truth.sweeps import Layout, log_of_means
from hakari.truth.votes import UNKNOWN, EmptyVotes, Floats, Ints, Posterior, Votes

# Answers up to which an account may be a stranger: too few to tell by itself whether it copies. Strangers who give a tenth of the
# labels or more are counted unless audits are foretold better without them, by odds of some 20 to 1: at even odds, thirty audits drop
# honest strangers now and then, who are worth ten points where others are few; idle ones cost two.
STRANGE: Final = (2, 5, 10, 20)
PART: Final = 0.1
NATS: Final = 3.0
# Audited labels before the fits start from the audit record instead of the label shares: below, the record is too thin to lead.
ANCHORED: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Consensus(Posterior):
    """p_label (T, K); others (V, K): beliefs about each vote's task without its worker, and without its worker's group.

    unheld (T, K): p_label, but what the audits fix is left to the labels (audits still taught who is able).
    group_of (W,): number of a worker's group or -1. blind (W,): workers whose labels don't depend on the task; they are not counted.
    """

    others: Floats
    unheld: Floats
    groups: tuple[Group, ...]
    group_of: Ints
    blind: npt.NDArray[np.bool_]


def consensus(
    votes: Votes, *, classes: int, known: Ints | None = None, groups: Sequence[Group] | None = None
) -> Consensus:
    """Return the answer with every copy group collapsed into one vote.

    known: (T,) audited class or -1. groups: recorded groups to follow instead of finding them.
    Deterministic; no order of arrival matters. Raises EmptyVotes without a label.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    fixed = nothing_known(votes) if known is None else known
    found = find_groups(votes, classes=classes, known=fixed) if groups is None else tuple(groups)
    group_of = np.full(len(votes.workers), -1, np.int32)
    for number, group in enumerate(found):
        group_of[group.members] = number
    # First without groups: who is sure of what, and whose labels say anything at all.
    free = group_of[votes.worker] < 0
    blind = np.zeros(len(votes.workers), np.bool_)
    clear = np.zeros(len(votes.tasks), np.bool_)
    if free.any():
        alone = votes.keep(free)
        first = answer(alone, classes=classes, known=fixed, start=_anchored(alone, classes, fixed, None))
        clear = first.confidence > 0.9
        blind = sees(alone, without_own(alone, first, known=fixed)) <= -log(ODDS)
        blind |= _strangers(alone, first, classes, fixed)
    beside = [group_vote(votes, group.members, classes=classes, known=fixed, clear=clear) for group in found]
    total = np.sum(beside, axis=0) if beside else None
    counted = free & ~blind[votes.worker]
    if not counted.any():
        return _groups_only(votes, classes, fixed, found, group_of, total)
    kept = votes.keep(counted)
    last = answer(kept, classes=classes, known=fixed, start=_anchored(kept, classes, fixed, total), beside=total)
    others = last.p_label[votes.task]
    others[counted] = without_own(kept, last, known=fixed, beside=total)
    for number, own in enumerate(beside):
        at = group_of[votes.worker] == number
        others[at] = believed(kept, last, known=fixed, beside=np.sum(beside, axis=0) - own)[votes.task[at]]
    unheld = last.p_label.copy()
    audited = fixed != UNKNOWN
    if audited.any():
        unheld[audited] = believed(kept, last, known=nothing_known(votes), beside=total)[audited]
    return Consensus(p_label=last.p_label, others=others, unheld=unheld, groups=found, group_of=group_of, blind=blind)


def _strangers(votes: Votes, whole: Answer, classes: int, known: Ints) -> npt.NDArray[np.bool_]:
    """Return (W,) accounts of short careers, if all of them together mislead: audits are foretold better without their labels."""
    size = np.bincount(votes.worker, minlength=len(votes.workers))[votes.worker]
    found = np.zeros(len(votes.workers), np.bool_)
    if whole.foretold is None:
        return found
    best, before = whole.foretold + NATS, PART * len(votes)
    for most in STRANGE:
        here = size <= most
        if here.sum() < before or here.all():
            continue
        before = here.sum() + PART * len(votes)
        rest = votes.keep(~here)
        without = answer(rest, classes=classes, known=known, start=_anchored(rest, classes, known, None)).foretold
        if without is not None and without > best:
            best = without
            found = np.bincount(votes.worker[here], minlength=len(found)) > 0
    return found


def _groups_only(  # noqa: PLR0917 the end of `consensus` when nobody else is left
    votes: Votes, classes: int, known: Ints, found: tuple[Group, ...], group_of: Ints, total: Floats | None
) -> Consensus:
    shares = np.log(anchors(votes, classes=classes, known=known).shares)
    unheld = _normal(np.zeros((len(votes.tasks), classes)) + shares + (0.0 if total is None else total))
    p_label = fix(unheld.copy(), known)
    others = fix(np.full_like(p_label, 1 / classes), known)[votes.task]
    nobody = np.zeros(len(votes.workers), np.bool_)
    return Consensus(p_label=p_label, others=others, unheld=unheld, groups=found, group_of=group_of, blind=nobody)


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
