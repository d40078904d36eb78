"""Every page as people meet it: axe finds nothing, it fits its budget and a narrow screen, and what needs no script works without."""

import re
from typing import Any

import pytest
from budgets import NARROW, cost, first_visits, room
from life import PAGES, Life
from playwright.sync_api import Browser, BrowserContext, expect
from town import DESK, PHONE, shot, visitor
from visitors import violations, words

MORE = {"the wizard": "/orders/new", "joining": "/start", "the API": "/v1/docs", "nowhere": "/nowhere"}
MORE |= {"requests": "/requests", "asking": "/requests/new", "selling": "/sell", "wrong": "/wrong"}
Look = tuple[str, dict[str, int], str]
"""Theme, size and language in which a page is seen."""
USUAL: list[Look] = [("light", PHONE, "en"), ("dark", DESK, "ja")]
ALL: list[Look] = [
    (theme, size, tag) for theme in ("light", "dark") for size in (DESK, PHONE) for tag in ("en", "ja", "zh")
]


def named(look: Look) -> str:
    return f"{look[0]}-{look[1]['width']}-{look[2]}"


def every(lived: Life) -> dict[str, str]:
    wrong = {"what is wrong": f"/wrong?about=release:{lived.release}"}
    return {**{page: lived.address(page) for page in PAGES}, **MORE, **wrong}


def opened(chromium: Browser, lived: Life, look: Look) -> BrowserContext:
    theme, size, language = look
    context = chromium.new_context(
        base_url=lived.world.url,
        viewport=size,
        locale=language,
        color_scheme=theme,
        reduced_motion="reduce",  # type: ignore[arg-type]
    )
    context.set_default_timeout(15_000)
    return context


def faults(chromium: Browser, lived: Life, axe: str, look: Look) -> dict[str, Any]:
    """What is wrong with each page in one theme, width and language, on a narrow screen too, and what it costs too much."""
    theme, size, language = look
    wrong: dict[str, Any] = {}
    context = opened(chromium, lived, look)
    page = context.new_page()
    elsewhere = first_visits(page, lived.world.url)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for name, address in every(lived).items():
        answer = page.goto(address)
        assert answer is not None
        found = [*cost(page, answer), *violations(page, axe), *room(page)]
        shot(page, f"page-{name}-{theme}-{size['width']}-{language}".replace(" ", "-"))
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        found += [f"narrow: {each}" for each in room(page)]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if found:
            wrong[name] = found
    # The page that does not exist is one, and its answer says so.
    refused = [text for text in said if "404" not in text]
    context.close()
    everywhere = {"console": refused, "other hosts": elsewhere}
    return {**wrong, **{what: each for what, each in everywhere.items() if each}}


@pytest.mark.parametrize("look", USUAL, ids=named)
def test_axe_finds_nothing_and_each_page_fits_its_budget_and_the_screen(
    chromium: Browser, lived: Life, axe: str, look: Look
) -> None:
    assert faults(chromium, lived, axe, look) == {}


@pytest.mark.soak
@pytest.mark.parametrize("look", [each for each in ALL if each not in USUAL], ids=named)
def test_the_same_in_any_theme_width_and_language(chromium: Browser, lived: Life, axe: str, look: Look) -> None:
    assert faults(chromium, lived, axe, look) == {}


def test_a_buyer_without_script_reaches_price_and_terms_by_purpose(chromium: Browser, lived: Life) -> None:
    with visitor(chromium, lived.world, size=PHONE, java_script_enabled=False) as page:
        page.goto("/")
        page.get_by_role("link", name="Moods").click()
        page.get_by_label(words("en", "facet.purpose.research")).check()
        page.get_by_role("button", name=words("en", "dataset.see_terms")).click()
        expect(page.get_by_text(words("en", "s12_undo"))).to_be_visible()
        expect(page.get_by_text("pay_price", exact=False).last).to_be_visible()


def test_somebody_without_script_reads_why_each_amount_came(chromium: Browser, lived: Life) -> None:
    with visitor(chromium, lived.world, size=PHONE, java_script_enabled=False) as page:
        page.goto("/earnings")
        page.get_by_label(words("en", "earnings.account")).fill(lived.worker)
        page.get_by_role("button", name=words("en", "earnings.show")).click()
        expect(page.get_by_text(words("en", "because.work"))).to_be_visible()
        expect(page.get_by_text(re.compile("0.08")).first).to_be_visible()


def test_a_page_of_an_order_in_progress_draws_itself_anew(chromium: Browser, lived: Life) -> None:
    with visitor(chromium, lived.world, size=DESK) as page:
        page.goto(f"/orders/{lived.open}")
        live = page.locator("#live")
        expect(live.get_by_text("2 of 8", exact=False).first).to_be_visible()
        lived.world.work("ben", {"label": lived.open})
        expect(live.get_by_text("4 of 8", exact=False).first).to_be_visible()


def test_nothing_of_a_hostile_order_runs(chromium: Browser, lived: Life) -> None:
    with visitor(chromium, lived.world, size=DESK) as page:
        shown: list[str] = []
        page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
        for address in (f"/orders/{lived.open}", "/tasks", f"/tasks/{lived.open}", "/orders", "/"):
            page.goto(address)
        assert shown == []
