"""Sapien's row: a staked spammer and two colluding validators among honest staked workers, through the public door and the chain.

They are convicted by audits alone, whose votes are committed first and revealed when all seats have, and by challenges: sealed audits
of one order that another serves again. They lose pay and stake, and a stranger reaches the same balances.
"""

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import pytest
from market_by_merit import AUDIT_REWARD, QUALITY, Merit, cost
from retold import silent
from sapien_votes import TASKS, Votes, votes
from world import REWARD, World, mismatches, world

from hakari.app import careers, notices, stakes
from hakari.app.node import Node
from hakari.client import Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.work import challenges
from hakari.work.quality import AUDITORS

SPAMMER, COLLUDERS = "spammer", ("colluder 1", "colluder 2")
ATTACKERS = (SPAMMER, *COLLUDERS)
AUDITING = ("eve", "fay", "gus", "hal")
STAKE = REWARD
"""At risk for each answer."""
SHARE_BPS = 3500
STAKED = TASKS * STAKE
STOCK = 24
"""Items of the stock, and as many of the order that serves it; the main order has all others."""
MAIN = TASKS - 2 * STOCK
AUDITED = MAIN * SHARE_BPS // 10_000
BUYER = "buyer of polarity"


def wrong(votes_: Votes, name: str, task: int) -> bool:
    """The spammer is right as often as a coin; the colluders share one sheet that is wrong three times out of five."""
    return task % 2 == 0 if name == SPAMMER else task % 5 < 3


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which items each order has. pair: two honest people who voted on all of the stock and of the order that serves it."""

    main: Sequence[int]
    stock: Sequence[int]
    own: Sequence[int]
    pair: tuple[str, str]


def parts(held: Votes) -> Parts:
    """Of the stock the spammer gets just half wrong, too little to convict him by itself; the colluders as much as there is."""
    one, other = max(
        combinations(sorted(held.honest), 2), key=lambda two: len(set(held.honest[two[0]]) & set(held.honest[two[1]]))
    )
    both = sorted(
        set(held.honest[one]) & set(held.honest[other]), key=lambda task: (not wrong(held, COLLUDERS[0], task), task)
    )
    half = STOCK // 2
    stock = [task for task in both if wrong(held, SPAMMER, task)][:half]
    stock += [task for task in both if not wrong(held, SPAMMER, task)][:half]
    own = [task for task in both if task not in stock][:STOCK]
    assert (len(stock), len(own)) == (STOCK, STOCK)
    main = [task for task in range(TASKS) if task not in {*stock, *own}]
    return Parts(main=main, stock=stock, own=own, pair=(one, other))


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    votes: Votes
    order: str
    stock: str
    serving: str
    paid: Mapping[str, int]
    """Lines of accepted epochs by name."""
    lost: Mapping[str, int]
    """Stake that is gone by name."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    held = votes()
    with world(tmp_path_factory.mktemp("sapien")) as (market, node):
        market.patience_s, market.names = 120.0, tuple(held.honest)
        merit = Merit(market, node)
        merit.first = True
        merit.serve(AUDITING, "audit")
        for name in (*held.honest, *ATTACKERS):
            merit.staked(name, STAKED)
        those = parts(held)
        order, stock = _order(merit, held, those), _stock(merit, held, those)
        for name in (*held.honest, *ATTACKERS):
            merit.answer(name, order, lambda who, task: _says(held, who, those.main[task]))
        for name in set(held.honest) - set(those.pair):
            merit.answer(name, stock, lambda who, task: _says(held, who, those.stock[task]))
        merit.reach(stock, "auditing")
        serving, items = _serving(merit, held, those, stock)
        for name in (*those.pair, *ATTACKERS):
            merit.answer(name, serving, lambda who, task: _says(held, who, items[task]))
        merit.audited(stock, AUDITING, lambda _, task: {"polarity": held.truth[those.stock[task]]})
        _contested(market, merit)
        merit.audited(order, AUDITING, lambda _, task: {"polarity": held.truth[those.main[task]]})
        market.wait("the settlements", lambda: len({each["order"] for each in merit.said("settlement")}) == 3)
        _punished(market, merit)
        market.settled("settlement", "slash")
        market.quiet()
        people = (*held.honest, *ATTACKERS, *AUDITING, BUYER)
        yield Lived(
            market=market,
            merit=merit,
            votes=held,
            order=order,
            stock=stock,
            serving=serving,
            paid={name: paid(market, name) for name in people},
            lost={name: STAKED - stake(market, name) for name in (*held.honest, *ATTACKERS)},
        )


