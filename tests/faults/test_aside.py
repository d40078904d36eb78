"""One order whose judging breaks: it is set aside with its reason, all others are judged and paid, and it goes on once it can."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from stage import served, until
from starlette.testclient import TestClient
from world import WORKERS, World, mismatches, open_pool, opened

from hakari.adapters.blobs import StorageFull
from hakari.app import Node, aside, desk, operator, rounds
from hakari.doors.api import create_app


@dataclass
class Broken:
    """A node whose rounds run when told, with a label order and a rank order that are fully answered and not judged yet."""

    node: Node
    market: World
    orders: dict[str, str]
    ahead_s: int = 0

    def judges_so(self, kind: str, judge: Callable[..., Any]) -> None:
        """From now on an order's kind judges like this."""
        facts = desk.running(self.node, self.orders[kind])
        self.node.running[self.orders[kind]] = replace(facts, kind=replace(facts.kind, judge=judge))

    def status(self, kind: str) -> str:
        with self.node.store.reading() as book:
            row = book.orders.get(self.orders[kind])
        assert row is not None
        return row.status

    def round(self) -> None:
        rounds.round_(self.node)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Broken]:
    made: list[Broken] = []
    node = opened(tmp_path, clock=lambda: int(time.time()) + (made[0].ahead_s if made else 0))
    try:
        with served(node):
            open_pool(node)
            market = World(url=node.settings.url, public=node.settings.dir / "public")
            reader = market.person("reader")
            until("the pool", lambda: reader.get("/v1/pools")["items"], lambda: rounds.round_(node))
            orders = market.orders()
            rounds.round_(node)
            for name in WORKERS:
                market.work(name, orders)
            rounds.number(node)
            made.append(Broken(node=node, market=market, orders=orders))
            yield made[0]
            market.close()
    finally:
        node.close()


def breaks(_batch: object, _recorded: object) -> Any:
    return 1 // 0


def test_an_order_whose_judging_breaks_is_set_aside_and_shown_and_the_others_are_judged_and_paid(
    broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    node, market = broken.node, broken.market
    broken.judges_so("label", breaks)
    with caplog.at_level(logging.ERROR, "hakari.aside"):
        until("the votes", lambda: broken.status("rank") == "judged", broken.round)
        for _ in range(3):
            broken.round()
    assert broken.status("label") == "open"
    # It is logged once with its trace, not in every round.
    [record] = caplog.records
    assert record.exc_info is not None
    assert "ZeroDivisionError" in record.getMessage()
    with node.store.reading() as book:
        [reason] = aside.reasons(book)
        row = book.orders.get(broken.orders["label"])
    assert row is not None
    assert (reason.step, reason.what, reason.number) == ("judge", "order", row.escrow_order)
    [stuck] = operator.health(node).stuck
    assert (stuck.id, stuck.why) == (broken.orders["label"], "failed")
    browser = TestClient(create_app(node), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))
    page = browser.get("/operator", headers={"Accept": "text/html"}).text
    assert "judge: ZeroDivisionError" in page

    reader = market.person("reader")
    until("the votes' pay", lambda: reader.get("/v1/statements", kind="epoch")["items"], broken.round)
    # Mended: it is tried again by itself, and nothing is left of it.
    del node.running[broken.orders["label"]]
    broken.round()
    assert broken.status("label") == "open"
    broken.ahead_s += aside.AGAIN_S
    until("the labels", lambda: broken.status("label") == "judged", broken.round)
    assert operator.health(node).stuck == []
    broken.round()
    assert mismatches(market.verify(rpc=False)) == []


@pytest.mark.parametrize("error", [StorageFull("no room"), OSError(28, "no space left"), MemoryError()])
def test_what_the_whole_node_suffers_from_is_nobodys_fault_and_is_raised(broken: Broken, error: Exception) -> None:
    def suffers(_batch: object, _recorded: object) -> Any:
        raise error

    broken.judges_so("label", suffers)
    with pytest.raises(type(error)):
        broken.round()
    with broken.node.store.reading() as book:
        assert aside.reasons(book) == []
    del broken.node.running[broken.orders["label"]]
    until("both", lambda: {broken.status(kind) for kind in broken.orders} == {"judged"}, broken.round)
