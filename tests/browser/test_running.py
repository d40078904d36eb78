"""Money that moves by a signature: a buyer who holds tokens and nothing for gas funds an order and buys a licence on a page."""

import hashlib
import re
from pathlib import Path

from playwright.sync_api import Browser, expect
from test_buying import PRICE, released, written
from town import DESK, PHONE, Town, shot, visitor
from visitors import WalletInBrowser, account_of, join, to_the_key, violations, words


def given(market: Town, account: str, tokens: int) -> None:
    """Let somebody have tokens that another paid the gas for."""
    giver = market.person("a giver of tokens")
    giver.call("payment_token", "faucet(address,uint256)", [account, tokens])


def transactions(market: Town, account: str) -> int:
    reader = market.person("reader")
    return int(reader._rpc(f"{market.url}/rpc", "eth_getTransactionCount", [account, "latest"]), 16)


def test_a_wallet_without_gas_buys_a_licence_by_one_signature_on_a_phone(chromium: Browser, market: Town) -> None:
    pool, release = released(market)
    secret = hashlib.sha256(b"a wallet without gas").digest()
    with visitor(chromium, market, language="zh") as page:
        wallet = WalletInBrowser(page, secret, market.person("reader").node["chain"]["chain_id"])
        given(market, wallet.account, PRICE)
        page.goto("/start")
        to_the_key(page, "zh")
        page.get_by_role("button", name=words("zh", "i.start.use_wallet", name="Test Wallet")).click()
        expect(page.get_by_role("heading", name=words("zh", "i.start.practice"))).to_be_visible()
        page.goto(f"/d/{pool}/{release}?purpose=research#licence")
        expect(page.get_by_text(words("zh", "pay.signed"))).to_be_visible()
        shot(page, "running-buy-zh")
        page.get_by_role("button", name=words("zh", "i.buy.do", amount="1.000003", unit="tUSD")).click()
        expect(page.get_by_label(words("zh", "i.download.why"))).to_be_visible(timeout=30_000)
        [licence] = market.person("reader").get(f"/v1/accounts/{wallet.account}")["licences"]
        assert licence["release"] == release
        assert "eth_sendTransaction" not in wallet.asked
        assert transactions(market, wallet.account) == 0
        assert market.balance(wallet.account) == 0


def test_a_key_without_gas_funds_an_order_and_more_of_it(
    chromium: Browser, market: Town, axe: str, tmp_path: Path
) -> None:
    with visitor(chromium, market, size=DESK, language="ja") as page:
        page.goto("/start")
        join(page, "ja")
        account = account_of(page)
        given(market, account, 10_000_000)
        page.goto("/orders/new")
        written(page, tmp_path)
        expect(page.get_by_text(words("ja", "pay.signed"))).to_be_visible()
        page.locator("[data-island=fund] button").click()
        page.wait_for_url(re.compile("/orders/[0-9a-f]{64}$"), timeout=30_000)
        order = market.person("reader").get(f"/v1/orders/{page.url.rsplit('/', 1)[-1]}")
        assert order["status"] == "open"
        assert order["buyer"] == account
        assert market.balance(account) == 10_000_000 - int(order["body"]["budget"])
        assert transactions(market, account) == 0

        # And more of it: one answer more for each item, better paid, by the same form on a phone's width.
        page.set_viewport_size(PHONE)
        page.get_by_role("link", name=words("ja", "more.do")).click()
        page.wait_for_url(re.compile("/more$"))
        assert not violations(page, axe)
        page.locator("[name=reward]").fill("0.0x")
        page.get_by_role("button", name=words("ja", "more.next")).click()
        expect(page.get_by_role("alert")).to_contain_text("0.0x")
        page.locator("[name=reward]").fill("0.08")
        shot(page, "running-more-ja")
        page.get_by_role("button", name=words("ja", "more.next")).click()
        expect(page.get_by_role("heading", name=words("ja", "more.check"))).to_be_visible()
        assert not violations(page, axe)
        shot(page, "running-more-check-ja")
        page.locator("[data-island=fund] button").click()
        expect(page.locator("#together")).to_be_visible(timeout=30_000)
        assert not violations(page, axe)
        shot(page, "running-together-ja")
        second = market.person("reader").get(f"/v1/orders/{page.url.rsplit('/', 1)[-1]}")
        assert (second["body"]["continues"], second["body"]["reward"], second["wanted"]) == (order["id"], "80000", 2)
        assert transactions(market, account) == 0
