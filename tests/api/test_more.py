"""More of an order: a second one that continues it, held against the first by the node and by whoever verifies."""

import json
import time

import pytest
from market import GOOD, GUIDELINE, REWARD, UNIT_COST, Market, items
from test_assignments import numbers
from test_pauses import refused

from hakari.app import checking, more
from hakari.client import Client, Sent
from hakari.core.canonical import Json
from hakari.work.challenges import OF


def paying(market: Market, name: str) -> Client:
    """Somebody who holds tokens; the relayer's transactions go out while they wait."""
    who = market.signed_in(name, "buy")
    market.person("a giver").call("payment_token", "faucet(address,uint256)", [who.account, 10**9])
    who._sleep = lambda _: market.rounds(1)
    return who


def answered(market: Market, order: str, worker: str, count: int) -> None:
    who = market.signed_in(worker, "work")
    given = who.assignments(order, count=count)
    who.submit(order, [(task, GOOD) for task in numbers(given)])


def place(market: Market, buyer: Client, *, tasks: int, redundancy: int = 1, **changed: object) -> Sent:
    budget = tasks * redundancy * UNIT_COST
    deadline = market.clock() + 86_400
    authorised = buyer.pay_budget(pool=market.pool, terms_version=1, amount=budget, deadline=deadline)
    body = market.body(
        escrow_order=buyer.paid(authorised)["order"], deadline=deadline, budget=budget, redundancy=redundancy, **changed
    )
    return buyer.order(body, items=items(tasks), guideline=GUIDELINE)


def test_the_rest_of_a_closed_order_is_paid_better_and_a_stranger_verifies_both(market: Market) -> None:
    buyer = paying(market, "ada wants more")
    first = place(market, buyer, tasks=4).id
    answered(market, first, "one who answers", 2)
    assert refused(buyer.more, first, how="rest") == ("still_open", None)
    number = buyer.get(f"/v1/orders/{first}")["body"]["escrow_order"]
    buyer.call("escrow", "close(uint256)", [number])
    market.until(lambda: buyer.get(f"/v1/orders/{first}")["status"] == "judged")
    second = buyer.more(first, how="rest", reward=2 * REWARD).id
    body = buyer.get(f"/v1/orders/{second}")["body"]
    assert (body["continues"], body["reward"], body["redundancy"]) == (first, str(2 * REWARD), 1)
    assert buyer.get(f"/v1/orders/{second}")["tasks"] == 2
    assert buyer.get(f"/v1/orders/{first}")["continued_by"] == [second]
    answered(market, second, "another who answers", 2)
    market.until(lambda: buyer.get(f"/v1/orders/{second}")["status"] == "judged")
    found = more.together(market.node, second)
    assert found is not None
    assert [(each.id, each.first, each.accepted, each.judged) for each in found.parts] == [
        (first, True, 2, 2),
        (second, False, 2, 2),
    ]
    assert (found.tasks, found.answered, found.share.value, found.share.of) == (6, 4, 1.0, 4)
    assert found.funded == 4 * UNIT_COST + 2 * 2 * UNIT_COST
    assert found == more.together(market.node, first)
    market.rounds()
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches


def test_more_answers_and_other_items_by_the_same_definition(market: Market) -> None:
    buyer = paying(market, "ben wants more")
    first = place(market, buyer, tasks=3, redundancy=2).id
    again = buyer.more(first, how="answers", each=1).id
    other = buyer.more(again, how="items", items=[{"text": "quite another"}]).id
    orders = {each: buyer.get(f"/v1/orders/{each}") for each in (again, other)}
    assert [(each["tasks"], each["wanted"]) for each in orders.values()] == [(3, 3), (1, 1)]
    # Whatever is continued, all name the first one.
    assert {each["body"]["continues"] for each in orders.values()} == {first}
    assert buyer.get(f"/v1/orders/{first}")["continued_by"] == [again, other]


SEALED: dict[str, Json] = {
    **{"rules": "label/2", "margin_bps": 1000, "hold": 4, "spread_bps": 7000, "min_skill_bps": 8000, "alpha_bps": 100},
    "audits": {"reward": "90000", "share_bps": 10_000, "within_s": 600, "sealed_s": 86_400},
}


