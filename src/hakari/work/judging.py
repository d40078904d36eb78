"""From recorded answers to verdicts, as evidence that a stranger can recompute."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Answer, Decision, Judgement, Verdict


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


def sentence(*, order: str, size: int, reward: int, openings: Sequence[Opening], judgement: Judgement) -> Sentence:
    """Return the body of the `verdicts` statement for these openings, in order of (leaf, n), with its evidence."""
    answers = canonical.lines(
        {
            "answer": opening.answer.answer,
            "leaf": opening.answer.leaf,
            "n": opening.answer.n,
            "salt": opening.salt,
            "task": opening.answer.task,
        }
        for opening in openings
    )
    results = canonical.lines(result_lines([opening.answer for opening in openings], judgement))
    summary = None if judgement.summary is None else canonical.lines(judgement.summary)
    accepted = sum(verdict.accepted for verdict in judgement.verdicts)
    body: dict[str, Json] = {
        "accepted": accepted,
        "answers": hashlib.sha256(answers).hexdigest(),
        "count": len(openings),
        "order": order,
        "paid": str(accepted * reward),
        "results": hashlib.sha256(results).hexdigest(),
        "rules": judgement.rules,
        "size": size,
        "summary": None if summary is None else hashlib.sha256(summary).hexdigest(),
    }
    return Sentence(body=body, evidence=[answers, results, *([] if summary is None else [summary])])


def result_lines(answers: Sequence[Answer], judgement: Judgement) -> Iterator[dict[str, Json]]:
    """Yield the results evidence: decisions sorted by account, then a line for each answer."""
    for decision in sorted(judgement.decisions, key=lambda each: each.account):
        yield {
            "account": decision.account,
            "decision": decision.decision,
            "statistic": repr(float(decision.statistic)),
            "threshold": repr(float(decision.threshold)),
        }
    for answer, verdict in zip(answers, judgement.verdicts, strict=True):
        yield {
            "accepted": verdict.accepted,
            "leaf": answer.leaf,
            "n": answer.n,
            "reason": verdict.reason,
            "score": verdict.score_bps,
        }


def read_results(data: bytes) -> tuple[list[Decision], list[tuple[int, int, Verdict]]]:
    """Return the decisions and the (leaf, n, verdict) rows of results evidence. Raises Malformed naming the line."""
    decisions: list[Decision] = []
    verdicts: list[tuple[int, int, Verdict]] = []
    for number, line in enumerate(canonical.read_lines(data), 1):
        if set(line) == {"account", "decision", "statistic", "threshold"} and not verdicts:
            decisions.append(_decision(line, number))
        elif set(line) == {"accepted", "leaf", "n", "reason", "score"}:
            verdicts.append(_verdict(line, number))
        else:
            raise Malformed(f"line {number}: a decision (first) or a verdict expected, got members {sorted(line)}")
    return decisions, verdicts


def _decision(line: Mapping[str, Json], number: int) -> Decision:
    if line["decision"] not in ("accept", "refuse", "each"):
        raise Malformed(f"line {number}: decision must be accept, refuse or each, got {line['decision']!r}")
    try:
        statistic, threshold = float(str(line["statistic"])), float(str(line["threshold"]))
    except ValueError as error:
        raise Malformed(f"line {number}: statistic and threshold must be decimals") from error
    return Decision(
        account=Account(str(line["account"])), decision=line["decision"], statistic=statistic, threshold=threshold
    )


def _verdict(line: Mapping[str, Json], number: int) -> tuple[int, int, Verdict]:
    accepted, leaf, n, reason, score = (line[name] for name in ("accepted", "leaf", "n", "reason", "score"))
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (leaf, n, score))
    if not isinstance(accepted, bool) or not isinstance(reason, str) or not whole:
        raise Malformed(f"line {number}: accepted must be true or false, reason text, leaf, n and score whole numbers")
    if not 0 <= cast(int, score) <= 10_000:
        raise Malformed(f"line {number}: score must be 0 to 10000, got {score}")
    return cast(int, leaf), cast(int, n), Verdict(accepted=accepted, score_bps=cast(int, score), reason=reason)
