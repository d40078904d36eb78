"""Sealed audits served again: a coin flipper whom no audit of his order met is convicted by challenges, and a stranger verifies it."""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from market_by_merit import AUDIT_REWARD, QUALITY, Merit, cost
from retold import Line, retold, silent, told
from world import CONFIG, World, mismatches, world

from hakari.client import Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.statement import parse_bytes
from hakari.verify.report import Report
from hakari.work import challenges
from hakari.work.quality import AUDITORS

STOCK, OWN, WRONG = 16, 18, 10
"""Tasks of the stock, of the order itself, and of the former those that the coin flipper gets wrong."""
FIRST, HONEST, FLIPPER = ("ivy", "jan"), ("ada", "ben", "cho"), "sam"
AUDITING = ("eve", "fay", "gus", "hal")
BUYER = "buyer of challenges"
SEALED: dict[str, Json] = {
    "reward": str(AUDIT_REWARD),
    "share_bps": 10_000,
    "within_s": 86_400,
    "sealed_s": 5 * 86_400,
}


def stocked(n: int) -> str:
    return f"Morning {n} at the harbour."


def own(n: int) -> str:
    return f"Evening {n} at the harbour."


def truth(text: str) -> str:
    return "good" if hashlib.sha256(text.encode()).digest()[0] % 2 else "bad"


def other(mood: str) -> str:
    return "bad" if mood == "good" else "good"


MISSED = {stocked(n) for n in range(WRONG)} | {own(n) for n in range(0, OWN, 2)}
"""What the coin flipper gets wrong. So does ivy in the order, of what she saw in the stock."""


def says(name: str, text: str, order: str) -> Json:
    missed = text in MISSED if name == FLIPPER else (name, order) == ("ivy", "serving") and text in MISSED
    return {"mood": other(truth(text)) if missed else truth(text)}


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    stock: str
    order: str
    places: Mapping[int, int]
    before: Report
    named: frozenset[str]
    """Evidence that was public while the stock was sealed."""
    refused: Mapping[str, Refused]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with world(tmp_path_factory.mktemp("challenges")) as (market, node):
        market.names = (*FIRST, *HONEST, FLIPPER, *AUDITING)
        merit = Merit(market, node)
        merit.serve(AUDITING, "audit")
        stock = merit.order(
            BUYER,
            items=[{"text": stocked(n)} for n in range(STOCK)],
            spec={"config": CONFIG},
            redundancy=len(FIRST),
            quality={**QUALITY, "min_skill_bps": 8000, "audits": SEALED},
            beside=STOCK * AUDITORS * cost(AUDIT_REWARD),
            days=10,
        )
        for name in FIRST:
            answer(merit, name, stock, "stock")
        merit.reach(stock, "auditing")
        market.wait("the draw", lambda: merit.said("draw"))
        for name in AUDITING:
            answer(merit, name, stock, "stock", role="audit")
        refused = {why: refusal(merit, stock, why) for why in ("another content", "a task twice", "too often")}
        items, lines = mixed()
        order = serving(merit, stock, items, lines)
        market.quiet()
        before = market.verify()
        named = frozenset(path.name for path in (market.public / "evidence").iterdir())
        assert merit.status(stock) == "auditing", "its answers and audits are in, and it waits"
        for name in ("ivy", *HONEST, FLIPPER):
            answer(merit, name, order, "serving")
        merit.reach(order, "judged")
        market.wait("the settlements", lambda: len(merit.said("settlement")) == 2)
        market.settled("settlement")
        market.quiet()
        yield Lived(
            market=market,
            merit=merit,
            stock=stock,
            order=order,
            places={int(str(each["task"])): int(str(each["of"])) for each in lines},
            before=before,
            named=named,
            refused=refused,
        )


def mixed() -> tuple[list[Json], list[Line]]:
    """Return the order's items, the stock's among them, and the lines of its places."""
    shuffled = list(range(OWN + STOCK))
    random.Random(4).shuffle(shuffled)
    return challenges.mixed(
        [{"text": own(n)} for n in range(OWN)],
        [{"text": stocked(n)} for n in range(STOCK)],
        shuffled=shuffled,
        salts=[f"{n:024d}" for n in range(STOCK)],
    )


def serving(
    merit: Merit, stock: str, items: list[Json], lines: list[Line], *, redundancy: int = 5, nth: int = 1
) -> str:
    places = canonical.lines(lines).decode()
    return merit.order(
        BUYER,
        items=items,
        spec={"config": CONFIG},
        redundancy=redundancy,
        quality={**QUALITY, "min_skill_bps": 8000, "challenges": {"of": stock, "places": digest(places)}},
        truths=places,
        nth=nth,
        days=10,
    )


