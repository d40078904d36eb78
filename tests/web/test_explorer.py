"""The explorer's pages, at a node where a small market lived its whole life."""

import html
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from life import Life
from sqlalchemy import event
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from hakari.app import Node, climbs, dossiers, explorer, rounds, tracing
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.statement import SCOPE_OF_KIND
from hakari.doors.web.languages import LANGUAGES, catalogue
from hakari.log import proof


def node_of(browser: TestClient) -> Node:
    node: Node = browser.app.state.node  # type: ignore[attr-defined]
    return node


def statements(browser: TestClient) -> dict[str, list[Mapping[str, Any]]]:
    """Every statement in the log by its kind, in order."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in browser.get("/v1/statements?limit=200").json()["items"]:
        if each["leaf"] is not None:
            found.setdefault(each["statement"]["kind"], []).append(each)
    return found


def pages(browser: TestClient, lived: Life) -> list[str]:
    said = statements(browser)
    epoch, worker = said["epoch"][0]["statement"]["body"], lived.worker
    return [
        *("/explore", "/explore?kind=use", "/explore?q=zzz", "/explore?q=abcdef", "/explore/verify"),
        *(f"/explore/{each[-1]['leaf']}" for each in said.values()),
        *(f"/explore/accounts/{who}" for who in (worker, lived.world.account("student"), "0x" + "1" * 40)),
        f"/explore/orders/{said['order'][0]['id']}",
        f"/explore/epochs/{epoch['pool']}/{epoch['number']}",
        f"/explore/epochs/{epoch['pool']}/{epoch['number']}/{worker}",
        f"/explore/releases/{said['release'][0]['id']}",
        f"/explore/licences/{said['sale'][0]['statement']['body']['licence']}",
        f"/explore/verify?statement={said['order'][0]['id']}&account={worker}",
    ]


def seen(page: str) -> str:
    """What a reader sees of a page: no head, no marks, no attributes."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page.rsplit("</head>", maxsplit=1)[-1]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_explorer_has_one_heading_no_inline_code_and_never_claims_to_have_recomputed(
    lived: Life, language: str
) -> None:
    browser = lived.browser()
    for path in pages(browser, lived):
        answer = browser.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, path
        assert answer.text.count("<h1") == 1, path
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[a-z][^>]*\s(style|on[a-z]+)=", answer.text), path
        assert "proof recomputed" not in answer.text, path
        words = seen(answer.text)
        assert not [word for word in ("Recomputed", "再計算済み", "已复算") if word in words], path


def test_a_verdict_stands_in_the_chain_of_seven_stages_from_order_to_claim(lived: Life) -> None:
    browser = lived.browser()
    verdict = statements(browser)["verdicts"][0]
    stages = tracing.trace(lived.node, explorer.statement(lived.node, leaf=verdict["leaf"]))
    assert [stage.name for stage in stages] == ["order", "task", "submission", "verdict", "line", "epoch", "claim"]
    assert all(stage.reached for stage in stages)
    assert [stage.name for stage in stages if stage.current] == ["verdict"]
    page = browser.get(f"/explore/{verdict['leaf']}").text
    assert page.count('aria-current="step"') == 1
    assert "17 of 20 answers were accepted and earn 0.68" in page


def test_a_submission_leads_to_its_own_account_s_line(lived: Life) -> None:
    market = lived.world
    node = lived.node
    found = next(
        each for each in explorer.newest(node, kind="submission").entries if each.author == market.account("dan")
    )
    line = next(stage for stage in tracing.trace(node, found) if stage.name == "line")
    assert (line.pool, line.epoch) == (1, 1)
    own = dossiers.leaf(node, 1, 1, Account(market.account("dan")))
    assert line.amount in {each.amount for each in own.lines}


def test_a_use_and_its_sale_stand_in_the_chain_of_being_used(lived: Life) -> None:
    browser = lived.browser()
    said = statements(browser)
    for kind, current in (("release", "release"), ("sale", "licence"), ("use", "use")):
        found = explorer.statement(lived.node, leaf=said[kind][0]["leaf"])
        stages = tracing.trace(lived.node, found)
        assert [stage.name for stage in stages if stage.current] == [current]
        assert all(stage.reached for stage in stages)


def test_a_statement_outside_every_chain_has_no_stages(lived: Life) -> None:
    node = lived.node
    assert tracing.trace(node, explorer.statement(node, leaf=1)) == ()


