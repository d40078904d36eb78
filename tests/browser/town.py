"""A served market with people at real browsers: contexts by width and language, passkeys, wallets, and orders made to measure."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page
from world import FEE_BPS, World, open_pool, opened

from hakari.app import Node
from hakari.client import digest
from hakari.core.canonical import Json
from hakari.core.ids import StatementId
from hakari.doors.server import serving
from hakari.sources.table import KINDS
from postgres import free_port

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SHOTS = Path(__file__).parents[2] / ".cache" / "shots"
_numbers = itertools.count(1)


@dataclass(kw_only=True)
class Town(World):
    """A market, and what its visitors do before a browser opens."""

    node: Node

    def place(
        self,
        config: str,
        items: Sequence[Json],
        *,
        redundancy: int = 1,
        reward: int = 40_000,
        title: str = "Product reviews",
        guideline: str = "Say what the writer thinks of the product.",
        source: str = "label",
        spec: dict[str, Json] | None = None,
    ) -> str:
        """Fund and place an order of a buyer of its own; returns its id."""
        who = self.delegated(f"buyer {next(_numbers)}", "buy")
        budget = len(items) * redundancy * (reward + reward * FEE_BPS // 10_000)
        name = next(name for name, client in self._clients.items() if client is who)
        number, deadline = self.fund(name, budget)
        body: dict[str, Json] = {
            "assignment": "drawn",
            "budget": str(budget),
            "deadline": deadline,
            "description": "A small order.",
            "escrow_order": number,
            "evidence": "keyed",
            "guideline": {"sha256": digest(guideline), "version": 1},
            "pool": self.pool(),
            "quality": {"rules": KINDS[source].rules},
            "redundancy": redundancy,
            "reward": str(reward),
            "source": source,
            "spec": {"config": config} if spec is None else spec,
            "terms_version": 1,
            "title": title,
        }
        return who.order(body, items=list(items), guideline=guideline).id

    def buyer(self, order: str) -> str:
        """Return who placed an order, by the name that `person` knows."""
        account = self.person("reader").get(f"/v1/orders/{order}")["buyer"]
        return next(name for name, client in self._clients.items() if client.account == account)

    def accepted(self, account: str) -> None:
        """Wait until an account can claim; the window passes at once."""

        def done() -> bool:
            reader = self.person("reader")
            if reader.get(f"/v1/accounts/{account}")["earnings"]["claimable"] != "0":
                return True
            if any(line["status"] == "proposed" for line in reader.get(f"/v1/accounts/{account}/lines")["items"]):
                self.skip(4)
            return False

        self.wait("something to claim", done)

    def answers(self, order: str) -> dict[tuple[str, int], Json]:
        """What was answered in an order, by account and task, out of the node's own store."""
        with self.node.store.reading() as book:
            rows = [*book.answers.unjudged(StatementId(order), 1000), *book.answers.judged(StatementId(order))]
        return {(row.account, row.task): row.answer for row in rows}


@contextmanager
def town(folder: Path, **settings: Any) -> Iterator[Town]:
    """A served node under a name that may own passkeys."""
    port = free_port()
    node = opened(folder, port=port, public_url=f"http://localhost:{port}", **settings)
    try:
        with serving(node):
            open_pool(node)
            made = Town(url=node.settings.url, public=folder / "public", node=node)
            try:
                yield made
            finally:
                made.close()
    finally:
        node.close()


def _again(visit: Callable[..., Any]) -> Callable[..., Any]:
    """Go to an address once more where the page that was open drew itself anew at that moment, as a person would."""

    def goto(address: str, **how: Any) -> Any:
        try:
            return visit(address, **how)
        except Error as error:
            if not any(said in error.message for said in ("ERR_ABORTED", "interrupted by another navigation")):
                raise
            return visit(address, **how)

    return goto


@contextmanager
def visitor(
    browser: Browser, market: Town, *, size: dict[str, int] = PHONE, language: str = "en", **more: Any
) -> Iterator[Page]:
    """Somebody's browser with nothing in it; what its pages say wrong fails the test."""
    phone = size is PHONE
    context = browser.new_context(
        base_url=market.url,
        viewport=size,
        locale={"en": "en-GB", "ja": "ja-JP", "zh": "zh-CN"}[language],
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto = _again(page.goto)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    try:
        yield page
        said = [each for each in wrong if "Failed to load resource" not in each]
        assert not said, said
    finally:
        context.close()


def shot(page: Page, name: str) -> None:
    """Keep a picture of what is on the screen; people look at them."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")
