"""Work that is committed first: neither other workers nor the node read an answer before its task has all it wants.

As blind answers are (reveals.py), but for what differs: nobody is drawn, a task wants as many as its order says, and a place whose
opening never came is not given again, for what the others opened is known by then. docs/reference/rules.md, section 5.7.
"""

from collections.abc import Sequence

from hakari.core.errors import Malformed
from hakari.core.statement import Statement
from hakari.work import intake
from hakari.work.intake import AlreadyAnswered, OrderClosed, Running, TaskFull
from hakari.work.orders import Order
from hakari.work.quality import Quality
from hakari.work.records import WORK
from hakari.work.reveals import Committed
from hakari.work.seats import CommitBook


def check(order: Order, declared: Quality | None) -> None:
    """Raise Malformed where an order asks for it whose tasks don't all want the same number of answers, may be had unasked, or begin
    with a calibration: its first tasks would have their answers before anybody could read them."""
    if declared is None or not declared.reveals(WORK):
        return
    if order.calibration is not None:
        raise Malformed("an order with a calibration can't have its work committed first", pointer="/body/calibration")
    if declared.stopping is not None:
        raise Malformed(
            "an order that stops early reads answers while others come: its work can't be committed first",
            pointer="/body/quality/stopping",
        )
    if order.assignment != "drawn":
        raise Malformed(
            f"assignment must be 'drawn' where work is committed first, got {order.assignment!r}",
            pointer="/body/assignment",
        )


def commit(book: CommitBook, running: Running, statement: Statement, rows: Sequence[Committed], *, now: int) -> None:
    """Write a submission of work whose answers are committed first. now: Unix seconds.

    Raises OrderClosed, AlreadyAnswered, NotAssigned, AssignmentLapsed, TaskFull or OverBudget, and then nothing is written.
    """
    order, numbers = running.order, [each.task for each in rows]
    row = book.orders.held(order.id)
    if row is None or row.status != "open" or max(now, statement.time) >= order.deadline:
        raise OrderClosed(f"order takes answers until {order.deadline} while it is open, got one at {now}")
    intake.under(book, order, statement, numbers)
    before = book.commitments.standing(order.id, statement.author, numbers)
    if before:
        raise AlreadyAnswered(f"a task must be answered once by an account; committed before: {sorted(before)[:10]}")
    intake.may_still(book, running, statement, numbers, now=now)
    full = book.orders.full(order.id, numbers)
    if full:
        raise TaskFull(f"these tasks have all the answers they want: {sorted(full)[:10]}")
    intake.afford(running, row, len(rows))
    book.statements.add(statement, subject=order.id)
    book.commitments.add(rows)
    book.orders.answered(order.id, numbers)
