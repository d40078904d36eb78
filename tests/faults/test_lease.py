"""A publisher that pauses longer than its lease while another goes on: the published log is never set back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from stage import served
from world import World, mismatches, opened

from hakari.adapters.blobs import Folder
from hakari.adapters.sql.store import Raced
from hakari.app import Node, rounds
from hakari.app.logbook import Logbook


class Pausing(Folder):
    """A folder of which one write below `at` waits until it is told to go on. `signed` are the sizes of the checkpoints written."""

    def __init__(self, root: Path, signed: list[int]) -> None:
        super().__init__(root)
        self.signed = signed
        self.at = "nowhere"
        self.waits, self.go_on = threading.Event(), threading.Event()

    def write(self, path: str, data: bytes) -> None:
        if path.startswith(self.at):
            self.at = "nowhere"
            self.waits.set()
            assert self.go_on.wait(60)
        if path == "log/checkpoint":
            self.signed.append(int(data.splitlines()[1]))
        super().write(path, data)


@dataclass
class Two:
    """Two nodes of one database, folder and log, and somebody who has something to say."""

    one: Node
    other: Node
    paused: Pausing
    market: World
    late_s: int = 0
    people: list[str] = field(default_factory=list[str])

    def say(self) -> None:
        """One more statement in the outbox."""
        self.people.append(f"person {len(self.people)}")
        self.market.delegated(self.people[-1], "work")

    def size(self) -> int:
        checkpoint = self.other.log.checkpoint()
        assert checkpoint is not None
        return checkpoint.size


@contextmanager
def publishing(folder: Path, signed: list[int], **settings: Any) -> Iterator[tuple[Node, Pausing]]:
    """A node that writes its log into a folder that can pause."""
    node = opened(folder, **settings)
    public = Pausing(folder / "public", signed)
    try:
        yield replace(node, public=public, log=Logbook(public, node.signer)), public
    finally:
        node.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Two]:
    lite = request.param == "sqlite"
    database = f"sqlite:///{tmp_path}/both.sqlite" if lite else request.getfixturevalue("postgres_url")
    signed: list[int] = []
    made: list[Two] = []
    began = int(time.time())

    def clock() -> int:
        return began + (made[0].late_s if made else 0)

    with publishing(tmp_path, signed, clock=clock, database_url=database) as (one, paused), served(one):
        chain = f"{one.settings.url}/rpc"
        with publishing(tmp_path, signed, clock=clock, database_url=database, chain_url=chain) as (other, _):
            market = World(url=one.settings.url, public=tmp_path / "public")
            made.append(Two(one=one, other=other, paused=paused, market=market))
            assert rounds.number(one)
            yield made[0]
            market.close()


def surely(node: Node) -> None:
    """Publish as the worker does: again, where somebody else was first."""
    for _ in range(10):
        with suppress(Raced):
            rounds.number(node)
            return
    raise AssertionError("it raced and lost ten times")


def meanwhile(two: Two, where: str, *, late_s: int) -> threading.Thread:
    """Let one publish, pausing at its first write below `where` until its lease of LEASE_S is over or not."""
    two.say()
    two.paused.at = where
    thread = threading.Thread(target=surely, args=(two.one,))
    thread.start()
    assert two.paused.waits.wait(60)
    two.late_s += late_s
    return thread


def ends_in_order(two: Two, thread: threading.Thread) -> None:
    """The one that paused goes on: nothing is lost, and each checkpoint is larger than the one before."""
    two.paused.go_on.set()
    thread.join(60)
    assert not thread.is_alive()
    two.say()
    surely(two.one)
    two.say()
    surely(two.other)
    signed = two.paused.signed
    assert signed == sorted(set(signed))
    with two.one.store.reading() as book:
        assert signed[-1] == two.size() == book.statements.size()
    assert mismatches(two.market.verify(rpc=False)) == []


def test_a_publisher_that_paused_at_a_tile_signs_nothing_when_its_lease_is_another_ones(two: Two) -> None:
    thread = meanwhile(two, "log/tile", late_s=rounds.LEASE_S)
    for _ in range(3):
        two.say()
        surely(two.other)
    assert len(two.paused.signed) == 4
    newest = two.size()
    two.paused.go_on.set()
    thread.join(60)
    assert two.size() == newest
    assert len(two.paused.signed) == 4
    ends_in_order(two, thread)


def test_a_publisher_that_paused_at_a_tile_within_its_lease_keeps_others_out_and_signs(two: Two) -> None:
    thread = meanwhile(two, "log/tile", late_s=rounds.LEASE_S - 1)
    two.say()
    assert not rounds.number(two.other)
    assert len(two.paused.signed) == 1
    ends_in_order(two, thread)


def test_what_was_appended_and_not_signed_is_forgotten_though_another_published_just_that(two: Two) -> None:
    thread = meanwhile(two, "log/tile", late_s=rounds.LEASE_S)
    surely(two.other)
    ends_in_order(two, thread)


def test_while_a_checkpoint_is_written_nobody_else_writes_one_whatever_the_lease_says(two: Two) -> None:
    thread = meanwhile(two, "log/checkpoint", late_s=rounds.LEASE_S)
    beside = threading.Thread(target=surely, args=(two.other,))
    beside.start()
    # Whoever does not wait is done by then, and its larger checkpoint would be set back below.
    beside.join(0.5)
    two.paused.go_on.set()
    beside.join(60)
    assert not beside.is_alive()
    ends_in_order(two, thread)
