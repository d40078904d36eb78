"""What a pool owes: its verdicts and sales with what each makes due, and the terms by which it is paid."""

from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.core.ids import StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement
from hakari.pay import lines as owed
from hakari.pay import merits
from hakari.pay.lines import Sale, Settlement, Work
from hakari.work import orders
from hakari.work.orders import Terms
from hakari.work.quality import BY_MERIT


def due(node: Node, book: Book, pool: int, since: int) -> list[tuple[int, Work | Settlement | Sale]]:
    """Return what the pool's statements from leaf `since` on make due, by leaf."""
    made = [(leaf, _made(node, book, each)) for each, leaf in said(book, pool, since) if leaf is not None]
    return sorted(made, key=lambda pair: pair[0])


def said(book: Book, pool: int, since: int) -> list[tuple[Statement, int | None]]:
    """Return the pool's statements from leaf `since` on that make something due: verdicts that pay, settlements, sales."""
    return [
        (statement, leaf)
        for kind in ("verdicts", "settlement", "sale")
        for statement, leaf in book.statements.about(kind, since=since)
        if statement.body.get("rules") not in BY_MERIT and pool_of(book, statement) == pool
    ]


def _made(node: Node, book: Book, statement: Statement) -> Work | Settlement | Sale:
    if statement.kind == "settlement":
        return _settlement(node, book, statement)
    return _work(book, statement) if statement.kind == "verdicts" else _sale(book, statement)


def _settlement(node: Node, book: Book, statement: Statement) -> Settlement:
    order = book.orders.get(str(statement.body["order"]))
    assert order is not None  # settlements are said of recorded orders only
    pay = merits.read(canonical.read_lines(node.kept(str(statement.body["pay"]))))
    return Settlement(
        cause=statement.id,
        source=order.escrow_order,
        amounts=pay.due,
        fee=money.parse(statement.body["fee"]),
        free=money.parse(statement.body["free"]),
    )


def pool_of(book: Book, statement: Statement) -> int | None:
    """Return the pool of a `verdicts`, `settlement` or `sale` statement, None where its order or release is not known."""
    if statement.kind in ("verdicts", "settlement"):
        order = book.orders.get(str(statement.body["order"]))
        return None if order is None else order.pool
    release = book.releases.get(str(statement.body["release"]))
    return None if release is None else release.pool


def terms(book: Book, pool: int) -> Terms:
    """Return the terms of a pool of this node."""
    row = book.orders.pool(pool)
    assert row is not None  # only pools of this table come here
    return orders.terms(row.body)


def _work(book: Book, statement: Statement) -> Work:
    found = book.statements.get(str(statement.body["order"]))
    assert found is not None  # verdicts are said of recorded orders only
    order = orders.order(found[0])
    return Work(
        cause=statement.id,
        source=order.escrow_order,
        reward=order.reward,
        judged=cast(int, statement.body["count"]),
        accepted=book.answers.accepted_by_account(statement.id),
    )


def _sale(book: Book, statement: Statement) -> Sale:
    release = book.releases.get(str(statement.body["release"]))
    assert release is not None  # `sell` says a sale only of a release that stands
    order = book.orders.get(release.order)
    assert order is not None
    verdicts = cast(list[str], cast(dict[str, Json], release.body["lineage"])["verdicts"])
    return Sale(
        cause=statement.id,
        source=cast(int, statement.body["income_order"]),
        price=Micros(int(str(statement.body["price"]))),
        originator=order.buyer,
        weights=owed.shares(book.answers.accepted_by_account(StatementId(each)) for each in verdicts),
    )
