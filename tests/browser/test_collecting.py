"""Data asked for, handed in, sold and bought on pages: real files through real uploads, judged, paid, and verified from outside."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from town import DESK, PHONE, Town, shot, town, visitor
from visitors import account_of, join, violations, words
from world import FEE_BPS, mismatches, secret

from hakari.app import pools
from hakari.people.wallets import address_of

sys.path.append(str(Path(__file__).parents[1] / "unit" / "sources" / "collect"))
from made import TEXTS, picture

NAMES = {"title": "Things seen in towns", "about": "To learn what towns look like.", "prompts": "Something you saw."}


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A market with a pool whose evidence is open."""
    with town(tmp_path_factory.mktemp("square")) as made:
        terms = pools.usual_terms(made.node, evidence="open", fee_bps=FEE_BPS)
        roles = {"arbiter": address_of(secret("arbiter")), "court": address_of(secret("court"))}
        digest = pools.open_pool(made.node, name="Towns", terms=terms, **roles)
        made.wait("the pool", lambda: pools.pool_of_terms(made.node, digest))
        yield made


def asked(page: Page, *, target: int) -> str:
    """Ask for data with the form as somebody does who keeps what is proposed; returns the order's id."""
    page.goto("/requests/new")
    for name, text in {**NAMES, "guideline": "What you saw yourself. Nobody's name.", "target": str(target)}.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=types][value='image/png']").check()
    page.locator("main button.primary[type=submit]").click()
    fund = page.locator("[data-island=fund] button")
    expect(fund).to_contain_text("tUSD")
    shot(page, "collect-check")
    fund.click()
    page.wait_for_url(re.compile("/requests/[0-9a-f]{64}$"), timeout=30_000)
    return page.url.rsplit("/", 1)[-1]


def offered(page: Page, language: str, files: list[str], texts: list[str]) -> None:
    """Choose files, write texts and declare them as one's own."""
    page.locator("[data-island] input[type=file]").set_input_files(files)
    for each in texts:
        page.locator("[data-island] textarea").fill(each)
        page.get_by_role("button", name=words(language, "i.units.add_text"), exact=True).click()
    page.get_by_label(words(language, "i.units.made.people"), exact=True).check()
    for right in ("made_by_me", "may_be_licensed"):
        page.get_by_label(re.compile("^" + re.escape(words(language, f"i.units.right.{right}")))).check()


def test_data_is_asked_for_handed_in_on_a_phone_judged_paid_and_verified(
    chromium: Browser, square: Town, axe: str, tmp_path: Path
) -> None:
    photo, notes = tmp_path / "harbour.png", tmp_path / "notes.txt"
    photo.write_bytes(picture(seed=7))
    notes.write_text("Call me on +49 30 901820 about the boat in the harbour, please, at noon.", "utf-8")
    with visitor(chromium, square, size=DESK) as buyer, visitor(chromium, square, size=PHONE, language="ja") as page:
        buyer.goto("/start")
        join(buyer)
        buyer.goto("/requests/new")
        shot(buyer, "collect-new")
        assert violations(buyer, axe) == []
        order = asked(buyer, target=2)
        page.goto("/start")
        join(page, "ja")
        account = account_of(page)
        page.goto("/requests")
        shot(page, "collect-list-ja")
        page.get_by_role("link", name=words("ja", "ask.answer")).first.click()
        expect(page.locator("[data-island] input[type=file]")).to_be_visible()
        offered(page, "ja", [str(photo), str(notes)], [TEXTS[0], "Too short."])
        shot(page, "collect-form-ja")
        page.get_by_role("button", name=words("ja", "i.units.check", count=4), exact=True).click()
        expect(page.get_by_text(words("ja", "i.units.verdict.too_small"))).to_be_visible()
        expect(page.get_by_text(words("ja", "i.units.why.personal_data"))).to_be_visible()
        shot(page, "collect-checked-ja")
        assert violations(page, axe) == []
        page.get_by_role("button", name=words("ja", "i.units.hand_in", count=2, amount="0.50", unit="tUSD")).click()
        expect(page.get_by_text("harbour.png")).to_be_visible()
        reader = square.person("reader")
        square.wait("the verdicts", lambda: reader.get(f"/v1/orders/{order}")["status"] == "judged")
        square.accepted(account)
        page.goto("/requests")
        assert violations(page, axe) == []
        page.goto(f"/requests/{order}#mine")
        expect(page.get_by_text(words("ja", "reason.kept"))).to_have_count(2)
        shot(page, "collect-mine-ja")
        page.goto(f"/orders/{order}?account={account}")
        expect(page.get_by_text(words("ja", "reason.kept")).first).to_be_visible()
        assert reader.get(f"/v1/accounts/{account}")["earnings"]["claimable"] == "500000"
        released(buyer, square, order)


