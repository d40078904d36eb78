"""Two workers on one database, one chain and one public folder: no verdict, epoch or payment happens twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from child import Child
from world import UNIT_COST, Ending, World, mismatches, opened

from hakari.app import Node
from hakari.core import canonical
from hakari.doors.server import serving


def said_once(market: World) -> None:
    """No verdicts, epoch, sale or release stands in the log a second time."""
    reader = market.person("reader")
    kinds = Counter(each["statement"]["kind"] for each in reader.pages("/v1/statements"))
    assert kinds["node"] == 1
    assert kinds["verdicts"] == 2
    assert kinds["sale"] == kinds["release"] == kinds["use"] == 1
    numbers = [each["statement"]["body"]["number"] for each in reader.pages("/v1/statements", kind="epoch")]
    # How many there are is a matter of time: verdicts said after an epoch's anchor are paid by the next one.
    assert numbers == list(range(1, len(numbers) + 1))
    proposed = list(events(market, "Proposed"))
    assert [int(each["epoch"]) for each in proposed] == numbers
    operator = reader.get("/v1/pools")["items"][0]["terms"]["operator"]
    credits = market.number("payouts", "credits(address)", [operator])
    assert credits == sum(int(each["bond"]) for each in proposed)
    assert kinds["tasks"] == kinds["order"] == 2


def events(market: World, name: str) -> Iterator[dict[str, str]]:
    """Yield the arguments of the chain's events of a name, by the log's own copy of them."""
    for each in market.person("reader").pages("/v1/statements", kind="chain"):
        data = (market.public / "evidence" / each["statement"]["body"]["events"]).read_bytes()
        for line in canonical.read_lines(data):
            if line["event"] == name:
                yield cast(dict[str, str], line["args"])


def reserved(market: World) -> Counter[str]:
    """Return what was reserved on chain for each escrow order."""
    sums: Counter[str] = Counter()
    for args in events(market, "Reserved"):
        sums[args["order"]] += int(args["amount"])
    return sums


def second(folder: Path, first: Child, database: str) -> Node:
    """A node that shares keys, database, public and private files with the first, and its chain by URL."""
    return opened(folder, database_url=database, chain_url=f"http://127.0.0.1:{first.port}/rpc", tick_ms=20)


@pytest.mark.parametrize(
    "lease_s", [pytest.param(0, id="both at once"), pytest.param(15, id="taking turns", marks=pytest.mark.soak)]
)
def test_two_workers_on_one_database_do_everything_once(
    tmp_path: Path, postgres_url: str, undisturbed: Ending, lease_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hakari.app import rounds

    # A lease of no seconds is everybody's: both work all the time, as two do after a pause that outlasted a lease.
    monkeypatch.setattr(rounds, "LEASE_S", lease_s)
    with Child(tmp_path, database_url=postgres_url, lease_s=lease_s) as child:
        market = child.world(patience_s=90)
        try:
            market.pool()
            node = second(tmp_path, child, postgres_url)
            try:
                with serving(node):
                    beside = World(url=node.settings.url, public=market.public, chain=f"{market.url}/rpc")
                    orders = market.orders()
                    for name in ("ada", "ben"):
                        market.work(name, orders)
                    for name in ("cho", "dan"):
                        # The second door knows the same people and the same tasks.
                        beside.work(name, orders)
                    market.receipts += beside.receipts
                    ending = market.life()
                    said_once(market)
                    beside.close()
            finally:
                node.close()
        except BaseException:
            print(child.said())
            raise
        assert reserved(market) == Counter({"1": 20 * UNIT_COST, "2": 16 * UNIT_COST})
        assert ending.balances == undisturbed.balances
        assert ending.orders == undisturbed.orders
        assert mismatches(market.verify()) == []
        market.close()
