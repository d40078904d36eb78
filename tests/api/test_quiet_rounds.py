"""A round in which nothing is due costs the same however long the past is: counted in steps of SQLite's machine, not in time."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from market import GOOD, Market
from sqlalchemy import event

from hakari.app import Node, rounds
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent

EACH = 10
"""SQLite calls back after so many steps of its machine."""


@pytest.fixture
def steps(market: Market) -> Callable[[], int]:
    """Do a round and return how many steps of its machine SQLite took for it."""
    count = [0]

    def one() -> int:
        count[0] += EACH
        return 0

    def on_checkout(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_progress_handler(one, EACH)

    engines = (market.node.store._engine, market.node.store._readers)
    for engine in engines:
        event.listen(engine, "checkout", on_checkout)

    def measured() -> int:
        count[0] = 0
        assert rounds.round_(market.node) is False
        return count[0]

    return measured


KINDS: list[tuple[str, str, Callable[[int], dict[str, Any]]]] = [
    ("payouts", "Claimed", lambda n: {"account": f"0x{n:040x}", "amount": "1", "epoch": "1", "pool": "1"}),
    ("anchor", "Posted", lambda n: {"log_id": "33" * 32, "root": "44" * 32, "size": str(n + 1)}),
    ("escrow", "Reserved", lambda n: {"amount": "0", "order": str(10_000 + n)}),
    ("licences", "Offered", lambda n: {"offer": str(10_000 + n), "pool": "9", "release": "55" * 32}),
    ("pools", "Terms", lambda n: {"hash": "66" * 32, "pool": str(10_000 + n), "version": "1"}),
]


def grown(market: Market, first: int, last: int) -> None:
    """A longer past: statements with leaves, and events that rounds look for, in a block that was heard long ago."""
    node = market.node
    with node.store.book() as book:
        accepted = book.chain.events(contract="payouts", event="Accepted")[0]
        book.chain.keep(
            [
                ChainEvent(
                    block=accepted.block,
                    index=10_000 + len(KINDS) * n + kind,
                    contract=contract,
                    event=name,
                    address="0x" + "11" * 20,
                    tx="22" * 32,
                    time=accepted.time,
                    args=args(n),
                )
                for n in range(first, last)
                for kind, (contract, name, args) in enumerate(KINDS)
            ]
        )
        for n in range(first, last):
            body = {"log": "elsewhere", "n": n, "session_key": "ab" * 32}
            said = Statement(
                kind="revocation", author=node.operator, time=n, body=body, key="account", signature="cd" * 65
            )
            book.statements.add(said)
        while book.statements.number(1000):
            continue


def test_a_quiet_round_costs_the_same_however_long_the_past(
    market: Market, steps: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = market.order(tasks=2, redundancy=1).id
    who = market.person("worker", "work")
    who.submit(order, [(0, GOOD), (1, GOOD)])

    def paid() -> bool:
        market.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [60]})
        return who.get(f"/v1/accounts/{who.account}")["earnings"]["claimable"] != "0"

    market.until(paid)
    market.rounds(60)
    grown(market, 0, 50)
    market.rounds(60)
    before = steps()
    assert 0 < before < 100_000
    grown(market, 50, 2000)
    market.rounds(60)
    after = steps()
    assert after <= before * 1.2, (before, after)
    # And a step that reads one kind of event through would be noticed.
    monkeypatch.setattr(rounds, "STEPS", (*rounds.STEPS, reads_through))
    assert steps() > before * 1.2


def reads_through(node: Node) -> bool:
    with node.store.reading() as book:
        return not book.chain.events(contract="payouts", event="Claimed")