def refusal(merit: Merit, stock: str, why: str) -> Refused:
    items, lines = mixed()
    if why == "another content":
        at = next(int(str(each["task"])) for each in lines)
        items[at] = {"text": "Noon at the harbour."}
    if why == "a task twice":
        lines[0] = {**lines[0], "of": lines[1]["of"]}
    # The money that it funds is the served order's later on.
    with pytest.raises(Refused) as caught:
        serving(
            merit, stock, items, lines, redundancy=31 if why == "too often" else 5, nth=2 if why == "too often" else 1
        )
    return caught.value


def answer(merit: Merit, name: str, order: str, which: str, role: str | None = None) -> None:
    who = merit.market.delegated(name, "work")
    merit.market.signed_in(name)
    while True:
        try:
            given = who.assignments(order, count=100)
        except Refused as error:
            if error.code != "order_closed":
                raise
            return
        if not given:
            return
        answers = [(int(each["task"]), says(name, str(each["data"]["text"]), which)) for each in given]
        merit.market.keep(who.submit(order, answers, role=role))


def pay(lived: Lived, order: str) -> dict[str, Mapping[str, Json]]:
    """The work's lines of an order's settlement, by account."""
    [said] = [each for each in lived.merit.said("settlement") if each["order"] == order]
    data = (lived.market.public / "evidence" / str(said["pay"])).read_bytes()
    return {str(line["account"]): line for line in canonical.read_lines(data) if line["role"] == "work"}


def test_challenges_alone_convict_the_coin_flipper(lived: Lived) -> None:
    assert all(each["order"] != lived.order for each in lived.merit.said("draw")), "nothing of his order was audited"
    line = pay(lived, lived.order)[lived.market.account(FLIPPER)]
    assert (line["wrong"], line["right"], line["convicted"]) == (WRONG, STOCK - WRONG, True)
    assert (line["due"], line["held"]) == ("0", "0")


def test_the_honest_are_paid_and_their_challenge_answers_speak_for_them(lived: Lived) -> None:
    for name in HONEST:
        line = pay(lived, lived.order)[lived.market.account(name)]
        assert (line["wrong"], line["right"], line["convicted"]) == (0, STOCK, False)
        assert int(str(line["earned"])) > 0


def test_who_had_the_task_before_is_judged_by_it_and_convicted_by_none_of_it(lived: Lived) -> None:
    line = pay(lived, lived.order)[lived.market.account("ivy")]
    assert (line["wrong"], line["right"], line["convicted"]) == (0, 0, False)
    assert int(str(line["accepted"])) <= OWN + STOCK - WRONG
    [said] = [each for each in lived.merit.said("verdicts") if each["order"] == lived.order]
    results = (lived.market.public / "evidence" / str(said["results"])).read_bytes()
    reasons = [each["reason"] for each in canonical.read_lines(results) if "reason" in each]
    assert reasons.count("differs_from_audit") == 2 * WRONG


def test_nothing_of_a_sealed_order_is_public_before_its_verdicts(lived: Lived) -> None:
    assert mismatches(lived.before) == []
    tasks = {str(each["tasks"]) for each in lived.merit.said("tasks")}
    kept = {*tasks, *(str(each["blind"]) for each in lived.merit.said("verdicts") if "blind" in each)}
    order = lived.market.person("reader").get(f"/v1/orders/{lived.order}")["body"]
    kept.add(str(order["quality"]["challenges"]["places"]))
    assert len(kept) == 4
    assert not kept & lived.named
    now = {path.name for path in (lived.market.public / "evidence").iterdir()}
    assert kept <= now


def test_the_stock_is_judged_when_nobody_serves_it_any_more_and_the_order_after_it(lived: Lived) -> None:
    first, second = lived.merit.said("verdicts")
    assert (first["order"], second["order"]) == (lived.stock, lived.order)
    report = lived.market.verify()
    assert mismatches(report) == []
    levels = {check.name: check.level for check in report.checks}
    assert levels["verdicts"] == levels["settlements"] == "recomputed"


def test_an_order_that_can_not_serve_the_stock_is_refused(lived: Lived) -> None:
    assert {why: (each.code, each.pointer) for why, each in lived.refused.items()} == {
        "another content": ("malformed", f"/items/{min(lived.places)}"),
        "a task twice": ("malformed", "/extra"),
        "too often": ("malformed", "/statement/body/redundancy"),
    }


def entries(lived: Lived) -> list[bytes]:
    with lived.merit.node.store.reading() as book:
        return book.statements.entries(0, book.statements.size())


def at(said: list[bytes], kind: str, order: str, *, last: bool = False) -> int:
    found = [n for n, each in enumerate(said) if f'"kind":"{kind}"'.encode() in each and order.encode() in each]
    return found[-1] if last else found[0]


