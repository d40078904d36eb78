"""What each label is worth, in integers: the one function that production, replay and verification share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import Prior
from hakari.truth.groups import HARD, Group
from hakari.truth.rules import FULL, LABEL_RULES, bps
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

AGREES: Final = "agrees"
UNDECIDED: Final = "undecided"
DIFFERS_FROM_CONSENSUS: Final = "differs_from_consensus"
DIFFERS_FROM_AUDIT: Final = "differs_from_audit"
REASONS: Final = (AGREES, UNDECIDED, DIFFERS_FROM_CONSENSUS, DIFFERS_FROM_AUDIT)

# Others must believe another class this strongly before a label is refused on their word alone.
SURE: Final = 0.8
# Classes so skewed that guessing is nearly always right still pay at most 1 and cost at most 50 a label.
NARROW: Final = 0.02
# Others never count as surer than this against a label: a hundred to one is as far as a crowd's certainty can be trusted.
FAINT: Final = 0.01
# Even beliefs are common (one against one); without this, the last bit of a sum would say who agrees with them.
EVEN: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerDecision:
    """A discrete choice about a worker with the figure that made it."""

    worker: str
    decision: str
    statistic: float
    threshold: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judged:
    """One entry per vote, in the order of `votes` (task, then worker, by bytes of their ids); answers are the consensus.

    accepted: (V,) bool. score_bps: (V,) 0..10000, what all others make of the label. merit_bps: (V,) at most 10000, the score
    above what a report without content earns (QUALITY §6, before the margin). reason: one of REASONS.
    label_bps: (T, classes) consensus. decisions: sorted by worker.
    """

    rules: str
    accepted: npt.NDArray[np.bool_]
    score_bps: Ints
    merit_bps: Ints
    reason: tuple[str, ...]
    label_bps: Ints
    decisions: tuple[WorkerDecision, ...]


def judge_labels(
    votes: Votes,
    *,
    classes: int,
    known: Ints | None = None,
    prior: Prior | None = None,  # noqa: ARG001 kept for callers; the ensemble brings its own priors
    recorded: Sequence[WorkerDecision] | None = None,
) -> Judged:
    """Return what each label is worth given all others.

    Copy groups are found first and count once. A label on an audited task is held to the audit. Any other is compared with the
    consensus of all workers outside its worker's group: accepted where they lean to it or are less than SURE (0.8) of something else.
    known: (T,) audited class or -1. recorded: decisions to follow instead of making them (verification): a worker is in group n if
    the decision says «group n». Raises EmptyVotes without a label. Deterministic; no order of arrival matters.
    """
    fixed = np.full(len(votes.tasks), UNKNOWN, np.int32) if known is None else known
    found = consensus(votes, classes=classes, known=known, groups=_recorded(votes, recorded))
    judged = verdicts(votes, found.others, found.p_label, fixed)
    return replace(
        judged, merit_bps=_shared(votes, judged.merit_bps, found.groups), decisions=_decisions(votes, found.groups)
    )


def _recorded(votes: Votes, recorded: Sequence[WorkerDecision] | None) -> tuple[Group, ...] | None:
    if recorded is None:
        return None
    number = {name: index for index, name in enumerate(votes.workers)}
    members: dict[str, list[tuple[int, float]]] = {}
    for each in recorded:
        members.setdefault(each.decision, []).append((number[each.worker], each.statistic))
    groups: list[Group] = []
    for _, rows in sorted(members.items()):
        rows.sort()
        who = np.array([row[0] for row in rows], np.int32)
        odds = np.array([row[1] for row in rows])
        groups.append(Group(members=who, hard=who[odds > HARD], evidence=odds, proof=None))
    return tuple(groups)


def _decisions(votes: Votes, groups: Sequence[Group]) -> tuple[WorkerDecision, ...]:
    rows: list[WorkerDecision] = []
    for number, group in enumerate(groups, 1):
        for w, odds in zip(group.members.tolist(), group.evidence.tolist(), strict=True):
            name = votes.workers[int(w)]
            rows.append(WorkerDecision(worker=name, decision=f"group {number}", statistic=float(odds), threshold=HARD))
    return tuple(sorted(rows, key=lambda row: row.worker.encode()))


def _shared(votes: Votes, merit_bps: Ints, groups: Sequence[Group]) -> Ints:
    """Divide what a group's hard members earn on a task by their number there: one source, one pay."""
    out = merit_bps.copy()
    for group in groups:
        hard = np.isin(votes.worker, group.hard)
        count = np.bincount(votes.task[hard], minlength=len(votes.tasks))[votes.task]
        at = hard & (out > 0)
        out[at] //= count[at].astype(np.int32)
    return out


def verdicts(votes: Votes, others: Floats, consensus: Floats, known: Ints) -> Judged:
    """Return the verdicts that follow from others (V, K), beliefs of each vote's task without its own worker."""
    own = others[np.arange(len(votes)), votes.label]
    best = others.max(axis=1)
    audited = known[votes.task] != UNKNOWN
    agrees = own >= best - EVEN
    undecided = ~agrees & ~audited & (best < SURE)
    reason = tuple(
        AGREES if a else UNDECIDED if u else DIFFERS_FROM_AUDIT if k else DIFFERS_FROM_CONSENSUS
        for a, u, k in zip(agrees.tolist(), undecided.tolist(), audited.tolist(), strict=True)
    )
    return Judged(
        rules=LABEL_RULES,
        accepted=agrees | undecided,
        score_bps=np.array([bps(each) for each in own.tolist()], np.int32),
        merit_bps=np.rint(FULL * merit(votes, others)).astype(np.int32),
        reason=reason,
        label_bps=np.array([[bps(each) for each in row] for row in consensus.tolist()], np.int32),
        decisions=(),
    )


def merit(votes: Votes, others: Floats) -> Floats:
    """Return (V,), at most 1: how much better each label fits its task than a typical task of the same worker, in information.

    The log of what others believe in the label (at least 1 %), less the mean of that log for the label over the worker's own tasks,
    shrunk with 20 pseudo-tasks to the mean over all: any report that ignores the task has mean 0 or less, whatever the quality of
    `others`. Divided by what a perfect report would have. Doubt of others costs little and certainty against a label much, so honest
    people are seldom below nothing. Cut at 1 from above only: cut from below, naming a class of share .8 would earn .3 for nothing.
    """
    count = len(votes.workers)
    log = np.log(np.maximum(others, FAINT))
    everyone = log.mean(axis=0)
    base = np.zeros((count, others.shape[1]))
    for k in range(others.shape[1]):
        base[:, k] = np.bincount(votes.worker, weights=log[:, k], minlength=count)
    base = (base + 20 * everyone) / (np.bincount(votes.worker, minlength=count) + 20)[:, None]
    at = np.arange(len(votes))
    perfect = -float((others.mean(axis=0) * everyone).sum())
    spread = max(NARROW * -float(np.log(FAINT)), perfect)
    return np.minimum((log[at, votes.label] - base[votes.worker, votes.label]) / spread, 1.0)
