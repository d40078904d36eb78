"""An order's first tasks come first; then its buyer mends the guideline or not, and all answers are under the version shown."""

import hashlib
import json

import pytest
from market import GOOD, GUIDELINE, Market, error, submission
from test_assignments import numbers, place

from hakari.app import checking
from hakari.client import Refused, digest
from hakari.core.canonical import Json

BAD: Json = {"mood": "bad"}
TELL: Json = {"cannot_tell": True}
HOUR = 3600
NEXT = "Say what the text makes you feel. A text without any mood is bad."
FIRST = {"tasks": 2, "word_s": HOUR}


def refused(act, *given, **named):
    with pytest.raises(Refused) as found:
        act(*given, **named)
    return found.value.code, found.value.pointer


def seen(market, order, name="buyer"):
    return market.signed_in(name).get(f"/v1/orders/{order}/calibration")["calibration"]


def calibrated(market, *, tasks=6, first=FIRST):
    """An order whose first two tasks two people have answered, one of them both ways; ada left a remark."""
    order = place(market, tasks=tasks, redundancy=2, calibration=first)
    for name, answers in (("ada", (GOOD, GOOD)), ("ben", (GOOD, BAD))):
        who = market.signed_in(name, "work")
        given = who.assignments(order, count=500)
        assert sorted(numbers(given)) == [0, 1], "nothing behind the first two is given out"
        assert {each["guideline"] for each in given} == {1}
        who.submit(order, [(task, answers[task]) for task in (0, 1)])
        assert who.assignments(order, count=500) == []
    return order


def finish(market, order, names=("ada", "ben"), guideline=1):
    for name in names:
        who = market.signed_in(name)
        given = who.assignments(order, count=500)
        assert {each["guideline"] for each in given} == {guideline}
        who.submit(order, [(each["task"], GOOD) for each in given], guideline=guideline)
    market.until(lambda: who.get(f"/v1/orders/{order}")["status"] == "judged")
    market.rounds()


def test_a_mended_guideline_holds_for_what_comes_after_it_and_a_stranger_recomputes_it(market: Market) -> None:
    order = calibrated(market)
    buyer, ada, ben = market.person("buyer"), market.person("ada"), market.person("ben")
    market.rounds()
    assert seen(market, order, "ada")["reading"] is None, "what people said is the buyer's to read"
    ada.remark(order, 1, "Is a text without any mood good or bad?")
    assert refused(ada.remark, order, 1, "Once more.") == ("not_remarkable", "/statement/body/task")
    assert refused(ada.remark, order, 2, "Not mine.") == ("not_remarkable", "/statement/body/task")
    assert refused(market.person("eve", "work").remark, order, 1, "Nothing.")[0] == "not_remarkable"

    state = seen(market, order)
    assert (state["answered"], state["wanted"], state["goes_on"]) == (4, 4, False)
    assert state["until"] == state["over"] + HOUR
    reading = state["reading"]
    assert reading["agreement_bps"] == {"mood": 5000}
    assert reading["mixed"] == [{"control": "mood", "one": "bad", "other": "good", "pairs": 1, "tasks": 1}]
    assert [each["task"] for each in reading["items"]] == [1, 0], "what people differ on comes first"
    [remark] = reading["items"][0]["remarks"]
    assert (remark["account"], remark["note"]) == (ada.account, "Is a text without any mood good or bad?")
    assert b"without any mood" not in b"".join(path.read_bytes() for path in market.public.rglob("*") if path.is_file())

    buyer.guideline(order, text=NEXT)
    assert refused(ben.remark, order, 0, "Too late.") == ("remarks_closed", None)
    assert refused(buyer.guideline, order) == ("guideline_closed", None)
    given = numbers(ben.assignments(order, count=1))
    trace = market.trace()
    # The version that was shown is the one that is signed: not the one before, and not both at once.
    assert refused(ben.submit, order, [(given[0], GOOD)]) == ("stale_guideline", "/statement/body/guideline")
    assert market.trace() == trace
    known = ben.get(f"/v1/orders/{order}")["guidelines"]
    assert known == [{"sha256": digest(GUIDELINE), "version": 1}, {"sha256": digest(NEXT), "version": 2}]
    finish(market, order, guideline=2)
    assert (market.public / "evidence" / digest(NEXT)).read_text() == NEXT
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches


def test_a_silent_buyer_stops_nobody(market: Market) -> None:
    order = calibrated(market)
    buyer, ada = market.person("buyer"), market.person("ada")
    market.rounds()
    ahead = market.clock.ahead
    market.clock.ahead += HOUR - 60
    assert ada.assignments(order, count=1) == []
    market.clock.ahead += 61
    assert refused(buyer.guideline, order, text=NEXT) == ("guideline_closed", None)
    assert refused(ada.remark, order, 0, "Too late.") == ("remarks_closed", None)
    finish(market, order)
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches
    market.clock.ahead = ahead


