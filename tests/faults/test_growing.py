"""Verifying a node that goes on publishing: whatever it does meanwhile, nothing false is said of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from stage import served
from world import World, mismatches, open_pool, opened

from hakari.adapters.net import open_source
from hakari.app import Node, rounds
from hakari.verify.ports import Files
from hakari.verify.verification import verify

NUMBERS = count(1)


@dataclass
class Growing:
    """Public files behind which somebody says something, and the node publishes it, after every few reads."""

    files: Files
    node: Node
    market: World
    every: int = 1
    reads: list[str] = field(default_factory=list[str])

    def grow(self, path: str) -> None:
        self.reads.append(path)
        if len(self.reads) % self.every:
            return
        self.market.delegated(f"person {next(NUMBERS)}", "work")
        assert rounds.number(self.node)

    def chunks(self, path: str) -> Iterator[bytes] | None:
        pieces = self.files.chunks(path)
        held = None if pieces is None else list(pieces)
        self.grow(path)
        return None if held is None else iter(held)

    def paths(self) -> Iterable[str] | None:
        listed = self.files.paths()
        found = None if listed is None else list(listed)
        self.grow("paths")
        return found


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, World]]:
    """A node with two orders and some answers; it publishes when told."""
    node = opened(tmp_path_factory.mktemp("lively"))
    try:
        with served(node):
            open_pool(node)
            market = World(url=node.settings.url, public=node.settings.dir / "public")
            while market.person("reader").get("/v1/pools")["items"] == []:
                rounds.round_(node)
            orders = market.orders()
            rounds.round_(node)
            market.work("ada", orders)
            rounds.round_(node)
            yield node, market
            market.close()
    finally:
        node.close()


@pytest.mark.parametrize(("by", "every"), [("folder", 3), ("url", 1)])
def test_nothing_false_is_said_of_a_log_that_grows_while_it_is_read(
    lively: tuple[Node, World], by: str, every: int
) -> None:
    node, market = lively
    source = open_source(str(market.public) if by == "folder" else market.url)
    files = Growing(files=source, node=node, market=market, every=every)
    report = verify(files)
    assert mismatches(report) == []
    checkpoint = node.log.checkpoint()
    assert checkpoint is not None
    assert len(files.reads) > 10
    # It is a report of the log as it was when its checkpoint was read.
    assert report.size + len(files.reads) >= checkpoint.size > report.size


def test_a_lie_in_a_log_that_grows_is_still_named(lively: tuple[Node, World]) -> None:
    node, market = lively
    [evidence] = sorted((market.public / "evidence").iterdir())[:1]
    held = evidence.read_bytes()
    evidence.write_bytes(held + b"\n")
    try:
        report = verify(Growing(files=open_source(market.url), node=node, market=market))
    finally:
        evidence.write_bytes(held)
    assert [evidence.name in each for each in mismatches(report)] == [True] * len(report.mismatches) != []
