"""A training: paid like an exam, and whoever has their result sees their answers beside the right ones."""

from collections.abc import Callable

import httpx
import pytest
from market import GUIDELINE, REWARD, UNIT_COST, Market, items

from hakari.app import checking
from hakari.client import Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json

TASKS, PLACES = 4, 2
QUALITY: dict[str, Json] = {
    "rules": "label/2", "margin_bps": 1000, "hold": 4, "spread_bps": 7000, "min_skill_bps": 6500, "alpha_bps": 100,
}  # fmt: skip


def right(task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


def placed(market: Market, buyer: str, **exam: Json) -> str:
    lines = canonical.lines({"answer": right(n), "salt": f"{n:024d}", "task": n} for n in range(TASKS)).decode()
    who = market.person(buyer, "buy")
    cost = TASKS * PLACES * UNIT_COST
    escrow_order, deadline = market.fund(who, cost)
    body = market.body(
        escrow_order=escrow_order,
        deadline=deadline,
        budget=cost,
        assignment="drawn",
        redundancy=PLACES,
        quality={**QUALITY, "exam": {"pass_bps": 7500, "truths": digest(lines), **exam}},
    )
    return who.order(body, items=items(TASKS), guideline=GUIDELINE, extra=[lines]).id


def sat(market: Market, name: str, order: str, says: Callable[[int], Json]) -> None:
    who = market.signed_in(name, "work")
    market.until(lambda: who.get(f"/v1/orders/{order}")["status"] == "open")
    given = [int(each["task"]) for each in who.assignments(order, count=TASKS)]
    who.submit(order, [(task, says(task)) for task in given])


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_who_sat_a_training_sees_the_right_answers_with_their_result_and_nobody_else_does(market: Market) -> None:
    training, exam = placed(market, "trainer", training=True), placed(market, "examiner")
    ada, ben = (market.signed_in(name, "work") for name in ("ada", "ben"))
    assert refused(lambda: ada.corrections(training)) == "not_corrected"
    assert refused(lambda: ada.corrections("0" * 64)) == "unknown_order"
    for order in (training, exam):
        sat(market, "ada", order, lambda task: right(task) if task else {"mood": "good"})
    market.until(lambda: len(ada.get("/v1/statements", kind="qualification", limit=9)["items"]) == 2)
    found = ada.corrections(training)
    assert [(each["task"], each["answer"], each["right"], each["is_right"]) for each in found] == [
        (0, {"mood": "good"}, {"mood": "bad"}, False),
        *((task, right(task), right(task), True) for task in range(1, TASKS)),
    ]
    assert refused(lambda: ada.corrections(exam)) == "not_corrected", "an exam is no training"
    assert refused(lambda: ben.corrections(training)) == "not_corrected", "he has no result"
    assert market.http.get(f"/v1/orders/{training}/corrections").status_code == 401
    page = market.http.get(f"/orders/{training}").text
    assert "This is a training" in page
    assert "Your answers beside the right ones" not in page
    with httpx.Client(base_url=market.url, headers={"Origin": market.url, "Accept": "text/html"}) as browser:
        assert browser.post("/session", json={"token": ada._token}).status_code == 204
        own = browser.get(f"/orders/{training}").text
        assert "Your answers beside the right ones" not in browser.get(f"/orders/{exam}").text
    assert "Your answers beside the right ones" in own
    assert own.count(">wrong</span>") == 1
    sat(market, "ben", training, right)
    sat(market, "ben", exam, right)
    market.until(lambda: all(ada.get(f"/v1/orders/{each}")["status"] == "judged" for each in (training, exam)))
    assert [each["is_right"] for each in ada.corrections(exam)] == [False, True, True, True], "judged, it is public"
    # Both are paid alike: what they earn is held until production proves.
    market.until(lambda: len(ada.get("/v1/statements", kind="settlement", limit=9)["items"]) == 2)
    money = [ada.get(f"/v1/orders/{each}/figures")["money"] for each in (training, exam)]
    assert money[0] == money[1]
    assert int(money[0]["held"]) > 0
    assert int(money[0]["held"]) <= REWARD * TASKS * PLACES
    market.rounds()
    report = checking.check(str(market.public))
    assert not [each for each in report.mismatches if "overdue" not in each.line()], [
        e.line() for e in report.mismatches
    ]


@pytest.mark.parametrize("value", [False, 1, "yes", None])
def test_a_training_is_said_by_true_alone(market: Market, value: Json) -> None:
    with pytest.raises(Refused) as caught:
        placed(market, "trainer", training=value)
    assert (caught.value.code, caught.value.pointer) == ("malformed", "/statement/body/quality/exam/training")
