"""Something is wrong, as pages without script: what can be reported, what was decided, and how the operator decides."""

import re

import pytest
from life import Life
from starlette.testclient import TestClient

from hakari.client import Client


def operator(lived: Life) -> TestClient:
    """The operator's browser, signed in."""
    browser = lived.browser()
    person = Client(lived.node.settings.url, secret=lived.node.keys.secret("operator"))
    person.sign_in()
    answer = browser.post("/session", json={"token": person._token}, headers={"Origin": lived.node.settings.url})
    assert answer.status_code == 204
    person.close()
    return browser


@pytest.mark.parametrize(
    ("page", "subject"),
    [
        ("/d/1/{release}", "release:{release}"),
        ("/orders/{open}", "order:{open}"),
        ("/explore/accounts/{worker}", "account:{worker}"),
        ("/explore/orders/{judged}", "order:{judged}"),
        ("/explore/releases/{release}", "release:{release}"),
    ],
)
def test_a_page_leads_to_the_form_about_what_it_shows(lived: Life, page: str, subject: str) -> None:
    names = {name: getattr(lived, name) for name in ("release", "open", "judged", "worker")}
    about = subject.format(**names).replace(":", "%3A")
    with lived.browser() as browser:
        shown = browser.get(page.format(**names)).text
        assert shown.count(f'href="/wrong?about={about}"') >= 2, "in the page's head and at its foot"
        form = browser.get(f"/wrong?about={about}")
    assert form.status_code == 200
    assert f"hakari report send {subject.format(**names)}" in form.text


def test_a_row_of_a_preview_can_be_reported(lived: Life) -> None:
    with lived.browser() as browser:
        page = browser.get(f"/d/1/{lived.release}").text
        rows = re.findall(r'href="/wrong\?about=(row%3A[0-9a-f]{64}%3A[0-9a-f]{64})"', page)
        assert rows
        assert len(set(rows)) == len(rows)
        manifest = lived.world.person("reader").get(f"/v1/releases/{lived.release}")["body"]["manifest"]
        known = (lived.world.public / "evidence" / manifest).read_text("utf-8")
        assert all(row.rsplit("%3A", 1)[1] in known for row in rows)
        assert browser.get(f"/wrong?about={rows[0]}").status_code == 200


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{url}/d/1/{release}?purpose=research", "release:{release}"),
        ("/tasks/{open}", "order:{open}"),
        ("{release}", "release:{release}"),
        ("{open}", "order:{open}"),
        (" {worker} ", "account:{worker}"),
        ("{url}/explore/accounts/{worker}", "account:{worker}"),
    ],
)
def test_what_is_pasted_is_understood(lived: Life, given: str, expected: str) -> None:
    names = {name: getattr(lived, name) for name in ("release", "open", "worker")}
    with lived.browser() as browser:
        page = browser.get("/wrong", params={"about": given.format(url=lived.node.settings.url, **names)})
    assert page.status_code == 200
    assert f"hakari report send {expected.format(**names)}" in page.text


@pytest.mark.parametrize("given", [f"order:{'0' * 64}", "<script>alert(1)</script>", "/orders", "https://example.org/"])
def test_what_is_nothing_of_ours_is_said_to_be_so(lived: Life, given: str) -> None:
    with lived.browser() as browser:
        page = browser.get("/wrong", params={"about": given})
    assert page.status_code == 404
    assert 'role="alert"' in page.text
    assert "<script>alert" not in page.text


def test_the_operator_decides_on_a_page_and_everybody_sees_it(lived: Life) -> None:
    subject, words = f"task:{lived.open}:1", "It names Rumpelstiltskin."
    reporter = lived.world.delegated("somebody who looks", "work")
    sent = reporter.report(subject, reason="private", note=words)
    with lived.browser() as browser:
        seen = browser.get("/wrong", params={"about": subject}).text
        assert words not in seen
        assert "waiting for a decision" in seen
        assert "/wrong/decisions" not in seen
        assert "1 waiting" in browser.get("/wrong").text
    with operator(lived) as browser:
        page = browser.get("/wrong", params={"about": subject}).text
        assert words in page
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', page)
        assert proof is not None
        form = {"subject": subject, "reason": "private", "about": sent.id, "standing": sent.id, "proof": proof[1]}
        assert browser.post("/wrong/decisions", data={**form, "result": "burnt"}).status_code == 400
        assert browser.post("/wrong/decisions", data={**form, "result": "quarantined"}).status_code == 200
        unread = browser.post("/wrong/decisions", data={**form, "result": "restored"})
        assert unread.status_code == 409, "the form was from before the decision"
    with lived.browser() as browser:
        seen = browser.get("/wrong", params={"about": subject}).text
        assert "In quarantine" in seen
        assert "hakari report object" in seen
        assert "0 waiting" in browser.get("/wrong").text
    standing = reporter.get("/v1/reports", subject=subject)["items"][-1]["id"]
    with operator(lived) as browser:
        page = browser.get("/wrong", params={"about": subject}).text
        [token] = re.findall(r'name="proof" value="([0-9a-f]+)"', page)[:1]
        form = {"subject": subject, "reason": "private", "standing": standing, "proof": token, "result": "restored"}
        assert browser.post("/wrong/decisions", data=form).status_code == 200
        assert "Not in quarantine" in browser.get("/wrong", params={"about": subject}).text


def test_nobody_else_decides(lived: Life) -> None:
    subject = f"order:{lived.open}"
    with lived.browser("ada") as browser:
        page = browser.get("/wrong", params={"about": subject}).text
        token = re.search(r'name="proof" value="([0-9a-f]+)"', browser.get("/me").text)
        assert token is not None
        form = {"subject": subject, "reason": "illegal", "result": "quarantined"}
        assert "/wrong/decisions" not in page
        assert browser.post("/wrong/decisions", data={**form, "proof": token[1]}).status_code == 403
        assert browser.post("/wrong/decisions", data=form).status_code == 403
        assert "This is in quarantine" not in browser.get(f"/orders/{lived.open}").text