def test_the_proof_file_holds_without_the_node_and_a_changed_one_does_not(lived: Life) -> None:
    browser = lived.browser()
    answer = browser.get("/explore/5/proof")
    assert answer.headers["content-disposition"] == 'attachment; filename="statement-5.tlog-proof"'
    made = proof.parse(answer.content)
    assert made.extra == explorer.statement(lived.node, leaf=5).statement.bytes
    key = lived.node.signer.verifier
    assert proof.verify_entry(made, made.extra, key).size > 5
    with pytest.raises(HakariError):
        proof.verify_entry(made, made.extra + b" ", key)


def test_every_leaf_s_drawn_way_leads_to_the_signed_root(lived: Life) -> None:
    node = lived.node
    for leaf in range(node.log.checkpoint().size):
        made = explorer.prove(node, explorer.statement(node, leaf=leaf))
        assert made is not None
        published = node.log.checkpoint()
        assert (made.climb.root, made.size) == (published.root, published.size)
        assert len(made.climb.rungs) == len(made.file.path)


def test_a_payout_s_drawn_way_leads_to_the_root_and_sum_of_its_epoch(lived: Life) -> None:
    market = lived.world
    for number in (1, 2):
        file = dossiers.leaf(lived.node, 1, number, Account(market.account("ada")))
        climb = climbs.in_payouts(file.leaf)
        body = file.row.body
        assert (climb.root.hex(), str(climb.root_sum)) == (body["root"], body["total"])


def test_a_search_finds_places_ids_accounts_orders_epochs_releases_and_licences(lived: Life) -> None:
    browser, market = lived.browser(), lived.world
    said = statements(browser)
    order, release, delegation = (said[kind][0]["id"] for kind in ("order", "release", "delegation"))
    ada = market.account("ada")

    def leads(text: str) -> str:
        answer = browser.get("/explore", params={"q": text}, follow_redirects=False)
        return answer.headers.get("location") or answer.text

    assert leads("40") == "/explore/40"
    assert leads(delegation) == f"/explore/{said['delegation'][0]['leaf']}"
    assert leads(delegation[:10].upper()) == f"/explore/{said['delegation'][0]['leaf']}"
    assert leads(order) == f"/explore/orders/{order}"
    assert leads(release[:12]) == f"/explore/releases/{release}"
    assert leads(ada) == leads(ada[2:]) == leads(ada[:12]) == f"/explore/accounts/{ada}"
    assert leads("1/2") == "/explore/epochs/1/2"
    one = leads("1")
    assert all(f'href="{path}"' in one for path in ("/explore/1", "/explore/licences/1", "/explore/epochs/1/1"))
    assert "Nothing found" in leads("0xdead")
    assert "Nothing found" in leads("%' OR 1=1 --")
    assert "This search may miss entries" in browser.get("/explore").text


@pytest.mark.parametrize(
    "path",
    ["/explore/999999", "/explore/epochs/1/99", "/explore/licences/99", "/explore/orders/" + "0" * 64, "/explore/x"],
)
def test_what_is_not_there_is_a_page_that_says_so(lived: Life, path: str) -> None:
    answer = lived.browser().get(path)
    assert answer.status_code == 404
    assert answer.text.count("<h1") == 1


def test_a_licence_lists_every_use_with_who_and_what_for(lived: Life) -> None:
    browser, market = lived.browser(), lived.world
    page = browser.get("/explore/licences/1").text
    assert "Used 1 time" in page
    assert market.account("student") in page
    assert "Research" in seen(page)


def test_hostile_words_in_a_statement_are_text(browser: TestClient) -> None:
    node = node_of(browser)
    body = {"name": "<script>alert(1)</script>", "pool": 1, "terms": {"x": "</code><img src=x>"}, "terms_version": 1}
    with node.store.book() as book:
        book.statements.add(node.sentence("pool", body), subject="1")
    rounds.number(node)
    for path in ("/explore", "/explore/2"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_empty_log_says_what_is_missing(browser: TestClient) -> None:
    assert "No statement of this kind yet" in browser.get("/explore?kind=use").text


def test_every_kind_of_statement_has_a_name_and_a_sentence() -> None:
    english = catalogue("en")
    assert not [kind for kind in SCOPE_OF_KIND if f"kind.{kind}" not in english or f"said.{kind}" not in english]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL that this thread runs meanwhile: the worker beside us asks too."""
    asked: list[str] = []
    ours = threading.get_ident()

    def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith("SELECT") and threading.get_ident() == ours:
            asked.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_page_asks_the_database_as_often_however_many_rows_it_shows(lived: Life) -> None:
    node = lived.node
    with counted() as asked:
        explorer.newest(node)
    assert len([sql for sql in asked if "ORDER BY statements.leaf DESC" in sql]) == 1
    with counted() as asked:
        for each in explorer.newest(node, kind="verdicts").entries[:1]:
            tracing.trace(node, each)
    assert len(asked) < 40
