"""An appeal made on the page of an order, and the seat on its jury taken in the workspace."""

import time
from pathlib import Path

from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from playwright.sync_api import Browser, expect
from town import PHONE, shot, town, visitor
from visitors import account_of, by_keys, join, named, words
from world import CONFIG

from hakari.core.canonical import Json

JURY_REWARD = 50_000
APPEALS: dict[str, Json] = {
    "jurors": 2,
    "reward": str(JURY_REWARD),
    "tasks": 2,
    "window_s": 3600,
    "within_s": 86_400,
}
TASKS = 2


def good(name: str, task: int) -> Json:
    del name, task
    return {"mood": "good"}


def wrong_of_the_first(name: str, task: int) -> Json:
    del name
    return {"mood": "bad" if task == 0 else "good"}


def test_a_refused_answer_is_appealed_on_its_page_and_a_juror_in_a_browser_helps_to_decide(
    chromium: Browser, tmp_path: Path
) -> None:
    ahead = [0]
    with town(tmp_path, clock=lambda: int(time.time()) + ahead[0]) as market:
        merit = Merit(market, market.node)
        merit.serve(["eve", "fay"], "audit")
        order = merit.order(
            "buyer of moods",
            items=[{"text": f"Evening {n}."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=1,
            quality={**QUALITY, "audits": {**AUDITS, "share_bps": 10_000}, "appeals": APPEALS},
            beside=TASKS * 3 * cost(AUDIT_REWARD) + 2 * 2 * cost(JURY_REWARD),
        )
        with visitor(chromium, market, size=PHONE) as page, visitor(chromium, market, size=PHONE) as juror:
            page.goto("/start")
            join(page)
            worker = account_of(page)
            page.goto(f"/tasks/{order}")
            for _ in range(TASKS):
                page.get_by_role("button", name="good", exact=True).click()
                page.get_by_role("button", name=named("en", "i.work.send")).click()
            expect(page.get_by_role("heading", name=words("en", "i.work.all"))).to_be_visible()
            page.get_by_role("button", name=named("en", "i.work.stop")).click()
            merit.audited(order, ["eve", "fay"], wrong_of_the_first)
            assert merit.status(order) == "appealable"

            juror.goto("/start")
            join(juror)
            juror.goto(f"/tasks/{order}")
            juror.get_by_role("button", name=words("en", "i.work.serve", roles="audits and juries"), exact=True).click()
            expect(juror.get_by_text("You can be drawn until")).to_be_visible()
            merit.serve(["ida"], "jury")

            page.goto("/earnings")
            by_keys(page.get_by_role("link", name=words("en", "appeal.do"), exact=True))
            page.wait_for_url("**/orders/**")
            by_keys(page.get_by_role("link", name=words("en", "appeal.do"), exact=True))
            appeal = page.locator("#appeal")
            expect(appeal).to_contain_text("Evening 0.")
            expect(appeal.locator("dl.pairs dd").last).to_have_text("bad")
            expect(appeal).to_contain_text("2 people outside this order decide")
            shot(page, "appeal")
            by_keys(appeal.get_by_label(words("en", "i.appeal.audit")), " ")
            by_keys(appeal.get_by_role("button", name=words("en", "i.appeal.do"), exact=True))
            expect(page.get_by_text(words("en", "appeal.open"))).to_be_visible()
            [said] = merit.said("appeal")
            assert (said["order"], said["reason"]) == (order, "audit")
            page.goto("/earnings")
            expect(page.get_by_text(words("en", "earnings.appealed", count=1))).to_be_visible()

            ahead[0] = 3600
            merit.reach(order, "jury")
            market.wait("the jury's draw", lambda: [each for each in merit.said("draw") if each["role"] == "jury"])
            juror.goto(f"/tasks/{order}")
            expect(juror.get_by_text(words("en", "i.work.role.jury"))).to_be_visible()
            expect(juror.locator(".w-pay")).to_contain_text("0.050")
            juror.get_by_role("button", name="good", exact=True).click()
            juror.get_by_role("button", name=named("en", "i.work.send")).click()
            juror.get_by_role("button", name=named("en", "i.work.stop")).click()
            expect(juror.get_by_text(words("en", "i.work.summary"), exact=True)).to_be_visible()
            merit.answer("ida", order, good, role="jury")
            merit.reach(order, "judged")
            market.wait("the outcome", lambda: merit.said("outcome"))
            page.goto(f"/orders/{order}?account={worker}")
            expect(page.get_by_text(words("en", "appeal.accepted"))).to_be_visible()
            seats = market.person("reader").get("/v1/statements", kind="submission", limit=200)["items"]
            own = [each["statement"]["body"] for each in seats if each["statement"]["author"] == account_of(juror)]
            assert [each["role"] for each in own] == ["jury"]
