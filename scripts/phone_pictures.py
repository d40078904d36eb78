"""Make the pictures of docs/tutorials/on-a-phone.md: the way of a newcomer on the node of a fresh `make run`, in a real Chromium.

    .venv/bin/python scripts/phone_pictures.py http://localhost:8080

Needs a node that still has a set of work open, and playwright with a Chromium (`make test` brings both).
"""

import io
import os
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from hakari.doors.web.languages import catalogue

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PHONE = {"width": 390, "height": 844}
PAIRS = 5
COLOURS = 64
"""Enough for the pages' few colours and their smoothed letters, at a third of the bytes."""


def say(id_: str, **values: object) -> str:
    """Return a sentence of the pages in English."""
    return catalogue("en")[id_].format(**values)


def begins(id_: str) -> re.Pattern[str]:
    """Return what a button's name begins with; its key stands behind."""
    return re.compile("^" + re.escape(say(id_)))


def picture(page: Page, name: str) -> None:
    """Keep what is on the screen."""
    page.wait_for_timeout(300)
    image = Image.open(io.BytesIO(page.screenshot()))
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"phone-{name}.png", optimize=True)


def joined(page: Page) -> None:
    """A key in the browser, made as on any phone without a passkey's secret."""
    page.goto("/")
    picture(page, "front")
    page.get_by_role("link", name=say("market.earn")).click()
    page.wait_for_url("**/start")
    for _ in range(2):
        page.get_by_role("button", name=say("i.next"), exact=True).click()
    picture(page, "key")
    page.get_by_role("button", name=say("i.start.make_here"), exact=True).click()
    page.get_by_role("button", name=say("i.recovery.later"), exact=True).click()
    page.get_by_role("link", name=say("i.start.go_work")).click()
    page.wait_for_url("**/tasks")
    picture(page, "work")


def paid(page: Page) -> None:
    """A set answered, its pay claimed."""
    page.get_by_role("link", name=begins("tasks.open")).first.click()
    for n in range(PAIRS):
        for side in ("A", "B"):
            page.locator(".w-tabs").get_by_role("button", name=side, exact=True).click()
        page.locator(".w-option").nth(n % 3).click()
        if n == 0:
            picture(page, "task")
        page.get_by_role("button", name=begins("i.work.send")).click()
    expect(page.get_by_role("heading", name=say("i.work.all"))).to_be_visible()
    page.get_by_role("link", name=say("i.work.earnings")).click()
    claim = page.get_by_role("button", name=re.compile("^Claim "))
    expect(claim).to_be_visible(timeout=120_000)
    picture(page, "claim")
    claim.click()
    expect(page.get_by_role("status").filter(has_text="is yours")).to_be_visible()


def bought(page: Page) -> None:
    """The dataset bought for research, its use logged, its file saved."""
    page.goto("/")
    page.locator("article.dataset h3 a[href^='/d/']").first.click()
    page.get_by_role("link", name=say("dataset.see_terms")).click()
    page.get_by_label(say("facet.purpose.research")).check()
    page.get_by_role("button", name=say("dataset.see_terms")).click()
    pay = page.get_by_role("button", name=re.compile("^Pay "))
    pay.scroll_into_view_if_needed()
    page.mouse.wheel(0, 120)
    picture(page, "price")
    pay.click()
    why = page.get_by_label(say("i.download.why"))
    why.fill("How well do people agree on jokes?")
    with page.expect_download():
        page.get_by_role("button", name=say("i.download.do")).click()
    expect(page.get_by_text(say("i.download.done.one"))).to_be_visible()
    page.get_by_text(say("i.download.done.one")).scroll_into_view_if_needed()
    picture(page, "use")


def verified(page: Page) -> None:
    """The payout recomputed on the device."""
    page.goto("/earnings")
    page.get_by_role("link", name=say("earnings.recompute")).click()
    page.get_by_role("button", name=say("i.verify.run"), exact=True).click()
    done = page.get_by_role("status").filter(has_text="recomputed here")
    expect(done).to_be_visible(timeout=60_000)
    done.scroll_into_view_if_needed()
    picture(page, "verified")


def main() -> None:
    """Walk once."""
    program = os.environ.get("HAKARI_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=sys.argv[1],
            viewport=PHONE,
            locale="en-GB",
            is_mobile=True,
            has_touch=True,
            reduced_motion="reduce",
        )
        expect.set_options(timeout=60_000)
        context.set_default_timeout(60_000)
        page = context.new_page()
        for step in (joined, paid, bought, verified):
            step(page)
        browser.close()


if __name__ == "__main__":
    main()
