"""Orders that continue another: held against the first one, and found from any of them."""

from typing import cast

from hakari.adapters.sql.store import Book
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.core.statement import Statement
from hakari.work import continuing, orders
from hakari.work.orders import Order
from hakari.work.records import OrderRow


class NotContinued(Malformed):
    """An order names one that it can't continue: another buyer's, another definition, or one that continues another itself."""

    code = "not_continued"
    status = 422


def check(book: Book, order: Order, statement: Statement) -> None:
    """Raise NotContinued where an order names another that it does not continue."""
    named = statement.body.get("continues")
    if named is None:
        return
    found = book.statements.get(cast(str, named))
    if found is None or found[0].kind != "order" or "continues" in found[0].body:
        raise NotContinued(
            f"continues must be an order of this node's that continues none, got {named}", pointer="/body/continues"
        )
    for what, expected, got in continuing.differences(orders.order(found[0]), order):
        raise NotContinued(f"{what} must be the first one's: expected {expected}, got {got}", pointer="/body/continues")


def family(book: Book, row: OrderRow, said: Statement) -> list[StatementId]:
    """Return the first order and those that continue it, in order of intake."""
    first = root(said)
    found = [StatementId(first)]
    for each in book.orders.of_buyer(row.buyer):
        placed = book.statements.get(each)
        if placed is not None and placed[0].body.get("continues") == first:
            found.append(each)
    return found


def root(said: Statement) -> str:
    """Return the order that an order continues; itself where it continues none."""
    return cast(str, said.body.get("continues", said.id))