def test_a_buyer_can_say_that_it_goes_on(market: Market) -> None:
    order = calibrated(market)
    buyer = market.person("buyer")
    assert refused(buyer.guideline, order) == ("guideline_closed", None), "the calibration has no leaf yet"
    market.rounds()
    stranger = market.person("stranger", "buy")
    trace = market.trace()
    assert refused(stranger.guideline, order) == ("forbidden", "/statement/author")
    assert refused(buyer.guideline, order, text=GUIDELINE) == ("malformed", "/statement/body/sha256")
    told = buyer.sign("guideline", {"order": order, "sha256": digest(NEXT), "version": 2})
    answer = market.post("/v1/guidelines", {"statement": json.loads(told.bytes), "text": "Another."})
    assert error(answer)["pointer"] == "/text"
    further = buyer.sign("guideline", {"order": order, "sha256": digest(NEXT), "version": 3})
    answer = market.post("/v1/guidelines", {"statement": json.loads(further.bytes), "text": NEXT})
    assert error(answer)["pointer"] == "/statement/body/version"
    assert market.trace() == trace
    buyer.guideline(order)
    finish(market, order)
    assert checking.check(str(market.public)).ok


def test_what_is_not_answered_in_time_is_others_to_calibrate(market: Market) -> None:
    order = place(market, tasks=4, redundancy=1, calibration=FIRST)
    ada, ben = market.signed_in("ada", "work"), market.signed_in("ben", "work")
    assert numbers(ada.assignments(order, count=9)) == numbers(ada.assignments(order, count=9))
    assert ben.assignments(order, count=9) == []
    ahead = market.clock.ahead
    market.clock.ahead += HOUR
    assert sorted(numbers(ben.assignments(order, count=9))) == [0, 1]
    ben.submit(order, [(0, TELL), (1, GOOD)])
    market.rounds()
    assert seen(market, order)["over"] is not None
    market.clock.ahead += HOUR
    finish(market, order, ("ben",))
    assert checking.check(str(market.public)).ok
    market.clock.ahead = ahead


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"calibration": {"tasks": 6, "word_s": HOUR}}, "/statement/body/calibration/tasks"),
        ({"calibration": {"tasks": 0, "word_s": HOUR}}, "/statement/body/calibration/tasks"),
        ({"calibration": {"tasks": 2, "word_s": 59}}, "/statement/body/calibration/word_s"),
        ({"calibration": {"tasks": 2, "word_s": 604_801}}, "/statement/body/calibration/word_s"),
        ({"calibration": {"tasks": 2}}, "/statement/body/calibration"),
        ({"calibration": FIRST, "assignment": "open"}, "/statement/body/assignment"),
    ],
)
def test_a_calibration_that_can_not_be_held_is_refused(market: Market, changed, pointer) -> None:
    from market import UNIT_COST, items

    buyer = market.person("buyer", "buy")
    escrow_order, deadline = market.fund(buyer, 6 * UNIT_COST)
    body = market.body(
        escrow_order=escrow_order, deadline=deadline, budget=6 * UNIT_COST, redundancy=1, assignment="drawn"
    )
    assert refused(buyer.order, {**body, **changed}, items=items(6), guideline=GUIDELINE) == ("malformed", pointer)


def test_remarks_are_for_who_answered_while_it_lasts_and_say_something(market: Market) -> None:
    plain = place(market, tasks=2)
    ada = market.signed_in("ada", "work")
    assert refused(ada.remark, plain, 0, "A word.") == ("remarks_closed", None)
    order = place(market, tasks=4, calibration=FIRST)
    given = numbers(ada.assignments(order, count=9))
    assert refused(ada.remark, order, given[0], "Before I answered.") == ("not_remarkable", "/statement/body/task")
    body = submission(ada, order, [(given[0], GOOD)])
    assert market.post("/v1/submissions", body).status_code == 200
    assert refused(ada.remark, order, given[0], "  ") == ("malformed", "/statement/body/note")
    salt = "s" * 22
    said = ada.sign("remark", {"note": hashlib.sha256(b"x").hexdigest(), "order": order, "task": given[0]})
    answer = market.post("/v1/remarks", {"statement": json.loads(said.bytes), "note": "Mine.", "salt": salt})
    assert error(answer)["code"] == "malformed"
    ada.remark(order, given[0], "Which mood is «fine»?")
    assert ada.get(f"/v1/orders/{plain}/calibration") == {"calibration": None}
    assert refused(ada.get, f"/v1/orders/{'ab' * 32}/calibration")[0] == "unknown_order"
