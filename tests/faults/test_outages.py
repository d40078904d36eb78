"""Disk full, database gone, chain down or slow: refused or waited for, and afterwards everything goes on with the right sums."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from child import Child
from world import GUIDELINE, LABEL_ITEMS, Ending, World, mismatches, open_pool, opened, world

from hakari.client import Client, Refused
from hakari.doors.server import serving
from postgres import Cluster, NoPostgres, free_port


def impatient(market: World, name: str) -> Client:
    """The same person with a program that gives up at the first refusal."""
    patient = market.person(name)
    return Client(market.url, secret=patient._secret, session=patient._session.encode(), timeout=30)


def refused(market: World, name: str, order: str) -> Refused:
    """Hand in an answer that can't be taken now; returns how it was refused."""
    who = impatient(market, name)
    with pytest.raises(Refused) as caught:
        who.submit(order, [(0, market.answer("rank", name, 0))], salts=["x" * 22])
    who._http.close()
    return caught.value


def ends_well(market: World, undisturbed: Ending) -> None:
    ending = market.life()
    assert ending.balances == undisturbed.balances
    assert ending.orders == undisturbed.orders
    assert mismatches(market.verify()) == []
    market.close()


def test_a_full_disk_refuses_and_with_room_again_everything_goes_on(tmp_path: Path, undisturbed: Ending) -> None:
    with Child(tmp_path) as child:
        market = child.world(patience_s=60)
        orders = market.orders()
        market.work("ada", orders)
        market.delegated("ben", "work")
        market.signed_in("ben")
        reader = market.person("reader")
        market.quiet()
        tasks = [int(each["task"]) for each in market.person("ben").assignments(orders["rank"], count=4)]
        assert tasks
        before = {page["id"] for page in reader.pages("/v1/statements")}
        child.fill_disk()
        refusal = refused(market, "ben", orders["rank"])
        assert refusal.status in (503, 507), refusal.message
        # What is there can still be read, and nothing was half written.
        assert {page["id"] for page in reader.pages("/v1/statements")} == before
        assert mismatches(market.verify()) == []
        time.sleep(0.5)
        assert child.runs(), child.said()
        child.free_disk()
        ends_well(market, undisturbed)


def test_a_node_killed_with_a_full_disk_goes_on_after_it(tmp_path: Path, undisturbed: Ending) -> None:
    with Child(tmp_path) as child:
        market = child.world(patience_s=60)
        orders = market.orders()
        working = threading.Thread(target=market.work_all, args=(orders,))
        working.start()
        time.sleep(0.3)
        child.fill_disk()
        time.sleep(0.7)
        child.kill()
        child.start()
        working.join()
        ends_well(market, undisturbed)


def test_without_its_database_a_node_refuses_and_recovers_by_itself(tmp_path: Path, undisturbed: Ending) -> None:
    import psycopg

    try:
        cluster = Cluster()
    except NoPostgres as error:
        pytest.skip(str(error))
    with cluster:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE node")
        with Child(tmp_path, database_url=cluster.url("node")) as child:
            market = child.world(patience_s=60)
            orders = market.orders()
            market.work("ada", orders)
            for how in (cluster.stop, cluster.kill):
                how()
                refusal = refused(market, "ada", orders["rank"])
                assert (refusal.status, refusal.code) == (503, "database_unavailable")
                cluster.start()
                market.work("ben", orders)
            assert child.runs()
            ends_well(market, undisturbed)


def test_a_locked_database_refuses_and_is_used_again_when_it_is_free(tmp_path: Path, undisturbed: Ending) -> None:
    import sqlite3

    file = tmp_path / "node.sqlite"
    with world(tmp_path, database_url=f"sqlite:///{file}?timeout=0.3") as (market, _):
        orders = market.orders()
        market.work("ada", orders)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refusal = refused(market, "ada", orders["rank"])
        assert (refusal.status, refusal.code) == (503, "database_unavailable")
        other.execute("ROLLBACK")
        other.close()
        ends_well(market, undisturbed)


class Line:
    """A road to an RPC that can be cut or made slow: bytes pass both ways through this process."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.port = free_port()
        self.cut = False
        self.hang = False
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._open = True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while self._open:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self.cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                while self.hang and self._open:
                    time.sleep(0.02)
                if self.cut:
                    break
                other.sendall(data)
        except OSError:
            pass
        finally:
            for each in (one, other):
                each.close()

    def close(self) -> None:
        self._open = False
        self._server.close()


@contextmanager
def through_a_line(folder: Path) -> Iterator[tuple[World, Line]]:
    """A chain served by one process, and a node of its own that reaches it through a line."""
    with Child(folder / "chain") as chain:
        beginning = chain.world()
        beginning.pool()
        beginning.close()
        line = Line(chain.port)
        node = opened(folder / "node", chain_url=f"http://127.0.0.1:{line.port}/rpc", chain_id=31337)
        try:
            with serving(node):
                open_pool(node)
                market = World(
                    url=node.settings.url,
                    public=folder / "node" / "public",
                    chain=f"http://127.0.0.1:{chain.port}/rpc",
                )
                yield market, line
                market.close()
        finally:
            line.cut = True
            line.close()
            node.close()


def test_a_chain_that_is_cut_off_or_hangs_holds_up_money_but_not_work_nor_the_log(
    tmp_path: Path, undisturbed: Ending
) -> None:
    with through_a_line(tmp_path) as (market, line):
        orders = market.orders()
        market.work("ada", orders)
        reader = market.person("reader")

        line.cut = True
        before = reader.node_now()["log_size"]
        market.work("ben", orders)
        market.wait("ben's work to be published", lambda: reader.node_now()["log_size"] > before)
        # What needs the chain says so, and can be asked again.
        buyer = impatient(market, "buyer of labels")
        body = {**reader.get(f"/v1/orders/{orders['label']}")["body"], "title": "Once more"}
        with pytest.raises(Refused) as caught:
            buyer.order(body, items=LABEL_ITEMS, guideline=GUIDELINE)
        assert (caught.value.status, caught.value.code) == (503, "chain_unavailable")
        line.cut = False

        line.hang = True
        before = reader.node_now()["log_size"]
        market.work("cho", orders)
        market.wait("cho's work to be published", lambda: reader.node_now()["log_size"] > before)
        time.sleep(0.5)
        line.hang = False
        buyer._http.close()
        ends_well(market, undisturbed)
