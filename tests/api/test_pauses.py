"""A pause gives nothing out, takes back nothing that was given, and locks nobody's pay."""

import pytest
from market import GOOD, UNIT_COST, Market, items
from test_assignments import numbers, place

from hakari.app import checking
from hakari.client import Refused
from hakari.work.pauses import LONGEST_S


def reserved(market, order):
    number = market.person("buyer").get(f"/v1/orders/{order}")["body"]["escrow_order"]
    with market.node.store.reading() as book:
        said = book.chain.events(contract="escrow", event="Reserved", having=("order", str(number)))
    return sum(int(str(each.args["amount"])) for each in said)


def refused(act, *given, **named):
    with pytest.raises(Refused) as found:
        act(*given, **named)
    return found.value.code, found.value.pointer


def test_a_paused_order_gives_nothing_out_and_takes_what_it_gave(market: Market) -> None:
    order = place(market, tasks=24)
    buyer = market.person("buyer")
    ada, ben = market.signed_in("ada", "work"), market.signed_in("ben", "work")
    held = ada.assignments(order, count=2)
    ada.submit(order, [(held[0]["task"], GOOD)])
    market.rounds()
    assert reserved(market, order) == 0  # one answer of twenty-four waits for company, to save gas
    until = market.clock() + 3600
    receipt = buyer.pause(order, until=until).receipt
    assert receipt["include_by"] > receipt["time"]
    assert buyer.get(f"/v1/orders/{order}")["paused_until"] == until
    market.rounds()
    assert reserved(market, order) == UNIT_COST  # but not through a pause

    trace = market.trace()
    assert refused(ben.assignments, order, count=1) == ("order_paused", None)
    assert market.trace() == trace
    assert numbers(ada.assignments(order, count=500)) == [held[1]["task"]]
    ada.submit(order, [(held[1]["task"], GOOD)])
    assert refused(ada.assignments, order, count=1) == ("order_paused", None)

    buyer.pause(order, until=0)
    assert buyer.get(f"/v1/orders/{order}")["paused_until"] is None
    assert len(ben.assignments(order, count=1)) == 1
    buyer.pause(order, until=market.clock() + 60)
    market.clock.ahead += 60  # and it ends by itself
    assert len(ben.assignments(order, count=2)) == 2
    market.clock.ahead -= 60


def test_a_pause_moves_no_deadline_and_what_is_recorded_is_judged_and_paid_in_it(market: Market) -> None:
    order = place(market, tasks=12)
    buyer, ada = market.person("buyer"), market.signed_in("ada", "work")
    given = ada.assignments(order, count=2)
    ada.submit(order, [(task, GOOD) for task in numbers(given)])
    deadline = buyer.get(f"/v1/orders/{order}")["body"]["deadline"]
    ahead = market.clock.ahead
    market.clock.ahead += deadline - market.clock() - 3600
    assert refused(buyer.pause, order, until=deadline + 1) == ("malformed", "/statement/body/until")
    buyer.pause(order, until=deadline)
    market.rounds()
    assert buyer.get(f"/v1/orders/{order}")["status"] == "open"
    market.clock.ahead += 3600
    assert refused(buyer.pause, order, until=0) == ("order_closed", None)
    market.until(lambda: buyer.get(f"/v1/orders/{order}")["status"] == "judged")
    [said] = buyer.get(f"/v1/orders/{order}")["verdicts"]
    assert (said["statement"]["body"]["accepted"], said["statement"]["body"]["paid"]) == (2, "80000")
    market.rounds()
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches
    market.clock.ahead = ahead


def test_pauses_end_before_they_lock_anybody_out(market: Market) -> None:
    order = place(market, tasks=4)
    buyer = market.person("buyer")
    market.clock.ahead += 1000
    now = market.clock()
    buyer.pause(order, until=now + LONGEST_S, at=now)
    # Another takes its place: what the first would have lasted is not counted.
    buyer.pause(order, until=now + LONGEST_S, at=now + 5)
    assert refused(buyer.pause, order, until=now + LONGEST_S + 1, at=now + 6) == (
        "pauses_spent",
        "/statement/body/until",
    )
    buyer.pause(order, until=0, at=now + 10)
    assert refused(buyer.pause, order, until=0, at=now + 11) == ("malformed", "/statement/body/until")
    assert refused(buyer.pause, order, until=now + 600, at=now + 9) == ("malformed", "/statement/time")
    assert refused(buyer.pause, order, until=now + LONGEST_S + 12, at=now + 12) == (
        "pauses_spent",
        "/statement/body/until",
    )
    assert refused(buyer.pause, order, until=now + 600, at=now - 700) == ("malformed", "/statement/time")
    assert refused(buyer.pause, order, until=5, at=now + 12) == ("malformed", "/statement/body/until")
    stranger = market.person("stranger", "buy")
    assert refused(stranger.pause, order, until=now + 600) == ("forbidden", "/statement/author")
    worker = market.person("ada", "work")
    assert refused(worker.pause, order, until=now + 600)[0] in ("wrong_scope", "unknown_key")
    assert refused(buyer.pause, "ab" * 32, until=now + 600) == ("unknown_order", "/statement/body/order")
    market.clock.ahead -= 1000


def test_an_open_order_shows_nothing_while_paused_and_takes_what_was_shown_for_its_time(market: Market) -> None:
    buyer, ada = market.person("buyer", "buy"), market.signed_in("ada")
    cost = 2 * UNIT_COST
    escrow_order, deadline = market.fund(buyer, cost)
    body = market.body(
        escrow_order=escrow_order, deadline=deadline, budget=cost, redundancy=1, answer_seconds=60, title="Open moods"
    )
    order = buyer.order(body, items=items(2), guideline="Say what the text makes you feel.").id
    assert len(ada.assignments(order, count=2)) == 2
    buyer.pause(order, until=market.clock() + 600)
    assert refused(ada.assignments, order, count=2) == ("order_paused", None)
    ada.submit(order, [(0, GOOD)])
    market.clock.ahead += 61
    assert refused(ada.submit, order, [(1, GOOD)]) == ("order_paused", None)
    buyer.pause(order, until=0)
    ada.submit(order, [(1, GOOD)])
    market.until(lambda: buyer.get(f"/v1/orders/{order}")["status"] == "judged")
    market.rounds()
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches
    market.clock.ahead -= 61
