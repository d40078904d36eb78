"""Exams end to end: right answers committed beforehand, results said at once, work for those who passed, all of it made again."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from market_by_merit import QUALITY, Merit, cost
from retold import Line, retold, silent
from world import CONFIG, REWARD, World, mismatches, world

from hakari.client import Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json

TASKS, PLACES = 6, 5
WORK = 12
EXAM_S = 3600


def right(task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


def other(answer: Json) -> Json:
    return {"mood": "good" if answer == {"mood": "bad"} else "bad"}


def truths(said: Callable[[int], Json] = right, tasks: int = TASKS) -> str:
    return canonical.lines({"answer": said(n), "salt": f"{n:024d}", "task": n} for n in range(tasks)).decode()


def sheet(name: str, task: int) -> Json:
    """Ada knows it all, ben slips once, sam guesses, dan stops after two (`answer`)."""
    wrong = {"ada": 0, "ben": 1, "sam": 3, "dan": 0}[name]
    return other(right(task)) if task < wrong else right(task)


def worked(_: str, task: int) -> Json:
    return right(task * 7 % 5)


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    exam: str
    order: str
    refusals: Mapping[str, str]
    early: Mapping[str, Mapping[str, Json]]
    hidden: bool


def results(merit: Merit) -> dict[str, dict[str, Json]]:
    return {str(each["account"]): each for each in merit.said("qualification")}


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return f"{caught.value.code}: {caught.value.message}"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("exams"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        merit, said = Merit(market, node), truths()
        refusals: dict[str, str] = {}

        def exam(name: str, lines: str, **more: Json) -> str:
            quality: dict[str, Json] = {**QUALITY, "exam": {"pass_bps": 8000, "truths": digest(lines)}, **more}
            items: list[Json] = [{"text": f"Question {n} of the harbour."} for n in range(TASKS)]
            spec: dict[str, Json] = {"config": CONFIG}
            return merit.order(name, items=items, spec=spec, redundancy=PLACES, quality=quality, truths=lines)

        refusals["one word"] = refused(lambda: exam("buyer one word", truths(lambda _: {"mood": "good"})))
        refusals["short"] = refused(lambda: exam("buyer short", truths(tasks=TASKS - 1)))
        refusals["beside"] = refused(lambda: exam("buyer beside", said, stake="1"))
        made = exam("buyer of exam", said)
        for name in ("ada", "ben", "sam"):
            assert merit.answer(name, made, sheet, page=2) == TASKS
        dan = market.delegated("dan", "work")
        market.signed_in("dan")
        given = [int(each["task"]) for each in dan.assignments(made, count=1)]
        assert len(given) == TASKS, "an exam is given whole"
        market.keep(dan.submit(made, [(task, sheet("dan", task)) for task in given[:2]]))
        eva = market.delegated("eva", "work")
        market.signed_in("eva")
        assert len(eva.assignments(made, count=1)) == TASKS, "she looks and leaves: her place comes free"
        late = market.delegated("late", "work")
        market.signed_in("late")
        refusals["full"] = refused(lambda: late.assignments(made, count=1))
        market.wait("three results", lambda: len(results(merit)) == 3)
        early, hidden = results(merit), not (market.public / "evidence" / digest(said)).exists()
        assert market.person("ada").assignments(made, count=1) == [], "a whole sheet has nothing left"
        ahead[0] += EXAM_S + 1
        market.wait("dan's result", lambda: len(results(merit)) == 4)
        refusals["again"] = refused(lambda: dan.assignments(made, count=1))
        buyer = market.person("buyer of exam")
        escrowed = int(str(buyer.get(f"/v1/orders/{made}")["body"]["escrow_order"]))
        market.call(buyer, "escrow", "close(uint256)", [escrowed])
        merit.reach(made, "judged")

        def order(name: str, requires: str) -> str:
            items: list[Json] = [{"text": f"Evening {n} at the harbour."} for n in range(WORK)]
            quality: dict[str, Json] = {**QUALITY, "requires": requires}
            return merit.order(name, items=items, spec={"config": CONFIG}, redundancy=2, quality=quality)

        refusals["no exam"] = refused(lambda: order("buyer of nothing", hashlib.sha256(b"none").hexdigest()))
        work = order("buyer of work", made)
        market.signed_in("sam")
        refusals["sam"] = refused(lambda: market.person("sam").assignments(work, count=1))
        refusals["late"] = refused(lambda: late.assignments(work, count=1))
        for name in ("ada", "ben"):
            merit.answer(name, work, worked)
        merit.reach(work, "judged")
        market.wait("settlements", lambda: len(merit.said("settlement")) >= 3)
        market.settled("settlement")
        market.quiet()
        yield Lived(market=market, merit=merit, exam=made, order=work, refusals=refusals, early=early, hidden=hidden)


def pay(lived: Lived, order: str) -> list[dict[str, Json]]:
    said = [each for each in lived.merit.said("settlement") if each["order"] == order]
    return [
        line
        for each in said
        for line in canonical.read_lines((lived.market.public / "evidence" / str(each["pay"])).read_bytes())
    ]


def test_a_stranger_recomputes_who_passed_and_what_it_pays(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    levels = {check.name: (check.level, check.count) for check in report.checks}
    assert levels["exams"] == ("recomputed", 4)


def test_a_result_is_said_before_the_right_answers_are_public(lived: Lived) -> None:
    account = lived.market.account
    assert lived.hidden
    assert {
        name: (lived.early[account(name)]["passed"], lived.early[account(name)]["right"])
        for name in ("ada", "ben", "sam")
    } == {
        "ada": (True, 6),
        "ben": (True, 5),
        "sam": (False, 3),
    }
    assert (lived.market.public / "evidence" / digest(truths())).exists()


def test_who_stopped_halfway_has_what_was_right_and_did_not_pass(lived: Lived) -> None:
    found = results(lived.merit)[lived.market.account("dan")]
    assert (found["passed"], found["right"], found["tasks"]) == (False, 2, TASKS)


def test_each_refusal_says_what_to_do(lived: Lived) -> None:
    codes = {name: text.split(":")[0] for name, text in lived.refusals.items()}
    assert codes == {
        "one word": "malformed",
        "short": "malformed",
        "beside": "malformed",
        "no exam": "malformed",
        "full": "exam_full",
        "again": "exam_taken",
        "sam": "exam_not_passed",
        "late": "exam_not_passed",
    }
    assert lived.exam in lived.refusals["sam"]
    assert "3 right of 6" in lived.refusals["sam"]
    assert lived.exam in lived.refusals["late"]


def test_an_exam_is_held_until_production_proves_and_convicts_nobody(lived: Lived) -> None:
    lines = {(line["account"], line["role"]): line for line in pay(lived, lived.exam)}
    for name in ("ada", "ben", "sam", "dan"):
        line = lines[lived.market.account(name), "work"]
        assert (line["due"], line["right"], line["wrong"], line["convicted"]) == ("0", 0, 0, False)
        assert line["held"] == line["earned"]
    assert int(str(lines[lived.market.account("ada"), "work"]["held"])) > 0
    assert lines[lived.market.account("sam"), "work"]["held"] == "0", "half right of two words is worth nothing"
    # Ada's and ben's work was enough to be believed: what the exam held is due.
    for name in ("ada", "ben"):
        assert lines[lived.market.account(name), "held"]["due"] == lines[lived.market.account(name), "work"]["held"]
    for name in ("sam", "dan"):
        assert (lived.market.account(name), "held") not in lines


def test_the_money_is_what_was_reserved(lived: Lived) -> None:
    market = lived.market
    assert all(int(str(line["due"])) <= REWARD * TASKS for line in pay(lived, lived.exam))
    escrow = market.balance(market.person("reader").node["chain"]["contracts"]["escrow"])
    assert escrow >= 0
    assert cost(REWARD) > REWARD


def one_less(body: Line) -> None:
    body["right"] = int(str(body["right"])) - 1


def stranger(body: Line) -> None:
    body["account"] = "0x" + "1" * 40


def turned(body: Line) -> None:
    body["passed"] = not body["passed"]


def test_a_result_that_the_right_answers_do_not_give_is_named_once_they_are_public(lived: Lived) -> None:
    node, public = lived.merit.node, lived.market.public
    assert mismatches(retold(node, public, kind="verdicts", later=1)) == []
    told = retold(node, public, kind="verdicts", later=1, earlier=("qualification", one_less))
    assert "exams" in {each.section for each in told.mismatches}


@pytest.mark.parametrize("lie", [stranger, turned])
def test_a_result_that_can_not_be_is_named_at_once(lived: Lived, lie: Callable[[Line], None]) -> None:
    report = retold(lived.merit.node, lived.market.public, kind="qualification", body=lie)
    assert not report.complete or report.mismatches


@pytest.mark.parametrize(
    ("kind", "nth", "what"),
    [("qualification", 0, "result of exam"), ("epoch", -1, "settlement of pay that was held")],
)
def test_a_result_and_held_pay_that_nothing_is_said_of_are_overdue(
    lived: Lived, kind: str, nth: int, what: str
) -> None:
    node, public = lived.merit.node, lived.market.public
    late = silent(node, public, kind, nth=nth, later=200 * 86_400)
    assert [each.line() for each in late.mismatches] == []
    assert any(each.what.startswith(what) for each in late.overdue), late.overdue
    assert silent(node, public, kind, nth=nth, later=60).overdue == ()
