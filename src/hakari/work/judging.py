"""From recorded answers to verdicts, as evidence that a stranger can recompute."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.money import BPS
from hakari.sources.kind import Answer, Decision, Judgement, Verdict
from hakari.work.quality import BY_MERIT

_DECISION = re.compile(r"accept|refuse|each|group [1-9][0-9]{0,2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """An answer that was opened: with its salt it must give the commitment `n` of the submission at `leaf`."""

    answer: Answer
    salt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A verdicts statement's body and the evidence that it names by SHA-256."""

    body: Mapping[str, Json]
    evidence: Sequence[bytes]


def sentence(
    *,
    order: str,
    size: int,
    reward: int,
    openings: Sequence[Opening],
    judgement: Judgement,
    blind: Sequence[Opening] | None = None,
) -> Sentence:
    """Return the body of the `verdicts` statement for these openings, in order of (leaf, n), with its evidence.

    blind: the openings of answers in other roles than work, in the same order; None where the order asks for none. Under rules
    by merit settlements pay, and `paid` is 0.
    """
    answers = opening_lines(openings)
    hidden = None if blind is None else opening_lines(blind)
    results = canonical.lines(result_lines([opening.answer for opening in openings], judgement))
    summary = None if judgement.summary is None else canonical.lines(judgement.summary)
    accepted = sum(verdict.accepted for verdict in judgement.verdicts)
    by_merit = judgement.rules in BY_MERIT
    body: dict[str, Json] = {
        "accepted": accepted,
        "answers": hashlib.sha256(answers).hexdigest(),
        **({} if hidden is None else {"blind": hashlib.sha256(hidden).hexdigest()}),
        "count": len(openings),
        "order": order,
        "paid": "0" if by_merit else str(accepted * reward),
        "results": hashlib.sha256(results).hexdigest(),
        "rules": judgement.rules,
        "size": size,
        "summary": None if summary is None else hashlib.sha256(summary).hexdigest(),
    }
    return Sentence(body=body, evidence=[piece for piece in (answers, results, hidden, summary) if piece is not None])


def opening_lines(openings: Sequence[Opening]) -> bytes:
    """Return the evidence lines that open commitments."""
    return canonical.lines(
        {
            "answer": opening.answer.answer,
            "leaf": opening.answer.leaf,
            "n": opening.answer.n,
            "salt": opening.salt,
            "task": opening.answer.task,
        }
        for opening in openings
    )


def result_lines(answers: Sequence[Answer], judgement: Judgement) -> Iterator[dict[str, Json]]:
    """Yield the results evidence: decisions sorted by account, then a line for each answer."""
    for decision in sorted(judgement.decisions, key=key):
        yield {
            "account": decision.account,
            "decision": decision.decision,
            **({} if decision.question is None else {"question": decision.question}),
            "statistic": repr(float(decision.statistic)),
            "threshold": repr(float(decision.threshold)),
        }
    for answer, verdict in zip(answers, judgement.verdicts, strict=True):
        yield {
            "accepted": verdict.accepted,
            "leaf": answer.leaf,
            **({} if verdict.merit_bps is None else {"merit": verdict.merit_bps}),
            "n": answer.n,
            "reason": verdict.reason,
            "score": verdict.score_bps,
        }


def key(decision: Decision) -> tuple[Account, int]:
    """Return what decisions are sorted by: no two of one judgement have the same."""
    return decision.account, -1 if decision.question is None else decision.question


def read_results(data: bytes) -> tuple[list[Decision], list[tuple[int, int, Verdict]]]:
    """Return the decisions and the (leaf, n, verdict) rows of results evidence. Raises Malformed naming the line."""
    decisions: list[Decision] = []
    verdicts: list[tuple[int, int, Verdict]] = []
    for number, line in enumerate(canonical.read_lines(data), 1):
        if set(line) - {"question"} == {"account", "decision", "statistic", "threshold"} and not verdicts:
            decisions.append(_decision(line, number))
        elif set(line) - {"merit"} == {"accepted", "leaf", "n", "reason", "score"}:
            verdicts.append(_verdict(line, number))
        else:
            raise Malformed(f"line {number}: a decision (first) or a verdict expected, got members {sorted(line)}")
    return decisions, verdicts


def _decision(line: Mapping[str, Json], number: int) -> Decision:
    word, question = line["decision"], line.get("question")
    if not isinstance(word, str) or not _DECISION.fullmatch(word):
        raise Malformed(f"line {number}: decision must be accept, refuse, each or «group n», got {word!r}")
    if "question" in line and (not isinstance(question, int) or isinstance(question, bool) or question < 0):
        raise Malformed(f"line {number}: question must be a whole number, got {question!r}")
    try:
        statistic, threshold = float(str(line["statistic"])), float(str(line["threshold"]))
    except ValueError as error:
        raise Malformed(f"line {number}: statistic and threshold must be decimals") from error
    return Decision(
        account=Account(str(line["account"])),
        decision=word,
        statistic=statistic,
        threshold=threshold,
        question=cast(int | None, question),
    )


def _verdict(line: Mapping[str, Json], number: int) -> tuple[int, int, Verdict]:
    accepted, leaf, n, reason, score = (line[name] for name in ("accepted", "leaf", "n", "reason", "score"))
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (leaf, n, score))
    if not isinstance(accepted, bool) or not isinstance(reason, str) or not whole:
        raise Malformed(f"line {number}: accepted must be true or false, reason text, leaf, n and score whole numbers")
    if not 0 <= cast(int, score) <= 10_000:
        raise Malformed(f"line {number}: score must be 0 to 10000, got {score}")
    merit = line.get("merit")
    if "merit" in line and (not isinstance(merit, int) or isinstance(merit, bool) or merit > BPS):
        raise Malformed(f"line {number}: merit must be a whole number up to {BPS}, got {merit!r}")
    verdict = Verdict(accepted=accepted, score_bps=cast(int, score), reason=reason, merit_bps=cast(int | None, merit))
    return cast(int, leaf), cast(int, n), verdict
