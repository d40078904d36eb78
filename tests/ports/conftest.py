"""The databases that every test of the Book runs on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hakari.adapters.sql.schema import metadata
from hakari.adapters.sql.store import Store


@pytest.fixture(scope="session")
def empty_lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("lite") / "empty.sqlite"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    if request.param == "sqlite":
        path = tmp_path / "node.sqlite"
        shutil.copy(request.getfixturevalue("empty_lite"), path)
        return f"sqlite:///{path}"
    address = request.getfixturevalue("postgres_database")
    with psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute(
            "SELECT to_regclass('public.alembic_version'), to_regclass('public.marks')"
        ).fetchone()
        if found is None or None in found:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            store = Store(address)
            store.migrate()
            store.close()
        connection.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in metadata.tables) + " RESTART IDENTITY")
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty database, opened."""
    opened = Store(url)
    yield opened
    opened.close()
