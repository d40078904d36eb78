"""Payments without gas: the buyer signs, the relayer sends; what is not exactly signed is refused before anything is written."""

import time

import pytest
from market import GUIDELINE, UNIT_COST, Market, error, items
from test_pauses import refused

from hakari.client import Client

POOR = "a buyer without gas"


def buyer(market: Market, name: str, tokens: int) -> Client:
    """Somebody with tokens that another gave, who never sent a transaction."""
    who = market.person(name, "buy")
    market.person("a giver").call("payment_token", "faucet(address,uint256)", [who.account, tokens])
    return who


def sent(who: Client) -> int:
    return int(who._rpc(f"{who.url}/rpc", "eth_getTransactionCount", [who.account, "latest"]), 16)


def paid(market: Market, who: Client, authorisation: str) -> dict[str, object]:
    path = f"/v1/accounts/{who.account}/authorisations/{authorisation}"
    market.until(lambda: who.get(path)["status"] in ("done", "refused"))
    return who.get(path)


def test_an_order_is_funded_by_a_signature_and_nobody_pays_gas_but_the_relayer(market: Market) -> None:
    budget = 3 * UNIT_COST
    who = buyer(market, "ada pays", budget + 5)
    assert who.get(f"/v1/accounts/{who.account}/purse")["balance"] == str(budget + 5)
    deadline = int(time.time()) + 86_400
    authorisation = who.pay_budget(pool=market.pool, terms_version=1, amount=budget, deadline=deadline)
    assert who.get(f"/v1/accounts/{who.account}/authorisations/{authorisation}")["status"] == "waiting"
    found = paid(market, who, authorisation)
    assert (found["status"], found["licence"], found["reason"]) == ("done", None, None)
    body = market.body(escrow_order=int(str(found["order"])), deadline=deadline, budget=budget, redundancy=1)
    order = who.order(body, items=items(3), guideline=GUIDELINE).id
    assert who.get(f"/v1/orders/{order}")["status"] == "open"
    assert sent(who) == 0
    assert who.get(f"/v1/accounts/{who.account}/purse")["balance"] == "5"


def good(market: Market, who: Client, **changed: object) -> dict[str, object]:
    """Return a good funding, signed; `changed` after the signature."""
    signed = who.signed_budget(pool=market.pool, terms_version=1, amount=1000, deadline=int(time.time()) + 86_400)
    return {**signed, **changed}


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"amount": "1001"}, "malformed", "/signature"),
        ({"salt": "ab" * 32}, "malformed", "/signature"),
        ({"deadline": 2_000_000_000}, "malformed", "/signature"),
        ({"account": "0x" + "12" * 20}, "malformed", "/signature"),
        ({"deadline": 5}, "malformed", "/deadline"),
        ({"pool": 99}, "unknown_pool", "/pool"),
        ({"terms_version": 7}, "malformed", "/terms_version"),
        ({"valid_before": 5}, "authorisation_expired", "/valid_before"),
        ({"valid_before": 2_900_000_000}, "malformed", "/valid_before"),
        ({"signature": "00" * 65}, "wrong_signature", "/signature"),
        ({"signature": "00"}, "malformed", "/signature"),
        ({"amount": "0"}, "malformed", "/amount"),
    ],
)
def test_what_is_not_exactly_what_was_signed_is_refused_and_writes_nothing(
    market: Market, changed: dict[str, object], code: str, pointer: str
) -> None:
    who = buyer(market, "ben pays", 1000)
    trace = market.trace()
    said = error(market.post("/v1/fundings", good(market, who, **changed)))
    assert (said["code"], said["pointer"]) == (code, pointer)
    assert market.trace() == trace


def test_an_authorisation_is_good_once_and_only_for_who_holds_the_money(market: Market) -> None:
    who = market.person("cem pays", "buy")
    assert error(market.post("/v1/fundings", good(market, who)))["code"] == "too_little"
    buyer(market, "cem pays", 1000)
    body = good(market, who)
    first = market.post("/v1/fundings", body).json()["id"]
    assert market.post("/v1/fundings", body).json()["id"] == first  # asking again asks for nothing more
    assert paid(market, who, first)["status"] == "done"
    buyer(market, "cem pays", 1000)
    assert market.post("/v1/fundings", body).json()["id"] == first
    assert who.get(f"/v1/accounts/{who.account}/purse")["balance"] == "1000"
    # What was used elsewhere, before this node heard of it, is spent.
    other = good(market, who)
    signature = str(other["signature"])
    sender = market.person("a giver")
    args = [who.account, market.pool, 1, 1000, other["deadline"], bytes.fromhex(str(other["salt"])), 0]
    vrs = [int(signature[128:], 16), bytes.fromhex(signature[:64]), bytes.fromhex(signature[64:128])]
    name = (
        "fund_with_authorization(address,uint256,uint256,uint256,uint256,bytes32,uint256,uint256,uint8,bytes32,bytes32)"
    )
    sender.call("escrow", name, [*args, other["valid_before"], *vrs])
    buyer(market, "cem pays", 1000)
    assert error(market.post("/v1/fundings", other))["code"] == "authorisation_spent"
    assert refused(who.get, f"/v1/accounts/{who.account}/authorisations/{'ab' * 32}")[0] == "unknown_authorisation"


def test_who_spends_the_money_before_the_relayer_comes_is_told_so(market: Market) -> None:
    who = buyer(market, "dan pays", 1000)
    deadline = int(time.time()) + 86_400
    first, second = (
        who.pay_budget(pool=market.pool, terms_version=1, amount=1000, deadline=deadline) for _ in range(2)
    )
    found = [paid(market, who, each) for each in (first, second)]
    assert sorted(str(each["status"]) for each in found) == ["done", "refused"]
    [lost] = [each for each in found if each["status"] == "refused"]
    assert lost["reason"]
    assert lost["order"] is None
    assert refused(who.paid, lost["id"])[0] == "reverted"


def test_a_licence_is_bought_by_a_signature_at_the_offers_price_only(market: Market) -> None:
    order = market.order(tasks=1, redundancy=1, buyer="eva sells").id
    worker = market.signed_in("fay works", "work")
    worker.submit(order, [(worker.assignments(order, count=1)[0]["task"], {"mood": "good"})])
    seller = market.signed_in("eva sells")
    market.until(lambda: seller.get(f"/v1/orders/{order}")["status"] == "judged")
    offer = {"price": "5000", "purposes": 2, "term_seconds": 0}
    release = seller.release(order, name="Moods", offer=offer)
    market.until(lambda: seller.get(f"/v1/releases/{release}")["offers"])
    number = int(seller.get(f"/v1/releases/{release}")["offers"][0]["offer"])
    who = buyer(market, "gus pays", 5000)
    assert refused(who.pay_price, number, price=4999) == ("price_changed", "/amount")
    assert refused(who.pay_price, number + 1, price=5000) == ("unknown_offer", "/offer")
    found = paid(market, who, who.pay_price(number, price=5000))
    [licence] = who.get(f"/v1/accounts/{who.account}")["licences"]
    assert licence["id"] == found["licence"]
    assert found["order"] is None
    assert sent(who) == 0
