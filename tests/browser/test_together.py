"""Two people in two browsers on one order, from the first answer until both are paid; and every page of theirs read by axe."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from test_workspace import MIXED, MIXED_ITEM, NAMES, OUTLINE, PICTURE, SOUND, at_work
from town import DESK, PHONE, Town, shot, visitor
from visitors import account_of, join, named, violations, words

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/>'
    '<Choice value="bad"/></Choices></View>'
)


def answered(page: Page, language: str, count: int) -> None:
    for _ in range(count):
        page.get_by_role("button", name="good", exact=True).click()
        page.get_by_role("button", name=named(language, "i.work.send")).click()
    expect(page.get_by_role("heading", name=words(language, "i.work.all"))).to_be_visible()
    page.get_by_role("button", name=named(language, "i.work.stop")).click()


def claimed(page: Page, market: Town, language: str) -> None:
    page.goto("/earnings")
    page.locator("[data-island=claim][data-ready] button").click()
    expect(page.get_by_role("status").filter(has_text="0.08")).to_be_visible()
    assert market.balance(account_of(page)) == 80_000
    shot(page, f"together-paid-{language}")


def test_two_people_on_one_order_are_both_paid(chromium: Browser, market: Town) -> None:
    items = [{"text": "思ったより軽いです。"}, {"text": "It works well."}]
    order = market.place(CONFIG, items, redundancy=2)
    with visitor(chromium, market, size=PHONE, language="ja") as one, visitor(chromium, market, size=DESK) as two:
        for page, language in ((one, "ja"), (two, "en")):
            page.goto("/start")
            join(page, language)
            page.goto(f"/tasks/{order}")
        answered(one, "ja", 2)
        market.wait("the first two", lambda: len(market.answers(order)) == 2)
        assert market.person("reader").get(f"/v1/orders/{order}")["status"] == "open"
        answered(two, "en", 2)
        market.judged({"label": order})
        for page, language in ((one, "ja"), (two, "en")):
            market.accepted(account_of(page))
            claimed(page, market, language)


@pytest.fixture(scope="module")
def orders(market: Town) -> dict[str, str]:
    """An order of each kind of task, for two people."""
    asked = {
        "names": (NAMES, {"text": "Ada went to Tokyo."}),
        "picture": (PICTURE, {"photo": "/files/a.svg"}),
        "outline": (OUTLINE, {"photo": "/files/a.svg"}),
        "sound": (SOUND, {"sound": "/files/a.wav"}),
        "mixed": (MIXED, MIXED_ITEM),
    }
    return {name: market.place(config, [item], redundancy=2) for name, (config, item) in asked.items()}


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone-dark", "desk-light"])
def test_no_page_with_an_island_breaks_a_rule_of_access(
    chromium: Browser, market: Town, axe: str, orders: dict[str, str], *, size: dict[str, int], theme: str
) -> None:
    wrong: dict[str, list[str]] = {}
    with at_work(chromium, market, size, theme=theme) as page:
        wrong["start"] = violations(page, axe)
        page.goto("/explore/verify")
        expect(page.get_by_role("button", name=words("en", "i.verify.run"))).to_be_visible()
        wrong["verify"] = violations(page, axe)
        for name, order in orders.items():
            page.goto(f"/tasks/{order}")
            expect(page.get_by_role("button", name=named("en", "i.work.send"))).to_be_visible()
            expect(page.locator(".w-shown > *").first).to_be_visible()
            if name == "names":
                page.locator(".s-word").filter(has_text=re.compile("^Ada$")).click()
                page.locator(".s-word").filter(has_text=re.compile("^Ada$")).click()
            if name == "picture":
                page.locator(".p-picture svg").click(position={"x": 50, "y": 50})
                page.locator(".p-picture svg").click(position={"x": 120, "y": 90})
            wrong[name] = violations(page, axe)
            shot(page, f"axe-{name}-{theme}")
        page.keyboard.press("?")
        wrong["keys"] = violations(page, axe)
    assert {name: each for name, each in wrong.items() if each} == {}
