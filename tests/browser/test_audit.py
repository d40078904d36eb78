"""An audit and a review answered blind in the workspace, by somebody who was drawn for them; the audit is committed first, and opened
by itself on another page."""

from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from playwright.sync_api import Browser, expect
from town import PHONE, Town, shot, visitor
from visitors import account_of, join, named, words
from world import CONFIG

from hakari.core.canonical import Json

QUALITY_AUDITED = {
    **QUALITY,
    "audits": {**AUDITS, "share_bps": 5000},
    "reviews": {"reward": "70000", "share_bps": 5000, "within_s": 86_400},
    "reveal": {"roles": ["audit"], "within_s": 7200},
}


def good(name: str, task: int) -> Json:
    del name, task
    return {"mood": "good"}


def answered(merit: Merit, names: tuple[str, ...], order: str) -> None:
    """Have these answer what they are drawn for, each task in its role."""
    for name in names:
        who = merit.market.delegated(name, "work")
        merit.market.signed_in(name)
        for each in who.assignments(order, count=9):
            send = who.commit if each["role"] == "audit" else who.submit
            merit.market.keep(send(order, [(int(each["task"]), {"mood": "good"})], role=each["role"]))


def test_somebody_who_serves_is_drawn_and_answers_without_seeing_what_others_said(
    chromium: Browser, market: Town
) -> None:
    merit = Merit(market, market.node)
    merit.first = True

    def placed(name: str, items: int) -> str:
        return merit.order(
            name,
            items=[{"text": f"Evening {n} of {name}."} for n in range(items)],
            spec={"config": CONFIG},
            redundancy=2,
            quality=QUALITY_AUDITED,
            beside=items * 9 * cost(AUDIT_REWARD),
        )

    with visitor(chromium, market, size=PHONE) as page:
        page.goto("/start")
        join(page)
        page.goto(f"/tasks/{placed('first buyer', 1)}")
        page.get_by_role("button", name=named("en", "i.work.stop")).click()
        page.get_by_role("button", name=words("en", "i.work.serve", roles="audits and reviews"), exact=True).click()
        expect(page.get_by_text("You can be drawn until")).to_be_visible()
        merit.serve(["eve"], "audit", "review")
        merit.serve(["fay"], "review")
        order = placed("second buyer", 2)
        for name in ("ada", "ben"):
            merit.answer(name, order, good)
        merit.reach(order, "auditing")
        # Audits are drawn first, reviews over what they leave.
        market.wait("both draws", lambda: len([each for each in merit.said("draw") if each["order"] == order]) == 2)
        page.goto(f"/tasks/{order}")
        expect(page.get_by_text(words("en", "i.work.role.audit"))).to_be_visible()
        expect(page.get_by_text(words("en", "i.work.first", count=2))).to_be_visible()
        expect(page.locator(".w-pay")).to_contain_text("0.090")
        shot(page, "audit")
        # Half of two tasks is one.
        page.get_by_role("button", name="good", exact=True).click()
        page.get_by_role("button", name=named("en", "i.work.send")).click()
        # The other is reviewed, for a pay of its own.
        expect(page.get_by_text(words("en", "i.work.role.review"))).to_be_visible()
        expect(page.locator(".w-pay")).to_contain_text("0.070")
        shot(page, "review")
        page.get_by_role("button", name="good", exact=True).click()
        page.get_by_role("button", name=named("en", "i.work.send")).click()
        expect(page.get_by_role("heading", name=words("en", "i.work.all"))).to_be_visible()
        page.get_by_role("button", name=named("en", "i.work.stop")).click()
        expect(page.get_by_text(words("en", "i.work.summary"), exact=True)).to_be_visible()
        # Any page will do; nothing on it has to be pressed.
        page.goto("/earnings")
        answered(merit, ("eve", "fay"), order)
        market.wait("the call", lambda: [each for each in merit.said("call") if each["order"] == order])
        merit.reveal(["eve"])
        page.reload()
        merit.reach(order, "judged")
        said = [each for each in market.person("reader").get("/v1/statements", kind="submission", limit=200)["items"]]
        own = [each["statement"] for each in said if each["statement"]["author"] == account_of(page)]
        assert sorted(each["body"]["role"] for each in own) == ["audit", "review"]
