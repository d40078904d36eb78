"""«Verify in this browser»: what holds is recomputed step by step; a server that lies is caught, and it shows."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from town import DESK, Town, shot, visitor
from visitors import words

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/>'
    '<Choice value="bad"/></Choices></View>'
)


@pytest.fixture(scope="module")
def paid(market: Town) -> str:
    """Somebody who can claim what two answers earned."""
    order = market.place(CONFIG, [{"text": "The soup was cold."}, {"text": "The music was warm."}])
    worker = market.delegated("somebody paid", "work")
    market.signed_in("somebody paid")
    tasks = [int(each["task"]) for each in worker.assignments(order, count=5)]
    worker.submit(order, [(task, {"mood": "good"}) for task in tasks])
    market.judged({"label": order})
    market.accepted(worker.account)
    return str(worker.account)


def run(page: Page) -> None:
    page.get_by_role("button", name=words("en", "i.verify.run")).click()


def altered(before: str, after: str) -> Callable[[Route], None]:
    """A server that tells something else than it logged."""

    def lie(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert before in text, text[:400]
        route.fulfill(response=answer, body=text.replace(before, after))

    return lie


def test_what_an_account_can_claim_is_recomputed_from_public_files(chromium: Browser, market: Town, paid: str) -> None:
    with visitor(chromium, market, size=DESK) as page:
        page.goto(f"/explore/verify?account={paid}")
        run(page)
        expect(page.get_by_text(words("en", "i.verify.payout"), exact=False).last).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="recomputed here")).to_be_visible()
        assert page.locator(".i-checks li.good").count() >= 4
        assert page.locator(".i-checks li.other").count() == 1
        assert page.locator(".i-checks li.bad").count() == 0
        shot(page, "verify-good")
        # The payout leaf's own page does the same, and the log has only grown since.
        [link] = {
            row.get_attribute("href") for row in page.locator(f"a[href*='/explore/epochs/'][href$='{paid}']").all()
        } or {f"/explore/epochs/{market.pool()}/{epoch(market, paid)}/{paid}"}
        page.goto(str(link))
        run(page)
        expect(page.get_by_role("status").filter(has_text="recomputed here")).to_be_visible()


def epoch(market: Town, account: str) -> int:
    return int(market.person("reader").get(f"/v1/accounts/{account}/payouts")["items"][0]["epoch"])


LIES = {
    "an amount": ("**/v1/accounts/*/payouts*", '"inc":"80000"', '"inc":"90000"'),
    "a line": ("**/public/evidence/*", '"amount":"80000"', '"amount":"90000"'),
    "the log's size": ("**/log/checkpoint", "\n", "9\n"),
    "the chain's root": ("**/rpc", '"result": "0x', '"result": "0xff'),
}


@pytest.mark.parametrize("about", LIES)
def test_a_lie_stops_the_check_and_is_shown(chromium: Browser, market: Town, paid: str, about: str) -> None:
    path, before, after = LIES[about]
    with visitor(chromium, market, size=DESK) as page:
        page.route(path, altered(before, after))
        page.goto(f"/explore/verify?account={paid}")
        run(page)
        wrong = page.locator(".i-checks li.bad")
        expect(wrong).to_contain_text("Does not match")
        expect(wrong).to_contain_text("got")
        assert page.get_by_role("status").filter(has_text="recomputed here").count() == 0
        if about == "a line":
            shot(page, "verify-lie")


def test_a_proof_file_is_checked_here_and_an_altered_one_is_refused(
    chromium: Browser, market: Town, paid: str, tmp_path: Path
) -> None:
    del paid
    market.wait("a published log", lambda: httpx.get(f"{market.url}/explore/1/proof").is_success)
    kept = httpx.get(f"{market.url}/explore/1/proof").text
    good, bad = tmp_path / "good.tlog-proof", tmp_path / "bad.tlog-proof"
    good.write_text(kept)
    bad.write_text(kept.replace("\nindex 1\n", "\nindex 0\n"))
    with visitor(chromium, market, size=DESK) as page:
        page.goto("/explore/verify")
        page.get_by_label(words("en", "i.verify.file")).set_input_files(good)
        expect(page.locator(".i-checks li.good").last).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="recomputed here")).to_be_visible()
        page.get_by_label(words("en", "i.verify.file")).set_input_files(bad)
        expect(page.locator(".i-checks li.bad")).to_contain_text("Does not match")
