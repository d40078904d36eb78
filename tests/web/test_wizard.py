"""The order wizard, filled in as forms without any script, up to the order that its buyer's program signs and pays."""

import io
import json
import re
import time
import zipfile
import zlib
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from life import HOSTILE, Life
from starlette.testclient import TestClient

from hakari.app import drafts
from hakari.app.paces import TooMany

WHAT = {
    "title": "Reviews",
    "about": "To learn which reviews are angry.",
    "guideline": "Angry is who demands something.",
    "question": "choose",
    "asked": "Is the writer angry?",
    "options": "yes\nno\n\nno",
}


def png(grey: int) -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes([0, grey])))
        + chunk(b"IEND", b"")
    )


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["one", "two"], "n": [1, 2]}), sink)
    return sink.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


class Buyer:
    """Somebody's browser at the wizard: follows the forms it is shown."""

    def __init__(self, browser: TestClient) -> None:
        self.browser = browser
        self.page = browser.get("/orders/new")
        self.place = "/orders/new"

    @property
    def draft(self) -> str:
        return self.place.split("/")[3]

    def send(self, fields: dict[str, Any], files: list[tuple[str, bytes]] | None = None) -> int:
        """Send the form of the page that is shown; returns the status of what came, after the way to the next page."""
        proof = re.search(r'name="proof" value="([0-9a-f]+)"', self.page.text)
        action = re.search(r'<form action="(/orders/new[^"]*)"', self.page.text)
        assert proof is not None
        assert action is not None
        parts = [("files", file) for file in files or []]
        answer = self.browser.post(action[1], data={**fields, "proof": proof[1]}, files=parts or None)
        self.page = answer
        self.place = answer.url.path
        return answer.status_code


CSV = b'review,secret\n"It broke, again",no\nLovely,yes\n' + HOSTILE.encode() + b",no\n"