def _spec(held: Votes) -> dict[str, Json]:
    choices = "".join(f'<Choice value="{each}"/>' for each in held.classes)
    return {
        "config": '<View><Text name="text" value="$text"/><Choices name="polarity" toName="text" choice="single">'
        f"{choices}</Choices></View>"
    }


def _quality(audited: int, **more: Json) -> dict[str, Json]:
    """What the orders declare. audited: basis points of their tasks, by votes that are committed first."""
    declared: dict[str, Json] = {**QUALITY, "hold": 10, "min_skill_bps": 8000, "stake": str(STAKE)}
    if audited:
        declared["audits"] = {"reward": str(AUDIT_REWARD), "share_bps": audited, "within_s": 86_400, **more}
        declared["reveal"] = {"roles": ["audit"], "within_s": 3600}
    return declared


def _listed(held: Votes, names: Sequence[str], tasks: Sequence[int]) -> list[tuple[str, int]]:
    return [(name, n) for name in names for n, task in enumerate(tasks) if task in held.honest[name]]


def _order(merit: Merit, held: Votes, those: Parts) -> str:
    return merit.order(
        BUYER,
        items=[held.items[task] for task in those.main],
        spec=_spec(held),
        redundancy=1,
        listed=[
            *_listed(held, list(held.honest), those.main),
            *((name, task) for name in ATTACKERS for task in range(MAIN)),
        ],
        quality=_quality(SHARE_BPS),
        beside=AUDITED * AUDITORS * cost(AUDIT_REWARD),
    )


def _stock(merit: Merit, held: Votes, those: Parts) -> str:
    """Items that the other honest people answer and auditors do, all of them; what they show is sealed."""
    return merit.order(
        BUYER,
        items=[held.items[task] for task in those.stock],
        spec=_spec(held),
        redundancy=1,
        listed=_listed(held, sorted(set(held.honest) - set(those.pair)), those.stock),
        quality=_quality(10_000, sealed_s=5 * 86_400),
        beside=STOCK * AUDITORS * cost(AUDIT_REWARD),
        nth=1,
        days=10,
    )


def _serving(merit: Merit, held: Votes, those: Parts, stock: str) -> tuple[str, list[int]]:
    """Return an order that serves the stock among items of its own and audits nothing, and which item each of its tasks is."""
    shuffled = random.Random(7).sample(range(2 * STOCK), 2 * STOCK)
    items, lines = challenges.mixed(
        [held.items[task] for task in those.own],
        [held.items[task] for task in those.stock],
        shuffled=shuffled,
        salts=[f"{n:024d}" for n in range(STOCK)],
    )
    places = canonical.lines(lines).decode()
    order = merit.order(
        BUYER,
        items=items,
        spec=_spec(held),
        redundancy=len(those.pair) + len(ATTACKERS),
        quality={**_quality(0), "challenges": {"of": stock, "places": digest(places)}},
        truths=places,
        nth=2,
        days=10,
    )
    every = [*those.own, *those.stock]
    return order, [every[at] for at in shuffled]


def _says(held: Votes, name: str, task: int) -> Json:
    if name in held.honest:
        return {"polarity": held.honest[name][task]}
    one, other = held.classes
    right = held.truth[task]
    return {"polarity": right if not wrong(held, name, task) else other if right == one else one}


def _contested(market: World, merit: Merit) -> None:
    """Challenges convict the colluders; one of them contests and the arbiter upholds. The others let the window pass."""
    market.wait("two slashes", lambda: market.number("stakes", "slash_count()", []) == len(COLLUDERS))
    market.wait("them in the log", lambda: all(_cases(market, name) for name in COLLUDERS))
    told = [each for each in notices.of(merit.node, Account(market.account(COLLUDERS[0]))) if each.kind == "accused"]
    [[contested]] = [[each["case"] for each in _cases(market, COLLUDERS[0])]]
    assert [each.id for each in told] == [f"accused:{contested}"]
    market.person(COLLUDERS[0]).contest_slash(contested, rpc=market.chain)
    market.wait("that it is known as contested", lambda: _cases(market, COLLUDERS[0])[0]["state"] == "contested")
    assert not [
        each for each in notices.of(merit.node, Account(market.account(COLLUDERS[0]))) if each.kind == "accused"
    ]
    market.call(market.person("arbiter"), "stakes", "rule(uint256,bool)", [contested, True])


