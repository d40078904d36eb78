"""Bids: what somebody would hand in to a request, at a price of their own; and the order that takes one at its word. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.work.orders import Order


@dataclass(frozen=True, kw_only=True, slots=True)
class Bid:
    """`count` units as the request asks for them, at `price` micro-units for each that is kept, if an order says so by `until`."""

    id: StatementId
    author: Account
    request: StatementId
    count: int
    price: Micros
    until: int


def bid(identity: StatementId, author: Account, body: Mapping[str, Json]) -> Bid:
    """Return the bid that a good `bid` statement makes."""
    return Bid(
        id=identity,
        author=author,
        request=StatementId(cast(str, body["order"])),
        count=cast(int, body["count"]),
        price=money.parse(body["price"], pointer="/body/price"),
        until=cast(int, body["until"]),
    )


def listed(taken: Bid) -> list[dict[str, Json]]:
    """Return who may answer what in the order that takes a bid: its author, every task."""
    return [{"account": taken.author, "task": n} for n in range(taken.count)]


def differences(taken: Bid, request: Order, order: Order, *, time: int) -> Iterator[tuple[str, object, object]]:
    """Yield (what, expected, got) for each point in which an order said at `time` is not what was bid."""
    digest = hashlib.sha256(canonical.lines(listed(taken))).hexdigest()
    if time > taken.until:
        yield "time of an order that takes a bid", f"at most {taken.until}", time
    for what, expected, got in (
        ("author", request.buyer, order.buyer),
        ("source", request.source, order.source),
        ("pool", request.pool, order.pool),
        ("assignment", "listed", order.assignment),
        ("reward", int(taken.price), int(order.reward)),
        ("spec", {**request.spec, "listed": digest, "target": taken.count}, dict(order.spec)),
    ):
        if expected != got:
            yield f"{what} of an order that takes a bid", expected, got
