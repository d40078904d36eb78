"""The tests' own PostgreSQL: empty each time, and back after a kill."""

import psycopg
import pytest

from postgres import Cluster, NoPostgres, alive


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, round_: int) -> None:
    # The second round fails if it can see the table that the first left behind.
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT to_regclass('public.left_behind')").fetchone() == (None,)
        connection.execute("CREATE TABLE left_behind (n int)")


def test_a_killed_server_comes_back_with_what_was_committed() -> None:
    try:
        with Cluster() as cluster:
            with psycopg.connect(cluster.url("postgres")) as connection:
                connection.execute("CREATE TABLE kept (n int)")
            server = cluster.process
            assert server is not None
            cluster.kill()
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(cluster.url("postgres"), connect_timeout=2)
            cluster.start()
            with psycopg.connect(cluster.url("postgres")) as connection:
                assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    except NoPostgres as error:
        pytest.skip(str(error))
    assert not cluster.folder.exists()
    assert not alive(server.pid)
