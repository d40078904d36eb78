"""Work committed first: nobody, the node included, reads an answer before its task has all, and what is not opened is not paid."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import time
from typing import Any

import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from retold import retold
from world import CONFIG, World, mismatches, world

from hakari.client import Client, Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.work.quality import AUDITORS

WORKERS = ("ada", "ben")
AUDITING = ("eve", "fay", "gus", "hal")
TASKS = 4
WITHIN_S = 100
REVEAL: dict[str, Json] = {"auditors": 3, "roles": ["audit", "work"], "within_s": WITHIN_S}


def says(_: str, task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


@dataclass
class Lived:
    """read: answers that the node held before a task had all; called: calls so far. lapsed: the task that ben never opened."""

    market: World
    merit: Merit
    order: str
    refused: dict[str, str] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    called: list[int] = field(default_factory=list)
    lapsed: int = -1


def code(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as error:
        return error.code
    return "taken"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    with world(tmp_path_factory.mktemp("sealed"), clock=lambda: int(time()) + ahead[0]) as (market, node):
        merit = Merit(market, node)
        merit.first = True
        merit.serve(AUDITING, "audit")

        def order(buyer: str, quality: dict[str, Json], **more: Any) -> str:
            return merit.order(
                buyer,
                items=[{"text": f"Evening {n} at the harbour."} for n in range(TASKS)],
                spec={"config": CONFIG},
                redundancy=len(WORKERS),
                quality={**QUALITY, "audits": {**AUDITS, "share_bps": 1}, **quality},
                beside=AUDITORS * cost(AUDIT_REWARD),
                **more,
            )

        listed = [(name, task) for name in WORKERS for task in range(TASKS)]
        found = Lived(market=market, merit=merit, order=order("buyer of merit", {"reveal": REVEAL}))
        found.refused["listed"] = code(lambda: order("buyer of lists", {"reveal": REVEAL}, listed=listed))
        slow = {**REVEAL, "within_s": 7 * 86_400}
        found.refused["slow"] = code(lambda: order("slow buyer", {"reveal": slow}))
        _worked(found)
        ahead[0] += WITHIN_S + 1
        market.skip(WITHIN_S + 1)
        found.refused["late"] = code(
            lambda: _opened(market.person("ben"), found.order, lambda task: task == found.lapsed)
        )
        merit.reach(found.order, "auditing")
        market.wait("the draw", lambda: merit.said("draw"))
        _audited(found)
        merit.reach(found.order, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        yield found


def _worked(found: Lived) -> None:
    """Ada commits and opens all; ben opens all but one."""
    market, merit, order = found.market, found.merit, found.order
    for name in WORKERS:
        who = market.delegated(name, "work")
        market.signed_in(name)
        while tasks := merit.given(who, order, 100):
            answers = [(task, says(name, task)) for task in tasks]
            found.refused["opened"] = code(lambda who=who, answers=answers: who.submit(order, answers))
            market.keep(who.commit(order, answers))
            kept = dict(who._kept)
            found.refused["again"] = code(lambda who=who, answers=answers: who.commit(order, answers))
            who._kept = kept
        with merit.node.store.reading() as book:
            found.read.append(len(book.answers.of_account(order, who.account)))
        if name == WORKERS[0]:
            found.refused["early"] = code(lambda who=who: _opened(who, order, lambda task: True))
        found.called.append(len(merit.said("call")))
    market.wait("the calls", lambda: _tasks(merit) == list(range(TASKS)))
    ben = market.person("ben")
    found.lapsed = TASKS - 1
    merit.reveal(WORKERS[:1])
    _opened(ben, order, lambda task: task != found.lapsed)


def _tasks(merit: Merit) -> list[int]:
    return sorted(task for each in merit.said("call") for task in each["tasks"] if each["role"] == "work")


def _opened(who: Client, order: str, chosen: Callable[[int], bool]) -> None:
    """Open what a client committed of these tasks, whether it is called for or not."""
    for submission, kept in who._kept.items():
        n = [at for at, each in enumerate(kept) if chosen(each["task"])]
        if n:
            said = who.sign("reveal", {"n": n, "order": order, "submission": submission})
            who._said("/v1/reveals", said, openings=[kept[at] for at in n])


def _audited(found: Lived) -> None:
    """Three auditors commit before any of them is called for."""
    for seat in range(AUDITORS):
        assert not [each for each in found.merit.said("call") if each["role"] == "audit"], seat
        found.market.wait(
            "a seat", lambda: any(found.merit.answer(name, found.order, says, role="audit") for name in AUDITING)
        )

    def done() -> bool:
        found.merit.reveal(AUDITING)
        return found.merit.status(found.order) == "judged"

    found.market.wait("the audits", done)


def test_nobody_reads_an_answer_before_its_task_has_all(lived: Lived) -> None:
    assert lived.read == [0, 0]
    assert lived.called[0] == 0


def test_what_may_not_be_is_refused_by_name(lived: Lived) -> None:
    assert lived.refused == {
        "listed": "malformed",
        "slow": "malformed",
        "opened": "opened_early",
        "again": "already_answered",
        "early": "early_reveal",
        "late": "late_reveal",
    }


def test_what_was_never_opened_is_not_paid_and_not_counted(lived: Lived) -> None:
    [settlement] = lived.merit.said("settlement")
    data = (lived.market.public / "evidence" / str(settlement["pay"])).read_bytes()
    work = {line["account"]: line["answers"] for line in canonical.read_lines(data) if line["role"] == "work"}
    assert work == {lived.market.account("ada"): TASKS, lived.market.account("ben"): TASKS - 1}
    order = lived.market.person("reader").get(f"/v1/orders/{lived.order}")
    assert order["answered"] == 2 * TASKS - 1


def test_three_auditors_who_committed_are_all_paid(lived: Lived) -> None:
    [settlement] = lived.merit.said("settlement")
    data = (lived.market.public / "evidence" / str(settlement["pay"])).read_bytes()
    due = [line["due"] for line in canonical.read_lines(data) if line["role"] == "audit"]
    assert due == [str(AUDIT_REWARD)] * AUDITORS


def test_a_stranger_recomputes_it(lived: Lived) -> None:
    assert mismatches(lived.market.verify()) == []


def dropped(lines: list[dict[str, Json]]) -> None:
    del lines[0]


def nothing(body: dict[str, Json]) -> None:
    body["tasks"] = [TASKS + 1]


@pytest.mark.parametrize(
    ("kind", "lie", "section"),
    [
        ("verdicts", {"member": "answers", "lines": dropped}, "answers"),
        ("call", {"body": nothing}, "statements"),
        ("reveal", {"later": WITHIN_S + 1}, "statements"),
    ],
)
def test_an_operator_who_drops_or_invents_is_named(lived: Lived, kind: str, lie: dict[str, Any], section: str) -> None:
    report = retold(lived.merit.node, lived.market.public, kind=kind, **lie)
    assert section in {each.section for each in report.mismatches}, [each.line() for each in report.mismatches]
