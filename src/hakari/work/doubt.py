"""Work that nobody decided in time: the doubt goes to whoever did it.

An order may say by when every answer of it is judged for good (`decided_seconds`). What is judged later is accepted as a whole, and
what was appealed and heard by nobody is accepted too. docs/reference/rules.md, section 6.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.money import BPS
from hakari.sources.kind import Answer, Judgement, Verdict
from hakari.work import quality
from hakari.work.blind import AGREE
from hakari.work.orders import Order
from hakari.work.quality import CALLS, Quality
from hakari.work.records import WORK

OVERDUE, UNHEARD = "overdue", "unheard"
"""Reasons of answers that are accepted because nobody decided: by the time that the order names, and of an appeal."""

BY_DOUBT = frozenset({OVERDUE, UNHEARD})

USUAL_S = 7 * 86_400

SLACK_S = 86_400
"""What an order leaves at least, beside the times of auditors and jurors, for anchors, leaves and a node that was away."""


def until(order: Order) -> int | None:
    """Return the Unix second by which all its answers are judged for good, or None where the order does not say."""
    return None if order.decided_seconds is None else order.deadline + order.decided_seconds


def overdue(order: Order, said: int) -> bool:
    """Return whether verdicts of the time `said` come too late to refuse anything. An exam's truths decide, whenever it is said."""
    last = until(order)
    return last is not None and said >= last and not _exam(order)


def proves(order: Order, said: int) -> bool:
    """Return whether answers under verdicts of a time say anything of who gave them: what nobody looked at proves nobody."""
    return not overdue(order, said)


def check(order: Order) -> None:
    """Raise Malformed unless the times that an order declares fit into the one in which it is decided."""
    if order.decided_seconds is None:
        return
    least = _awaited(quality.read(order.quality)) + SLACK_S
    if order.decided_seconds < least:
        raise Malformed(
            f"decided_seconds must be at least {least}: what auditors, jurors and appeals are given, and a day, got "
            f"{order.decided_seconds}",
            pointer="/body/decided_seconds",
        )


def usual(declared: Mapping[str, Json]) -> int:
    """Return the seconds that an order says where its buyer does not choose: all that its `quality` waits for, and a week."""
    return _awaited(quality.read(declared)) + USUAL_S


def _awaited(declared: Quality | None) -> int:
    """Return the seconds that pass after an order's deadline at most where everybody is late and the node is not."""
    return 0 if declared is None else before_verdicts(declared) + after_verdicts(declared)


def before_verdicts(declared: Quality) -> int:
    """Return the seconds that pass so from an order's deadline to its first verdicts, but for a stock that it serves again."""
    total = _opening(declared) if declared.reveals(WORK) else 0
    if declared.audits is not None or declared.reviews is not None:
        total += max(declared.within_s(role) for role in ("audit", "review")) + _opening(declared) + declared.sealed_s
    return total


def after_verdicts(declared: Quality) -> int:
    """Return the seconds that pass so from an order's first verdicts to those that amend them."""
    appeals = declared.appeals
    return 0 if appeals is None else appeals.window_s + appeals.within_s + _opening(declared)


def _opening(declared: Quality) -> int:
    return CALLS * declared.reveal.within_s if declared.reveal is not None else 0


def resolved(
    order: Order,
    judgement: Judgement,
    answers: Sequence[Answer],
    *,
    said: int,
    appealed: Collection[tuple[int, int]] = (),
    heard: Mapping[int, int],
) -> Judgement:
    """Return a judgement as the verdicts of the time `said` say it.

    appealed: (leaf, n) of the answers that these verdicts answer the appeals of. heard: jurors who answered, by task. Too late, every
    answer is accepted, and is paid as a perfect one; an appealed answer that fewer than two jurors heard is accepted, and takes nothing
    from its author. Orders that say no time, and exams, are left as they were judged.
    """
    if order.decided_seconds is None or _exam(order):
        return judgement
    if overdue(order, said):
        return replace(judgement, verdicts=[_accepted(each, OVERDUE, BPS) for each in judgement.verdicts])
    declared = quality.read(order.quality)
    least = 0 if declared is None else declared.margin_bps
    return replace(
        judgement,
        verdicts=[
            _accepted(verdict, UNHEARD, least)
            if not verdict.accepted and (answer.leaf, answer.n) in appealed and heard.get(answer.task, 0) < AGREE
            else verdict
            for answer, verdict in zip(answers, judgement.verdicts, strict=True)
        ],
    )


def _accepted(verdict: Verdict, reason: str, least: int) -> Verdict:
    merit = None if verdict.merit_bps is None else max(verdict.merit_bps, least)
    return replace(verdict, accepted=True, reason=reason, merit_bps=merit)


def _exam(order: Order) -> bool:
    return quality.exam(order.quality) is not None
