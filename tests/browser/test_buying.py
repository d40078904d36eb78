"""Money moved from a page without a mouse: an order written, funded and cancelled; a dataset bought for a purpose, used and saved."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from town import DESK, Town, shot, visitor
from visitors import account_of, by_keys, join, passkey, type_by_keys, words

CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/>'
    '<Choice value="bad"/></Choices></View>'
)
PRICE = 1_000_003


def released(market: Town) -> tuple[int, str]:
    """A judged order's release with an offer; returns its pool and id."""
    order = market.place(CONFIG, [{"text": "The soup was cold."}, {"text": "The music was warm."}])
    worker = market.delegated("a worker", "work")
    market.signed_in("a worker")
    tasks = [int(each["task"]) for each in worker.assignments(order, count=5)]
    worker.submit(order, [(task, {"mood": "good"}) for task in tasks])
    market.judged({"label": order})
    buyer = market.buyer(order)
    offer = {"price": str(PRICE), "purposes": 3, "term_seconds": 86_400}
    made = market.signed_in(buyer).post(f"/v1/orders/{order}/releases", {"name": "Moods", "offer": offer})["id"]
    market.wait("the offer", lambda: market.person("reader").get(f"/v1/releases/{made}")["offers"])
    return market.pool(), str(made)


def bought(page: Page, market: Town, pool: int, release: str, language: str) -> None:
    """Buy for a purpose that the offer allows."""
    page.goto(f"/d/{pool}/{release}?purpose=research#licence")
    account = account_of(page)
    by_keys(page.get_by_role("button", name=words(language, "i.buy.do", amount="1.000003", unit="tUSD")))
    market.wait("the licence", lambda: market.person("reader").get(f"/v1/accounts/{account}")["licences"])


def test_a_dataset_is_bought_on_a_phone_its_use_logged_and_its_file_saved(
    chromium: Browser, market: Town, tmp_path: Path
) -> None:
    pool, release = released(market)
    with visitor(chromium, market, language="ja") as page:
        passkey(page, prf=True)
        page.goto("/start")
        join(page, "ja", by="i.start.make")
        bought(page, market, pool, release, "ja")
        why = page.get_by_label(words("ja", "i.download.why"))
        expect(why).to_be_visible()
        by_keys(why, "")
        page.keyboard.insert_text("どの夕べが良いかを調べる")
        shot(page, "money-use-ja")
        with page.expect_download() as download:
            by_keys(page.get_by_role("button", name=words("ja", "i.download.do")))
        download.value.save_as(tmp_path / "data.parquet")
        assert (tmp_path / "data.parquet").read_bytes()[:4] == b"PAR1"
        [use] = market.person("reader").get("/v1/statements", kind="use")["items"]
        assert use["statement"]["body"]["statement"] == "どの夕べが良いかを調べる"
        assert use["statement"]["author"] == account_of(page)


def written(page: Page, tmp_path: Path) -> None:
    """Fill in the five steps of the wizard, as somebody does who keeps what is proposed."""
    table = tmp_path / "reviews.csv"
    table.write_text("text\nThe soup was cold.\nThe music was warm.\n", "utf-8")
    said = {"title": "Reviews", "about": "Reviews of an evening.", "guideline": "Say what the writer thinks."}
    for name, text in said.items():
        type_by_keys(page.locator(f"[name={name}]"), text)
    by_keys(page.locator("[name=files]"), "")
    page.locator("[name=files]").set_input_files(table)
    by_keys(page.locator("[name=question][value=choose]"), " ")
    type_by_keys(page.locator("[name=asked]"), "Was it good?")
    type_by_keys(page.locator("[name=options]"), "good\nbad")
    for _ in range(6):
        if page.url.endswith("/check"):
            return
        with page.expect_navigation():
            by_keys(page.locator("main button.primary[type=submit]").first)


def test_an_order_is_written_funded_and_cancelled_on_a_page(chromium: Browser, market: Town, tmp_path: Path) -> None:
    with visitor(chromium, market, size=DESK) as page:
        page.goto("/start")
        join(page)
        page.goto("/orders/new")
        written(page, tmp_path)
        fund = page.locator("[data-island=fund] button")
        expect(fund).to_contain_text("tUSD")
        shot(page, "money-fund")
        by_keys(fund)
        page.wait_for_url(re.compile("/orders/[0-9a-f]{64}$"), timeout=20_000)
        order = market.person("reader").get(f"/v1/orders/{page.url.rsplit('/', 1)[-1]}")
        assert order["status"] == "open"
        assert order["buyer"] == account_of(page)
        assert market.balance(order["buyer"]) == 0

        def on_chain() -> bytes:
            number = order["body"]["escrow_order"]
            return market.person("reader").view("escrow", "order(uint256)", [number])

        by_keys(page.get_by_label(words("en", "i.pause.3600")), " ")
        shot(page, "money-pause")
        by_keys(page.get_by_role("button", name=words("en", "i.pause.do")))
        expect(page.get_by_text(words("en", "order.paused"), exact=True)).to_be_visible()
        shot(page, "money-paused")
        by_keys(page.get_by_role("button", name=words("en", "i.pause.go")))
        expect(page.get_by_role("button", name=words("en", "i.pause.do"))).to_be_visible()
        before = on_chain()
        by_keys(page.get_by_role("button", name=words("en", "i.cancel.do")))
        market.wait("the closing", lambda: on_chain() != before)