def test_an_order_with_sealed_audits_is_served_again_among_other_items(market: Market) -> None:
    buyer = paying(market, "dil wants challenges")
    number, deadline = market.fund(buyer, 2 * UNIT_COST + 2 * 3 * 94_500)
    body = market.body(
        escrow_order=number,
        deadline=deadline,
        budget=2 * UNIT_COST + 2 * 3 * 94_500,
        redundancy=1,
        assignment="drawn",
        quality=SEALED,
    )
    stock = buyer.order(body, items=items(2), guideline=GUIDELINE).id
    own: list[Json] = [{"text": f"another {n}"} for n in range(3)]
    # Nobody pays for what could not be placed.
    assert refused(buyer.more, stock, how="challenges", items=own[:1]) == ("malformed", "/items")
    assert refused(buyer.more, stock, how="challenges", items=own, each=31) == ("malformed", "/body/redundancy")
    assert refused(buyer.more, place(market, buyer, tasks=1).id, how="challenges", items=own) == ("malformed", OF)
    made = buyer.more(stock, how="challenges", items=own, each=2).id
    found = buyer.get(f"/v1/orders/{made}")
    assert (found["tasks"], found["wanted"], found["body"]["continues"]) == (5, 10, stock)
    declared = found["body"]["quality"]
    assert (declared["challenges"]["of"], "sealed_s" in declared["audits"]) == (stock, False)
    worker = market.signed_in("one who meets challenges", "work")
    shown: list[str] = []
    while given := worker.assignments(made, count=10):
        shown += [each["data"]["text"] for each in given]
        worker.submit(made, [(task, GOOD) for task in numbers(given)])
    assert sorted(shown) == sorted(each["text"] for each in [*items(2), *own])  # type: ignore[index,call-overload]
    market.rounds()
    names = {path.name for path in (market.public / "evidence").iterdir()}
    assert declared["challenges"]["places"] not in names
    report = checking.check(str(market.public))
    assert report.ok, report.mismatches


def test_only_the_buyer_is_told_what_more_takes(market: Market) -> None:
    buyer = paying(market, "cem wants more")
    first = place(market, buyer, tasks=1).id
    stranger = market.signed_in("a stranger to it", "buy")
    trace = market.trace()
    assert refused(stranger.post, f"/v1/orders/{first}/more", {"how": "answers"})[0] == "not_originator"
    assert refused(buyer.post, f"/v1/orders/{first}/more", {"how": "items"}) == ("malformed", "/items")
    assert refused(buyer.post, f"/v1/orders/{'ab' * 32}/more", {"how": "answers"})[0] == "unknown_order"
    assert market.trace() == trace


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"spec": {"config": '<View><Text name="t" value="$text"/><TextArea name="a" toName="t"/></View>'}}, "spec"),
        ({"guideline": {"version": 0}}, "guideline version"),
        ({"continues": "ab" * 32}, "continues must be"),
    ],
)
def test_an_order_that_is_not_by_the_same_definition_does_not_continue(
    market: Market, changed: dict[str, object], said: str
) -> None:
    buyer = paying(market, "dan wants more")
    first = place(market, buyer, tasks=1).id
    made = buyer.post(f"/v1/orders/{first}/more", {"how": "answers"})
    deadline = int(time.time()) + 86_400
    authorised = buyer.pay_budget(pool=market.pool, terms_version=1, amount=UNIT_COST, deadline=deadline)
    body = {**made["body"], "deadline": deadline, "escrow_order": buyer.paid(authorised)["order"]}
    bent = json.loads(json.dumps(body))
    for name, value in changed.items():
        bent[name] = {**bent[name], **value} if isinstance(value, dict) else value
    with pytest.raises(Exception, match=said) as found:
        buyer.order(bent, items=made["items"], guideline=GUIDELINE)
    assert found.value.code == "not_continued"
    # Neither does another's; the same money still places what was asked for.
    stranger = market.person("a thief of orders", "buy")
    number, until = market.fund(stranger, UNIT_COST)
    with pytest.raises(Exception, match="author"):
        stranger.order({**body, "escrow_order": number, "deadline": until}, items=made["items"], guideline=GUIDELINE)
    assert buyer.order(body, items=made["items"], guideline=GUIDELINE).id
