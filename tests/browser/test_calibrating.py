"""A calibration on pages: the buyer reads on a phone what people left open and mends the guideline; who works sees what changed."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect
from town import DESK, Town, shot, visitor
from visitors import account_of, join, violations, words

FIRST = "Say what the writer thinks."
NEXT = f"{FIRST}\nA dish that is neither is bad."


def test_a_guideline_is_mended_on_a_phone_and_who_works_sees_what_changed(
    chromium: Browser, market: Town, tmp_path: Path, axe: str
) -> None:
    with visitor(chromium, market) as buyer, visitor(chromium, market, size=DESK, language="ja") as worker:
        buyer.goto("/start")
        join(buyer)
        buyer.goto("/orders/new")
        table = tmp_path / "dishes.csv"
        table.write_text(
            "text\nThe soup was cold.\nThe bread was there.\nThe tea was hot.\nThe fish was late.\n", "utf-8"
        )
        for name, said in {"title": "Dishes", "about": "Dishes of an evening.", "guideline": FIRST}.items():
            buyer.locator(f"[name={name}]").fill(said)
        buyer.locator("[name=files]").set_input_files(table)
        buyer.locator("[name=question][value=choose]").check()
        buyer.locator("[name=asked]").fill("Was it good?")
        buyer.locator("[name=options]").fill("good\nbad")
        for _ in range(6):
            if buyer.url.endswith("/check"):
                break
            if buyer.url.endswith("/quality"):
                buyer.locator("[name=redundancy][value='3']").check()
                buyer.locator("[name=calibrate]").check()
            buyer.locator("main button.primary[type=submit]").first.click()
            buyer.wait_for_load_state()
        buyer.locator("[data-island=fund] button").click()
        buyer.wait_for_url(re.compile("/orders/[0-9a-f]{64}$"), timeout=30_000)
        order = buyer.url.rsplit("/", 1)[-1]
        body = market.person("reader").get(f"/v1/orders/{order}")["body"]
        assert body["calibration"] == {"tasks": 2, "word_s": 86_400}

        worker.goto("/start")
        join(worker, "ja")
        for name, answers in (("cho", ("good", "bad")), ("dan", ("good", "good"))):
            who = market.delegated(name, "work")
            market.signed_in(name)
            given = sorted(int(each["task"]) for each in who.assignments(order, count=9))
            assert given == [0, 1]
            [control] = re.findall(r'<Choices name="(\w+)"', str(body["spec"]["config"]))
            who.submit(order, [(task, {control: answers[task]}) for task in given])
        worker.goto(f"/tasks/{order}")
        for _ in range(2):
            worker.locator(".w-option").first.click()
            worker.get_by_role("button", name=re.compile("^" + words("ja", "i.work.send"))).click()
        expect(worker.get_by_text(words("ja", "i.work.calibrating"))).to_be_visible()
        worker.locator(".w-remark summary").click()
        worker.get_by_label(words("ja", "i.work.remark_more")).fill("Is «there» good or bad?")
        shot(worker, "calibration-remark-ja")
        worker.get_by_role("button", name=words("ja", "i.work.remark_do")).click()
        expect(worker.get_by_text(words("ja", "i.work.remark_sent"))).to_be_visible()
        market.wait(
            "the calibration",
            lambda: market.person("reader").get(f"/v1/orders/{order}/calibration")["calibration"]["over"],
        )

        buyer.goto(f"/orders/{order}")
        expect(buyer.get_by_text("Is «there» good or bad?")).to_be_visible()
        go_on = buyer.get_by_role("button", name=words("en", "i.guideline.go_on"))
        expect(go_on).to_have_attribute("aria-disabled", "false")
        assert violations(buyer, axe) == []
        buyer.get_by_label(words("en", "i.guideline.text")).fill(NEXT)
        expect(go_on).to_have_attribute("aria-disabled", "true")
        shot(buyer, "calibration-phone")
        assert buyer.evaluate("document.documentElement.scrollWidth <= innerWidth")
        buyer.get_by_role("button", name=words("en", "i.guideline.next", version=2)).click()
        expect(buyer.get_by_text(words("en", "calibration.next", tasks=2, version=2))).to_be_visible()

        worker.goto(f"/tasks/{order}")
        expect(worker.get_by_text(words("ja", "i.work.changed", version=2))).to_be_visible()
        worker.get_by_role("button", name=words("ja", "i.work.see_changes")).click()
        expect(worker.locator(".w-left ins")).to_have_text("A dish that is neither is bad.")
        shot(worker, "calibration-changed-ja")
        worker.locator(".w-option").first.click()
        worker.get_by_role("button", name=re.compile("^" + words("ja", "i.work.send"))).click()
        worker.get_by_role("button", name=re.compile("^" + words("ja", "i.work.stop"))).click()

        def versions() -> list[int]:
            said = market.person("reader").get("/v1/statements", kind="submission", author=account_of(worker))["items"]
            return [int(each["statement"]["body"]["guideline"]) for each in said]

        market.wait("an answer under version 2", lambda: versions()[-1:] == [2])
        assert set(versions()[:-1]) == {1}
