"""Something is wrong, said in a browser: reported, decided, objected to and decided again."""

from playwright.sync_api import Browser, Page, expect
from town import DESK, PHONE, Town, shot, visitor
from visitors import account_of, join, words

from hakari.client import Client


def operator(page: Page, market: Town) -> None:
    """Sign the operator in at this browser's pages."""
    person = Client(market.url, secret=market.node.keys.secret("operator"))
    person.sign_in()
    answer = page.request.post("/session", data={"token": person._token}, headers={"Origin": market.url})
    assert answer.status == 204
    person.close()


def decided(page: Page, subject: str, result: str, reason: str) -> None:
    page.goto(f"/wrong?about={subject}")
    form = page.locator("#decide")
    form.locator(f"[name=result][value={result}]").check()
    form.locator(f"[name=reason][value={reason}]").check()
    shot(page, f"wrong-decide-{result}")
    page.get_by_role("button", name=words("en", "wrong.decide_do"), exact=True).click()
    expect(page.get_by_text(words("en", f"result.{result}"), exact=False).first).to_be_visible()


def test_an_account_is_reported_put_into_quarantine_and_freed_by_its_objection(chromium: Browser, market: Town) -> None:
    with (
        visitor(chromium, market, size=PHONE) as page,
        visitor(chromium, market, size=PHONE, language="ja") as other,
        visitor(chromium, market, size=DESK) as host,
    ):
        other.goto("/start")
        join(other, "ja")
        account = account_of(other)
        page.goto("/start")
        join(page)
        page.goto(f"/explore/accounts/{account}")
        page.get_by_role("link", name=words("en", "wrong.title"), exact=True).first.click()
        page.get_by_label(words("en", "i.report.private"), exact=True).check()
        page.locator("[data-island=wrong] textarea").fill("It shows my neighbour.")
        shot(page, "wrong-report")
        page.get_by_role("button", name=words("en", "i.report.do_report"), exact=True).click()
        expect(page.get_by_text(words("en", "i.report.done"))).to_be_visible()
        subject = f"account:{account}"
        host.goto("/")
        operator(host, market)
        host.goto(f"/wrong?about={subject}")
        expect(host.get_by_text("It shows my neighbour.")).to_be_visible()
        decided(host, subject, "quarantined", "private")
        other.goto(f"/explore/accounts/{account}")
        expect(other.get_by_text(words("ja", "wrong.stopped"))).to_be_visible()
        other.get_by_role("link", name=words("ja", "wrong.why"), exact=True).click()
        box = other.locator("#object")
        box.locator("textarea").fill("それは私の店の写真です。")
        shot(other, "wrong-object-ja")
        box.get_by_role("button", name=words("ja", "i.report.do_objection"), exact=True).click()
        expect(other.get_by_text(words("ja", "i.report.done"))).to_be_visible()
        decided(host, subject, "restored", "private")
        other.goto(f"/explore/accounts/{account}")
        expect(other.get_by_text(words("ja", "wrong.stopped"))).to_have_count(0)