def _punished(market: World, merit: Merit) -> None:
    def done() -> bool:
        market.skip(3)
        time.sleep(0.1)
        return len(merit.said("slash")) == len(ATTACKERS)

    market.wait("the slashes in the log", done)


def _cases(market: World, name: str) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], market.person("reader").stakes(market.account(name))["cases"])


def paid(market: World, name: str) -> int:
    lines = market.person("reader").get(f"/v1/accounts/{market.account(name)}/lines")["items"]
    return sum(int(line["amount"]) for line in lines if line["status"] == "accepted")


def stake(market: World, name: str) -> int:
    words = market.person("reader").view("stakes", "stake_of(address)", [market.account(name)])
    return int.from_bytes(words[:32], "big") + int.from_bytes(words[32:64], "big")


def settled(lived: Lived, order: str) -> dict[str, Json]:
    """The settlement of an order's work, with its id; a later one is of pay that it held."""
    items = lived.market.person("reader").get("/v1/statements", kind="settlement", limit=200)["items"]
    said = next(each for each in items if each["statement"]["body"]["order"] == order)
    return {**said["statement"]["body"], "id": said["id"]}


def pay(lived: Lived, order: str) -> dict[tuple[str, str], Mapping[str, Json]]:
    data = (lived.market.public / "evidence" / str(settled(lived, order)["pay"])).read_bytes()
    return {(str(line["account"]), str(line["role"])): line for line in canonical.read_lines(data)}


def looked_at(line: Mapping[str, Json]) -> int:
    return int(str(line["wrong"])) + int(str(line["right"]))


def test_the_honest_end_net_positive_and_keep_their_stake(lived: Lived) -> None:
    for name in lived.votes.honest:
        assert lived.paid[name] > 0, name
        assert lived.lost[name] == 0, name


def test_the_attackers_end_net_negative(lived: Lived) -> None:
    for name in ATTACKERS:
        assert lived.paid[name] == 0
        assert lived.paid[name] - lived.lost[name] < 0
    # What was at risk for the answers of the order that convicted is gone; who contested in vain lost a tenth more of what was left.
    assert lived.lost[SPAMMER] == MAIN * STAKE
    assert lived.lost[COLLUDERS[1]] == 2 * STOCK * STAKE


def test_challenges_convict_the_colluders_and_audits_with_them_the_spammer(lived: Lived) -> None:
    market, first, last = lived.market, pay(lived, lived.serving), pay(lived, lived.order)
    by = [
        {account for (account, role), line in lines.items() if role == "work" and line["convicted"]}
        for lines in (pay(lived, lived.stock), first, last)
    ]
    assert by == [set(), {market.account(each) for each in COLLUDERS}, {market.account(each) for each in ATTACKERS}]
    assert all(each["order"] != lived.serving for each in lived.merit.said("draw")), "no audit of that order"
    for name in ATTACKERS:
        before, line = first[market.account(name), "work"], last[market.account(name), "work"]
        assert (looked_at(before), looked_at(line)) == (STOCK, AUDITED)
        assert float(str(line["statistic"])) >= float(str(line["threshold"]))


def test_every_vote_that_convicts_was_committed_before_any_was_opened(lived: Lived) -> None:
    """For each audited task the log has two commitments of its auditors before the first reveal of one of them."""
    page = lived.market.person("reader").get
    places: dict[tuple[str, int], tuple[str, int]] = {}
    committed: dict[tuple[str, int], list[int]] = {}
    opened: dict[tuple[str, int], list[int]] = {}
    for each in page("/v1/statements", kind="submission", limit=200)["items"]:
        body = each["statement"]["body"]
        for n, task in enumerate(body.get("tasks", [])):
            places[each["id"], n] = body["order"], task
            committed.setdefault((body["order"], task), []).append(each["leaf"])
    for each in page("/v1/statements", kind="reveal", limit=200)["items"]:
        body = each["statement"]["body"]
        for n in body["n"]:
            opened.setdefault(places[body["submission"], n], []).append(each["leaf"])
    assert len(opened) == AUDITED + STOCK
    assert all(len(committed[task]) == 2 and max(committed[task]) < min(leaves) for task, leaves in opened.items())


