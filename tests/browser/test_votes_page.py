"""Somebody who earned in a pool votes on its page: what would change is read before, and the chain has the vote after."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ballot import OPERATOR, asked
from playwright.sync_api import Browser, expect
from stage import Stage
from town import Town, shot, town, visitor
from visitors import WalletInBrowser, to_the_key, violations, words
from world import secret, terms

from hakari.app import pools
from hakari.people.wallets import address_of

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/>'
    '<Choice value="bad"/></Choices></View>'
)
HEIR = address_of(secret("somebody else"))
WEIGHT = 40_000


class Watch:
    """A clock that a test stops: a local chain's five days of voting are five seconds."""

    stopped: int | None = None

    def __call__(self) -> int:
        return int(time.time()) if self.stopped is None else self.stopped


@pytest.fixture
def voting(tmp_path: Path) -> Iterator[tuple[Town, int, int]]:
    """A pool in which ada earned, and a vote on its operator that is open as long as the test lasts."""
    clock = Watch()
    with town(tmp_path, clock=clock) as market:
        node = market.node
        assert node.embedded is not None
        resolvers = {name: address_of(secret(name)) for name in ("arbiter", "court")}
        market.pool()
        pools.open_pool(node, name="Voters", terms={**terms(node), "votes": "earned"}, **resolvers)
        market.pool_at = 1
        order = market.place(CONFIG, [{"text": "The soup was cold."}])
        ada = market.delegated("ada", "work")
        market.signed_in("ada")
        ada.submit(order, [(int(each["task"]), {"mood": "bad"}) for each in ada.assignments(order, count=1)])
        market.accepted(ada.account)
        market.quiet()
        clock.stopped = node.chain.time() - 10
        node.embedded._clock = clock
        payload = bytes(12) + bytes.fromhex(HEIR[2:])
        vote = asked(node, Stage(node=node, market=market, arbiter=None, court=None), market.pool(), OPERATOR, payload)  # type: ignore[arg-type]
        market.wait("the vote", lambda: ada.votes(market.pool()))
        ada.post(f"/v1/votes/{vote}/payload", {"payload": payload.hex()})
        yield market, market.pool(), vote


def test_somebody_reads_what_would_change_and_votes(chromium: Browser, voting: tuple[Town, int, int], axe: str) -> None:
    market, pool, vote = voting
    with visitor(chromium, market, language="ja") as page:
        wallet = WalletInBrowser(page, secret("ada"), market.person("reader").node["chain"]["chain_id"])
        page.goto("/start")
        to_the_key(page, "ja")
        page.get_by_role("button", name=words("ja", "i.start.use_wallet", name="Test Wallet")).click()
        expect(page.get_by_role("heading", name=words("ja", "i.start.practice"))).to_be_visible()
        page.goto(f"/p/{pool}/votes")
        shown = page.locator(f"#vote-{vote}")
        expect(shown.locator("tbody")).to_contain_text(words("ja", "vote.what.operator"))
        expect(shown.locator(f'tbody [data-copy="{HEIR}"]')).to_be_visible()
        weight = words("ja", "i.vote.weight", weight="0.04", unit="tUSD", epoch=1)
        expect(shown.get_by_text(weight)).to_be_visible()
        assert violations(page, axe) == []
        shot(page, "vote-before-ja")
        before = len(wallet.asked)
        press = shown.get_by_role("button", name=words("ja", "i.vote.yes"))
        press.scroll_into_view_if_needed()
        shot(page, "vote-press-ja")
        press.click()
        expect(page.get_by_text(words("ja", "votes.said_yes", weight="0.04 tUSD"))).to_be_visible()
        assert wallet.asked[before:].count("eth_signTypedData_v4") == 1
        assert "eth_sendTransaction" not in wallet.asked
        assert violations(page, axe) == []
        shot(page, "vote-after-ja")
    assert market.number("pools", "voted(uint256,address)", [vote, wallet.account]) == 1
    [counted] = market.person("ada").votes(pool)
    assert (counted["yes"], counted["no"], counted["total"]) == (str(WEIGHT), "0", str(WEIGHT))
