"""Ways to a key of one's own, each as a person meets it."""

from pathlib import Path

from eth_account import Account as Wallet
from playwright.sync_api import Browser, Page, expect
from town import DESK, Town, shot, visitor
from visitors import WalletInBrowser, account_of, join, passkey, to_the_key, words

PASSPHRASE = "seven herons over the weir"


def joined(page: Page) -> None:
    expect(page.get_by_role("heading", name=words("en", "i.start.practice"))).to_be_visible()


def test_a_passkey_that_gives_no_secret_leads_to_a_key_in_the_browser(chromium: Browser, market: Town) -> None:
    with visitor(chromium, market) as page:
        passkey(page, prf=False)
        page.goto("/start")
        to_the_key(page)
        page.get_by_role("button", name=words("en", "i.start.make"), exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text(words("en", "i.no_secret"))
        shot(page, "keys-no-prf")
        page.get_by_role("button", name=words("en", "i.start.make_here"), exact=True).click()
        expect(page.get_by_role("heading", name=words("en", "i.recovery.title"))).to_be_visible()
        assert market.person("reader").get(f"/v1/accounts/{account_of(page)}")["keys"]


def test_a_recovery_file_opens_the_key_in_another_browser(chromium: Browser, market: Town, tmp_path: Path) -> None:
    kept = tmp_path / "recovery.json"
    with visitor(chromium, market, size=DESK) as page:
        page.goto("/start")
        to_the_key(page)
        page.get_by_role("button", name=words("en", "i.start.make_here"), exact=True).click()
        page.get_by_label(words("en", "i.recovery.passphrase")).fill(PASSPHRASE)
        with page.expect_download() as download:
            page.get_by_role("button", name=words("en", "i.recovery.save")).click()
        download.value.save_as(kept)
        joined(page)
        account = account_of(page)
    assert PASSPHRASE not in kept.read_text()
    with visitor(chromium, market, size=DESK) as page:
        passkey(page, prf=True)
        page.goto("/start")
        to_the_key(page)
        page.get_by_role("button", name=words("en", "i.start.have_file")).click()
        page.get_by_label(words("en", "i.start.file")).set_input_files(kept)
        page.get_by_label(words("en", "i.recovery.passphrase")).fill(PASSPHRASE.upper())
        page.get_by_role("button", name=words("en", "i.start.restore")).click()
        expect(page.get_by_role("alert")).to_contain_text(words("en", "i.wrong_passphrase"))
        page.get_by_label(words("en", "i.recovery.passphrase")).fill(PASSPHRASE)
        page.get_by_role("button", name=words("en", "i.start.restore")).click()
        joined(page)
        assert account_of(page) == account
        keys = market.person("reader").get(f"/v1/accounts/{account}")["keys"]
        assert len({each["key"] for each in keys}) == 2, "each browser has a session key of its own"


def test_an_injected_wallet_signs_in_and_delegates_and_its_no_changes_nothing(chromium: Browser, market: Town) -> None:
    secret = Wallet.create().key
    with visitor(chromium, market, size=DESK) as page:
        chain = market.person("reader").node["chain"]["chain_id"]
        wallet = WalletInBrowser(page, secret, chain, refuses=("personal_sign",))
        page.goto("/start")
        to_the_key(page)
        use = page.get_by_role("button", name=words("en", "i.start.use_wallet", name="Test Wallet"))
        use.click()
        expect(page.get_by_role("alert")).to_contain_text(words("en", "i.cancelled"))
        assert not market.person("reader").get(f"/v1/accounts/{wallet.account}")["keys"]
        wallet.refuses = ()
        use.click()
        joined(page)
        assert account_of(page) == wallet.account
        assert wallet.asked.count("eth_signTypedData_v4") == 1
        assert len(market.person("reader").get(f"/v1/accounts/{wallet.account}")["keys"]) == 1
        # Signed in for the pages too, by a cookie that no script reads.
        [cookie] = [each for each in page.context.cookies() if each["name"].endswith("session")]
        assert cookie["httpOnly"]
        page.reload()
        expect(page.get_by_text(wallet.account)).to_be_visible()


def test_a_key_stays_over_a_reload_and_can_be_taken_away(chromium: Browser, market: Town) -> None:
    with visitor(chromium, market) as page:
        page.goto("/start")
        join(page)
        account = account_of(page)
        # Where it leads on to is a page of this site, whatever the address says.
        for asked, leads in (("//evil.example", "/tasks"), ("/%5Cevil.example", "/tasks"), ("/earnings", "/earnings")):
            page.goto(f"/start?next={asked}")
            expect(page.get_by_role("link", name=words("en", "i.start.go_work"))).to_have_attribute("href", leads)
        expect(page.get_by_text(account)).to_be_visible()
        page.get_by_text(words("en", "i.start.forget"), exact=True).click()
        page.get_by_role("button", name=words("en", "i.start.forget_do"), exact=True).click()
        expect(page.get_by_role("heading", name=words("en", "i.start.purpose"))).to_be_visible()
        assert not [each for each in page.context.cookies() if each["name"].endswith("session")]
