"""A node, asked as a browser would; and one with a life behind it."""

import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hakari.app import Node, open_node
from hakari.config import Settings
from hakari.doors.api import create_app

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from town import Town, town
from world import CONFIG

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Somebody's browser at a node of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = open_node(Settings(dir=tmp_path_factory.mktemp("web")))
    with TestClient(create_app(node), base_url=node.settings.url, headers={"Accept": "text/html"}) as client:
        yield client
    node.close()


@dataclass(frozen=True, kw_only=True)
class Lived:
    """A market in which everything has happened once. `judged`, `ranked`, `open`: orders; `open` and its items are hostile text."""

    world: Town
    node: Node
    judged: str
    ranked: str
    open: str
    release: str
    worker: str
    buyer: str

    def browser(self, who: str | None = None) -> TestClient:
        """Somebody's browser; signed in where a person of the world is named."""
        client = TestClient(create_app(self.node), base_url=self.node.settings.url, headers={"Accept": "text/html"})
        if who is not None:
            person = self.world.person(who)
            person.sign_in()
            answer = client.post("/session", json={"token": person._token}, headers={"Origin": self.node.settings.url})
            assert answer.status_code == 204
        return client


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """A market with two judged orders, a release that was sold and used, payouts, and an order that is half done."""
    with town(tmp_path_factory.mktemp("lived")) as market:
        orders = market.orders()
        market.work_all(orders)
        market.judged(orders)
        market.settled()
        market.claim()
        release = market.release(orders["label"])
        market.buy(release)
        market.wait("the sale", lambda: market.person("reader").get("/v1/statements", kind="sale")["items"])
        market.settled()
        market.claim()
        items = [{"text": HOSTILE}, {"text": "fine"}]
        open_ = market.place(CONFIG, items, redundancy=4, title=HOSTILE, guideline=HOSTILE)
        market.work("ada", {"label": open_})
        yield Lived(
            world=market,
            node=market.node,
            judged=orders["label"],
            ranked=orders["rank"],
            open=open_,
            release=release,
            worker=market.account("ada"),
            buyer=market.account("buyer of labels"),
        )
