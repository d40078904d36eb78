"""What the demo leaves open, met by somebody who has never been here: from joining to claimed pay, on a phone, without docs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from town import PHONE, Town, shot, town, visitor
from visitors import account_of, named, passkey, to_the_key, words

from hakari.app import checking, standing
from hakari.doors.cli.demo_open import PAIRS, QUESTIONS, REQUEST_TITLE, REWARD, SETS_OPEN, leave_open
from hakari.doors.cli.demo_people import People

LLMFAO = Path(__file__).parents[2] / "examples" / "llmfao"
SETS = SETS_OPEN * len(QUESTIONS)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, People]]:
    """A node beside whose usual pool the demo's open one stands."""
    folder = tmp_path_factory.mktemp("left")
    with town(folder) as market:
        people = People(market.node, folder / "people")
        leave_open(market.node, people, LLMFAO)
        yield market, people


def answered(page: Page) -> None:
    """Answer a set as somebody does who looks at both sides each time."""
    for n in range(PAIRS):
        for side in ("A", "B"):
            page.locator(".w-tabs").get_by_role("button", name=side, exact=True).click()
        page.locator(".w-option").nth(n % 3).click()
        page.get_by_role("button", name=named("en", "i.work.send")).click()
    expect(page.get_by_role("heading", name=words("en", "i.work.all"))).to_be_visible()


def test_a_newcomer_is_paid_for_a_set_and_the_next_run_opens_another(
    chromium: Browser, left: tuple[Town, People]
) -> None:
    market, people = left
    with visitor(chromium, market, size=PHONE) as page:
        passkey(page, prf=True)
        page.goto("/")
        page.get_by_role("link", name=words("en", "market.earn")).click()
        page.wait_for_url("**/start")
        to_the_key(page)
        page.get_by_role("button", name=words("en", "i.start.make"), exact=True).click()
        page.get_by_role("button", name=words("en", "i.recovery.later"), exact=True).click()
        page.get_by_role("link", name=words("en", "i.start.go_work")).click()
        page.wait_for_url("**/tasks")
        shot(page, "newcomer-tasks")
        page.get_by_role("link", name=re.compile(re.escape(words("en", "tasks.open")))).first.click()
        expect(page.get_by_role("button", name=named("en", "i.work.send"))).to_be_visible()
        shot(page, "newcomer-task")
        account = account_of(page)
        answered(page)
        page.get_by_role("button", name=words("en", "i.work.stop")).click()
        page.get_by_role("link", name=words("en", "i.work.earnings")).click()
        page.wait_for_url("**/earnings")
        # Nobody loads anything again: the page itself looks until the window has passed.
        claim = page.get_by_role("button", name=words("en", "i.claim.do", amount="0.2", unit="tUSD"))
        expect(claim).to_be_visible(timeout=60_000)
        shot(page, "newcomer-claim")
        claim.click()
        expect(page.get_by_role("status").filter(has_text="0.2")).to_be_visible()
        assert market.balance(account) == PAIRS * REWARD
    again = leave_open(market.node, people, LLMFAO)
    assert (again["sets"], again["requests"]) == (SETS, 1)
    assert len(market.person("reader").get("/v1/orders")["items"]) == SETS + 2
    market.wait("a quiet log", lambda: standing.quiet(market.node))
    report = checking.check(str(market.public), receipts=people.folder / "receipts.jsonl")
    assert report.ok, report.mismatches


def test_the_open_request_can_be_answered_and_another_made(chromium: Browser, left: tuple[Town, People]) -> None:
    market, _ = left
    with visitor(chromium, market, size=PHONE) as page:
        page.goto("/requests")
        page.get_by_role("link", name=REQUEST_TITLE).first.click()
        expect(page.get_by_role("heading", name=words("en", "ask.hand_in"))).to_be_visible()
        shot(page, "newcomer-request")
        for address in ("/requests/new", "/sell"):
            page.goto(address)
            expect(page.get_by_text(words("en", "ask.no_pool"))).to_have_count(0)