def released(buyer: Page, square: Town, order: str) -> None:
    """The buyer publishes what was kept on the order's page, with a price; its dataset can be looked at and verified."""
    buyer.goto(f"/orders/{order}")
    form = buyer.locator(f"form[action='/orders/{order}/releases']")
    form.locator("[name=price]").fill("3")
    form.locator("[name=purpose][value=research]").check()
    # A release is made before the answer comes: on a busy machine that takes longer than a page.
    form.locator("button[type=submit]").click(timeout=60_000)
    expect(buyer.get_by_text(TEXTS[0][:40])).to_be_visible()
    shot(buyer, "collect-dataset")
    square.quiet()
    assert mismatches(square.verify()) == []


def test_a_bid_is_made_on_a_phone_and_taken_by_the_buyer(chromium: Browser, square: Town) -> None:
    with visitor(chromium, square, size=DESK) as buyer, visitor(chromium, square, size=PHONE, language="zh") as page:
        buyer.goto("/start")
        join(buyer)
        order = asked(buyer, target=5)
        page.goto("/start")
        join(page, "zh")
        page.goto(f"/requests/{order}")
        page.locator("#bids summary").click()
        form = page.locator("[data-island=bid]")
        form.locator("[name=count]").fill("3")
        form.locator("[name=price]").fill("0.4")
        shot(page, "bid-form-zh")
        form.get_by_role("button", name=words("zh", "i.bid.do", count=3, amount="0.40", unit="tUSD")).click()
        line = words("zh", "bid.line", count=3, price="0.40 tUSD", total="1.20 tUSD")
        expect(page.get_by_text(line)).to_be_visible()
        buyer.goto(f"/requests/{order}?seen=yes#bids")
        shot(buyer, "bid-taken")
        buyer.get_by_role("button", name=words("en", "bid.take"), exact=True).click()
        fund = buyer.locator("[data-island=fund] button")
        expect(fund).to_contain_text("1.26")
        fund.click()
        buyer.wait_for_url(
            lambda url: bool(re.search("/requests/[0-9a-f]{64}$", url)) and order not in url, timeout=30_000
        )
        taken = square.person("reader").get(f"/v1/orders/{order}/bids")["items"][0]["taken"]
        assert buyer.url.endswith(taken)
        page.goto(f"/requests/{taken}")
        expect(page.locator("[data-island=collect] input[type=file]")).to_be_visible()
        buyer.goto("/requests")
    square.quiet()
    assert mismatches(square.verify()) == []


def test_data_of_ones_own_is_listed_and_sold_on_a_page(
    chromium: Browser, square: Town, axe: str, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.png", tmp_path / "two.txt"
    one.write_bytes(picture(seed=11))
    two.write_text(TEXTS[3], "utf-8")
    with visitor(chromium, square, size=PHONE) as page:
        page.goto("/start")
        join(page)
        page.goto("/sell")
        shot(page, "sell-empty")
        offered(page, "en", [str(one), str(two), str(two)], [])
        page.get_by_role("button", name=words("en", "i.sell.check", count=3), exact=True).click()
        expect(page.get_by_text(words("en", "i.sell.checked", count=2, all=3))).to_be_visible()
        page.get_by_label(words("en", "i.sell.name"), exact=True).fill("Two of mine")
        page.get_by_label(words("en", "i.sell.about"), exact=True).fill("Made at home.")
        page.get_by_label(words("en", "i.purpose.research"), exact=True).check()
        page.get_by_label(words("en", "i.sell.price")).fill("5")
        expect(page.get_by_text("4.75 tUSD")).to_be_visible()
        shot(page, "sell-terms")
        assert violations(page, axe) == []
        page.get_by_role("button", name=words("en", "i.sell.do", count=2), exact=True).click()
        page.wait_for_url(re.compile("/d/[0-9]+/[0-9a-f]{64}$"), timeout=60_000)
        release = page.url.rsplit("/", 1)[-1]
        account = account_of(page)
        square.wait("the offer", lambda: square.person("reader").get(f"/v1/releases/{release}")["offers"])
        with visitor(chromium, square, size=DESK, language="zh") as student:
            student.goto("/start")
            join(student, "zh")
            student.goto(
                f"/d/{square.person('reader').get(f'/v1/releases/{release}')['body']['pool']}/{release}?purpose=research"
            )
            shot(student, "sell-card-zh")
            student.get_by_role("button", name=words("zh", "i.buy.do", amount="5.00", unit="tUSD")).click()
            square.wait("the sale", lambda: square.person("reader").get("/v1/statements", kind="sale")["items"])
        square.accepted(account)
        assert square.person("reader").get(f"/v1/accounts/{account}")["earnings"]["claimable"] == "4750000"
        page.goto("/sell#mine")
        expect(page.get_by_text("Two of mine").first).to_be_visible()
        shot(page, "sell-mine")
    square.quiet()
    assert mismatches(square.verify()) == []
