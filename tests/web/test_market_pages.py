"""The pages of a market with a life behind it: every one in every language, without script of its own, and with hostile text in it."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import datetime

import pytest
from life import HOSTILE, PAGES, Life

from hakari.app.appeals import Window
from hakari.app.pages import dataset, earnings, progress
from hakari.app.pages.pace import Pace
from hakari.core.ids import Account, StatementId
from hakari.doors.web import formats, orders
from hakari.doors.web.languages import LANGUAGES

CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
INLINE = re.compile(r"<script(?![^>]*\bsrc\b)|<style|<[a-z][^>]*\s(?:style|on[a-z]+)\b")


def without_values(page: str) -> str:
    """The page's markup with the values of its attributes taken out: what is left of hostile text there is a name, not a value."""
    return re.sub(r"=\"[^\"]*\"", "", page)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_every_language_and_holds_no_script_of_its_own(lived: Life, page: str) -> None:
    who = "ada" if page == "me" else None
    with lived.browser(who) as browser:
        for language in LANGUAGES:
            answer = browser.get(lived.address(page), headers={"Accept-Language": language})
            assert answer.status_code == 200
            assert f'<html lang="{language}"' in answer.text
            assert answer.text.count("<h1") == 1
            assert not INLINE.search(without_values(answer.text))
            assert "recomputed" not in re.findall(r'class="proof ([a-z]+)', answer.text), (
                "only a reader's device may say so"
            )
            words = re.sub(
                r"<details.*?</details>|<a [^>]*\blang=.*?</a>|秤|<q>.*?</q>", "", answer.text, flags=re.DOTALL
            )
            assert bool(CJK.search(words)) == (language != "en")


@pytest.mark.parametrize("page", ["work", "workspace", "orders", "an open order", "market", "earnings"])
def test_what_a_task_or_an_order_says_is_text(lived: Life, page: str) -> None:
    with lived.browser() as browser:
        text = browser.get(lived.address(page)).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("page", [each for each in PAGES if each not in ("workspace", "earnings of nobody")])
def test_a_page_is_light_where_nobody_works_with_their_hands(lived: Life, page: str) -> None:
    with lived.browser() as browser:
        text = browser.get(lived.address(page)).text
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
        scripts = {file for file in files if ".js" in file and "/islands/" not in file}
        sizes = {file: len(browser.get(file).content) for file in files if "/islands/" not in file}
    assert sum(sizes[file] for file in scripts) < 100_000
    assert len(text) + sum(sizes.values()) < 150_000


