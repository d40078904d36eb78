"""Notices: worked out from log and chain, the same in the page, the feed and the push message."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from life import Life
from starlette.testclient import TestClient

from hakari.app import notices
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.doors.web import posting
from hakari.doors.web.languages import LANGUAGES

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
ATOM = "{http://www.w3.org/2005/Atom}"


def proof_of(browser: TestClient) -> str:
    found = re.search(r'name="proof" value="([0-9a-f]+)"', browser.get("/me/notices").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_whose_answers_were_refused_is_told_why(lived: Life, language: str) -> None:
    browser = lived.browser("dan")
    page = browser.get("/me/notices", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[a-z][^>]*\s(style|on[a-z]+)=", page.text)
    if language == "en":
        assert "answers to “A small label order” were not accepted: differs from what the others say" in page.text


def test_notices_are_those_of_the_account_s_own_statements(lived: Life) -> None:
    market = lived.world
    dan = notices.of(lived.node, Account(market.account("dan")))
    refused = [each for each in dan if each.kind == "refused" and each.figures["title"] == "A small label order"]
    told = sum(int(each.figures["count"]) for each in refused)
    with lived.node.store.reading() as book:
        assert told == sum(not row.accepted for row in book.answers.of_account(lived.judged, market.account("dan")))
    used = [each for each in dan if each.kind == "use"]
    assert [each.figures["who"] for each in used] == [market.account("student")]
    assert not [each for each in notices.of(lived.node, Account(market.account("student"))) if each.kind == "use"]
    assert [each.time for each in dan] == sorted((each.time for each in dan), reverse=True)


def test_nobody_is_told_of_another_s_affairs(lived: Life) -> None:
    assert notices.of(lived.node, Account("0x" + "1" * 40)) == []
    page = lived.browser().get("/me/notices").text
    assert "Sign in to see what concerns you" in page
    assert "not accepted" not in page


def test_one_press_stops_a_kind_and_another_starts_it_again(lived: Life) -> None:
    browser, who = lived.browser("ben"), Account(lived.world.account("ben"))
    assert "use" in {each.kind for each in notices.of(lived.node, who)}
    form = {"kind": "use", "wanted": "no", "proof": proof_of(browser)}
    assert browser.post("/me/notices/kinds", data=form, follow_redirects=False).status_code == 303
    assert "use" not in {each.kind for each in notices.of(lived.node, who)}
    assert "Tell me again" in browser.get("/me/notices").text
    browser.post("/me/notices/kinds", data={**form, "wanted": "yes"})
    assert "use" in {each.kind for each in notices.of(lived.node, who)}


def test_a_form_of_another_site_or_of_an_unknown_kind_changes_nothing(lived: Life) -> None:
    browser, who = lived.browser("cho"), Account(lived.world.account("cho"))
    proof = proof_of(browser)
    assert browser.post("/me/notices/kinds", data={"kind": "use", "proof": "0"}).status_code == 403
    headers = {"Origin": "https://evil.example"}
    assert browser.post("/me/notices/kinds", data={"kind": "use", "proof": proof}, headers=headers).status_code == 403
    assert browser.post("/me/notices/kinds", data={"kind": "nonsense", "proof": proof}).status_code == 400
    assert lived.browser().post("/me/notices/push", json={}).status_code in (401, 404)
    assert notices.wishes(lived.node, who).stopped == frozenset()


def test_the_feed_says_the_same_and_its_old_address_says_nothing_more(lived: Life) -> None:
    browser, who = lived.browser("dan"), Account(lived.world.account("dan"))
    address = f"/feeds/{who}/{notices.feed_token(lived.node, who)}.atom"
    answer = lived.browser().get(address)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = ET.fromstring(answer.text).findall(f"{ATOM}entry")
    found = notices.of(lived.node, who)
    assert len(entries) == len(found) > 0
    assert {each.findtext(f"{ATOM}id") for each in entries} == {f"urn:hakari:{who}:{each.id}" for each in found}
    assert "不採用" in lived.browser().get(f"{address}?language=ja").text
    assert lived.browser().get(f"/feeds/{who}/{'a' * 32}.atom").status_code == 404
    other = lived.world.account("ada")
    assert lived.browser().get(f"/feeds/{other}/{notices.feed_token(lived.node, who)}.atom").status_code == 404
    browser.post("/me/notices/feed", data={"proof": proof_of(browser)})
    assert lived.browser().get(address).status_code == 404


def test_hostile_titles_are_text_in_the_feed(lived: Life) -> None:
    who = Account(lived.buyer)
    text = lived.browser().get(f"/feeds/{who}/{notices.feed_token(lived.node, who)}.atom").text
    ET.fromstring(text)
    assert "<script>" not in text


def test_a_browser_listens_from_a_page_of_ours_only_and_can_leave(lived: Life) -> None:
    browser, who = lived.browser("ada"), Account(lived.world.account("ada"))
    given = {"endpoint": ENDPOINT, "p256dh": PUBLIC, "auth": AUTH, "ahead_min": 540}
    own = {"Origin": lived.node.settings.url}
    assert browser.post("/me/notices/push", json=given, headers={"Origin": "https://evil.example"}).status_code == 403
    inside = {**given, "endpoint": "https://127.0.0.1/x"}
    assert browser.post("/me/notices/push", json=inside, headers=own).status_code == 400
    assert notices.wishes(lived.node, who).browsers == 0
    for _ in range(2):
        assert browser.post("/me/notices/push", json=given, headers=own).status_code == 204
    assert notices.wishes(lived.node, who).browsers == 1
    answer = browser.request("DELETE", "/me/notices/push", json={"endpoint": ENDPOINT}, headers=own)
    assert answer.status_code == 204
    assert notices.wishes(lived.node, who).browsers == 0


def test_a_digest_is_due_at_nine_where_the_reader_is() -> None:
    def at(day: int, hour: int) -> int:
        return int(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp())

    assert notices.next_digest(at(22, 8), 0) == at(22, 9)
    assert notices.next_digest(at(22, 9), 0) == at(23, 9)
    assert notices.next_digest(at(22, 8), 540) == at(23, 0)
    assert notices.next_digest(at(22, 18), -480) == at(23, 17) - 86_400 + 86_400


def test_a_digest_has_one_message_of_each_kind_with_the_page_s_own_words(lived: Life) -> None:
    who = Account(lived.world.account("dan"))
    found = notices.of(lived.node, who)
    made = [
        json.loads(each)
        for each in posting.messages(lived.node, notices.Digest(account=who, language="en", notices=found))
    ]
    assert [each["kind"] for each in made] == [kind for kind in notices.KINDS if kind in {n.kind for n in found}]
    page = re.sub(r"<[^>]+>", "", lived.browser("dan").get("/me/notices").text)
    assert all(each["body"] in page for each in made)


def test_what_is_due_is_what_came_since_the_last_digest(lived: Life) -> None:
    who = Account(lived.world.account("cho"))
    node = lived.node
    with pytest.raises(Malformed):
        notices.listen(node, who, endpoint=ENDPOINT, public=PUBLIC, auth=AUTH, language="en", ahead_min=9000)
    notices.listen(node, who, endpoint=ENDPOINT, public=PUBLIC, auth=AUTH, language="en", ahead_min=0)
    assert who not in {each.account for each in notices.due(node)}
    with node.store.book() as book:
        note = book.notes.get(f"push:{who}")
        assert note["browsers"] == [{"auth": AUTH, "endpoint": ENDPOINT, "p256dh": PUBLIC}]
        # Far in the future, so that the node's own worker does not send it meanwhile.
        assert book.notes.due("push:", now=node.clock() + 2 * 86_400, limit=10) == [f"push:{who}"]
    notices.stop_listening(node, who, None)
    with node.store.reading() as book:
        assert book.notes.get(f"push:{who}") == {}


def test_the_service_worker_stands_at_the_top(lived: Life) -> None:
    answer = lived.browser().get("/notices-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "showNotification" in answer.text
