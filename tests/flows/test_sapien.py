"""Sapien's row: a staked spammer and two colluding validators among honest staked workers, through the public door and the chain.

They are convicted by audits alone, whose votes are committed first and revealed when all seats have; lose pay and stake, and a stranger
reaches the same balances.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
from market_by_merit import AUDIT_REWARD, QUALITY, Merit, cost
from retold import silent
from sapien_votes import TASKS, Votes, votes
from world import REWARD, World, mismatches, world

from hakari.app import careers, notices, stakes
from hakari.app.node import Node
from hakari.client import Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.work.quality import AUDITORS

SPAMMER, COLLUDERS = "spammer", ("colluder 1", "colluder 2")
ATTACKERS = (SPAMMER, *COLLUDERS)
AUDITING = ("eve", "fay", "gus", "hal")
STAKE = REWARD
"""At risk for each answer."""
SHARE_BPS = 3500
STAKED = TASKS * STAKE


def wrong(votes_: Votes, name: str, task: int) -> bool:
    """The spammer is right as often as a coin; the colluders share one sheet that is wrong three times out of five."""
    return task % 2 == 0 if name == SPAMMER else task % 5 < 3


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    votes: Votes
    order: str
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
        order = _order(merit, held)
        for name in (*held.honest, *ATTACKERS):
            merit.answer(name, order, lambda who, task: _says(held, who, task))
        merit.audited(order, AUDITING, lambda _, task: {"polarity": held.truth[task]})
        merit.reach(order, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        _punished(market, merit)
        market.settled("settlement", "slash")
        market.quiet()
        people = (*held.honest, *ATTACKERS, *AUDITING, "buyer of polarity")
        yield Lived(
            market=market,
            merit=merit,
            votes=held,
            order=order,
            paid={name: paid(market, name) for name in people},
            lost={name: STAKED - stake(market, name) for name in (*held.honest, *ATTACKERS)},
        )


def _order(merit: Merit, held: Votes) -> str:
    pairs = [(name, task) for name, said in held.honest.items() for task in sorted(said)]
    pairs += [(name, task) for name in ATTACKERS for task in range(TASKS)]
    audited = TASKS * SHARE_BPS // 10_000
    choices = "".join(f'<Choice value="{each}"/>' for each in held.classes)
    config = (
        f'<View><Text name="text" value="$text"/><Choices name="polarity" toName="text" choice="single">{choices}'
        "</Choices></View>"
    )
    return merit.order(
        "buyer of polarity",
        items=held.items,
        spec={"config": config},
        redundancy=1,
        listed=pairs,
        quality={
            **QUALITY,
            "hold": 20,
            "min_skill_bps": 8000,
            "stake": str(STAKE),
            "audits": {"reward": str(AUDIT_REWARD), "share_bps": SHARE_BPS, "within_s": 86_400},
            "reveal": {"roles": ["audit"], "within_s": 3600},
        },
        beside=audited * AUDITORS * cost(AUDIT_REWARD),
    )


def _says(held: Votes, name: str, task: int) -> Json:
    if name in held.honest:
        return {"polarity": held.honest[name][task]}
    one, other = held.classes
    right = held.truth[task]
    return {"polarity": right if not wrong(held, name, task) else other if right == one else one}


def _punished(market: World, merit: Merit) -> None:
    """One colluder contests and the arbiter upholds; the others let the window pass."""
    market.wait("three slashes", lambda: market.number("stakes", "slash_count()", []) == len(ATTACKERS))
    market.wait("them in the log", lambda: all(_cases(market, name) for name in ATTACKERS))
    told = [each for each in notices.of(merit.node, Account(market.account(COLLUDERS[0]))) if each.kind == "accused"]
    [[contested]] = [[each["case"] for each in _cases(market, COLLUDERS[0])]]
    assert [each.id for each in told] == [f"accused:{contested}"]
    market.person(COLLUDERS[0]).contest_slash(contested, rpc=market.chain)
    market.wait("that it is known as contested", lambda: _cases(market, COLLUDERS[0])[0]["state"] == "contested")
    assert not [
        each for each in notices.of(merit.node, Account(market.account(COLLUDERS[0]))) if each.kind == "accused"
    ]
    market.call(market.person("arbiter"), "stakes", "rule(uint256,bool)", [contested, True])

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


def pay(lived: Lived) -> dict[tuple[str, str], Mapping[str, Json]]:
    files = [str(each["pay"]) for each in lived.merit.said("settlement")]
    data = b"".join((lived.market.public / "evidence" / each).read_bytes() for each in files)
    return {(str(line["account"]), str(line["role"])): line for line in canonical.read_lines(data)}


def test_the_honest_end_net_positive_and_keep_their_stake(lived: Lived) -> None:
    for name in lived.votes.honest:
        assert lived.paid[name] > 0, name
        assert lived.lost[name] == 0, name


def test_the_attackers_end_net_negative(lived: Lived) -> None:
    for name in ATTACKERS:
        assert lived.paid[name] == 0
        assert lived.paid[name] - lived.lost[name] < 0
    # Everything that was at risk for their answers is gone; who contested in vain lost a tenth more of what was left.
    assert lived.lost[SPAMMER] == TASKS * STAKE


def test_audits_alone_convict(lived: Lived) -> None:
    market, lines = lived.market, pay(lived)
    convicted = {account for (account, role), line in lines.items() if role == "work" and line["convicted"]}
    assert convicted == {market.account(name) for name in ATTACKERS}
    for name in ATTACKERS:
        line = lines[market.account(name), "work"]
        assert int(str(line["wrong"])) + int(str(line["right"])) == TASKS * SHARE_BPS // 10_000
        assert float(str(line["statistic"])) >= float(str(line["threshold"]))


def test_every_vote_that_convicts_was_committed_before_any_was_opened(lived: Lived) -> None:
    """For each audited task the log has two commitments of its auditors before the first reveal of one of them."""
    page = lived.market.person("reader").get
    places: dict[tuple[str, int], int] = {}
    committed: dict[int, list[int]] = {}
    opened: dict[int, list[int]] = {}
    for each in page("/v1/statements", kind="submission", limit=200)["items"]:
        body = each["statement"]["body"]
        for n, task in enumerate(body.get("tasks", [])):
            places[each["id"], n] = task
            committed.setdefault(task, []).append(each["leaf"])
    for each in page("/v1/statements", kind="reveal", limit=200)["items"]:
        body = each["statement"]["body"]
        for n in body["n"]:
            opened.setdefault(places[body["submission"], n], []).append(each["leaf"])
    assert len(opened) == TASKS * SHARE_BPS // 10_000
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
    audits = sum(int(str(line["due"])) for (_, role), line in pay(lived).items() if role == "audit")
    # The loss that audits prove is what they cost, in parts by whom they found wrong.
    assert 0 < got["buyer of polarity"] <= audits * cost(AUDIT_REWARD) // AUDIT_REWARD
    assert all(got[name] > 0 for name in lived.votes.honest)


def test_a_case_says_its_evidence_its_end_and_what_is_left(lived: Lived) -> None:
    reader = lived.market.person("reader")
    settlement = reader.get("/v1/statements", kind="settlement", limit=200)["items"][0]["id"]
    for name in ATTACKERS:
        found = reader.stakes(lived.market.account(name))
        [case], [consent] = found["cases"], found["pools"]
        assert (case["state"], case["until"], case["settlement"]) == ("slashed", None, settlement)
        assert int(case["amount"]) == TASKS * STAKE
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