def test_who_works_sees_money_by_stage_with_a_reason_for_each_amount(lived: Life) -> None:
    found = earnings.earnings(lived.node, lived.worker)
    assert found.reserved == 2 * 40_000
    assert found.paid == 200_000 + 205_883
    assert [(each.why, each.stage, each.amount) for each in found.entries] == [
        ("sale", "accepted", 205_883),
        ("work", "accepted", 200_000),
    ]
    with lived.browser("ada") as browser:
        page = browser.get("/earnings").text
        assert page.count("/explore/epochs/1/1/") == 1
        table = browser.get("/earnings.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert sum(round(float(row["amount"]) * 1_000_000) for row in rows) == sum(each.amount for each in found.entries)
    assert table.headers["content-disposition"].startswith("attachment")


def test_a_title_that_a_spreadsheet_would_run_is_made_text() -> None:
    assert earnings.plain("=1+1") == "'=1+1"
    assert earnings.plain("Reviews") == "Reviews"


def test_items_are_shown_to_their_author_and_to_nobody_else(lived: Life) -> None:
    place = f"/orders/{lived.judged}?account={lived.worker}"
    with lived.browser() as browser:
        assert "evening was" not in browser.get(place).text
    with lived.browser("ben") as browser:
        assert "evening was" not in browser.get(place).text
    for name in ("ada", "buyer of labels"):
        with lived.browser(name) as browser:
            assert "evening was" in browser.get(place).text


def test_an_answer_is_shown_to_nobody_else_before_it_is_judged(lived: Life) -> None:
    own = progress.answers(lived.node, lived.open, Account(lived.worker), reader=Account(lived.worker))
    seen = progress.answers(lived.node, lived.open, Account(lived.worker), reader=None)
    assert all(each.answer for each in own)
    assert [each.answer for each in seen] == [""] * len(own)
    judged = progress.answers(lived.node, lived.judged, Account(lived.worker), reader=None)
    assert all(each.answer for each in judged)


def test_a_keyed_release_shows_rows_to_licensees_only(lived: Life) -> None:
    place = f"/d/1/{lived.release}"
    with lived.browser() as browser:
        assert "evening was" not in browser.get(place).text
    with lived.browser("student") as browser:
        assert "evening was" in browser.get(place).text
    found = dataset.dataset(lived.node, 1, lived.release, None)
    assert [each.hidden for each in found.columns] == [True, False, False, False]


def test_the_parts_of_a_price_are_those_that_the_contributors_get(lived: Life) -> None:
    [priced] = dataset.dataset(lived.node, 1, lived.release, None).offers
    assert (priced.people, priced.originator, priced.fee) == (700_003, 250_000, 50_000)
    with lived.browser() as browser:
        policy = json.loads(browser.get(f"/d/1/{lived.release}/odrl.json").text)
    [purposes, _] = policy[0]["permission"][0]["constraint"]
    assert [each.rsplit("#")[1] for each in purposes["rightOperand"]] == ["evaluation", "research"]


def test_every_sale_and_use_is_listed_with_its_purpose(lived: Life) -> None:
    with lived.browser() as browser:
        page = browser.get(f"/d/1/{lived.release}").text
    assert "Which evenings are good?" in page
    assert dataset.dataset(lived.node, 1, lived.release, None).uses[0].purposes == ("research",)


def test_an_order_counts_what_the_log_holds(lived: Life) -> None:
    found = progress.progress(lived.node, lived.judged, None)
    assert (found.answers.accepted, found.answers.refused) == (17, 3)
    assert found.figures.curve[-1][0] == 17 * 40_000
    assert [(each.given, each.right, each.count) for each in found.figures.confused] == [("good", "bad", 3)]
    assert found.work.funds.left == found.work.funds.funded - found.work.funds.paid
    with lived.browser() as browser:
        plot = browser.get(f"/orders/{lived.judged}").text.split('id="throughput"')[1].split("</section>")[0]
    assert "20 answers in" in plot
    day = formats.date(found.opened, "en").rsplit(" ", 1)[0]
    assert re.search(rf'<text class="axis"[^>]*>{day} \d\d:\d\d', plot)
    assert "<time" not in plot.split("<svg")[1].split("</svg>")[0]  # SVG knows no such element and shows nothing of it
    # The last row of the table behind the plot: all answers, and what they reserve.
    assert re.search(r'<td class="n">20</td><td class="n">0\.80</td></tr></tbody>', plot)


@pytest.mark.parametrize(
    ("first", "last", "language", "named"),
    [
        ("2026-11-30T09:10:07", "2026-11-30T09:10:22", "en", ["30 Nov 09:10:10", "09:10:15", "09:10:20"]),
        ("2026-11-30T21:40:00", "2026-12-01T08:00:00", "ja", ["12月1日 00:00", "03:00", "06:00"]),
        ("2026-11-28T10:00:00", "2026-12-01T10:00:00", "zh", ["11月29日", "11月30日", "12月1日"]),
        ("2026-11-30T09:10:07", "2026-11-30T09:10:07", "en", ["30 Nov 09:10:07"]),
    ],
)
def test_an_axis_of_time_has_round_moments_in_the_readers_language(
    first: str, last: str, language: str, named: list[str]
) -> None:
    start, end = (int(datetime.fromisoformat(each + "+00:00").timestamp()) for each in (first, last))
    made = formats.ticks(start, end, language)
    assert [name for _, name in made] == named
    assert all(start <= at <= end for at, _ in made)


def test_an_orders_figures_stand_on_its_page_and_on_the_datasets(lived: Life) -> None:
    found = progress.progress(lived.node, lived.judged, None).figures
    [agreement] = found.agreement
    assert agreement.alpha_bps is not None
    assert found.spent is not None
    assert (found.spent.work, found.spent.kept) == (17 * 40_000, 3 * 40_000)
    with lived.browser() as browser:
        order, card = browser.get(f"/orders/{lived.judged}").text, browser.get(f"/d/1/{lived.release}").text
    for page in (order, card):
        assert f"{agreement.alpha_bps / 10_000:.2f}" in page
    assert 'id="figures"' in order
    assert "This order has no audits to measure it." in order
    assert "People who share one sheet score highest" not in order  # too few comparisons to say anything of anybody
    assert progress.progress(lived.node, lived.open, None).figures.verdicts is None


@pytest.mark.parametrize(("who", "closed"), [(None, None), ("ada", "done"), ("ben", None), ("its buyer", "own")])
def test_why_an_order_is_closed_is_said(lived: Life, who: str | None, closed: str | None) -> None:
    from hakari.app.pages import queue

    name = lived.world.buyer(lived.open) if who == "its buyer" else who
    account = None if name is None else lived.world.account(name)
    found = next(each for each in queue.work(lived.node, account) if each.id == lived.open)  # type: ignore[arg-type]
    assert found.closed == closed


def test_a_form_of_another_site_claims_nothing(lived: Life) -> None:
    with lived.browser() as browser:
        page = browser.get(f"/earnings?account={lived.worker}")
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', browser.get("/me").text)
        assert proof is None or page.status_code == 200
        refused = browser.post("/earnings/claim", data={"account": lived.worker, "proof": "0" * 64})
        assert refused.status_code == 403
        foreign = browser.post(
            "/earnings/claim", data={"account": lived.worker}, headers={"Origin": "https://evil.example"}
        )
        assert foreign.status_code == 403


def test_a_sign_in_is_a_cookie_that_no_script_reads_and_ends_when_asked(lived: Life) -> None:
    with lived.browser("ada") as browser:
        me = browser.get("/me")
        assert lived.worker in me.text
        assert me.headers["cache-control"] == "no-store"
        assert browser.get("/me/export.json").json()["account"] == lived.worker
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', me.text)
        assert proof is not None
        out = browser.post("/me/sign-out", data={"proof": proof[1]}, follow_redirects=False)
        assert out.status_code == 303
        assert browser.get("/me/export.json").status_code == 401


def test_somebody_says_their_language_and_country_on_their_own_page_and_takes_it_back(lived: Life) -> None:
    with lived.browser("ada") as browser:
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', browser.get("/me").text)
        assert proof is not None
        said = {"spoken": "ja", "region": "jp", "proof": proof[1]}
        assert browser.post("/me/declared", data=said, follow_redirects=False).status_code == 303
        assert browser.get("/me/export.json").json()["declared"] == {"language": "ja", "region": "JP"}
        assert 'value="JP"' in browser.get("/me").text
        wrong = browser.post("/me/declared", data={**said, "region": "Japan"}, follow_redirects=False)
        assert wrong.status_code == 400
        assert browser.post("/me/declared", data={**said, "proof": ""}, follow_redirects=False).status_code == 403
        browser.post("/me/declared", data={"proof": proof[1]}, follow_redirects=False)
        assert browser.get("/me/export.json").json()["declared"] == {"language": None, "region": None}
    with lived.browser() as browser:
        nobody = browser.get("/me").text
    assert "/me/declared" not in nobody


def test_a_page_that_the_operator_wrote_is_text_with_marks_and_never_tags(lived: Life) -> None:
    folder = lived.node.settings.dir / "legal"
    folder.mkdir(exist_ok=True)
    (folder / "terms.md").write_text(f"# Rules\n\nBe **kind**. {HOSTILE} [x](javascript:alert(1))", encoding="utf-8")
    with lived.browser() as browser:
        page = browser.get("/legal/terms").text
    assert "<strong>kind</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_an_order_s_changes_are_told_until_it_is_done(lived: Life) -> None:
    with lived.browser() as browser, browser.stream("GET", f"/orders/{lived.judged}/events") as told:
        text = "".join(told.iter_text())
    assert "event: done" in text


def test_one_address_does_not_take_all_the_places_of_those_who_listen(
    lived: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "STREAMS_EACH", 0)
    with lived.browser() as browser:
        answer = browser.get(f"/orders/{lived.judged}/events")
    assert (answer.status_code, "from one address" in answer.text) == (503, True)


def test_an_hour_below_the_floor_is_told_and_no_floor_is_none() -> None:
    usual = Pace(seconds=60.0, answers=100, people=5)
    assert usual.hourly(80_000) == 4_800_000
    assert usual.below(80_000, 5)
    assert not usual.below(84_000, 5)
    assert not usual.below(1, 0)


def test_an_appeal_is_offered_while_the_order_pays_for_its_jury() -> None:
    window = Window(verdicts=StatementId("ab" * 32), until=10, jurors=3, within_s=5, left=0, tasks=frozenset({4}))
    assert window.takes(4)
    assert not window.takes(5)
    assert replace(window, left=1).takes(5)
