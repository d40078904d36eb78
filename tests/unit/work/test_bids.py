"""An order that takes a bid is what was bid, or the difference is named."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from hakari.core import canonical
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.work import bids
from hakari.work.bids import Bid
from hakari.work.orders import Order

BUYER, BIDDER = Account("0x" + 40 * "1"), Account("0x" + 40 * "2")
BID = Bid(
    id=StatementId(64 * "b"),
    author=BIDDER,
    request=StatementId(64 * "a"),
    count=2,
    price=Micros(300_000),
    until=1000,
)
REQUEST = Order(
    id=BID.request,
    pool=1,
    terms_version=1,
    escrow_order=1,
    buyer=BUYER,
    source="collect",
    spec={"near_bps": 9000, "target": 50},
    quality={"rules": "collect/1"},
    guideline=1,
    assignment="open",
    redundancy=1,
    reward=Micros(200_000),
    budget=Micros(10_500_000),
    deadline=2000,
    evidence="open",
    title="Towns",
)
LISTED = hashlib.sha256(canonical.lines({"account": BIDDER, "task": n} for n in range(2))).hexdigest()
TAKING = replace(
    REQUEST,
    id=StatementId(64 * "c"),
    assignment="listed",
    reward=BID.price,
    spec={"listed": LISTED, "near_bps": 9000, "target": 2},
)


def test_an_order_as_was_bid_differs_in_nothing() -> None:
    assert list(bids.differences(BID, REQUEST, TAKING, time=1000)) == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"buyer": BIDDER}, "author"),
        ({"source": "label"}, "source"),
        ({"pool": 2}, "pool"),
        ({"assignment": "open"}, "assignment"),
        ({"reward": Micros(299_999)}, "reward"),
        ({"spec": {**TAKING.spec, "target": 3}}, "spec"),
        ({"spec": {**TAKING.spec, "near_bps": 9001}}, "spec"),
        ({"spec": {**TAKING.spec, "listed": 64 * "0"}}, "spec"),
    ],
)
def test_each_difference_is_named(changed: dict[str, Any], what: str) -> None:
    [(named, expected, got)] = bids.differences(BID, REQUEST, replace(TAKING, **changed), time=1000)
    assert named.startswith(what)
    assert expected != got


def test_a_bid_that_is_over_is_taken_by_nobody() -> None:
    assert [what for what, _, _ in bids.differences(BID, REQUEST, TAKING, time=1001)] == [
        "time of an order that takes a bid"
    ]
