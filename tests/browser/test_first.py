"""From the market's front page to a paid answer, on a phone and at a desk, as somebody who has never been here."""

from collections.abc import Callable

import pytest
from budgets import NARROW, room
from playwright.sync_api import Browser, Locator, Page, expect
from town import DESK, PHONE, Town, shot, visitor
from visitors import account_of, by_hand, by_keys, named, passkey, to_the_key, words

CONFIG = (
    '<View><Text name="text" value="$text"/><Header value="How satisfied is the writer?"/>'
    '<Choices name="mood" toName="text" required="true"><Choice value="unhappy"/><Choice value="neutral"/>'
    '<Choice value="happy"/></Choices></View>'
)
TABS_PX = 57
"""The bar at the bottom of a phone's screen."""
ITEMS = [{"text": "思ったより軽くて、毎日の通勤に使っています。"}, {"text": "It broke after a week."}]


def landing(page: Page, language: str, press: Callable[[Locator], None]) -> None:
    page.goto("/")
    press(page.get_by_role("navigation").get_by_role("link", name=words(language, "nav.start")).filter(visible=True))
    page.wait_for_url("**/start")


@pytest.mark.parametrize(
    ("size", "language", "press"),
    [(PHONE, "ja", by_hand), (DESK, "en", by_keys)],
    ids=["phone-ja", "desk-en-by-keys"],
)
def test_from_the_front_page_to_paid_work(
    chromium: Browser, market: Town, size: dict[str, int], language: str, press: Callable[[Locator], None]
) -> None:
    order = market.place(CONFIG, ITEMS)
    name = f"first-{language}"
    with visitor(chromium, market, size=size, language=language) as page:
        passkey(page, prf=True)
        landing(page, language, press)
        to_the_key(page, language, press=press)
        press(page.get_by_role("button", name=words(language, "i.start.make"), exact=True))
        expect(page.get_by_role("heading", name=words(language, "i.recovery.title"))).to_be_visible()
        shot(page, f"{name}-key")
        press(page.get_by_role("button", name=words(language, "i.recovery.later"), exact=True))
        press(page.get_by_role("link", name=words(language, "i.start.go_work")))
        press(page.locator(f"a[href='/tasks/{order}']").first)
        for n, _ in enumerate(ITEMS):
            press(page.get_by_role("button", name="happy", exact=True))
            if n == 0:
                shot(page, f"{name}-task")
            press(page.get_by_role("button", name=named(language, "i.work.send")))
        expect(page.get_by_role("heading", name=words(language, "i.work.all"))).to_be_visible()
        account = account_of(page)
        press(page.get_by_role("button", name=words(language, "i.work.stop")))
        market.wait("the answers", lambda: len(market.answers(order)) == len(ITEMS))
        assert {answer["mood"] for answer in market.answers(order).values()} == {"happy"}
        market.accepted(account)
        page.goto("/earnings")
        # Before the island is ready the button is a plain form's, whose page does not tell when the chain has it.
        claim = page.locator("[data-island=claim][data-ready] button")
        expect(claim).to_be_visible()
        shot(page, f"{name}-claim")
        place = claim.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < size["height"] - TABS_PX
        press(claim)
        expect(page.get_by_role("status").filter(has_text="0.08")).to_be_visible()
        # What was claimed is not gone: the header and the page say that it was paid.
        expect(page.locator(".balance")).to_contain_text(f"0.08 tUSD {words(language, 'shell.paid')}")
        expect(page.get_by_role("heading", name=words(language, "earnings.paid"))).to_be_visible()
        shot(page, f"{name}-paid")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        assert room(page) == []
        shot(page, f"{name}-narrow")
        assert market.balance(account) == 80_000
