"""Public files lost or damaged on disk, and a database that is not the newest: put back, or refused; never a second log."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from world import mismatches, opened, world

from hakari.app import Node, checking, rounds
from hakari.app.logbook import LogDiverged


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that lived its life and was stopped, with an older copy of its database beside it."""
    folder = tmp_path_factory.mktemp("lived")
    with world(folder / "node") as (market, node):
        orders = market.orders()
        market.work("ada", orders)
        market.quiet()
        copy_database(folder / "node", folder / "older")
        market.life()
        assert node.log.checkpoint() is not None
    return folder


@pytest.fixture
def folder(lived: Path, tmp_path: Path) -> Path:
    """A copy of that node to break."""
    shutil.copytree(lived, tmp_path / "copy")
    return tmp_path / "copy" / "node"


def copy_database(folder: Path, place: Path) -> None:
    """What a backup holds."""
    import sqlite3

    place.mkdir()
    with sqlite3.connect(folder / "node" / "node.sqlite") as source, sqlite3.connect(place / "node.sqlite") as target:
        source.backup(target)
    source.close()
    target.close()


def restore(folder: Path, database: Path | None) -> None:
    for each in (folder / "node").glob("node.sqlite*"):
        each.unlink()
    if database is not None:
        shutil.copy(database, folder / "node" / "node.sqlite")


@contextmanager
def again(folder: Path) -> Iterator[Node]:
    """The node opened once more, its log brought up to date."""
    node = opened(folder)
    try:
        rounds.number(node)
        yield node
    finally:
        node.close()


def files(folder: Path) -> dict[str, bytes]:
    public = folder / "public"
    return {path.relative_to(public).as_posix(): path.read_bytes() for path in public.rglob("*") if path.is_file()}


def named(folder: Path, kind: str, member: str) -> str:
    """The digest that the first statement of a kind names."""
    node = opened(folder)
    try:
        with node.store.reading() as book:
            body = book.statements.about(kind)[0][0].body
    finally:
        node.close()
    found = body[member]
    return str(found["sha256"] if isinstance(found, dict) else found)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def biggest(folder: Path, pattern: str) -> Path:
    return max((path for path in folder.glob(pattern) if path.is_file()), key=lambda path: path.stat().st_size)


BREAKAGES: dict[str, Callable[[Path], object]] = {
    "the checkpoint is gone": lambda public: (public / "log" / "checkpoint").unlink(),
    "the log is gone": lambda public: shutil.rmtree(public / "log"),
    "a hash tile is gone": lambda public: biggest(public, "log/tile/0/**/*").unlink(),
    "an entry bundle is damaged": lambda public: flip(biggest(public, "log/tile/entries/**/*")),
    "evidence is gone": lambda public: biggest(public, "evidence/*").unlink(),
    "evidence is damaged": lambda public: flip(biggest(public, "evidence/*")),
    "evidence is empty": lambda public: biggest(public, "evidence/*").write_bytes(b""),
    "node.json is gone": lambda public: (public / "node.json").unlink(),
    "node.json is damaged": lambda public: flip(public / "node.json"),
    "everything is gone": shutil.rmtree,
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_lost_public_files_are_put_back_byte_for_byte(folder: Path, breakage: str) -> None:
    before = files(folder)
    BREAKAGES[breakage](folder / "public")
    assert files(folder) != before
    with again(folder):
        pass
    assert files(folder) == before
    assert mismatches(checking.check(str(folder / "public"))) == []


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("tasks", "tasks"),
        ("chain", "events"),
        ("epoch", "lines"),
        ("verdicts", "answers"),
        ("verdicts", "results"),
    ],
)
def test_what_the_database_knows_is_made_again_without_any_copy(folder: Path, kind: str, member: str) -> None:
    before = files(folder)
    digest = named(folder, kind, member)
    (folder / "public" / "evidence" / digest).unlink()
    (folder / "private" / "evidence" / digest).unlink()
    with again(folder):
        pass
    assert files(folder) == before


def test_what_can_not_be_made_again_is_named_loudly(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    digest = named(folder, "order", "guideline")
    (folder / "public" / "evidence" / digest).unlink()
    (folder / "private" / "evidence" / digest).unlink()
    with caplog.at_level(logging.ERROR), again(folder):
        pass
    assert [digest in record.getMessage() for record in caplog.records] == [True]
    assert any(digest in each for each in mismatches(checking.check(str(folder / "public"))))


def test_an_older_database_does_not_start_a_second_log(folder: Path) -> None:
    before = files(folder)
    restore(folder, folder.parent / "older" / "node.sqlite")
    with pytest.raises(LogDiverged, match="older copy"):
        opened(folder)
    assert files(folder) == before


def test_an_empty_database_does_not_start_a_second_log(folder: Path) -> None:
    before = files(folder)
    restore(folder, None)
    with pytest.raises(LogDiverged):
        opened(folder)
    assert files(folder) == before


def test_an_older_database_is_refused_by_the_chain_alone_where_the_public_folder_is_gone_too(folder: Path) -> None:
    shutil.rmtree(folder / "public")
    restore(folder, folder.parent / "older" / "node.sqlite")
    with pytest.raises(LogDiverged):
        opened(folder)
    assert not (folder / "public").exists()


def test_a_changed_statement_in_the_database_is_not_published_over_the_old_one(folder: Path) -> None:
    import sqlite3

    before = files(folder)
    with sqlite3.connect(folder / "node" / "node.sqlite") as connection:
        connection.execute(
            "UPDATE statements SET bytes = CAST(replace(CAST(bytes AS TEXT), 'quality', 'qualify') AS BLOB)"
        )
    connection.close()
    with pytest.raises(LogDiverged, match="published root"):
        opened(folder)
    assert files(folder) == before


def test_assignments_are_not_drawn_from_a_log_that_is_away(tmp_path: Path) -> None:
    from world import secret

    from hakari.client import Client, Refused

    with world(tmp_path) as (market, node):
        orders = market.orders()
        who = market.delegated("ada", "work")
        market.signed_in("ada")
        impatient = Client(market.url, secret=secret("ada"), session=secret("ada/session"))
        impatient.sign_in()
        with node.log.numbering:
            checkpoint = market.public / "log" / "checkpoint"
            held = checkpoint.read_bytes()
            checkpoint.unlink()
            with pytest.raises(Refused) as caught:
                impatient.assignments(orders["label"], count=1)
            assert (caught.value.status, caught.value.code) == (503, "log_away")
            checkpoint.write_bytes(held)
        assert who.assignments(orders["label"], count=1)
        impatient._http.close()
