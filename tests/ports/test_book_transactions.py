"""All or nothing: what two writers, a lost server and a full disk may leave behind, on SQLite and on PostgreSQL."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from book_made import START, account, answer, digest, order, said, task
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError

from hakari.adapters.sql.store import Book, DatabaseUnavailable, Raced, Store
from hakari.core.errors import Malformed
from hakari.work.records import OrderRow


def run(store: Store, write: Callable[[Book], object]) -> None:
    with store.book() as book:
        write(book)


def mark(store: Store, name: str) -> int | None:
    with store.reading() as book:
        return book.chain.mark(name)


def end_the_session(book: Book) -> None:
    """Take the transaction's connection away, as a dying server or a closed file does."""
    driver = book._connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.close()
        return
    process = book._connection.scalar(text("SELECT pg_backend_pid()"))
    settings = driver.info.get_parameters() | {"password": driver.info.password}
    with psycopg.connect(**settings, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])


# --- one transaction ----------------------------------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing_of_any_part(store: Store) -> None:
    first, words = order(1), said(1, kind="submission", answers=1)

    def write(book: Book) -> None:
        book.orders.add(first, [task(0)])
        book.statements.add(words)
        book.answers.add([answer(first, words, 0, task=0)])
        book.chain.set_mark("told", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(store, write)
    with store.reading() as book:
        assert book.orders.get(first.id) is None
        assert not book.statements.has(words.id)
        assert book.answers.of_submission(words.id) == []
        assert book.chain.mark("told") is None


def test_a_failed_attempt_is_undone_alone(store: Store) -> None:
    def clash(book: Book) -> None:
        with book.attempt():
            book.chain.set_mark("inside", 1)
            book.doorway.issue_nonce("same", 1)

    def write(book: Book) -> None:
        book.doorway.issue_nonce("same", 1)
        with pytest.raises(Raced):
            clash(book)
        with book.attempt():
            book.chain.set_mark("kept", 2)
        book.chain.set_mark("after", 3)

    run(store, write)
    assert (mark(store, "inside"), mark(store, "kept"), mark(store, "after")) == (None, 2, 3)


def test_a_reader_keeps_its_snapshot_and_can_not_write(store: Store) -> None:
    with store.reading() as book:
        assert book.chain.mark("told") is None
        run(store, lambda other: other.chain.set_mark("told", 1))
        assert book.chain.mark("told") is None

    def write() -> None:
        with store.reading() as book:
            book.chain.set_mark("told", 2)

    with pytest.raises(DBAPIError):
        write()
    assert mark(store, "told") == 1


def test_a_broken_reference_is_our_mistake_and_no_race(store: Store) -> None:
    lonely = order(1)

    def write(book: Book) -> None:
        book.orders.add(lonely, [task(0)])
        book._connection.execute(text("DELETE FROM orders"))

    with pytest.raises(IntegrityError):
        run(store, write)


@pytest.mark.parametrize("number", [2**63, -(2**70)])
def test_a_number_beyond_64_bits_is_malformed(store: Store, number: int) -> None:
    with pytest.raises(Malformed):
        run(store, lambda book: book.chain.set_mark("told", number))
    assert mark(store, "told") is None


# --- two at once --------------------------------------------------------------------------------------------------------------


def test_who_writes_a_key_that_stands_raced(store: Store) -> None:
    run(store, lambda book: book.doorway.issue_nonce("same", 1))
    with pytest.raises(Raced):
        run(store, lambda book: (book.chain.set_mark("second", 1), book.doorway.issue_nonce("same", 2)))
    assert mark(store, "second") is None


def test_of_two_writers_of_one_key_the_second_waits_for_the_first(store: Store, url: str) -> None:
    with store.book() as first:
        first.doorway.issue_nonce("same", 1)
        failed: list[BaseException] = []

        def second() -> None:
            try:
                run(store, lambda book: (book.chain.set_mark("second", 1), book.doorway.issue_nonce("same", 2)))
            except Raced as error:
                failed.append(error)

        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        assert other.is_alive()  # it waits to learn whether the first commits
    other.join(10)
    assert [type(each) for each in failed] == [Raced]
    assert mark(store, "second") is None


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_transaction_that_read_what_another_changed_raced(store: Store) -> None:
    run(store, lambda book: book.chain.set_mark("told", 1))

    def late(book: Book) -> None:
        assert book.chain.mark("told") == 1
        run(store, lambda other: other.chain.set_mark("told", 5))
        book.chain.set_mark("told", 2)

    with pytest.raises(Raced):
        run(store, late)
    assert mark(store, "told") == 5


def _started(store: Store) -> OrderRow:
    first = order(1, wanted=1000)
    run(store, lambda book: book.orders.add(first, [task(n, wanted=1000) for n in range(3)]))
    return first


def test_submissions_at_once_are_all_counted(store: Store) -> None:
    first = _started(store)
    failed: list[BaseException] = []

    def submit(worker: int) -> None:
        def write(book: Book) -> None:
            row = book.orders.get(first.id)
            assert row is not None
            book.statements.add(words)
            book.answers.add([answer(first, words, 0, task=number % 3)])
            book.orders.answered(first.id, [number % 3])

        try:
            for number in range(worker * 5, worker * 5 + 5):
                words = said(number, kind="submission", answers=1)
                store.commit(write)
        except Exception as error:  # noqa: BLE001 a thread has no other way to tell
            failed.append(error)

    threads = [threading.Thread(target=submit, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with store.book() as book:
        found = book.orders.get(first.id)
        assert found is not None
        assert found.answered == sum(each.answered for each in book.orders.tasks(first.id)) == 20
        assert book.statements.number(100) == 20
        assert book.answers.recorded(first.id) == 20


def test_who_always_comes_second_is_told_so_in_the_end(store: Store) -> None:
    tries: list[int] = []

    def write(book: Book) -> None:
        tries.append(1)
        book.doorway.issue_nonce("same", 1)
        book.doorway.issue_nonce("same", 1)

    with pytest.raises(Raced):
        store.commit(write)
    assert len(tries) == 10


# --- the database is gone -----------------------------------------------------------------------------------------------------


def test_a_connection_lost_in_the_middle_leaves_nothing_and_the_next_works(store: Store) -> None:
    def write(book: Book) -> None:
        book.chain.set_mark("before", 1)
        end_the_session(book)
        book.chain.set_mark("after", 1)

    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            run(store, write)
    assert (mark(store, "before"), mark(store, "after")) == (None, None)
    run(store, lambda book: book.chain.set_mark("before", 2))
    assert mark(store, "before") == 2


def test_a_connection_lost_at_the_commit_says_so(store: Store) -> None:
    def write(book: Book) -> None:
        book.chain.set_mark("before", 1)
        end_the_session(book)

    with pytest.raises(DatabaseUnavailable):
        run(store, write)
    assert mark(store, "before") is None


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_connection_lost_while_it_rested_is_not_noticed(store: Store, url: str) -> None:
    run(store, lambda book: book.chain.set_mark("told", 1))
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    run(store, lambda book: book.chain.set_mark("told", 2))
    assert mark(store, "told") == 2


def test_a_server_that_is_not_there_is_unavailable() -> None:
    pytest.importorskip("psycopg")
    store = Store("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(DatabaseUnavailable):
        mark(store, "told")
    with pytest.raises(DatabaseUnavailable):
        store.migrate()
    store.close()


@pytest.fixture
def lite(empty_lite: Path, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "node.sqlite"
    path.write_bytes(empty_lite.read_bytes())
    return path


def test_a_file_that_is_no_database_is_unavailable_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "node.sqlite"
    path.write_bytes(b"not a database" * 1000)
    store = Store(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnavailable):
        store.migrate()
    store.close()
    assert path.read_bytes() == b"not a database" * 1000


def test_a_folder_that_is_missing_is_unavailable_until_it_is_there(lite: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    store = Store(f"sqlite:///{moved / 'node.sqlite'}")
    with pytest.raises(DatabaseUnavailable):
        run(store, lambda book: book.chain.set_mark("told", 1))
    moved.mkdir()
    with pytest.raises(DatabaseUnavailable, match="no such table"):
        run(store, lambda book: book.chain.set_mark("told", 1))
    store.migrate()
    run(store, lambda book: book.chain.set_mark("told", 1))
    assert mark(store, "told") == 1
    store.close()


def test_a_file_that_another_process_locks_is_unavailable_until_it_is_free(lite: Path) -> None:
    store = Store(f"sqlite:///{lite}?timeout=0.1")
    other = sqlite3.connect(lite, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        run(store, lambda book: book.chain.set_mark("told", 1))
    assert mark(store, "told") is None  # readers need no turn
    other.execute("ROLLBACK")
    other.close()
    run(store, lambda book: book.chain.set_mark("told", 1))
    assert mark(store, "told") == 1
    store.close()


@pytest.mark.parametrize("inside", ["in the open", "in an attempt"])
def test_a_full_disk_is_unavailable_and_nothing_is_written(lite: Path, inside: str) -> None:
    store = Store(f"sqlite:///{lite}")
    words = [said(n, answers=400) for n in range(40)]

    def pages(book: Book) -> int:
        return book._connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def fill(book: Book) -> None:
        driver = book._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        book.chain.set_mark("first", 1)
        book._connection.exec_driver_sql(f"PRAGMA max_page_count={pages(book) + 20}")
        try:
            if inside == "in an attempt":
                with book.attempt():
                    for each in words:
                        book.statements.add(each)
            else:
                for each in words:
                    book.statements.add(each)
        finally:
            with contextlib.suppress(sqlite3.ProgrammingError):  # an attempt closes what it can't undo
                driver.execute("PRAGMA max_page_count=1000000")

    with pytest.raises(DatabaseUnavailable, match="full"):
        run(store, fill)
    with store.reading() as book:
        assert book.chain.mark("first") is None
        assert book.statements.waiting() == 0
    run(store, lambda book: [book.statements.add(each) for each in words])
    with store.reading() as book:
        assert book.statements.waiting() == 40
    store.close()


def test_who_overhears_a_lost_database_can_write_nothing_more(store: Store) -> None:
    def write(book: Book) -> None:
        book.chain.set_mark("first", 1)
        with contextlib.suppress(DatabaseUnavailable), book.attempt():
            end_the_session(book)
            book.chain.set_mark("inside", 1)
        book.chain.set_mark("after", 1)

    with pytest.raises(PendingRollbackError):
        run(store, write)
    assert (mark(store, "first"), mark(store, "inside"), mark(store, "after")) == (None, None, None)


def test_every_commit_of_sqlite_reaches_the_disk(lite: Path) -> None:
    store = Store(f"sqlite:///{lite}")
    with store.book() as book:
        names = ("synchronous", "journal_mode", "foreign_keys")
        found = [book._connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    store.close()
    assert found == [2, "wal", 1]


# --- addresses ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(url: str, scheme: str) -> None:
    store = Store(scheme + url.removeprefix("postgresql"))
    run(store, lambda book: book.chain.set_mark("told", 1))
    assert mark(store, "told") == 1
    store.close()


@pytest.mark.parametrize(
    "address", ["", "node.sqlite", "mysql://root:hunter2@127.0.0.1/x", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_is_none_is_refused_without_repeating_its_password(address: str) -> None:
    with pytest.raises(Malformed, match="HAKARI_DATABASE_URL") as refused:
        Store(address)
    assert "hunter2" not in refused.value.message


def test_a_closed_store_opens_again(store: Store) -> None:
    run(
        store,
        lambda book: book.releases.add_use(use=digest("u"), licence=START, release=digest("r"), account=account(1)),
    )
    store.close()
    with store.reading() as book:
        assert book.releases.use(digest("u")) is not None
