"""What people learn from an exam: their answers beside the right ones, of a training as soon as their own result is said."""

from collections.abc import Mapping
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import desk, exams, gold
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Conflict
from hakari.core.ids import Account
from hakari.work import exams as marking
from hakari.work import quality
from hakari.work.blind import differs
from hakari.work.intake import Running


class NotCorrected(Conflict):
    """The right answers are not shown to this account: it has no result, or the exam is no training and not judged yet."""

    code = "not_corrected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """An account's answer to a task of an exam, beside the right one. is_right: whether it says all that the right one says."""

    task: int
    answer: Json
    right: Mapping[str, Json]
    is_right: bool

    @property
    def json(self) -> dict[str, Json]:
        """The correction as the API shows it."""
        return {"answer": self.answer, "is_right": self.is_right, "right": dict(self.right), "task": self.task}


def corrections(node: Node, account: Account, order: str) -> list[Correction]:
    """Return an account's answers in an exam beside the right ones, by number. Raises UnknownOrder or NotCorrected."""
    with node.store.reading() as book:
        row = book.orders.get(order)
        if row is None:
            raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
        return of(node, book, desk.running(node, row.id), account)


def of(node: Node, book: Book, facts: Running, account: Account) -> list[Correction]:
    """Return the corrections of a known order.

    Of a training they are shown once the account has its result, for that is when it can learn from them and change nothing; of every
    exam once it is judged, for then they are public. What a jury found stands over what was written down. Raises NotCorrected.
    """
    order, exam = facts.order.id, quality.exam(facts.order.quality)
    written = exams.truths(node, facts)
    if exam is None or written is None:
        raise NotCorrected(f"order must be an exam, got {order}")
    if order not in exams.results(book, account) or not (exam.training or book.statements.about("verdicts", order)):
        when = "has its result" if exam.training else "has its result and the exam is judged"
        raise NotCorrected(f"the right answers of {order} are shown to an account once it {when}")
    right = marking.corrected(written, gold.ruled(book, order))
    answers = sorted((row.given for row in book.answers.of_account(order, account)), key=lambda each: each.task)
    return [
        Correction(
            task=each.task,
            answer=each.answer,
            right=right[each.task],
            is_right=not differs(each.answer, right[each.task]),
        )
        for each in answers
    ]