def again(lived: Lived, said: list[bytes], order: str) -> bytes:
    """An order's verdicts, said behind these entries."""
    real = parse_bytes(entries(lived)[at(entries(lived), "verdicts", order)])
    return lived.merit.node.sentence("verdicts", {**real.body, "size": len(said)}, at=real.time).bytes


def test_sealed_audits_that_are_opened_while_an_order_serves_them_are_found(lived: Lived) -> None:
    every = entries(lived)
    said = every[: at(every, "tasks", lived.order) + 1]
    # Behind it what the chain did next: that the order's buyer did not close it either.
    chain = next(each for each in every[len(said) :] if b'"kind":"chain"' in each)
    report = told(lived.merit.node, lived.market.public, [*said, again(lived, said, lived.stock), chain])
    [found] = [each for each in report.mismatches if each.what == "time of verdicts"]
    assert lived.order in found.expected


def test_verdicts_that_come_before_those_of_the_stock_are_found(lived: Lived) -> None:
    said = entries(lived)[: at(entries(lived), "verdicts", lived.stock)]
    report = told(lived.merit.node, lived.market.public, [*said, again(lived, said, lived.order)])
    assert ("verdicts", "after those of the stock") in {(each.what, each.expected) for each in report.mismatches}


def test_a_task_that_is_not_what_the_stock_had_there_is_found(lived: Lived) -> None:
    """The operator's list of tasks says another content at a place that the buyer signed."""
    said, place = entries(lived), min(lived.places)
    n = at(said, "tasks", lived.order)
    real = parse_bytes(said[n])
    path = lived.market.public / "evidence" / str(real.body["tasks"])
    lines = [dict(each) for each in canonical.read_lines(path.read_bytes())]
    lines[place]["item"] = "ab" * 32
    data = canonical.lines(lines)
    lie = hashlib.sha256(data).hexdigest()
    said[n] = lived.merit.node.sentence("tasks", {**real.body, "tasks": lie}, at=real.time).bytes
    said = said[: at(said, "verdicts", lived.order) + 1]
    report = told(lived.merit.node, lived.market.public, said, beside={f"evidence/{lie}": data})
    assert (f"task {place}", f"the content of task {lived.places[place]} of the stock") in {
        (each.what, each.expected) for each in report.mismatches
    }


def test_tasks_that_stay_hidden_after_the_verdicts_are_missed(lived: Lived) -> None:
    said = entries(lived)
    for kept in (parse_bytes(said[at(said, "tasks", lived.stock)]).body["tasks"], places_of(lived)):
        report = told(lived.merit.node, lived.market.public, said, without=str(kept))
        assert f"evidence/{kept}" in {each.where for each in report.mismatches}


def test_whoever_never_opens_a_seal_is_overdue_and_not_before_it_ends(lived: Lived) -> None:
    node, public = lived.merit.node, lived.market.public
    early, late = (silent(node, public, "verdicts", later=days * 86_400) for days in (12, 40))
    assert [each.where for each in early.overdue if each.what == "verdicts"] == []
    assert {each.where for each in late.overdue if each.what == "verdicts"} == {lived.stock, lived.order}


def places_of(lived: Lived) -> str:
    order = lived.market.person("reader").get(f"/v1/orders/{lived.order}")["body"]
    return str(order["quality"]["challenges"]["places"])


def judged_otherwise(lines: list[Line]) -> None:
    wrong = next(each for each in lines if each.get("reason") == "differs_from_audit")
    wrong.update(accepted=True, reason="agrees", score=10_000)


def test_a_challenge_answer_that_is_judged_against_another_truth_is_found(lived: Lived) -> None:
    nth = [each["order"] for each in lived.merit.said("verdicts")].index(lived.order)
    report = retold(
        lived.merit.node, lived.market.public, kind="verdicts", member="results", lines=judged_otherwise, nth=nth
    )
    assert any(each.what.startswith("verdict on answer") for each in report.mismatches)


@pytest.mark.parametrize(
    ("name", "change"), [(FLIPPER, {"wrong": WRONG - 1}), ("ada", {"right": STOCK - 1}), ("ivy", {"wrong": WRONG})]
)
def test_a_challenge_that_is_not_counted_or_counted_for_who_had_it_before_is_found(
    lived: Lived, name: str, change: Line
) -> None:
    account = lived.market.account(name)

    def lie(lines: list[Line]) -> None:
        next(each for each in lines if each["account"] == account and each["role"] == "work").update(change)

    nth = [each["order"] for each in lived.merit.said("settlement")].index(lived.order)
    report = retold(lived.merit.node, lived.market.public, kind="settlement", member="pay", lines=lie, nth=nth)
    assert any(each.where == account and each.what.startswith("pay in") for each in report.mismatches)
