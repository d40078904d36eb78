"""A vote of a pool's people: seen in plain words, cast by a signature that the relayer sends, counted by the chain."""

import time

from market import GOOD, GUIDELINE, UNIT_COST, Market, items, secret
from test_assignments import numbers
from test_pauses import refused

from hakari.app import pools, voting
from hakari.core.canonical import Json
from hakari.people.wallets import address_of


def test_votes_carry_as_the_contract_counts() -> None:
    assert voting.passes("price", 20, 0, 100)
    assert not voting.passes("price", 19, 0, 100)
    assert not voting.passes("price", 20, 20, 100)
    assert voting.passes("terms", 40, 20, 100)
    assert not voting.passes("terms", 39, 20, 100)
    assert voting.passes("operator", 21, 20, 100)


def voters(market: Market) -> int:
    """A pool whose people vote, with an accepted epoch in which `ada votes` and `ben votes` earned."""
    node = market.node
    terms: dict[str, Json] = {**pools.usual_terms(node), "votes": "earned"}
    opened = pools.open_pool(
        node, name="Voters", terms=terms, arbiter=address_of(secret("arbiter")), court=address_of(secret("court"))
    )
    market.until(lambda: pools.pool_of_terms(node, opened) is not None)
    pool = pools.pool_of_terms(node, opened)
    assert pool is not None
    buyer = market.person("a buyer among voters", "buy")
    kept, market.pool = market.pool, pool
    number, deadline = market.fund(buyer, 4 * UNIT_COST)
    body = market.body(escrow_order=number, deadline=deadline, budget=4 * UNIT_COST, redundancy=2)
    order = buyer.order(body, items=items(2), guideline=GUIDELINE).id
    market.pool = kept
    for name in ("ada votes", "ben votes"):
        who = market.signed_in(name, "work")
        who.submit(order, [(task, GOOD) for task in numbers(who.assignments(order, count=2))])

    def accepted() -> bool:
        rows = list(market.person("ada votes").lines())
        return bool(rows) and all(row["status"] == "accepted" for row in rows)

    market.until(accepted, seconds=60)
    market.rounds()
    return pool


def test_a_vote_is_cast_by_a_signature_and_counted_once(market: Market) -> None:
    pool = voters(market)
    ada, ben = market.person("ada votes"), market.person("ben votes")
    # A local chain's five days are seconds: time stands still, so that a busy machine changes nothing.
    node, now = market.node, int(time.time())
    assert node.embedded is not None
    node.embedded._clock = lambda: now
    market.clock.ahead -= 10
    successor = address_of(secret("a successor"))
    payload = bytes(12) + bytes.fromhex(successor[2:])
    number = ada.ask_vote(pool, "operator", payload)
    market.until(lambda: ada.votes(pool))
    [vote] = ada.votes(pool)
    assert vote["vote"] == number
    assert (vote["kind"], vote["state"], vote["change"], vote["voted"]) == ("operator", "open", None, None)
    assert vote["weight"] == "80000"
    assert refused(ada.post, f"/v1/votes/{number}/payload", {"payload": "ab"}) == ("malformed", "/payload")
    ada.show_vote(number, payload)
    assert ada.votes(pool)[0]["change"] == [{"what": "operator", "from": node.operator, "to": successor}]

    stranger = market.person("nobody who votes")
    assert refused(stranger.vote, number, support=True)[0] == "no_weight"
    assert refused(ada.vote, number + 1, support=True)[0] == "unknown_vote"
    bent = {"account": ben.account, "deadline": now + 99, "signature": "00" * 65, "support": True}
    assert refused(ada.post, f"/v1/votes/{number}/ballots", bent)[0] == "reverted"
    ada.vote(number, support=True)
    market.until(lambda: ada.votes(pool)[0]["voted"] is True)
    [counted] = ada.votes(pool)
    assert (counted["yes"], counted["no"]) == ("80000", "0")
    # The same again asks for nothing more.
    assert ada.vote(number, support=False) == f"ballot:{number}:{ada.account}"
    node.embedded._clock = lambda: now + 300
    node.embedded.mine()
    assert ada.votes(pool)[0]["state"] == "passed"
    assert refused(ben.vote, number, support=True)[0] == "vote_closed"
    # Anybody notes the majority and, after the timelock, carries it out: the node follows.
    assert ben.carry_out(pool, number) == "passed"
    market.until(lambda: ada.votes(pool)[0]["state"] == "waiting")
    assert refused(ben.carry_out, pool, number)[0] == "conflict"
    for _ in range(4):
        node.embedded.mine()
    assert ben.carry_out(pool, number) == "due"
    market.until(lambda: ada.votes(pool)[0]["state"] == "done")
    assert ada.votes(pool)[0]["change"] == [{"what": "operator", "from": node.operator, "to": successor}]
    [stepped] = [each for each in ada.get("/v1/pools")["items"] if each["pool"] == pool]
    assert not stepped["operated"]
    market.clock.ahead += 10
