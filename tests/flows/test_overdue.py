"""Work that nobody decides: appeals that nobody hears and verdicts that come too late are accepted, paid, named and recomputed."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from market_by_merit import QUALITY, Merit, cost
from retold import retold
from world import CONFIG, REWARD, World, mismatches, world

from hakari.app import careers, checking, desk
from hakari.client import Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.verify.report import Report
from hakari.verify.verification import verify

WORKERS = ("ada", "ben", "cho")
TASKS = 6
DAY = 86_400
APPEALS: dict[str, Json] = {"jurors": 3, "reward": "50000", "tasks": 2, "window_s": 3600, "within_s": 3600}
DECIDED = 2 * 3600 + DAY
UNLIKE = 5
"""The task that ada answers unlike everybody else."""


def says(name: str, task: int) -> Json:
    return {"mood": "good" if bool(task % 2) != (name == "ada" and task == UNLIKE) else "bad"}


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    unheard: str
    overdue: str
    short: str
    silent: Report


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("overdue"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        merit = Merit(market, node)

        def order(buyer: str, names: Sequence[str], *, decided: int = DECIDED) -> str:
            return merit.order(
                buyer,
                items=[{"text": f"Evening {n}."} for n in range(TASKS)],
                spec={"config": CONFIG},
                redundancy=1,
                listed=[(name, task) for name in names for task in range(TASKS)],
                quality={**QUALITY, "appeals": APPEALS},
                beside=2 * 3 * cost(50_000),
                decided=decided,
            )

        with pytest.raises(Refused) as short:
            order("buyer in a hurry", WORKERS, decided=DECIDED - 1)
        first, second = order("buyer of moods", WORKERS), order("buyer of more", (*WORKERS, "nobody"))
        for name in WORKERS:
            merit.answer(name, first, says)
            merit.answer(name, second, says)
        merit.reach(first, "appealable")
        _appeal(market, merit, first)
        ahead[0] += 3600
        market.wait("the jury's draw", lambda: merit.said("draw"))
        ahead[0] += 3600
        merit.reach(first, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        ends = desk.running(node, second).order.deadline + DECIDED
        silent = verify(checking.open_source(str(market.public)), now=ends)
        ahead[0] = ends - int(time.time())
        market.wait("late verdicts", lambda: [each for each in merit.said("verdicts") if each["order"] == second])
        ahead[0] += 3600
        merit.reach(second, "judged")
        market.wait("the last settlement", lambda: len(merit.said("settlement")) == 2)
        market.quiet()
        yield Lived(market=market, merit=merit, unheard=first, overdue=second, short=short.value.code, silent=silent)


def _appeal(market: World, merit: Merit, order: str) -> None:
    who = market.person("ada")
    [row] = [each for each in rows(market, merit, order, 0) if not each["accepted"]]
    [verdicts] = [each["id"] for each in market.person("reader").get("/v1/statements", kind="verdicts")["items"]]
    market.keep(who.appeal(order, verdicts=verdicts, leaf=row["leaf"], n=row["n"], reason="answer"))


def rows(market: World, merit: Merit, order: str, at: int) -> list[dict[str, Json]]:
    """Return the results of an order's verdicts, the first or a later one."""
    said = [each for each in merit.said("verdicts") if each["order"] == order][at]
    data = merit.node.kept(str(said["results"]))
    return [dict(line) for line in canonical.read_lines(data) if "reason" in line]


def pay(lived: Lived, order: str) -> list[dict[str, dict[str, Json]]]:
    """Return the work lines of an order's settlements, by account."""
    found = []
    for said in lived.merit.said("settlement"):
        if said["order"] == order:
            data = (lived.market.public / "evidence" / str(said["pay"])).read_bytes()
            found.append({line["account"]: dict(line) for line in canonical.read_lines(data) if line["role"] == "work"})
    return found


def test_an_appeal_that_nobody_hears_is_won_and_takes_nothing_away(lived: Lived) -> None:
    [outcome] = [each for each in lived.merit.said("outcome") if each["order"] == lived.unheard]
    assert outcome["result"] == "accepted"
    [row] = [each for each in rows(lived.market, lived.merit, lived.unheard, 1) if each["reason"] == "unheard"]
    assert row["accepted"] is True
    assert row["merit"] == QUALITY["margin_bps"]


def test_verdicts_that_come_too_late_accept_everything_and_pay_it(lived: Lived) -> None:
    late = rows(lived.market, lived.merit, lived.overdue, 0)
    assert {(each["accepted"], each["reason"], each["merit"]) for each in late} == {(True, "overdue", 10_000)}
    [lines] = pay(lived, lived.overdue)
    assert {line["earned"] for line in lines.values()} == {str(TASKS * REWARD * 9 // 10)}
    assert {(line["right"], line["wrong"], line["convicted"]) for line in lines.values()} == {(0, 0, False)}


def test_what_nobody_looked_at_proves_nobody(lived: Lived) -> None:
    with lived.merit.node.store.reading() as book:
        standing = careers.standing(lived.merit.node, book, lived.market.pool())
    assert {standing.career(lived.market.account(name)).judged for name in WORKERS} == {TASKS}


def test_a_stranger_recomputes_both_and_reads_who_was_late(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    [note] = [each for each in report.notes if lived.overdue in each]
    assert lived.merit.node.operator in note
    assert not any(lived.unheard in each for each in report.notes)


def test_an_operator_who_says_nothing_is_named(lived: Lived) -> None:
    [found] = [each for each in lived.silent.mismatches if each.section == "decided"]
    assert found.where == lived.overdue
    assert lived.merit.node.operator in found.what


def test_late_verdicts_that_say_they_were_in_time_are_named(lived: Lived) -> None:
    report = retold(lived.merit.node, lived.market.public, kind="verdicts", nth=-1, later=-3 * DAY)
    assert "verdicts" in {each.section for each in report.mismatches}


def test_verdicts_while_an_order_waits_for_answers_are_named(lived: Lived) -> None:
    report = retold(
        lived.merit.node, lived.market.public, kind="verdicts", nth=-1, later=-DECIDED - 3600, until="chain"
    )
    [found] = [each for each in report.mismatches if each.what == "end of an order"]
    assert f"{TASKS} answers more" in found.expected


def test_a_jury_drawn_before_appeals_end_is_named(lived: Lived) -> None:
    report = retold(lived.merit.node, lived.market.public, kind="draw", later=-1800)
    assert "time of a jury's draw" in {each.what for each in report.mismatches}


def test_an_answer_is_appealed_once_and_each_appeal_is_answered_once(lived: Lived) -> None:
    market, node = lived.market, lived.merit.node
    with node.store.reading() as book:
        [appeal, *_], [outcome, *_] = (
            [each for each, _ in book.statements.about(kind, lived.unheard)] for kind in ("appeal", "outcome")
        )
    again = {
        "appeal": market.person("ada").sign("appeal", appeal.body, at=appeal.time + 1),
        "outcome": node.sentence("outcome", outcome.body, at=outcome.time + 1),
    }
    named = {
        kind: {str(each.expected) for each in retold(node, market.public, kind=kind, beside=said).mismatches}
        for kind, said in again.items()
    }
    assert "one that is not appealed yet" in named["appeal"]
    assert "said once" in named["outcome"]


def test_a_time_that_the_order_cannot_keep_is_refused(lived: Lived) -> None:
    assert lived.short == "malformed"
