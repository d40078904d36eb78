"""Opening the database, and the Book: one transaction in which rows, log outbox and chain intents commit together."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from hakari.adapters.sql.answers import Answers
from hakari.adapters.sql.chain import Chain
from hakari.adapters.sql.commitments import Commitments
from hakari.adapters.sql.doorway import Doorway
from hakari.adapters.sql.faults import DatabaseUnavailable, Raced, speak_plainly
from hakari.adapters.sql.figures import Figures
from hakari.adapters.sql.finding import Finding
from hakari.adapters.sql.notes import Notes
from hakari.adapters.sql.orders import Orders
from hakari.adapters.sql.payouts import Payouts
from hakari.adapters.sql.releases import Releases
from hakari.adapters.sql.statements import Statements
from hakari.adapters.sql.uploads import Uploads
from hakari.core.errors import Malformed

__all__ = ["Book", "DatabaseUnavailable", "Raced", "Store"]

Result = TypeVar("Result")

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x68616B617269
"""PostgreSQL's advisory lock under which the schema changes: «hakari» in ASCII."""


class Book:
    """One transaction over every table. Each part speaks the words of its room."""

    def __init__(self, connection: Connection) -> None:
        self.statements = Statements(connection)
        self.orders = Orders(connection)
        self.answers = Answers(connection)
        self.commitments = Commitments(connection)
        self.chain = Chain(connection)
        self.payouts = Payouts(connection)
        self.releases = Releases(connection)
        self.doorway = Doorway(connection)
        self.figures = Figures(connection)
        self.uploads = Uploads(connection)
        self.finding = Finding(connection)
        self.notes = Notes(connection)
        self._connection = connection

    @contextmanager
    def attempt(self) -> Generator[None]:
        """A savepoint: what fails inside is undone, and the transaction goes on. DatabaseUnavailable ends it all the same."""
        lost: DatabaseUnavailable | None = None
        try:
            with self._connection.begin_nested():
                try:
                    yield
                except DatabaseUnavailable as error:
                    lost = error
                    raise
        except DatabaseUnavailable as error:
            # On a full disk SQLite undoes the whole transaction by itself: what came after would each commit alone.
            self._connection.invalidate()
            raise lost or error from None