def test_slashed_money_pays_the_harmed_buyer_and_then_the_honest(lived: Lived) -> None:
    slashes = lived.merit.said("slash")
    income = sum(int(str(each["income"])) for each in slashes)
    rows = lived.market.person("reader").get
    got: dict[str, int] = {}
    for name in (*lived.votes.honest, *AUDITING, "buyer of polarity"):
        items = rows(f"/v1/accounts/{lived.market.account(name)}/lines")["items"]
        got[name] = sum(int(line["amount"]) for line in items if line["why"] == "slash")
    assert sum(got.values()) == income
    paid_ = [each for order in (lived.stock, lived.order) for each in pay(lived, order).items()]
    audits = sum(int(str(line["due"])) for (_, role), line in paid_ if role == "audit")
    # The loss that audits prove is what they cost, in parts by whom they found wrong.
    assert 0 < got[BUYER] <= audits * cost(AUDIT_REWARD) // AUDIT_REWARD
    assert all(got[name] > 0 for name in lived.votes.honest)


def test_a_case_says_its_evidence_its_end_and_what_is_left(lived: Lived) -> None:
    reader = lived.market.person("reader")
    for name in ATTACKERS:
        by, answers = (lived.order, MAIN) if name == SPAMMER else (lived.serving, 2 * STOCK)
        found = reader.stakes(lived.market.account(name))
        [case], [consent] = found["cases"], found["pools"]
        assert (case["state"], case["until"], case["settlement"]) == (
            "slashed",
            None,
            settled(lived, by)["id"],
        )
        assert int(case["amount"]) == answers * STAKE
        page = reader.download("/earnings", account=lived.market.account(name)).decode()
        assert f"of this stake was taken for pool {case['pool']}" in page
        assert (found["active"], found["frozen"], consent["pending"]) == (str(STAKED - lived.lost[name]), "0", "0")
    honest = reader.stakes(lived.market.account(next(iter(lived.votes.honest))))
    assert (honest["cases"], honest["active"], honest["pools"][0]["limit"]) == ([], str(STAKED), str(STAKED))


def test_nobody_is_given_more_than_their_stake_answers_for(lived: Lived) -> None:
    """Two answers' worth of stake, and no more of them."""
    market, merit = lived.market, lived.merit
    quality = {**QUALITY, "stake": str(STAKE)}
    config = (
        '<View><Text name="t" value="$t"/><Choices name="c" toName="t" choice="single"><Choice value="a"/>'
        '<Choice value="b"/></Choices></View>'
    )
    order = merit.order(
        "buyer of few", items=[{"t": str(n)} for n in range(4)], spec={"config": config}, redundancy=2, quality=quality
    )
    merit.staked("newcomer", 5 * STAKE, limit=2 * STAKE + STAKE // 2)
    who = market.delegated("newcomer", "work")
    market.signed_in("newcomer")
    tasks: list[int] = []
    while len(tasks) < 2:
        given = [int(each["task"]) for each in who.assignments(order, count=4)]
        assert given
        who.submit(order, [(task, {"c": "a"}) for task in given])
        tasks += given
    assert len(tasks) == 2
    with pytest.raises(Refused, match="stake at risk") as caught:
        who.assignments(order, count=1)
    assert caught.value.code == "stake_too_low"


def test_a_stranger_reaches_the_same_balances(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    counted = {(check.name, check.level): check.count for check in report.checks}
    assert counted["slashes", "recomputed"] == len(ATTACKERS)
    assert counted["settlements", "recomputed"] >= len(lived.votes.honest) + len(ATTACKERS)


def test_a_slash_that_the_chain_executed_and_nobody_says_is_overdue(lived: Lived) -> None:
    late = silent(lived.merit.node, lived.market.public, "slash", later=60 * 86_400)
    assert [each.line() for each in late.mismatches] == []
    assert "slash" in {each.what for each in late.overdue}


def test_a_settlement_that_comes_in_lets_only_itself_be_read(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    node, pool, read = lived.merit.node, lived.market.pool(), list[str]()
    whole, here = Node.kept, threading.get_ident()

    def counted(this: Node, digest: str) -> bytes:
        read.extend([digest] if threading.get_ident() == here else [])  # the node's own worker goes on beside
        return whole(this, digest)

    with node.store.reading() as book:
        careers.kept(node, book, pool)
    with node.store.book() as book:
        book.chain.set_mark(f"punished:{pool}", 0)  # as if a settlement had come in
    monkeypatch.setattr(Node, "kept", counted)
    assert stakes.punish(node, pool) is False, "nobody is accused twice"
    assert read == []
    with node.store.reading() as book:
        assert book.chain.mark(f"punished:{pool}") == len(lived.merit.said("settlement"))
        convicted = [each.account for each in careers.kept(node, book, pool).convictions]
    assert sorted(convicted) == sorted(lived.market.account(name) for name in ATTACKERS)
