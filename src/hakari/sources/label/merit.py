"""The rules label/2: copy groups count once, audits stand, and each answer has a merit that decides its pay.

The mathematics is `hakari.truth`; here questions become its tables and its figures become verdicts (rules.md, section 5).
"""

from collections.abc import Sequence

from hakari.core.ids import Account
from hakari.sources.kind import Decision, Judgement, Verdict
from hakari.sources.label.ballots import Question
from hakari.truth.answers.judged import NEEDS_REVIEW, Finding
from hakari.truth.judgement import (
    AGREES,
    DIFFERS_FROM_AUDIT,
    DIFFERS_FROM_CONSENSUS,
    UNDECIDED,
    Judged,
    WorkerDecision,
    judge_labels,
)
from hakari.truth.rules import FULL, LABEL_RULES

WORST_FIRST = (DIFFERS_FROM_AUDIT, DIFFERS_FROM_CONSENSUS, NEEDS_REVIEW, UNDECIDED, AGREES)
NEAR = 1e-6
"""How near a recorded statistic must be to the recomputed one, and how near to its threshold either side of it may be taken."""


def judge(
    questions: Sequence[Question],
    beside: Sequence[tuple[int, Finding]],
    *,
    answers: int,
    recorded: Sequence[Decision] | None,
) -> Judgement:
    """Return a verdict with its merit for each of `answers` answers, and who was found in which group of which question.

    An answer has the least score and the worst reason of its questions, and the mean of their merits, rounded down. beside: what
    answers that are no classes are worth, with their place. recorded: the decisions in the log, which are followed where they are
    within NEAR of those made here.
    """
    parts: list[list[Verdict]] = [[] for _ in range(answers)]
    decisions: list[Decision] = []
    for number, question in enumerate(questions):
        if question.settled:
            _agree(parts, question)
            continue
        votes, known, places = question.table()
        judged = judge_labels(votes, classes=question.classes, known=known)
        theirs = _of_question(recorded, number)
        if theirs is not None and _sides_differ(judged.decisions, theirs):
            judged = judge_labels(votes, classes=question.classes, known=known, recorded=theirs)
        for place, verdict in zip(places, _verdicts(judged), strict=True):
            parts[place].append(verdict)
        decisions += [
            Decision(
                account=Account(each.worker),
                decision=each.decision,
                statistic=each.statistic,
                threshold=each.threshold,
                question=number,
            )
            for each in judged.decisions
        ]
    _beside(parts, beside)
    return Judgement(
        rules=LABEL_RULES,
        verdicts=[_whole(each) for each in parts],
        decisions=sorted(decisions, key=lambda each: (each.account, each.question)),
    )


def mark(
    questions: Sequence[Question], beside: Sequence[tuple[int, Finding]], *, missing: Sequence[int], answers: int
) -> Judgement:
    """Return the verdicts of an exam, where every control of every task has a known right answer.

    As `judge`, but nobody is sought in groups: who is right about everything agrees with everybody else who is. missing: the places
    of answers that leave a control out: that is wrong, and worth nothing.
    """
    parts: list[list[Verdict]] = [[] for _ in range(answers)]
    for place in missing:
        parts[place].append(Verdict(accepted=False, score_bps=0, reason=DIFFERS_FROM_AUDIT, merit_bps=0))
    for question in questions:
        if question.settled:
            _agree(parts, question)
            continue
        votes, known, places = question.table()
        marked = judge_labels(votes, classes=question.classes, known=known, recorded=())
        for place, verdict in zip(places, _verdicts(marked), strict=True):
            parts[place].append(verdict)
    _beside(parts, beside)
    return Judgement(rules=LABEL_RULES, verdicts=[_whole(each) for each in parts])


def _agree(parts: list[list[Verdict]], question: Question) -> None:
    """With one class there is nothing to be wrong about."""
    agreed = Verdict(accepted=True, score_bps=FULL, reason=AGREES, merit_bps=FULL)
    for place, _, _ in question.votes:
        parts[place].append(agreed)


def _beside(parts: list[list[Verdict]], beside: Sequence[tuple[int, Finding]]) -> None:
    for place, found in beside:
        parts[place].append(
            Verdict(accepted=found.accepted, score_bps=found.score_bps, reason=found.reason, merit_bps=found.merit_bps)
        )


def _verdicts(judged: Judged) -> list[Verdict]:
    return [
        Verdict(accepted=bool(accepted), score_bps=score, reason=reason, merit_bps=merit)
        for accepted, score, reason, merit in zip(
            judged.accepted.tolist(), judged.score_bps.tolist(), judged.reason, judged.merit_bps.tolist(), strict=True
        )
    ]


def _whole(parts: Sequence[Verdict]) -> Verdict:
    return Verdict(
        accepted=all(part.accepted for part in parts),
        score_bps=min(part.score_bps for part in parts),
        reason=min((part.reason for part in parts), key=WORST_FIRST.index),
        merit_bps=sum(part.merit_bps or 0 for part in parts) // len(parts),
    )


def _of_question(recorded: Sequence[Decision] | None, number: int) -> list[WorkerDecision] | None:
    if recorded is None:
        return None
    return [
        WorkerDecision(worker=each.account, decision=each.decision, statistic=each.statistic, threshold=each.threshold)
        for each in recorded
        if each.question == number
    ]


def _sides_differ(made: Sequence[WorkerDecision], recorded: Sequence[WorkerDecision]) -> bool:
    """Return whether the recorded groups are the same, each statistic near ours, and one lies on its threshold's other side."""
    if [(each.worker, each.decision) for each in made] != [(each.worker, each.decision) for each in recorded]:
        return False
    pairs = list(zip(made, recorded, strict=True))
    if any(abs(mine.statistic - theirs.statistic) > NEAR for mine, theirs in pairs):
        return False
    return any((mine.statistic > mine.threshold) != (theirs.statistic > mine.threshold) for mine, theirs in pairs)
