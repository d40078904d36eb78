"""An order's pauses as this node has them."""

from hakari.adapters.sql.store import Book
from hakari.app import desk
from hakari.app.node import Node
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.core.statement import Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import intake, pauses
from hakari.work.pauses import Span


def pause(node: Node, statement: Statement) -> Receipt:
    """Record that an order's buyer pauses it, or lets it go on. Raises OrderClosed, PausesSpent, Forbidden or Malformed."""
    desk.expect(statement, "pause")
    check_body("pause", statement.body)
    desk.not_early(node, statement)
    facts = desk.running(node, str(statement.body["order"]), pointer="/body/order")
    earliest = node.clock() - desk.CLOCK_SKEW_S

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        if statement.time < earliest:
            # A pause of the past would make assignments wrong that were right when they were made.
            raise Malformed(f"time must be at least {earliest}, got {statement.time}", pointer="/time")
        # Assignments of the order wait for this, and this for them: each is before the pause, or sees it.
        row = book.orders.held(facts.order.id)
        if row is None or row.status != "open" or node.clock() >= row.deadline:
            raise intake.OrderClosed("only an order that takes answers can be paused")
        pauses.check(facts.order, pauses.said(book.statements, facts.order.id), statement)
        book.statements.add(statement, subject=facts.order.id)
        # The row is written anew so that on PostgreSQL whoever waited for it begins again, with this pause in sight.
        book.orders.mark(row.id, row.status)

    node.store.commit(write)
    return desk.receipt(node, statement)


def running(book: Book, order: StatementId, now: int) -> Span | None:
    """Return an order's pause that runs at a time, or None."""
    return pauses.running(spans(book, order), now)


def spans(book: Book, order: StatementId) -> list[Span]:
    """Return when an order was paused."""
    return pauses.spans(pauses.said(book.statements, order))
