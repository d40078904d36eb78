"""An exam sat in the workspace: what was closed until then opens, to read and to work on."""

from market_by_merit import QUALITY, Merit
from playwright.sync_api import Browser, expect
from town import PHONE, Town, shot, visitor
from visitors import account_of, join, named, words
from world import CONFIG

from hakari.client import digest
from hakari.core import canonical

QUESTIONS = 6


def right(question: int) -> str:
    return ("good", "bad")[question % 2]


def test_somebody_who_passes_an_exam_gets_the_work_that_asks_for_it(chromium: Browser, market: Town) -> None:
    merit = Merit(market, market.node)
    truths = canonical.lines(
        {"answer": {"mood": right(n)}, "salt": f"{n:024d}", "task": n} for n in range(QUESTIONS)
    ).decode()
    exam = merit.order(
        "buyer of an exam",
        items=[{"text": f"Question {n} of the harbour."} for n in range(QUESTIONS)],
        spec={"config": CONFIG},
        redundancy=2,
        quality={**QUALITY, "exam": {"pass_bps": 8000, "truths": digest(truths)}},
        truths=truths,
    )
    work = merit.order(
        "buyer of work",
        items=[{"text": "An evening at the harbour."}],
        spec={"config": CONFIG},
        redundancy=2,
        quality={**QUALITY, "requires": exam},
    )
    with visitor(chromium, market, size=PHONE) as page:
        page.goto("/start")
        join(page)
        account = account_of(page)
        page.goto("/tasks")
        expect(page.get_by_text(words("en", "tasks.closed.exam"))).to_be_visible()
        expect(page.locator(f"a[href='/tasks/{work}']")).to_have_count(0)
        page.goto(f"/orders/{exam}")
        shot(page, "exam")
        page.get_by_role("link", name=words("en", "exam.sit")).click()
        for _ in range(QUESTIONS):
            text = page.locator(".w-thing")
            asked = text.inner_text()
            page.get_by_role("button", name=right(int(asked.split()[1])), exact=True).click()
            page.get_by_role("button", name=named("en", "i.work.send")).click()
            expect(page.get_by_text(asked, exact=True)).to_have_count(0)
        page.get_by_role("button", name=named("en", "i.work.stop")).click()
        market.wait("the result", lambda: [each for each in merit.said("qualification") if each["account"] == account])
        page.goto(f"/orders/{exam}")
        expect(page.get_by_text(words("en", "exam.yes", right=QUESTIONS, tasks=QUESTIONS))).to_be_visible()
        shot(page, "exam-passed")
        page.goto("/tasks")
        page.locator(f"a[href='/tasks/{work}']").last.click()
        expect(page.locator(".w-thing")).to_have_text("An evening at the harbour.")
