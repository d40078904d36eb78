"""A transaction that something newer has overtaken is given up, and one that only came too early is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from market import Market

from hakari.adapters.sql.chain import Intent
from hakari.app import promises


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    made = Market(tmp_path, tick_ms=20)
    yield made
    made.close()


def post(market: Market, size: int, name: str) -> Intent:
    checkpoint = market.node.log.checkpoint()
    assert checkpoint is not None
    args = [promises.log_id(market.node), str(size), checkpoint.root.hex(), str(market.node.clock())]
    return Intent(name=name, signer="operator", contract="anchor", function="post", args=args)


def test_an_anchor_that_a_newer_one_overtook_does_not_wait_for_ever(market: Market) -> None:
    market.rounds()
    for size, name in ((40, "newer"), (39, "older")):
        with market.node.store.book() as book:
            book.chain.intend(post(market, size, name))
        market.rounds()
    with market.node.store.reading() as book:
        newer, older = book.chain.intent("newer"), book.chain.intent("older")
        assert newer is not None
        assert newer.status == "done"
        assert older is not None
        assert older.status == "reverted"
        assert "size" in str(older.note)
        assert not [each for each in book.chain.intents("waiting", "signed") if each.function == "post"]


def test_what_came_too_early_waits(market: Market) -> None:
    early = Intent(name="early", signer="operator", contract="payouts", function="settle", args=[str(market.pool), []])
    with market.node.store.book() as book:
        book.chain.intend(early)
    market.rounds(3)
    with market.node.store.reading() as book:
        kept = book.chain.intent("early")
        assert kept is not None
        assert kept.status == "waiting"