def test_an_order_is_made_from_forms_and_signed_by_a_program(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        assert buyer.send(WHAT, [("reviews.csv", CSV)]) == 200
        assert buyer.place.endswith("/what")
        assert "<code>review</code>" in buyer.page.text
        assert buyer.send({**WHAT, "shown": ["review"]}) == 200
        assert buyer.place.endswith("/who")
        assert "It broke, again" in buyer.page.text, "the items are shown as a worker sees them"
        assert "<script>alert" not in buyer.page.text
        assert buyer.send({"pool": 1, "answer_minutes": 10}) == 200
        assert buyer.send({"redundancy": 5}) == 200
        assert buyer.send({"reward": "0.03", "days": 7, "test": "yes"}) == 200
        assert buyer.place.endswith("/check")
        assert "0.4725" in buyer.page.text, "15 answers at 0.03 and 5 % of it"
        order = json.loads(browser.get(f"/orders/new/{buyer.draft}/order.json").text)
    body = order["body"]
    assert (body["redundancy"], body["reward"], body["answer_seconds"], body["budget"]) == (5, "30000", 600, "472500")
    assert order["items"] == [{"review": "It broke, again"}, {"review": "Lovely"}, {"review": HOSTILE}]
    # What follows is the page's own words for a program.
    me = lived.world.delegated("buyer of the wizard", "buy")
    me.call("payment_token", "faucet(address,uint256)", [me.account, 472_500])
    body["deadline"] = int(time.time()) + order["seconds"]
    paid = me.pay_budget(
        pool=body["pool"], terms_version=body["terms_version"], amount=int(body["budget"]), deadline=body["deadline"]
    )
    body["escrow_order"] = me.paid(paid)["order"]
    placed = me.order(body, items=order["items"], guideline=order["guideline"])
    with lived.browser() as browser:
        assert "Reviews" in browser.get(f"/orders/{placed.id}").text


def test_an_order_with_audits_and_reviews_is_funded_for_them_and_taken(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        buyer.send({**WHAT, "shown": ["review"]})
        buyer.send({"pool": 1, "answer_minutes": 10})
        assert "Have a tenth of the items reviewed" in buyer.page.text
        buyer.send({"redundancy": 3, "audits": "yes", "reviews": "yes"})
        assert buyer.send({"reward": "0.03", "days": 7}) == 200
        assert "Reviews of 1 items" in buyer.page.text
        order = json.loads(browser.get(f"/orders/new/{buyer.draft}/order.json").text)
    # 9 answers, and at twice the pay one of three units audited by up to three people and another reviewed by up to six; 5 % on all.
    assert order["body"]["budget"] == str(9 * 31_500 + (3 + 6) * 63_000)
    number, deadline = lived.world.fund("buyer of audits", int(order["body"]["budget"]))
    me = lived.world.delegated("buyer of audits", "buy")
    body = {**order["body"], "escrow_order": number, "deadline": deadline}
    placed = me.order(body, items=order["items"], guideline=order["guideline"])
    with lived.browser() as browser:
        page = browser.get(f"/orders/{placed.id}").text
    assert "10% of the tasks will be audited" in page
    assert "10% of the tasks will be reviewed" in page
    assert "first 20 answers" in page


def test_an_order_that_stops_early_is_asked_for_in_one_choice(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        buyer.send({**WHAT, "shown": ["review"]})
        buyer.send({"pool": 1, "answer_minutes": 10})
        assert "Stop early where answers agree" in buyer.page.text
        assert buyer.send({"redundancy": 3, "stopping": "yes"}) == 422
        assert "choose more than that, got 3" in buyer.page.text
        assert buyer.send({"redundancy": 5, "stopping": "yes", "calibrate": "yes"}) == 422
        assert "choose one" in buyer.page.text
        assert buyer.send({"redundancy": 5, "stopping": "yes"}) == 200
        assert buyer.send({"reward": "0.03", "days": 7}) == 200
        assert "Expected with early stopping" in buyer.page.text
        order = json.loads(browser.get(f"/orders/new/{buyer.draft}/order.json").text)
    body = order["body"]
    assert body["quality"]["stopping"] == {"first": 3, "full_bps": 1000, "least_answers": 2500, "sure_bps": 9800}
    assert body["budget"] == str(15 * 31_500), "what it costs at most is funded"
    number, deadline = lived.world.fund("buyer who stops", int(body["budget"]))
    me = lived.world.delegated("buyer who stops", "buy")
    wanted = {**body, "escrow_order": number, "deadline": deadline}
    placed = me.order(wanted, items=order["items"], guideline=order["guideline"])
    assert me.get(f"/v1/orders/{placed.id}")["stopping"] == {"answers": 0, "most": 5, "waves": 0}
    with lived.browser() as browser:
        assert "0 answers saved so far, at most 5 a task" in browser.get(f"/orders/{placed.id}").text


def test_an_exam_is_made_of_a_hidden_column_and_an_order_requires_it(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        buyer.send({**WHAT, "title": "Anger exam", "shown": ["review"]})
        buyer.send({"pool": 1, "answer_minutes": 10})
        asked = {"redundancy": 3, "places": 4, "pass_percent": 70}
        assert buyer.send({**asked, "exam": "review"}) == 422
        assert "column that workers don&#39;t see" in buyer.page.text
        assert buyer.send({**asked, "exam": "secret", "training": "yes"}) == 200
        assert buyer.send({"reward": "0.03", "days": 7, "test": "yes"}) == 200
        order = json.loads(browser.get(f"/orders/new/{buyer.draft}/order.json").text)
    body = order["body"]
    # Three questions, four people, 0.03 each and the fee of 5 %; and two of them challenged, by three jurors each at twice the pay.
    budget = 12 * 31_500 + 2 * 3 * 63_000
    assert (body["budget"], body["redundancy"], body["quality"]["exam"]["pass_bps"]) == (str(budget), 4, 7000)
    assert body["quality"]["exam"]["training"] is True
    assert (body["quality"]["appeals"]["jurors"], body["quality"]["appeals"]["tasks"]) == (3, 2)
    assert "Juries for 2 challenged items" in buyer.page.text
    assert "0.378" in buyer.page.text
    assert [json.loads(line)["answer"] for line in order["extra"][0].splitlines()] == [
        {"answer": "no"},
        {"answer": "yes"},
        {"answer": "no"},
    ]
    number, deadline = lived.world.fund("buyer of exams", int(body["budget"]))
    me = lived.world.delegated("buyer of exams", "buy")
    placed = me.order(
        {**body, "escrow_order": number, "deadline": deadline},
        items=order["items"],
        guideline=order["guideline"],
        extra=order["extra"],
    )
    with lived.browser() as browser:
        page = browser.get(f"/orders/{placed.id}").text
        assert "3 questions with right answers" in page
        assert "3 right ones pass" in page
        assert "4 of 4 places are free" in page
        assert "This is a training" in page
        assert "you can challenge up to 2 items between all of you; 3 people who did not sit it decide" in page
        assert "Each item is rated once the exam is judged" in page
        assert f"/orders/{placed.id}#exam" in browser.get("/tasks").text
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        buyer.send({**WHAT, "shown": ["review"]})
        assert "Anger exam" in buyer.page.text
        assert buyer.send({"pool": 1, "answer_minutes": 10, "requires": "0" * 64}) == 422
        buyer.send({"pool": 1, "answer_minutes": 10, "requires": placed.id})
        buyer.send({"redundancy": 3})
        buyer.send({"reward": "0.03", "days": 7})
        order = json.loads(browser.get(f"/orders/new/{buyer.draft}/order.json").text)
    assert order["body"]["quality"]["requires"] == placed.id
    number, deadline = lived.world.fund("buyer of tested work", int(order["body"]["budget"]))
    me = lived.world.delegated("buyer of tested work", "buy")
    wanted = {**order["body"], "escrow_order": number, "deadline": deadline}
    work = me.order(wanted, items=order["items"], guideline=order["guideline"])
    with lived.browser() as browser:
        for place in ("/tasks", f"/orders/{work.id}"):
            page = browser.get(place).text
            assert "For accounts that passed the exam" in page
            assert f'href="/orders/{placed.id}#exam">Anger exam</a>' in page


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [
        ("a.jsonl", b'{"text": "one"}\n\n{"text": "two", "n": 3}\n', 2),
        ("a.tsv", b"text\tn\none\t1\n", 1),
        ("a.parquet", parquet(), 2),
        ("a.zip", zipped({"x/1.png": png(1), "__MACOSX/1.png": b"?", "2.png": png(2)}), 2),
        ("a.csv", "\ufeff文;n\r\n速い;1\r\n".encode(), 1),
    ],
)
def test_a_file_of_each_form_is_read(lived: Life, name: str, data: bytes, count: int) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        assert buyer.send(WHAT, [(name, data)]) == 200
        assert f"{count} item" in buyer.page.text


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.csv", b"text\n\xff\xfe\x00", "must be UTF-8"),
        ("a.svg", b"<svg onload='alert(1)'/>", "CSV"),
        ("a.jsonl", b'{"a": 1}\n[2]\n', "line 2"),
        ("a.zip", b"PK\x03\x04broken", "whole zip"),
        ("a.parquet", b"PAR1broken", "whole Parquet"),
        ("a.csv", b"a,b\n1,2,3\n", "as many fields"),
        ("mixed.zip", zipped({"1.png": png(1), "notes.html": b"<script>"}), "must be a picture"),
    ],
)
def test_a_file_that_can_t_be_read_is_refused_and_the_form_stays_filled(
    lived: Life, name: str, data: bytes, why: str
) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        status = buyer.send(WHAT, [(name, data)])
        if name == "a.svg":
            # One line of text is a table with a name and no row: nothing of it is run, and there is nothing to ask about.
            assert status == 422
            return
        assert status == 422
        assert why in buyer.page.text
        assert WHAT["about"] in buyer.page.text
        assert 'role="alert"' in buyer.page.text


def test_pictures_come_from_a_sandbox_by_their_hash(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        assert buyer.send({**WHAT, "asked": "Dark?"}, [("1.png", png(1)), ("2.png", png(2))]) == 200
        [one, *_] = re.findall(r'<img src="(/files/[0-9a-f]{64})"', buyer.page.text)
        answer = browser.get(one)
        assert answer.headers["content-type"] == "image/png"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert browser.get(f"/files/{'0' * 64}").status_code == 404


def test_old_drafts_go_with_their_pictures_unless_their_order_was_placed(
    lived: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brought(grey: int) -> tuple[Buyer, str]:
        buyer = Buyer(browser)
        buyer.send({**WHAT, "asked": "Dark?"}, [("1.png", png(grey))])
        [place] = re.findall(r'<img src="(/files/[0-9a-f]{64})"', buyer.page.text)
        return buyer, place

    with lived.browser() as browser:
        signed, kept = brought(7)
        for fields in (WHAT, {"pool": 1, "answer_minutes": 5}, {"redundancy": 1}, {"reward": "1", "days": 1}):
            assert signed.send(fields) == 200
        order = json.loads(browser.get(f"/orders/new/{signed.draft}/order.json").text)
        number, deadline = lived.world.fund("buyer of pictures", int(order["body"]["budget"]))
        me = lived.world.delegated("buyer of pictures", "buy")
        body = {**order["body"], "escrow_order": number, "deadline": deadline}
        me.order(body, items=order["items"], guideline=order["guideline"])
        forgotten, lost = brought(8)
        # What it takes to be asked for its order costs nobody anything.
        for fields in (WHAT, {"pool": 1, "answer_minutes": 5}, {"redundancy": 1}, {"reward": "1", "days": 1}):
            assert forgotten.send(fields) == 200
        assert browser.get(f"/orders/new/{forgotten.draft}/order.json").status_code == 200
        monkeypatch.setattr(drafts, "MOST_BYTES", 1)
        Buyer(browser).send(WHAT, [("reviews.csv", CSV)])
        assert browser.get(kept).status_code == 200
        assert browser.get(lost).status_code == 404
        assert browser.get(f"/orders/new/{forgotten.draft}/what").status_code == 404


def test_a_picture_stays_while_another_draft_shows_it(lived: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    for left in list(lived.world.node.private.list("drafts/")):  # somebody's who signed in would outlive both
        lived.world.node.private.delete(left)
    with lived.browser() as browser:
        older, newer = Buyer(browser), Buyer(browser)
        for each in (older, newer):
            assert each.send({**WHAT, "asked": "Dark?"}, [("1.png", png(17))]) == 200
        [place] = re.findall(r'<img src="(/files/[0-9a-f]{64})"', newer.page.text)
        path, private = f"drafts/{older.draft}.json", lived.world.node.private
        said = json.loads(private.read(path) or b"")
        private.write(path, json.dumps({**said, "saved": said["saved"] - 60}).encode())
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        assert Buyer(browser).send(WHAT) == 422  # a file is still missing; the draft was begun
        assert browser.get(f"/orders/new/{older.draft}/what").status_code == 404
        assert browser.get(place).status_code == 200
        assert newer.send({**WHAT, "asked": "Bright?"}, [("2.png", png(18))]) == 200
        assert browser.get(place).status_code == 404


def test_drafts_of_nobody_make_room_first_and_are_not_begun_without_end(
    lived: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, who = lived.world.node, lived.world.delegated("buyer who comes back", "buy").account
    mine = drafts.begin(node, owner="mine", account=who, address="a")
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 3)
    for n in range(60):
        drafts.begin(node, owner=f"visit {n}", account=None, address="b")
    assert drafts.get(node, mine.id, owner="another browser", account=who) == mine
    with pytest.raises(TooMany, match="60 drafts begun from one address"):
        drafts.begin(node, owner="visit 61", account=None, address="b")


def test_a_draft_counts_for_what_it_takes_on_the_disk(lived: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", png(9) + bytes(2**20))
    with lived.browser() as browser:
        first = Buyer(browser)
        assert first.send({**WHAT, "asked": "Dark?"}, [("a.zip", sink.getvalue())]) == 200
        monkeypatch.setattr(drafts, "MOST_BYTES", 2**20)
        second = Buyer(browser)
        assert second.send(WHAT, [("reviews.csv", CSV)]) == 200
        assert browser.get(f"/orders/new/{first.draft}/what").status_code == 404


@pytest.mark.parametrize(
    ("step", "fields", "why"),
    [
        ("money", {"reward": "free", "days": 3}, "must be a number such as 0.04"),
        ("money", {"reward": "0", "days": 3}, "above 0"),
        ("money", {"reward": "1", "days": 9999}, "365"),
        ("quality", {"redundancy": 0}, "from 1 to 25"),
        ("what", {**WHAT, "options": "only one"}, "2 to 50"),
        ("what", {**WHAT, "title": ""}, "title must be filled in"),
        ("what", {**WHAT, "question": "compare"}, "exactly two columns"),
        ("what", {**WHAT, "question": "own", "config": "<View><Script/></View>"}, "Script"),
    ],
)
def test_a_step_says_what_it_expected(lived: Life, step: str, fields: dict[str, Any], why: str) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        buyer.page = browser.get(f"/orders/new/{buyer.draft}/{step}")
        assert buyer.send(fields) == 422
        assert why in buyer.page.text


def test_a_draft_is_its_visitor_s_alone(lived: Life) -> None:
    with lived.browser() as browser:
        buyer = Buyer(browser)
        buyer.send(WHAT, [("reviews.csv", CSV)])
        place = buyer.place
        assert browser.get(place).status_code == 200
    with lived.browser() as stranger:
        stranger.get("/")
        assert stranger.get(place).status_code == 404
    with lived.browser("cho") as stranger:
        assert stranger.get(f"/orders/new/{place.split('/')[3]}/order.json").status_code == 404
