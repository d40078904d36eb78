"""A chain that takes blocks back: what was not deep enough never came into the log; what was is named, and nothing more is taken.

The fork is a real one: the embedded chain's file is copied, and both copies go on with other blocks.
"""

import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))

from market import Market, secret

from hakari.adapters.evm.chain import open_chain
from hakari.adapters.evm.embedded import EmbeddedChain
from hakari.adapters.sql.chain import Intent
from hakari.app import Node, checking, desk, hearing, rounds, sending
from hakari.app.hearing import ChainRewritten
from hakari.people.wallets import address_of
from hakari.work.orders import OrderNotFunded

DEEP = 3


@pytest.fixture
def market(tmp_path: Path) -> Any:
    made = Market(tmp_path / "node")
    yield made
    made.close()


def on(node: Node, embedded: EmbeddedChain) -> Node:
    """The same node, on a chain that buries what it believes under three blocks."""
    chain = open_chain(embedded=embedded, chain_id=node.settings.chain_id)
    return replace(node, chain=chain, embedded=embedded, confirmations=DEEP)


def forked(node: Node, path: Path) -> EmbeddedChain:
    """A copy of the node's chain as it is now."""
    assert node.embedded is not None
    with sqlite3.connect(f"file:{node.settings.dir / 'node' / 'chain.sqlite'}?mode=ro", uri=True) as source:
        with sqlite3.connect(path) as copy:
            source.backup(copy)
        copy.close()
    source.close()
    return EmbeddedChain.open(path, chain_id=node.settings.chain_id, dev=True)


def funded(node: Node, pool: int, who: str, budget: int) -> int:
    """Fund an escrow order on the node's chain; returns its number there."""
    key, chain = secret(who), node.chain
    for contract, function, args in (
        ("payment_token", "faucet", [address_of(key), budget]),
        ("payment_token", "approve", [node.contracts.escrow, budget]),
        ("escrow", "fund", [pool, 1, budget, 4_000_000_000]),
    ):
        signed = chain.sign_call(key, node.contracts, contract, function, args, nonce=chain.nonce(address_of(key)))
        chain.send(signed.raw)
    return int(chain.call(node.contracts, "escrow", "order_count", []))


def buried(node: Node, blocks: int = DEEP) -> None:
    assert node.embedded is not None
    for _ in range(blocks):
        node.embedded.mine()


def quiet(node: Node, most: int = 20) -> None:
    for _ in range(most):
        if not rounds.round_(node):
            return


def said(node: Node) -> list[Any]:
    with node.store.reading() as book:
        return [each for each in book.chain.events(contract="escrow", event="Funded")]


def test_a_shallow_reorganisation_leaves_no_wrong_event_in_the_log(market: Market, tmp_path: Path) -> None:
    quiet(market.node)
    old = on(market.node, market.node.embedded)  # type: ignore[arg-type]
    other = forked(market.node, tmp_path / "fork.sqlite")
    new = on(market.node, other)
    try:
        lost = funded(old, market.pool, "loser", 1_000_000)
        quiet(old)
        assert said(old) == []  # mined, and not deep enough
        with pytest.raises(OrderNotFunded, match="3 blocks deep"):
            desk.funded(old, lost)
        assert funded(new, market.pool, "winner", 2_000_000) == lost
        buried(new)
        quiet(new)
        assert [each.args["amount"] for each in said(new)] == ["2000000"]
        buried(new)
        quiet(new)
        head = new.confirmed()
        heard = [each.line() for each in new.chain.events(new.contracts, new.contracts.from_block, head)]
        with new.store.reading() as book:
            assert [each.line() for each in book.chain.events()] == heard
        report = checking.check(str(market.public))
        assert report.ok, report.mismatches
    finally:
        other.close()


def test_a_deeper_reorganisation_is_named_and_nothing_more_is_taken(market: Market, tmp_path: Path) -> None:
    quiet(market.node)
    old = on(market.node, market.node.embedded)  # type: ignore[arg-type]
    other = forked(market.node, tmp_path / "fork.sqlite")
    new = on(market.node, other)
    try:
        funded(old, market.pool, "loser", 1_000_000)
        buried(old)
        quiet(old)
        assert len(said(old)) == 1
        funded(new, market.pool, "winner", 2_000_000)
        buried(new, 3 * DEEP)
        before = market.trace()
        steps: list[Callable[[Node], bool]] = [hearing.hear, hearing.hear]
        for step in steps:
            with pytest.raises(ChainRewritten, match=r"block \d+ must be [0-9a-f]{64}, .* got [0-9a-f]{64}") as found:
                step(new)
        assert found.value.code == "chain_rewritten"
        assert market.trace() == before
        assert hearing.report(new) is False
    finally:
        other.close()


def test_what_we_sent_counts_once_it_is_deep_and_is_sent_again_where_its_block_is_gone(
    market: Market, tmp_path: Path
) -> None:
    quiet(market.node)
    other = forked(market.node, tmp_path / "fork.sqlite")
    old, new = on(market.node, market.node.embedded), on(market.node, other)  # type: ignore[arg-type]
    try:
        with old.store.book() as book:
            args = [old.operator, "5"]
            book.chain.intend(
                Intent(name="gift", signer="operator", contract="payment_token", function="faucet", args=args)
            )

        def status(node: Node) -> str:
            with node.store.reading() as book:
                found = book.chain.intent("gift")
            assert found is not None
            return found.status

        for _ in range(3):
            sending.tell(old)
        assert status(old) == "signed"  # mined, and not deep enough
        sending.tell(new)  # the other chain has never seen it: the same bytes go there
        assert status(new) == "signed"
        buried(new)
        sending.tell(new)
        assert status(new) == "done"
    finally:
        other.close()
