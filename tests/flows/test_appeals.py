"""Appeals: auditors who are wrong are overruled by a jury, the order is judged anew, disputed lines wait and the rest is paid."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from retold import silent
from world import CONFIG, World, mismatches, world

from hakari.client import Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.work.quality import AUDITORS

WORKERS = ("ada", "ben", "cho", "dan")
AUDITING = ("eve", "fay", "gus", "hal")
JURORS = ("ida", "jon", "kay", "leo", "mia")
TASKS, AUDITED = 12, 12
WRONG_AUDIT = 5
"""The task that all auditors get wrong."""
APPEALS: dict[str, Json] = {"jurors": 3, "reward": "50000", "tasks": 2, "window_s": 3600, "within_s": 86_400}


def truth(task: int) -> Json:
    return {"mood": "good" if task * 7 % 5 < 2 else "bad"}


def other(answer: Json) -> Json:
    return {"mood": "good" if answer == {"mood": "bad"} else "bad"}


def worked(name: str, task: int) -> Json:
    del name
    return truth(task)


def audit(_: str, task: int) -> Json:
    return other(truth(task)) if task == WRONG_AUDIT else truth(task)


@dataclass(frozen=True, kw_only=True)
class Lived:
    market: World
    merit: Merit
    order: str
    refusals: dict[str, str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("appeals"), clock=lambda: int(time.time()) + ahead[0]) as (market, node):
        market.patience_s = 90.0
        merit = Merit(market, node)
        merit.serve(AUDITING, "audit")
        merit.serve(JURORS, "jury")
        pairs = [(name, task) for name in WORKERS[:3] for task in range(TASKS)]
        pairs += [("dan", task) for task in range(TASKS) if task != WRONG_AUDIT]
        order = merit.order(
            "buyer of moods",
            items=[{"text": f"Evening {n}."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=1,
            listed=pairs,
            quality={**QUALITY, "audits": {**AUDITS, "share_bps": 10_000}, "appeals": APPEALS},
            beside=AUDITED * AUDITORS * cost(AUDIT_REWARD) + 2 * 3 * cost(50_000),
        )
        for name in WORKERS:
            merit.answer(name, order, worked)
        merit.audited(order, AUDITING, audit)
        refusals = _appeal(market, merit, order)
        ahead[0] = 3600
        merit.reach(order, "jury")
        market.wait("the first settlement", lambda: merit.said("settlement"))
        _sit(market, merit, order)
        merit.reach(order, "judged")
        market.wait("the outcomes", lambda: merit.said("outcome"))
        market.wait("the second settlement", lambda: len(merit.said("settlement")) == 2)
        market.settled("settlement")
        market.quiet()
        yield Lived(market=market, merit=merit, order=order, refusals=refusals)


def _appeal(market: World, merit: Merit, order: str) -> dict[str, str]:
    """Ada appeals the verdict on the task that the auditors got wrong. Returns the codes of what is refused beside."""
    reader = market.person("reader")
    who = market.person("ada")
    [verdicts] = [
        each
        for each in reader.get("/v1/statements", kind="verdicts", limit=200)["items"]
        if each["statement"]["body"]["order"] == order
    ]
    body = verdicts["statement"]["body"]
    opened = list(canonical.read_lines((market.public / "evidence" / body["answers"]).read_bytes()))
    results = [
        line
        for line in canonical.read_lines((market.public / "evidence" / body["results"]).read_bytes())
        if "reason" in line
    ]
    submissions = {
        each["leaf"]: each["statement"]["author"]
        for each in reader.get("/v1/statements", kind="submission", limit=200)["items"]
    }
    rows = [
        (answer["leaf"], answer["n"], answer["task"], result["reason"], result["accepted"])
        for answer, result in zip(opened, results, strict=True)
        if submissions[answer["leaf"]] == who.account
    ]
    [(leaf, n, *_)] = [row for row in rows if row[2] == WRONG_AUDIT]
    assert next(row for row in rows if row[2] == WRONG_AUDIT)[3] == "differs_from_audit"
    good = next(row for row in rows if row[4])
    refusals: dict[str, str] = {}
    for what, args in {"an accepted answer": (good[0], good[1]), "nobody's answer": (leaf, 499)}.items():
        with pytest.raises(Refused) as caught:
            who.appeal(order, verdicts=verdicts["id"], leaf=args[0], n=args[1], reason="answer")
        refusals[what] = caught.value.code
    market.keep(who.appeal(order, verdicts=verdicts["id"], leaf=leaf, n=n, reason="audit"))
    with pytest.raises(Refused) as caught:
        who.appeal(order, verdicts=verdicts["id"], leaf=leaf, n=n, reason="answer")
    refusals["the same again"] = caught.value.code
    return refusals


def _sit(market: World, merit: Merit, order: str) -> None:
    market.wait("the jury's draw", lambda: [each for each in merit.said("draw") if each["role"] == "jury"])

    def done() -> bool:
        if merit.status(order) == "judged":
            return True
        for name in JURORS:
            merit.answer(name, order, lambda _, task: truth(task), role="jury")
        return False

    market.wait("the jury", done)


def lines(lived: Lived, at: int) -> dict[tuple[str, str], dict[str, Json]]:
    data = (lived.market.public / "evidence" / str(lived.merit.said("settlement")[at]["pay"])).read_bytes()
    return {(str(line["account"]), str(line["role"])): dict(line) for line in canonical.read_lines(data)}


def test_a_stranger_recomputes_appeal_jury_outcome_and_both_settlements(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []
    assert {each.name for each in report.checks} >= {"appeals", "draws", "settlements"}


def test_the_jury_overrules_the_audit_and_the_order_is_judged_anew(lived: Lived) -> None:
    [outcome] = lived.merit.said("outcome")
    assert outcome["result"] == "accepted"
    first, second = lived.merit.said("verdicts")
    assert second["accepted"] == int(str(first["accepted"])) + 3
    assert "amends" in second


def test_disputed_lines_wait_and_the_rest_is_paid_before(lived: Lived) -> None:
    account = lived.market.account
    before, after = lines(lived, 0), lines(lived, 1)
    assert set(before) == {(account("dan"), "work")}
    assert {who for who, role in after if role == "work"} == {account(name) for name in WORKERS[:3]}
    assert all(after[account(name), "work"]["wrong"] == 0 for name in WORKERS[:3])


def test_auditors_who_were_overruled_are_not_paid_for_that_task_and_jurors_are(lived: Lived) -> None:
    after = lines(lived, 1)
    audits = [line for (_, role), line in after.items() if role == "audit"]
    assert sum(int(str(line["due"])) for line in audits) == (2 * AUDITED - 2) * AUDIT_REWARD
    jury = [line for (_, role), line in after.items() if role == "jury"]
    assert sum(int(str(line["due"])) for line in jury) == 3 * 50_000


def test_what_cannot_be_appealed_is_refused(lived: Lived) -> None:
    assert lived.refusals == {
        "an accepted answer": "not_refused",
        "nobody's answer": "not_refused",
        "the same again": "not_refused",
    }


@pytest.mark.parametrize(
    ("kind", "nth", "what"),
    [
        ("verdicts", 1, "verdicts of the jury"),
        ("outcome", 0, "outcomes of appeals"),
        ("settlement", 1, "settlement"),
    ],
)
def test_an_operator_who_says_no_more_while_an_appeal_waits_is_overdue(
    lived: Lived, kind: str, nth: int, what: str
) -> None:
    node, public = lived.merit.node, lived.market.public
    late = silent(node, public, kind, nth=nth, later=200 * 86_400)
    assert [each.line() for each in late.mismatches] == []
    assert (lived.order, what) in {(each.where, each.what) for each in late.overdue}
    assert silent(node, public, kind, nth=nth, later=60).overdue == ()
