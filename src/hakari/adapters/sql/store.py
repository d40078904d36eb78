"""Opening the database, and the Book: one transaction in which rows, log outbox and chain intents commit together."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from hakari.adapters.sql.answers import Answers
from hakari.adapters.sql.chain import Chain
from hakari.adapters.sql.doorway import Doorway
from hakari.adapters.sql.orders import Orders
from hakari.adapters.sql.payouts import Payouts
from hakari.adapters.sql.releases import Releases
from hakari.adapters.sql.statements import Statements
from hakari.core.errors import Conflict, HakariError

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseUnavailable(HakariError):
    """The database is gone, locked or full. Nothing was written; the request can be repeated."""

    code = "database_unavailable"
    status = 503


class Raced(Conflict):
    """Two requests wanted the same row at once; the other was first."""

    code = "raced"


class Book:
    """One transaction over every table. Each part speaks the words of its room."""

    def __init__(self, connection: Connection) -> None:
        self.statements = Statements(connection)
        self.orders = Orders(connection)
        self.answers = Answers(connection)
        self.chain = Chain(connection)
        self.payouts = Payouts(connection)
        self.releases = Releases(connection)
        self.doorway = Doorway(connection)
        self._connection = connection

    @contextmanager
    def attempt(self) -> Generator[None]:
        """A savepoint: what fails inside is undone, and the transaction goes on."""
        with self._connection.begin_nested():
            yield


class Store:
    """The database behind a URL. SQLite has one writer at a time; PostgreSQL serialises by row locks and unique keys."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._sqlite = self._engine.dialect.name == "sqlite"
        # Writers of one process queue here and not in SQLite's busy loop, which is unfair and polls.
        self._turn = threading.Lock()

    def migrate(self) -> None:
        """Bring the schema to the newest version. Safe to run at every start."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with _faults(), self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def book(self) -> Generator[Book]:
        """Open a transaction that writes; it commits when the block ends and is undone when it raises."""
        if not self._sqlite:
            with _faults(), self._engine.begin() as connection:
                yield Book(connection)
            return
        with self._turn, _faults(), self._engine.begin() as connection:
            yield Book(connection)

    @contextmanager
    def reading(self) -> Generator[Book]:
        """Open a transaction that only reads, on one snapshot."""
        with _faults(), self._engine.execution_options(hakari_reads=True).begin() as connection:
            yield Book(connection)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _faults() -> Generator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Raced(f"another request was first, nothing was written: {error.orig}") from error
    except OperationalError as error:
        raise DatabaseUnavailable(f"the database did not answer, nothing was written: {error.orig}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable(f"the database went away, nothing was written: {error.orig}") from error
        raise


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_pre_ping=True, pool_size=8, max_overflow=8, pool_timeout=10, isolation_level="REPEATABLE READ"
        )
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=16, max_overflow=16)

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
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("hakari_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
