"""Bids on requests: taken in, listed, and taken at their word by the order of the request's buyer."""

from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, quarantines
from hakari.app.node import Node
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import StatementId
from hakari.core.money import kept
from hakari.core.statement import Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.sources.collect.spec import MOST_UNITS
from hakari.work import bids, intake, orders
from hakari.work.bids import Bid
from hakari.work.orders import Order


class NoBid(Malformed):
    """An order names a bid that is not one on a request of its buyer's, or is not what was bid."""

    code = "no_bid"
    status = 422


class BidTaken(Conflict):
    """Another order has taken the bid already."""

    code = "bid_taken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A bid as it stands: when it was said, its leaf where it has one, and the order that took it or None."""

    bid: Bid
    time: int
    leaf: int | None
    taken: StatementId | None


def say(node: Node, statement: Statement) -> Receipt:
    """Record a bid on a request that takes units. Raises UnknownOrder, OrderClosed, Malformed."""
    desk.expect(statement, "bid")
    check_body("bid", statement.body)
    desk.not_early(node, statement)
    made = bids.bid(statement.id, statement.author, statement.body)
    kept(made.price, pointer="/body/price")
    if made.count > MOST_UNITS:
        raise Malformed(f"count must be at most {MOST_UNITS}, got {made.count}", pointer="/body/count")
    facts = desk.running(node, made.request, pointer="/body/order")
    if facts.kind.contents is None:
        raise Malformed(f"order must be a request for data, got one of kind {facts.kind.name!r}", pointer="/body/order")
    if facts.order.buyer == statement.author:
        raise Malformed("a bid must be on somebody else's request", pointer="/author")
    if made.until <= statement.time:
        raise Malformed(f"until must lie after the statement's time, got {made.until}", pointer="/body/until")
    with node.store.reading() as book:
        if book.statements.has(statement.id):
            return desk.receipt(node, statement)
        may_sign(statement, book.statements.key(statement.key))
    node.accounts_pace.take(statement.author)

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        row = book.orders.held(facts.order.id)
        if row is None or row.status != "open" or row.deadline <= node.clock():
            raise intake.OrderClosed("a request takes bids while it is open")
        quarantines.pass_(book, order=facts.order.id, account=statement.author)
        book.statements.add(statement, subject=made.request)

    node.store.commit(write)
    return desk.receipt(node, statement)


def standing(book: Book, request: str) -> list[Standing]:
    """Return the bids on a request, oldest first."""
    said = book.statements.about("bid", request)
    row = book.orders.get(request) if said else None
    taken: dict[str, StatementId] = {}
    for each in [] if row is None else book.orders.of_buyer(row.buyer):
        found = book.statements.get(each)
        if found is not None and "bid" in found[0].body:
            taken.setdefault(cast(str, found[0].body["bid"]), each)
    return [
        Standing(bid=bids.bid(each.id, each.author, each.body), time=each.time, leaf=leaf, taken=taken.get(each.id))
        for each, leaf in said
    ]


def of(node: Node, request: str) -> list[Standing]:
    """Return the bids on a request, oldest first."""
    with node.store.reading() as book:
        return standing(book, request)


def one(node: Node, request: str, bid: str) -> Bid:
    """Return one bid on a request. Raises NoBid, BidTaken."""
    for each in of(node, request):
        if each.bid.id == bid:
            if each.taken is not None:
                raise BidTaken(f"bid {bid} is taken by order {each.taken}")
            return each.bid
    raise NoBid(f"bid must be one on request {request}, got {bid}")


def check_taken(book: Book, order: Order, statement: Statement) -> Bid | None:
    """Return the bid that an order takes, or None where it names none; the request is held until the transaction ends.

    Raises NoBid unless the order is what was bid, BidTaken where another has taken it. Needs a transaction that writes.
    """
    named = statement.body.get("bid")
    if named is None:
        return None
    found = book.statements.get(cast(str, named))
    if found is None or found[0].kind != "bid":
        raise NoBid(f"bid must be one of this node's, got {named}", pointer="/body/bid")
    taken = bids.bid(found[0].id, found[0].author, found[0].body)
    said = book.statements.get(taken.request)
    assert said is not None  # a bid is on an order of this node's
    for what, expected, got in bids.differences(taken, orders.order(said[0]), order, time=statement.time):
        raise NoBid(f"{what} must be as was bid: expected {expected}, got {got}", pointer="/body/bid")
    book.orders.held(taken.request)
    for each in standing(book, taken.request):
        if each.bid.id == taken.id and each.taken not in (None, statement.id):
            raise BidTaken(f"bid {taken.id} is taken by order {each.taken}", pointer="/body/bid")
    return taken
