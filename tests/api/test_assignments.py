"""Tasks are somebody's for a time: what is held and not answered goes to others, and a late answer has its own refusal."""

import pytest
from market import GOOD, Market, error, submission

from hakari.app import checking
from hakari.client import Refused

HOUR = 3600


def numbers(given):
    return [each["task"] for each in given]


def place(market, *, tasks, redundancy=1, **changed):
    """A funded, drawn order, its log published so that tasks can be drawn."""
    from market import GUIDELINE, UNIT_COST, items

    buyer = market.person("buyer", "buy")
    cost = tasks * redundancy * UNIT_COST
    escrow_order, deadline = market.fund(buyer, cost, 10 * 86_400)
    body = market.body(
        escrow_order=escrow_order,
        deadline=deadline,
        budget=cost,
        assignment="drawn",
        redundancy=redundancy,
        **changed,
    )
    made = buyer.order(body, items=items(tasks), guideline=GUIDELINE).id
    market.rounds()
    return made


def test_one_wallet_can_not_hold_a_small_order(market: Market) -> None:
    order = place(market, tasks=12)
    holder, worker = market.signed_in("holder", "work"), market.signed_in("worker", "work")
    held = holder.assignments(order, count=500)
    assert len(held) == 10
    assert {each["until"] for each in held} == {held[0]["until"]}
    assert held[0]["until"] - market.clock() in range(HOUR - 5, HOUR + 1)
    assert holder.assignments(order, count=500) == held  # what is held comes again, and nothing more
    left = numbers(worker.assignments(order, count=500))
    assert len(left) == 2
    worker.submit(order, [(task, GOOD) for task in left])
    assert worker.assignments(order, count=500) == []

    market.clock.ahead += HOUR
    with pytest.raises(Refused) as late:
        holder.submit(order, [(held[0]["task"], GOOD)])
    assert (late.value.code, late.value.status) == ("assignment_lapsed", 409)
    trace = market.trace()
    answer = market.post(
        "/v1/submissions", submission(holder, order, [(held[0]["task"], GOOD)], at=market.clock() - HOUR)
    )
    assert error(answer)["code"] == "assignment_lapsed"  # a statement of an earlier time does not make it early
    assert market.trace() == trace

    assert holder.assignments(order, count=500) == []  # its own come back to it after as long again
    given = worker.assignments(order, count=500)
    assert sorted(numbers(given)) == sorted(numbers(held))
    worker.submit(order, [(task, GOOD) for task in numbers(given)[:-1]])
    market.clock.ahead += HOUR
    again = holder.assignments(order, count=500)
    assert numbers(again) == numbers(given)[-1:]  # and then as many at once as it has shown to do
    holder.submit(order, [(numbers(again)[0], GOOD)])
    market.until(lambda: worker.get(f"/v1/orders/{order}")["status"] == "judged")
    market.rounds()
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches
    market.clock.ahead -= 2 * HOUR


def test_the_order_says_how_long_a_task_is_its_accounts(market: Market) -> None:
    order = place(market, tasks=2, answer_seconds=60)
    slow, quick = market.signed_in("slow", "work"), market.signed_in("quick", "work")
    assert len(slow.assignments(order, count=2)) == 2
    assert quick.assignments(order, count=2) == []
    market.clock.ahead += 60
    assert len(quick.assignments(order, count=2)) == 2
    market.clock.ahead -= 60


@pytest.mark.parametrize("wrong", [59, 30 * 86_400 + 1, "3600", True, None])
def test_a_time_out_of_range_is_refused_with_its_place(market: Market, wrong: object) -> None:
    with pytest.raises(Refused) as found:
        place(market, tasks=1, answer_seconds=wrong)
    assert (found.value.code, found.value.pointer) == ("malformed", "/statement/body/answer_seconds")
