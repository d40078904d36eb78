"""A newcomer follows the pages on a node of their own: opens a pool, places an order, is paid, sells, and has strangers check it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pages
import pytest

from hakari import config
from hakari.app import open_node
from hakari.doors.server import serving

DOCS = pages.ROOT / "docs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node's folder, with settings for it in the environment."""
    monkeypatch.chdir(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name, value in {"PASSPHRASE": "one of this test", "TICK_MS": "50", "PORT": str(port)}.items():
        monkeypatch.setenv(f"HAKARI_{name}", value)
    return tmp_path / "node"


@contextmanager
def hurried(url: str) -> Iterator[None]:
    """Let the local chain's time run faster than ours: the challenge windows of seconds are not what is tested here."""
    over = threading.Event()

    def hurry() -> None:
        with httpx.Client() as http:
            while not over.wait(0.5):
                http.post(f"{url}/rpc", json={"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [5]})

    thread = threading.Thread(target=hurry)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def wait_for_the_pool(url: str) -> None:
    until = time.monotonic() + 30
    while not httpx.get(f"{url}/v1/pools").json()["items"]:
        assert time.monotonic() < until, "the pool that the page opened is not there"
        time.sleep(0.05)


def test_the_pages_lead_from_a_pool_to_an_order_that_anybody_can_verify(folder: Path) -> None:
    settings = config.read(dir=folder)
    instead = {".hakari/demo": str(folder), "http://127.0.0.1:8080": settings.url}
    pages.run(DOCS / "how-to" / "open-a-pool.md", instead=instead)
    node = open_node(settings)
    try:
        with serving(node), hurried(settings.url):
            wait_for_the_pool(settings.url)
            pages.run(DOCS / "tutorials" / "first-order.md", instead=instead)
            pages.run(DOCS / "how-to" / "verify-as-a-stranger.md", instead=instead)
    finally:
        node.close()
    pages.run(DOCS / "how-to" / "rotate-keys.md", instead=instead)
