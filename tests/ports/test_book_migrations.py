"""The migrations make exactly the schema that the code speaks of."""

import multiprocessing
import re
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table

from hakari.adapters.sql.schema import metadata
from hakari.adapters.sql.store import MIGRATION_LOCK, MIGRATIONS, Store


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table."""
    return (
        f"sqlite:///{tmp_path / 'new.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )


def differences(store: Store, wanted: MetaData) -> list[object]:
    with store.reading() as book:
        context = MigrationContext.configure(
            book._connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, wanted))


def test_a_fresh_upgrade_gives_exactly_the_schema_and_twice_is_harmless(fresh: str) -> None:
    store = Store(fresh)
    for n in (1, 2):
        store.migrate()
        assert differences(store, metadata) == []
        with store.book() as book:
            book.chain.set_mark(f"round {n}", n)
    with store.reading() as book:
        assert book.chain.mark("round 1") == 1
    store.close()


def test_a_schema_that_changes_without_a_migration_is_noticed(fresh: str) -> None:
    store = Store(fresh)
    store.migrate()
    changed = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(changed)
    Table("marks", changed, Column("colour", Integer), extend_existing=True)
    Table("newcomers", changed, Column("n", Integer, primary_key=True))
    assert {found[0] for found in differences(store, changed)} == {"add_table", "add_column"}
    store.close()


def test_migrations_are_one_chain() -> None:
    texts = [path.read_text() for path in sorted((MIGRATIONS / "versions").glob("*.py"))]
    made = [re.findall(r'^revision = "(\w+)"', each, re.M) for each in texts]
    after = [re.findall(r'^down_revision = (?:"(\w+)"|None)', each, re.M) for each in texts]
    assert [each[0] for each in after] == ["", *(each[0] for each in made[:-1])]


def migrate(address: str) -> None:
    store = Store(address)
    store.migrate()
    store.close()


def test_processes_that_start_together_migrate_one_after_another(fresh: str) -> None:
    fork = multiprocessing.get_context("fork")
    started = [fork.Process(target=migrate, args=(fresh,)) for _ in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0]
    store = Store(fresh)
    assert differences(store, metadata) == []
    store.close()


def test_a_migration_waits_for_the_one_that_runs(postgres_url: str) -> None:
    store = Store(postgres_url)
    second = threading.Thread(target=store.migrate)
    with psycopg.connect(postgres_url) as first:
        first.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        second.start()
        second.join(0.5)
        assert second.is_alive()
        assert first.execute("SELECT to_regclass('public.marks')").fetchone() == (None,)
    second.join(30)
    assert differences(store, metadata) == []
    store.close()
