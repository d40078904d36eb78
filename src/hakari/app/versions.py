"""The versions of a pool's terms that the log says. What was funded, sold or slashed under one is paid by it, whatever came after."""

from typing import cast

from hakari.adapters.sql.store import Book
from hakari.core.statement import Statement
from hakari.work import orders
from hakari.work.orders import Order, Terms


def said(book: Book, pool: int) -> dict[int, Statement]:
    """Return a pool's statements by version of its terms, ascending; empty for a pool that is not this node's."""
    found = {cast(int, each.body["terms_version"]): each for each, _ in book.statements.about("pool", str(pool))}
    return dict(sorted(found.items()))


def of(book: Book, pool: int) -> dict[int, Terms]:
    """Return a pool's terms by version, ascending."""
    return {version: orders.terms(each.body) for version, each in said(book, pool).items()}


def under(book: Book, order: Order) -> Terms:
    """Return the terms that an order of this node was funded under."""
    return of(book, order.pool)[order.terms_version]


def of_order(book: Book, order: str) -> Terms:
    """Return the terms of an order of this node, by its id."""
    found = book.statements.get(order)
    assert found is not None  # whoever names it has recorded it
    return under(book, orders.order(found[0]))
