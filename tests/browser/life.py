"""A market with a life behind it, and one order that is half done and hostile: what the pages' tests look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient
from town import Town, town
from world import CONFIG

from hakari.app import Node
from hakari.doors.api import create_app

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"

PAGES = {
    "market": "/",
    "work": "/tasks",
    "workspace": "/tasks/{open}",
    "earnings": "/earnings?account={worker}",
    "earnings of nobody": "/earnings",
    "orders": "/orders",
    "a judged order": "/orders/{judged}?account={worker}",
    "a ranked order": "/orders/{ranked}",
    "an open order": "/orders/{open}",
    "a dataset": "/d/1/{release}",
    "a dataset for a purpose": "/d/1/{release}?purpose=research",
    "a pool": "/p/1",
    "a pool's votes": "/p/1/votes",
    "me": "/me",
    "legal": "/legal/notice",
}
"""The pages of the market, work, orders, datasets, pools and oneself, by what they are."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """`judged`, `ranked` and `open` are orders; `open`, its items and its guideline are hostile text. `worker`, `buyer`: accounts."""

    world: Town
    node: Node
    judged: str
    ranked: str
    open: str
    release: str
    worker: str
    buyer: str

    def browser(self, who: str | None = None) -> TestClient:
        """Somebody's browser without script; signed in where a person of the world is named."""
        client = TestClient(create_app(self.node), base_url=self.node.settings.url, headers={"Accept": "text/html"})
        if who is not None:
            person = self.world.person(who)
            person.sign_in()
            answer = client.post("/session", json={"token": person._token}, headers={"Origin": self.node.settings.url})
            assert answer.status_code == 204
        return client

    def address(self, page: str) -> str:
        """The address of one of PAGES."""
        names = ("open", "judged", "ranked", "release", "worker")
        return PAGES[page].format(**{name: getattr(self, name) for name in names})


@contextmanager
def life(folder: Path) -> Iterator[Life]:
    """Two judged orders, a release that was sold and used, payouts that were claimed, and an order in progress."""
    with town(folder) as market:
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
        open_ = market.place(
            CONFIG, [{"text": HOSTILE}, {"text": "fine"}], redundancy=4, title=HOSTILE, guideline=HOSTILE
        )
        market.work("ada", {"label": open_})
        yield Life(
            world=market,
            node=market.node,
            judged=orders["label"],
            ranked=orders["rank"],
            open=open_,
            release=release,
            worker=market.account("ada"),
            buyer=market.account("buyer of labels"),
        )
