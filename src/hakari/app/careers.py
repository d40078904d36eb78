"""The accounts of a pool as its settlements left them, read from the log's own statements."""

from hakari.adapters.sql.store import Book
from hakari.app import dues, versions
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.ids import Account, StatementId
from hakari.pay import merits, settlements
from hakari.pay.settlements import Standing
from hakari.work import judging, orders
from hakari.work.kin import kin
from hakari.work.orders import Order
from hakari.work.quality import BY_MERIT


def standing(node: Node, book: Book, pool: int, *, below: int | None = None) -> Standing:
    """Return the accounts of a pool after its settlements, all or those with leaf < below."""
    made, terms = Standing(), versions.of(book, pool)
    for statement, leaf in book.statements.about("settlement"):
        if below is not None and (leaf is None or leaf >= below):
            continue
        order = order_of(book, str(statement.body["order"]))
        if order.pool == pool:
            pay = merits.read(canonical.read_lines(node.kept(str(statement.body["pay"]))))
            made.take(
                order.id, settlements.rule(order, terms[order.terms_version], said=dues.judged_at(book, statement)), pay
            )
    return made


def order_of(book: Book, order: str) -> Order:
    """Return a recorded order."""
    found = book.statements.get(order)
    assert found is not None  # whoever names it has recorded it
    return orders.order(found[0])


def groups(node: Node, book: Book, pool: int, *, below: int) -> dict[Account, frozenset[str]]:
    """Return the copy groups of a pool's accounts, by the verdicts with leaf < below."""
    said = [
        (StatementId(statement.id), judging.read_results(node.kept(str(statement.body["results"])))[0])
        for statement, leaf in book.statements.about("verdicts")
        if statement.body["rules"] in BY_MERIT
        and leaf is not None
        and leaf < below
        and dues.pool_of(book, statement) == pool
    ]
    return kin(said)