class _Waiting(Generic[Result]):
    """What one thread wants written, and what became of it."""

    def __init__(self, write: Callable[[Book], Result]) -> None:
        self._write = write
        self._result: list[Result] = []
        self.error: BaseException | None = None
        self.done = False

    def run(self, book: Book) -> None:
        """Write inside the shared transaction. Raises DatabaseUnavailable only, which ends it for all."""
        try:
            with book.attempt():
                self._result = [self._write(book)]
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 it is raised in the thread that waits for it
            self.error = error

    def outcome(self) -> Result:
        """Return what `write` returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self._result[0]


class Store:
    """The database behind a URL: `sqlite:///path` or `postgresql://…`.

    SQLite has one writer at a time; PostgreSQL serialises by row locks, unique keys and snapshots, and says Raced to who comes second.
    Every method raises DatabaseUnavailable and Raced, and Malformed for text that a database can't hold (NUL, lone surrogates).
    """

    def __init__(self, url: str) -> None:
        address = _address(url)
        self._sqlite = address.drivername.startswith("sqlite")
        self._engine = _lite(address, reads=False) if self._sqlite else _postgres(address)
        self._readers = (
            _lite(address, reads=True)
            if self._sqlite
            else self._engine.execution_options(postgresql_readonly=True, hakari_reads=True)
        )
        # Writers of one process queue here and not in SQLite's busy loop, which is unfair and polls.
        self._turn = threading.Lock()
        self._waiting: deque[_Waiting[Any]] = deque()

    def migrate(self) -> None:
        """Bring the schema to the newest version. Safe to run at every start, in several processes at once."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        # Under REPEATABLE READ the one who waited for the lock would still see the schema's version from before.
        engine = self._engine if self._sqlite else self._engine.execution_options(isolation_level="READ COMMITTED")
        with _one_free(), engine.begin() as connection:
            if not self._sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def book(self) -> Generator[Book]:
        """Open a transaction that writes; it commits when the block ends and is undone when it raises."""
        if not self._sqlite:
            with _one_free(), self._engine.begin() as connection:
                yield Book(connection)
            return
        with self._turn, _one_free(), self._engine.begin() as connection:
            yield Book(connection)

    def commit(self, write: Callable[[Book], Result]) -> Result:
        """Run `write` in a transaction of its own and return its result; again, up to ten times, where it raced and lost.

        On PostgreSQL any two requests about one order race, since both count up its answers.
        """
        for attempt in range(9):
            try:
                with self.book() as book:
                    return write(book)
            except Raced:
                # Uneven pauses, or the same two would meet again.
                time.sleep(random.uniform(0, 0.004 * 2 ** min(attempt, 5)))
        with self.book() as book:
            return write(book)

    def together(self, write: Callable[[Book], Result]) -> Result:
        """Run `write` as `commit` does; on SQLite in one transaction with all that wait at that moment.

        A commit waits for the disk, and one wait serves them all. Each has a savepoint of its own, so that what one raises undoes its
        own rows only; nobody gets a result before the shared commit. PostgreSQL shares its disk writes among commits by itself.
        """
        if not self._sqlite:
            return self.commit(write)
        mine = _Waiting(write)
        self._waiting.append(mine)
        with self._turn:
            # Whoever had the turn before may have done ours too.
            if not mine.done:
                self._write_all([self._waiting.popleft() for _ in range(len(self._waiting))])
        try:
            return mine.outcome()
        except Raced:
            return self.commit(write)

    def _write_all(self, group: "list[_Waiting[Any]]") -> None:
        try:
            with _one_free(), self._engine.begin() as connection:
                book = Book(connection)
                for each in group:
                    each.run(book)
        except BaseException as error:  # noqa: BLE001 it is raised in every thread that waits for this commit
            for each in group:
                each.error = each.error or error
        finally:
            for each in group:
                each.done = True

    @contextmanager
    def reading(self) -> Generator[Book]:
        """Open a transaction that only reads, on one snapshot."""
        with _one_free(), self._readers.begin() as connection:
            yield Book(connection)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        self._readers.dispose()


@contextmanager
def _one_free() -> Generator[None]:
    try:
        yield
    except NoConnectionFree as error:
        raise DatabaseUnavailable("no connection to the database became free, nothing was written") from error


def _address(url: str) -> URL:
    """Return the URL with its driver named. `postgres://` is how hosting services spell it."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise Malformed("HAKARI_DATABASE_URL must be sqlite:///path or postgresql://user:password@host/name") from error
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("postgresql+psycopg", "sqlite", "sqlite+pysqlite"):
        raise Malformed(f"HAKARI_DATABASE_URL must begin with sqlite:// or postgresql://, got {address.drivername}://")
    if address.drivername.startswith("sqlite") and address.database in (None, "", ":memory:"):
        raise Malformed("HAKARI_DATABASE_URL must name a file: each connection would have a memory of its own")
    return address


def _postgres(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=8,
            pool_timeout=10,
            isolation_level="REPEATABLE READ",
            connect_args={} if "connect_timeout" in address.query else {"connect_timeout": 10},
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Malformed("PostgreSQL needs its driver: pip install 'hakari[postgres]'") from error
    speak_plainly(engine)
    return engine


def _lite(address: URL, *, reads: bool) -> Engine:
    wait = {} if "timeout" in address.query else {"timeout": 30}
    engine = create_engine(address, connect_args={**wait, "check_same_thread": False}, pool_size=16, max_overflow=16)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # We say BEGIN ourselves: the driver's own would start transactions late and never IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # A receipt is a promise: it must survive a power cut, so every commit reaches the disk.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute(f"PRAGMA query_only={int(reads)}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    speak_plainly(engine)
    return engine.execution_options(hakari_reads=True) if reads else engine
