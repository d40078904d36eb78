"""A right answer that is wrong: challenged by who sat the exam, retired by a jury from outside, and the exam is judged anew."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
from market_by_merit import QUALITY, Merit, cost
from retold import Line, retold
from world import CONFIG, World, mismatches, world

from hakari.client import Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json

TASKS, WRONG = 5, 2
"""WRONG: the item whose right answer was written down wrongly."""
JURORS = ("ida", "jon", "kay", "leo", "mia")
APPEALS: dict[str, Json] = {"jurors": 3, "reward": "50000", "tasks": 2, "window_s": 3600, "within_s": 86_400}
SLIPS = {"ada": set[int](), "ben": {0}, "sam": {1, WRONG}}
"""What each gets wrong in truth: ben fails by the wrong item alone, sam passes by it alone."""


def right(task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


def other(task: int) -> Json:
    return {"mood": "bad" if task % 2 else "good"}


def sheet(name: str, task: int) -> Json:
    return other(task) if task in SLIPS[name] else right(task)


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    exam: str
    before: Mapping[str, Mapping[str, Json]]
    barred: str
    ends: str
    early: list[int]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("gold"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        merit = Merit(market, node)
        merit.serve(JURORS, "jury")
        lines = canonical.lines(
            {"answer": other(n) if n == WRONG else right(n), "salt": f"{n:024d}", "task": n} for n in range(TASKS)
        ).decode()
        exam = merit.order(
            "buyer of exam",
            items=[{"text": f"Question {n} of the harbour."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=len(SLIPS),
            quality={**QUALITY, "exam": {"pass_bps": 8000, "truths": digest(lines)}, "appeals": APPEALS},
            truths=lines,
            beside=2 * 3 * cost(50_000),
        )
        for name in SLIPS:
            merit.answer(name, exam, sheet)
        merit.reach(exam, "appealable")
        before = results(merit)
        work = merit.order(
            "buyer of work",
            items=[{"text": f"Evening {n}."} for n in range(4)],
            spec={"config": CONFIG},
            redundancy=2,
            quality={**QUALITY, "requires": exam},
        )
        ben = market.person("ben")
        with pytest.raises(Refused) as barred:
            ben.assignments(work, count=1)
        _challenge(market, merit, exam)
        ahead[0] += 3600
        market.wait("the jury's draw", lambda: [each for each in merit.said("draw") if each["role"] == "jury"])
        early: list[int] = []

        def sat() -> bool:
            for name in JURORS:
                merit.answer(name, exam, lambda _, task: right(task), role="jury")
                figures = market.person("reader").get(f"/v1/orders/{exam}/figures")
                if merit.status(exam) == "jury":
                    early.extend(each["task"] for each in figures["gold"] if each["retired"])
            return merit.status(exam) == "judged"

        market.wait("the jury", sat)
        market.wait("the settlement", lambda: merit.said("settlement"))
        assert len(ben.assignments(work, count=1)) == 1, "he has passed"
        market.settled("settlement")
        market.quiet()
        yield Lived(
            market=market, merit=merit, exam=exam, before=before, barred=barred.value.code, ends=work, early=early
        )


def results(merit: Merit) -> dict[str, dict[str, Json]]:
    """Return the newest result of each account."""
    said = merit.market.person("reader").get("/v1/statements", kind="qualification", limit=200)["items"]
    ordered = sorted(said, key=lambda each: (each["leaf"] is None, each["leaf"]))
    return {str(each["statement"]["body"]["account"]): each["statement"]["body"] for each in ordered}


def _challenge(market: World, merit: Merit, exam: str) -> None:
    """Ben challenges the item: his answer to it was refused."""
    ben = market.person("ben")
    with merit.node.store.reading() as book:
        [row] = [each for each in book.answers.of_account(exam, ben.account) if each.task == WRONG]
        verdicts = book.statements.about("verdicts", exam)[0][0].id
    assert row.accepted is False
    market.keep(ben.appeal(exam, verdicts=verdicts, leaf=row.leaf, n=row.n, reason="item"))


def told(lived: Lived, found: Mapping[str, Mapping[str, Json]]) -> dict[str, tuple[Json, Json]]:
    account = lived.market.account
    return {name: (found[account(name)]["passed"], found[account(name)]["right"]) for name in SLIPS}


def test_the_exam_is_judged_anew_and_who_passed_stays_passed(lived: Lived) -> None:
    assert told(lived, lived.before) == {"ada": (True, 4), "ben": (False, 3), "sam": (True, 4)}
    assert told(lived, results(lived.merit)) == {"ada": (True, 5), "ben": (True, 4), "sam": (True, 3)}
    assert lived.barred == "exam_not_passed"
    [outcome] = lived.merit.said("outcome")
    assert outcome["result"] == "accepted"


def test_pay_follows_and_jurors_are_paid(lived: Lived) -> None:
    [settlement] = [each for each in lived.merit.said("settlement") if each["order"] == lived.exam]
    data = (lived.market.public / "evidence" / str(settlement["pay"])).read_bytes()
    lines = list(canonical.read_lines(data))
    accepted = {line["account"]: line["accepted"] for line in lines if line["role"] == "work"}
    assert accepted == {lived.market.account(name): TASKS - len(SLIPS[name]) for name in SLIPS}
    assert [line["due"] for line in lines if line["role"] == "jury"] == ["50000"] * 3


def test_each_item_is_rated_by_how_the_good_did_on_it(lived: Lived) -> None:
    items = lived.market.person("reader").get(f"/v1/orders/{lived.exam}/figures")["gold"]
    assert [each["task"] for each in items if each["retired"]] == [WRONG]
    assert items[WRONG] == {
        "answers": 3,
        "challenged": True,
        "good": 3,
        "good_right": 1,
        "retired": True,
        "right": 1,
        "task": WRONG,
    }
    assert all(each["good_right"] >= 2 for each in items if each["task"] != WRONG)


def test_what_jurors_say_is_not_shown_before_their_verdicts(lived: Lived) -> None:
    assert lived.early == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("How the items did", "Retired by a jury", "The jury: bad", "1 of 3", "1 challenged")),
        ("ja", ("問題ごとの成績", "陪審により廃止", "陪審の判断：bad", "3 人中 1 人")),
        ("zh", ("各题表现", "经陪审停用", "陪审认定：bad", "3 人中 1 人")),
    ],
)
def test_the_exam_s_page_shows_how_its_items_did(lived: Lived, language: str, words: tuple[str, ...]) -> None:
    page = httpx.get(f"{lived.market.url}/orders/{lived.exam}", headers={"Accept-Language": language}).text
    ratings = page.split('id="ratings"')[1].split("</section>")[0]
    assert [word for word in words if word not in ratings] == []
    # What the people who passed got wrong stands first, with what was written down for it.
    first = ratings.split("<tr><td>")[1].split("</tr>")[0]
    assert first.startswith(f"<b>{WRONG + 1}</b>")
    assert ">good<" in first


def test_who_sat_it_reads_which_right_answer_was_written_down_and_which_a_jury_gave(lived: Lived) -> None:
    page = httpx.get(f"{lived.market.url}/orders/{lived.exam}?account={lived.market.account('sam')}").text
    rows = page[page.index('id="answers"') :].split("</section>")[0].split("<tr><td><b>")[1:]
    shown = {int(row.split("<")[0]) - 1: row for row in rows}
    assert "differs from the exam&#39;s right answer" in shown[1]
    assert "It was written down before anybody sat the exam." in shown[1]
    # Sam had given what was written down, and is refused since.
    assert "differs from what a jury found" in shown[WRONG]
    assert "3 of 3 jurors said what counts as right" in shown[WRONG]
    assert shown[WRONG].count(">bad<") == 1
    earned = httpx.get(f"{lived.market.url}/earnings?account={lived.market.account('sam')}").text
    assert "differs from the exam&#39;s right answer" in earned


def test_a_stranger_recomputes_challenge_jury_and_results(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    assert {check.name: check.count for check in report.checks}["exams"] == 2 * len(SLIPS)


def one_more(body: Line) -> None:
    body["right"] = int(str(body["right"])) + 1


def turned(body: Line) -> None:
    body["passed"] = not body["passed"]


def test_a_result_said_again_that_the_jury_does_not_give_is_named(lived: Lived) -> None:
    node, public = lived.merit.node, lived.market.public
    assert retold(node, public, kind="qualification", nth=-1, body=one_more).mismatches
    assert retold(node, public, kind="qualification", nth=-1, body=turned).mismatches
    assert mismatches(retold(node, public, kind="qualification", nth=-1, later=1)) == []
