"""What the verdict on an answer rests on: who made its task's right answer known, and how many of them said it, without a name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from hakari.adapters.sql.store import Book
from hakari.app import auditing, challenges, desk, exams, gold
from hakari.app.node import Node
from hakari.app.pages import rights
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.work import blind
from hakari.work.blind import DIFFERS_FROM_REVIEW, Known
from hakari.work.records import AnswerRow, OrderRow

K = TypeVar("K")
V = TypeVar("V")

EXAM, STOCK, OTHERS = "exam", "stock", "others"
CAME_OUT: Final = "came_out"
"""Reason of a blind answer that is not paid: what came out of its task contradicts it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """by: jury, audit, review, exam (what was written down before anybody sat it), stock (audits of the same item in an order that this
    one serves again) or others (who answered the same task).

    said, of: how many of them gave the answer that counts as right, and how many answered; 0 of 0 for an exam and a stock.
    """

    by: str
    said: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """Of one order: what counts as right by task, for work and for reviewers; and how to say what made it so."""

    right: Sequence[Mapping[str, str]]
    outcome: Known
    known: Known
    of: Callable[[AnswerRow], Ground | None]

    def came(self, row: AnswerRow) -> Mapping[str, Json]:
        """Return what came out of a blind answer's task, as it is held to it."""
        return (self.outcome if row.role == blind.REVIEW else self.known).get(row.task, {})

    def fits(self, row: AnswerRow) -> bool:
        """Return whether a blind answer is paid, once its order is judged."""
        return not blind.differs(row.answer, self.came(row))

    def reason(self, row: AnswerRow) -> str | None:
        """Return the reason of a verdict in the words of who made the right answer known."""
        if row.reason != DIFFERS_FROM_AUDIT:
            return row.reason
        ground = self.of(row)
        return f"differs_from_{ground.by}" if ground is not None and ground.by in (auditing.JURY, EXAM) else row.reason


def grounds(node: Node, book: Book, row: OrderRow) -> Grounds:
    """Return what the verdicts of an order rest on, as far as it may be shown: what jurors say is theirs until verdicts open it."""
    judged = book.answers.judged(row.id)
    hidden = rights.opened(book, row)
    ruled = blind.ruled(hidden)
    written = _written(node, row) if judged else None
    right = rights.rights(node, book, row, judged) if judged else [{} for _ in range(row.tasks)]
    if written is not None:
        ruled = gold.ruled(book, row.id)
        right = [rights.controls(dict(written[task])) for task in range(row.tasks)]
        for task, said in ruled.items():
            right[task] = {**right[task], **rights.controls(dict(said))}
    carried = challenges.carried(node, book, desk.running(node, row.id).order, size=book.statements.size()).known
    known = blind.audited(hidden, carried)
    by_reason: Mapping[str | None, Sequence[tuple[str, Known]]] = {
        DIFFERS_FROM_AUDIT: (
            (auditing.JURY, ruled),
            (EXAM, written or {}),
            (auditing.AUDIT, blind.audited(hidden)),
            (STOCK, carried),
        ),
        DIFFERS_FROM_REVIEW: ((auditing.REVIEW, blind.decided(hidden)),),
    }
    spoken = _gathered(((role, each.task), each.answer) for role, each in hidden)
    work = _gathered((each.task, each) for each in judged)

    def of(answer: AnswerRow) -> Ground | None:
        for by, made in by_reason.get(answer.reason, ()):
            if answer.task in made:
                given = spoken.get((by, answer.task), ())
                fits = sum(not blind.differs(each, made[answer.task]) for each in given)
                return Ground(by=by, said=fits, of=len(given))
        others = [each for each in work.get(answer.task, ()) if each.account != answer.account]
        best = right[answer.task] if others else {}
        same = sum(best.items() <= rights.controls(each.answer).items() for each in others)
        return Ground(by=OTHERS, said=same, of=len(others)) if best else None

    return Grounds(
        right=right,
        outcome=blind.came_out(hidden, ((each.judged.answer, each.judged.verdict) for each in judged), carried),
        known=known,
        of=of,
    )


def named(reason: str, *, exam: bool) -> str:
    """Return a reason in the words of an exam where its order is one."""
    return f"differs_from_{EXAM}" if exam and reason == DIFFERS_FROM_AUDIT else reason


def _written(node: Node, row: OrderRow) -> Known | None:
    try:
        return exams.truths(node, desk.running(node, row.id))
    except Unknown:
        return None


def _gathered(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
