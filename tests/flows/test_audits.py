"""Audits end to end: drawn after the answers by an anchored log and a later block, answered blind, paid, and verified by a stranger."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from retold import retold, silent
from web3.exceptions import Web3RPCError
from world import CONFIG, REWARD, World, mismatches, secret, world

from hakari.adapters.evm.chain import EmbeddedProvider, open_chain
from hakari.adapters.evm.view import View
from hakari.adapters.sql.answers import Answers
from hakari.adapters.sql.statements import Statements
from hakari.app import Node, careers, desk, funding, settling, watching
from hakari.app.aside import NODE_WIDE
from hakari.app.watcher import Word, open_watch
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.money import UNIT
from hakari.verify import watch
from hakari.work import panels
from hakari.work.quality import AUDITORS

HONEST = ("ada", "ben", "cho")
SPAMMER, PATRON = "sam", "patron"
AUDITING = ("eve", "fay", "gus", "hal")
TASKS = 16
SHARE = 4
"""Audited tasks: a quarter."""


def truth(task: int) -> str:
    return "good" if task * 7 % 5 < 2 else "bad"


def says(name: str, task: int) -> Json:
    if name == SPAMMER:
        return {"mood": "good" if truth(task) == "bad" else "bad"}
    # Each honest worker errs once, on a task of its own.
    slips = HONEST.index(name) == task if name in HONEST else False
    return {"mood": truth(task) if not slips else "good" if truth(task) == "bad" else "bad"}


def pay_out(market: World) -> None:
    """One patron pays Sam and, to tie him to somebody honest, Ben; Cho gets dust, Ada pays a contract, Fay only audits."""
    who = market.person(PATRON)
    market.call(who, "payment_token", "faucet(address,uint256)", [who.account, 10 * UNIT])
    for name, amount in ((SPAMMER, UNIT), ("ben", 2 * UNIT), (SPAMMER, UNIT), ("cho", 99_999), ("fay", UNIT)):
        market.call(who, "payment_token", "transfer(address,uint256)", [market.account(name), amount])
    ada = market.person("ada")
    market.call(ada, "payment_token", "faucet(address,uint256)", [ada.account, UNIT])
    market.call(ada, "payment_token", "transfer(address,uint256)", [ada.node["chain"]["contracts"]["escrow"], UNIT])


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Merit, str]]:
    with world(tmp_path_factory.mktemp("audits")) as (market, node):
        merit = Merit(market, node)
        merit.serve(AUDITING, "audit")
        pay_out(market)
        order = merit.order(
            "buyer of merit",
            items=[{"text": f"Evening {n} at the harbour."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=4,
            quality={**QUALITY, "audits": {**AUDITS, "aimed_bps": 5000, "funding": True}},
            beside=SHARE * AUDITORS * cost(AUDIT_REWARD),
        )
        for name in (*HONEST, SPAMMER):
            merit.answer(name, order, says)
        merit.audited(order, AUDITING, says)
        merit.reach(order, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        yield market, merit, order


def pay(lived: tuple[World, Merit, str]) -> list[dict[str, Json]]:
    market, merit, _ = lived
    data = b"".join((market.public / "evidence" / str(each["pay"])).read_bytes() for each in merit.said("settlement"))
    return list(canonical.read_lines(data))


def test_a_stranger_recomputes_draw_audits_verdicts_and_money(lived: tuple[World, Merit, str]) -> None:
    report = lived[0].verify()
    assert mismatches(report) == []
    names = {check.name: check.level for check in report.checks}
    assert names["draws"] == names["funding"] == names["settlements"] == "recomputed"


def test_the_honest_are_paid_the_spammer_is_not_and_auditors_are(lived: tuple[World, Merit, str]) -> None:
    market, _, _ = lived
    by_account = {(line["account"], line["role"]): line for line in pay(lived)}
    for name in HONEST:
        line = by_account[market.account(name), "work"]
        assert int(str(line["due"])) > 0
        assert int(str(line["due"])) <= REWARD * int(str(line["accepted"]))
    spam = by_account[market.account(SPAMMER), "work"]
    assert (spam["due"], spam["earned"]) == ("0", "0")
    assert spam["wrong"] == SHARE
    audits = [line for (_, role), line in by_account.items() if role == "audit"]
    assert sum(int(str(line["due"])) for line in audits) == 2 * SHARE * AUDIT_REWARD


def test_half_of_the_draw_is_even_and_only_that_half_measures_the_crowd(lived: tuple[World, Merit, str]) -> None:
    market, merit, order = lived
    [draw] = [each for each in merit.said("draw") if each["order"] == order]
    drawn = {
        int(str(line["task"]))
        for line in canonical.read_lines((market.public / "evidence" / str(draw["panels"])).read_bytes())
    }
    seed = panels.seed(
        root=merit.node.log.root_at(int(str(draw["size"]))),
        block_hash=str(draw["block_hash"]),
        order=StatementId(order),
        role="audit",
    )
    assert set(panels.tasks(seed, range(TASKS), SHARE // 2)) < drawn
    found = market.person("reader").get(f"/v1/orders/{order}/figures")
    assert (found["right"]["by"], found["right"]["of"]) == ("audits", SHARE // 2)
    assert found["peers"] is None
    assert (found["voices"]["accounts"], found["money"]["blind"]) == (4, str(2 * SHARE * AUDIT_REWARD))


def test_who_was_paid_by_one_patron_is_said_before_the_draw_and_weighs_in_it(lived: tuple[World, Merit, str]) -> None:
    market, merit, order = lived
    ben, sam, patron = (market.account(name) for name in ("ben", SPAMMER, PATRON))
    assert [(line["from"], line["to"], line["amount"]) for line in payments(lived)] == [
        (patron, sam, "1000000"),
        (patron, ben, "2000000"),
    ]
    facts = desk.running(merit.node, StatementId(order))
    workers = {Account(market.account(name)) for name in (*HONEST, SPAMMER)}
    with merit.node.store.reading() as book:
        assert funding.linked(merit.node, book, facts, workers) == {ben, sam}


def payments(lived: tuple[World, Merit, str]) -> list[dict[str, Json]]:
    market, merit, order = lived
    [said] = [each for each in merit.said("funding") if each["order"] == order]
    return list(canonical.read_lines((market.public / "evidence" / str(said["transfers"])).read_bytes()))


@pytest.mark.parametrize(
    ("lie", "named"),
    [
        (lambda lines: lines.pop(), "left out"),
        (
            lambda lines: lines.append({**lines[-1], "index": lines[-1]["index"] + 1, "from": "0x" + 40 * "7"}),
            "none on",
        ),
        (lambda lines: lines[0].update(amount="1000001"), "transfer at block"),
    ],
    ids=["one left out", "one invented", "one changed"],
)
def test_a_lie_about_payments_is_named_by_whoever_looks_at_the_chain(
    lived: tuple[World, Merit, str], lie: Callable[[list[dict[str, Json]]], None], named: str
) -> None:
    market, merit, _ = lived
    view = View(EmbeddedProvider(merit.node.embedded))
    said = mismatches(retold(merit.node, market.public, kind="funding", member="transfers", lines=lie, chain=view))
    assert [line for line in said if line.startswith("funding: ") and named in line], said


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (lambda body: body.update(block=body["block"] - 1), "block of funding"),
        (lambda body: body.update(order="0" * 64), "order"),
    ],
)
def test_payments_said_out_of_place_are_named(
    lived: tuple[World, Merit, str], body: Callable[[dict[str, Json]], None], named: str
) -> None:
    said = mismatches(retold(lived[1].node, lived[0].public, kind="funding", body=body))
    assert [line for line in said if named in line], said


def test_a_chain_node_that_forgot_the_past_sets_that_order_aside(lived: tuple[World, Merit, str]) -> None:
    _, merit, order = lived
    forgetful = open_chain(embedded=merit.node.embedded, chain_id=merit.node.settings.chain_id)

    def pruned(wanted: Any) -> Any:
        raise Web3RPCError("history has been pruned for this block")

    forgetful._web3.eth.get_logs = pruned  # type: ignore[method-assign]
    with merit.node.store.reading() as book:
        row, before = book.orders.held(StatementId(order)), book.statements.count("funding")
    assert row is not None
    with pytest.raises(funding.PastUnseen, match=r"in blocks 0 to \d+, got: .*pruned") as told:
        funding.say(replace(merit.node, chain=forgetful), row)
    assert told.value.status < NODE_WIDE
    with merit.node.store.reading() as book:
        assert book.statements.count("funding") == before


def test_verdicts_and_pay_follow_from_the_answers_whatever_was_paid_to_whom(lived: tuple[World, Merit, str]) -> None:
    market, merit, _ = lived

    def nobody(lines: list[dict[str, Json]]) -> None:
        lines.clear()

    report = retold(merit.node, market.public, kind="funding", member="transfers", lines=nobody, until="settlement")
    # Told without one payment, another draw would have followed from that log; what was audited and answered gives the same money.
    sections = {each.section for each in report.mismatches}
    assert "draws" in sections
    assert not sections & {"verdicts", "settlements", "answers"}, [each.line() for each in report.mismatches]
    honest = {check.name: check.count for check in market.verify().checks}
    told = {check.name: check.count for check in report.checks}
    assert (told["verdicts"], told["settlements"]) == (honest["verdicts"], honest["settlements"])


def test_panels_hold_nobody_of_the_order(lived: tuple[World, Merit, str]) -> None:
    market, merit, order = lived
    [draw] = [each for each in merit.said("draw") if each["order"] == order]
    panels = list(canonical.read_lines((market.public / "evidence" / str(draw["panels"])).read_bytes()))
    assert len(panels) == SHARE
    outside = {market.account(name) for name in AUDITING}
    assert all(set(each["panel"]) <= outside for each in panels)  # type: ignore[arg-type]


def test_the_folder_is_what_money_on_chain_follows(lived: tuple[World, Merit, str]) -> None:
    market, _, _ = lived
    reader = market.person("reader")
    for name in (*HONEST, *AUDITING):
        due = sum(int(str(line["due"])) for line in pay(lived) if line["account"] == market.account(name))
        lines = reader.get(f"/v1/accounts/{market.account(name)}/lines")["items"]
        assert sum(int(line["amount"]) for line in lines if line["status"] == "accepted") == due
    assert Path(market.public / "log" / "checkpoint").exists()


def test_the_pages_show_each_amount_as_it_was_settled(lived: tuple[World, Merit, str]) -> None:
    market, _, order = lived
    reader = market.person("reader")
    for name in (*HONEST, SPAMMER, *AUDITING):
        account = market.account(name)
        rows = csv.DictReader(io.StringIO(reader.download("/earnings.csv", account=account).decode()))
        shown = sorted((row["why"], row["stage"], round(float(row["amount"]) * UNIT)) for row in rows)
        lines = reader.get(f"/v1/accounts/{account}/lines")["items"]
        assert shown == sorted((line["why"], line["status"], int(line["amount"])) for line in lines)
    page = reader.download(f"/orders/{order}").decode()
    assert f"<dd>{SHARE}</dd>" in page


Change = Callable[[list[dict[str, Json]]], None]


def swap_panel(lines: list[dict[str, Json]]) -> None:
    lines[0]["panel"] = list(reversed(lines[0]["panel"]))  # type: ignore[arg-type]


def another_task(lines: list[dict[str, Json]]) -> None:
    drawn = {int(str(line["task"])) for line in lines}
    lines[-1]["task"] = max(set(range(TASKS)) - drawn)
    lines.sort(key=lambda line: int(str(line["task"])))


def turn(lines: list[dict[str, Json]]) -> None:
    lines[0]["answer"] = {"mood": "good" if lines[0]["answer"] == {"mood": "bad"} else "bad"}


def accept(lines: list[dict[str, Json]]) -> None:
    refused = next(line for line in lines if line.get("accepted") is False)
    refused["accepted"] = True


def richer(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if line["role"] == "work" and line["due"] != "0")
    line["due"] = str(int(str(line["due"])) + 1)


def merit_up(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if "merit" in line)
    line["merit"] = int(str(line["merit"])) - 5


def convict(lines: list[dict[str, Json]]) -> None:
    line = next(line for line in lines if line["role"] == "work")
    line["convicted"] = not line["convicted"]


def unpaid_auditor(lines: list[dict[str, Json]]) -> None:
    next(line for line in lines if line["role"] == "audit")["due"] = "0"


@pytest.mark.parametrize(
    ("kind", "member", "lines", "section"),
    [
        ("draw", "panels", swap_panel, "draws"),
        ("draw", "panels", another_task, "draws"),
        ("verdicts", "blind", turn, "answers"),
        ("verdicts", "results", accept, "verdicts"),
        ("verdicts", "results", merit_up, "verdicts"),
        ("settlement", "pay", richer, "settlements"),
        ("settlement", "pay", convict, "settlements"),
        ("settlement", "pay", unpaid_auditor, "settlements"),
    ],
)
def test_a_lie_that_is_signed_anew_is_named(
    lived: tuple[World, Merit, str], kind: str, member: str, lines: Change, section: str
) -> None:
    market, merit, _ = lived
    report = retold(merit.node, market.public, kind=kind, member=member, lines=lines)
    assert section in {each.section for each in report.mismatches}, [each.line() for each in report.mismatches]


def test_a_draw_by_another_block_and_a_settlement_that_frees_more_are_named(lived: tuple[World, Merit, str]) -> None:
    market, merit, _ = lived

    def later(body: dict[str, Json]) -> None:
        body["block"] = int(str(body["block"])) + 1

    def freer(body: dict[str, Json]) -> None:
        body["free"] = str(int(str(body["free"])) + 1)

    for kind, change, section in (("draw", later, "draws"), ("settlement", freer, "settlements")):
        report = retold(merit.node, market.public, kind=kind, body=change)
        assert section in {each.section for each in report.mismatches}


def test_the_same_told_again_without_a_lie_holds(lived: tuple[World, Merit, str]) -> None:
    """The teller itself is no lie: a body that says the same a second later verifies."""
    market, merit, _ = lived
    report = retold(merit.node, market.public, kind="settlement", later=1)
    assert [each.line() for each in report.mismatches] == []


def test_a_buyer_who_leaves_while_audits_run_takes_back_nothing_that_they_cost(lived: tuple[World, Merit, str]) -> None:
    """Else the epoch that pays the auditors asks escrow for more than is left: it never passes, and no other of the pool after it."""
    market, merit, _ = lived

    def escrowed() -> dict[str, int]:
        said = merit.node.chain.call(merit.node.contracts, "escrow", "order", [number])
        return {name: int(said[name]) for name in ("refunded", "paid_out", "reserved", "left")}

    def take_back() -> None:
        before = escrowed()["refunded"]
        market.surely(
            lambda: escrowed()["refunded"] > before,
            lambda: (market.skip(3), market.call(buyer, "escrow", "refund(uint256,address)", [number, buyer.account])),
        )

    seats = AUDITORS * cost(AUDIT_REWARD)
    order = merit.order(
        "buyer who leaves",
        items=[{"text": f"Morning {n}."} for n in range(4)],
        spec={"config": CONFIG},
        redundancy=2,
        quality={**QUALITY, "audits": AUDITS},
        beside=seats,
    )
    buyer = market.person("buyer who leaves")
    number = next(
        each["escrow_order"]
        for each in merit.said("order")
        if each["title"] == "By merit" and each["budget"] == str(8 * cost(REWARD) + seats)
    )
    merit.answer("ada", order, says)
    merit.reach(order, "open")
    market.call(buyer, "escrow", "close(uint256)", [number])
    merit.reach(order, "auditing")
    market.wait("the reserve", lambda: escrowed()["reserved"] == 4 * cost(REWARD) + seats)
    market.quiet()
    take_back()
    assert escrowed() == {
        "refunded": 4 * cost(REWARD),
        "paid_out": 0,
        "reserved": 4 * cost(REWARD) + seats,
        "left": 4 * cost(REWARD) + seats,
    }
    merit.audited(order, AUDITING, says)
    market.wait("the settlement", lambda: [each for each in merit.said("settlement") if each["order"] == order])
    market.settled("settlement")
    market.quiet()
    after = escrowed()
    assert after["reserved"] == 0
    assert after["paid_out"] >= 2 * cost(AUDIT_REWARD)
    take_back()
    assert escrowed()["left"] == 0
    assert mismatches(market.verify()) == []


@pytest.mark.parametrize(("kind", "what"), [("verdicts", "verdicts"), ("settlement", "settlement"), ("epoch", "epoch")])
def test_an_operator_who_stops_before_a_word_that_is_due_is_overdue_and_no_liar(
    lived: tuple[World, Merit, str], kind: str, what: str
) -> None:
    market, merit, _ = lived
    late = silent(merit.node, market.public, kind, later=60 * 86_400)
    assert [each.line() for each in late.mismatches] == []
    assert any(each.what.startswith(what) for each in late.overdue), late.overdue
    assert silent(merit.node, market.public, kind, later=60).overdue == ()


def test_a_round_reads_nothing_of_what_is_over(
    lived: tuple[World, Merit, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    market, merit, _ = lived
    node, pool, read = merit.node, market.pool(), Counter[str]()
    opened, here = set[str](), threading.get_ident()
    for _ in range(3):
        settling.settle(node, pool)
    for kind, name in ((Statements, "about"), (Statements, "get"), (Answers, "judged"), (Node, "kept")):
        whole = getattr(kind, name)

        def counted(this: Any, *args: Any, _whole: Any = whole, _name: str = name, **more: Any) -> Any:
            # The node's own worker goes on beside: what it reads is not this thread's, but what it has read need not be read here.
            read.update([_name] if threading.get_ident() == here else [])
            opened.update(args if _name == "kept" else [])
            return _whole(this, *args, **more)

        monkeypatch.setattr(kind, name, counted)
    assert settling.settle(node, pool) is False
    assert read == {}
    # A node that starts again reads it all once, and comes to the same.
    with node.store.reading() as book:
        before = careers.kept(node, book, pool).standing
    opened.clear()
    node.careers.clear()
    assert settling.settle(node, pool) is False
    settled = {str(each["pay"]) for each in merit.said("settlement")}
    assert settled <= opened
    assert read["kept"] <= len(settled)
    read.clear()
    assert settling.settle(node, pool) is False
    assert read == {}
    with node.store.reading() as book:
        again = careers.standing(node, book, pool, below=book.statements.size())
        assert again.careers == before.careers == careers.kept(node, book, pool).standing.careers


def test_a_watcher_computes_the_epochs_of_an_order_by_merit(lived: tuple[World, Merit, str]) -> None:
    """Else it would challenge each of them: what settlements pay follows from merits."""
    market, _, _ = lived
    told: list[Word] = []
    watch_ = open_watch(
        market.url, rpc=None, secret=secret("watcher"), limit=0, claims=False, proposes=False, tell=told.append
    )
    watching.look(watch_)
    assert watch_.docket is not None
    kept = watch.accounts(watch_.docket[1], watch_.state, market.pool())
    assert kept.broken is None
    assert kept.past
    assert not [each for each in told if each.kind == "could_not"]
