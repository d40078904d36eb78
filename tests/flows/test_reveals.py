"""Commit and reveal end to end: blind answers that nobody sees before all have committed, opened in time or not paid, and verified."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any

import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from retold import retold
from world import CONFIG, World, mismatches, secret, world

from hakari.client import Client, Refused
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.statement import Statement
from hakari.work.quality import AUDITORS

WORKERS = ("ada", "ben")
AUDITING = ("eve", "fay", "gus", "hal")
TASKS = 8
WITHIN_S = 100
"""Less than a node may be silent before it counts as away."""
REVEAL: dict[str, Json] = {"roles": ["audit"], "within_s": WITHIN_S}


def says(_: str, task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


@dataclass
class Lived:
    """What was tried on the way. silent: who never opened; refused: the code of each wrong attempt; before: calls before all seats."""

    market: World
    merit: Merit
    order: str
    silent: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    before: int = 0


def code(act: Callable[[], object]) -> str:
    try:
        act()
    except Refused as error:
        return error.code
    return "taken"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    ahead = [0]
    folder = tmp_path_factory.mktemp("reveals")
    with world(folder, clock=lambda: int(time()) + ahead[0]) as (market, node):
        merit = Merit(market, node)
        merit.first = True
        merit.serve(AUDITING, "audit")
        order = merit.order(
            "buyer of merit",
            items=[{"text": f"Evening {n} at the harbour."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=2,
            quality={**QUALITY, "audits": {**AUDITS, "share_bps": 1}, "reveal": REVEAL},
            beside=AUDITORS * cost(AUDIT_REWARD),
        )
        found = Lived(market=market, merit=merit, order=order)
        for name in WORKERS:
            merit.answer(name, order, says)
        merit.reach(order, "auditing")
        market.wait("the draw", lambda: merit.said("draw"))
        _committed(found, folder)
        ahead[0] += WITHIN_S + 1
        market.skip(WITHIN_S + 1)
        found.refused["late"] = code(lambda: _forced(market.person(found.silent), order))
        [third] = [name for name in AUDITING if merit.answer(name, order, says, role="audit")]
        market.wait("the second call", lambda: len(merit.said("call")) == 2)
        merit.reveal([third])
        merit.reach(order, "judged")
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        yield found


def _committed(found: Lived, folder: Path) -> None:
    """Two seats commit; one opens, by a program that was ended meanwhile; the other never does."""
    market, merit, order = found.market, found.merit, found.order
    seated = {name: task for name in AUDITING if (task := _seat(found, name)) is not None}
    (first, task), (found.silent, _) = seated.items()
    program = _program(market, first, folder)
    found.refused["opened"] = code(lambda: program.submit(order, [(task, says(first, task))], role="audit"))
    market.keep(program.commit(order, [(task, says(first, task))], role="audit"))
    found.refused["early"] = code(lambda: _forced(program, order))
    found.before = len(merit.said("call"))
    other = market.person(found.silent)
    market.keep(other.commit(order, [(task, says(found.silent, task))], role="audit"))
    market.wait("the call", lambda: merit.said("call"))
    again, thief = _program(market, first, folder), _program(market, found.silent, folder)
    thief._kept = dict(again._kept)
    found.refused["another's"] = code(lambda: _forced(thief, order))
    found.refused["another's answer"] = code(lambda: _forced(other, order, _kept(again)))
    found.refused["wrong"] = code(lambda: _forced(again, order, {**_kept(again), "answer": says(first, task + 1)}))
    [sent] = again.reveal()
    market.keep(sent)
    found.refused["twice"] = code(lambda: _forced(again, order, at=int(time()) - 1))


def _seat(found: Lived, name: str) -> int | None:
    """Return the task that an account is asked to audit now, or None."""
    who = found.market.delegated(name, "work")
    found.market.signed_in(name)
    return next(iter(found.merit.given(who, found.order, 10)), None)


def _program(market: World, name: str, folder: Path) -> Client:
    """A program of somebody's that keeps its openings in a file, begun anew."""
    return Client(market.url, secret=secret(name), session=secret(f"{name}/session"), keep=folder / f"{name}.json")


def _kept(who: Client) -> dict[str, Json]:
    [(_, [opening])] = who._kept.items()
    return opening


def _forced(who: Client, order: str, opening: Mapping[str, Json] | None = None, *, at: int | None = None) -> object:
    """Send a reveal of a client's own commitment whether it would or not, with another opening where one is given."""
    [submission] = who._kept
    said: Statement = who.sign("reveal", {"n": [0], "order": order, "submission": submission}, at=at)
    return who._said("/v1/reveals", said, openings=[opening or _kept(who)])


def test_what_may_not_be_opened_is_refused_by_name(lived: Lived) -> None:
    assert lived.refused == {
        "opened": "opened_early",
        "early": "early_reveal",
        "wrong": "wrong_reveal",
        "another's answer": "wrong_reveal",
        "another's": "not_committed",
        "twice": "not_committed",
        "late": "late_reveal",
    }


def test_nothing_is_called_for_before_all_seats_have_committed(lived: Lived) -> None:
    assert lived.before == 0
    assert [each["turn"] for each in lived.merit.said("call")] == [1, 1]


def test_who_opened_is_paid_and_who_did_not_is_not(lived: Lived) -> None:
    [settlement] = lived.merit.said("settlement")
    data = (lived.market.public / "evidence" / str(settlement["pay"])).read_bytes()
    paid = {line["account"]: line for line in canonical.read_lines(data) if line["role"] == "audit"}
    assert len(paid) == 2
    assert lived.market.account(lived.silent) not in paid
    assert {line["due"] for line in paid.values()} == {str(AUDIT_REWARD)}


def test_a_stranger_recomputes_what_was_opened_and_when(lived: Lived) -> None:
    report = lived.market.verify()
    assert mismatches(report) == []


Change = Callable[[list[dict[str, Json]]], None]


def dropped(lines: list[dict[str, Json]]) -> None:
    del lines[0]


def earlier(body: dict[str, Json]) -> None:
    body["tasks"] = [TASKS - 1 if body["tasks"] != [TASKS - 1] else 0]


@pytest.mark.parametrize(
    ("kind", "lie", "section"),
    [
        ("verdicts", {"member": "blind", "lines": dropped}, "answers"),
        ("call", {"body": earlier}, "statements"),
        ("verdicts", {"later": -60}, "answers"),
    ],
)
def test_an_operator_who_drops_an_opening_or_calls_too_early_is_named(
    lived: Lived, kind: str, lie: dict[str, Any], section: str
) -> None:
    report = retold(lived.merit.node, lived.market.public, kind=kind, **lie)
    assert section in {each.section for each in report.mismatches}, [each.line() for each in report.mismatches]
