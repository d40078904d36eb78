"""A calibration in an order by merit: work and audits are under the version that their tasks were shown with, and verify agrees."""

from pathlib import Path

import pytest
from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from world import CONFIG, World, allowed, mismatches, world

from hakari.app import notices
from hakari.client import Refused
from hakari.core.canonical import Json
from hakari.work.quality import AUDITORS

TASKS, FIRST = 6, 2
AUDITING = ("eve", "fay", "gus")
NEXT = "Say what you think. An evening without any mood is bad."


def right(task: int) -> Json:
    return {"mood": "good" if task % 2 else "bad"}


def answer(market: World, order: str, name: str, role: str | None = None) -> list[tuple[int, int]]:
    """Answer all that somebody is given, a statement for each version. Returns (task, version) of each."""
    who = market.delegated(name, "work")
    market.signed_in(name)
    try:
        given = [(int(each["task"]), int(each["guideline"])) for each in who.assignments(order, count=100)]
    except Refused as error:
        allowed(error, "order_closed")  # judged a moment ago
        return []
    if len({version for _, version in given}) > 1:
        with pytest.raises(Refused) as mixed:
            who.submit(order, [(task, right(task)) for task, _ in given], guideline=2, role=role)
        assert mixed.value.code == "stale_guideline"
    for version in sorted({version for _, version in given}):
        tasks = [task for task, shown in given if shown == version]
        market.keep(who.submit(order, [(task, right(task)) for task in tasks], guideline=version, role=role))
    return given


def test_audits_too_are_answered_under_the_version_of_their_tasks(tmp_path: Path) -> None:
    with world(tmp_path) as (market, node):
        merit = Merit(market, node)
        merit.serve(AUDITING, "audit")
        order = merit.order(
            "buyer of evenings",
            items=[{"text": f"Evening {n} at the harbour."} for n in range(TASKS)],
            spec={"config": CONFIG},
            redundancy=2,
            quality={**QUALITY, "audits": {**AUDITS, "share_bps": 10_000}},
            beside=TASKS * AUDITORS * cost(AUDIT_REWARD),
            calibration={"tasks": FIRST, "word_s": 3600},
        )
        for name in ("ada", "ben"):
            assert sorted(answer(market, order, name)) == [(0, 1), (1, 1)]
        market.keep(market.person("ada").remark(order, 0, "What of an evening without any mood?"))
        market.wait("the calibration", lambda: merit.said("calibration"))
        buyer = market.person("buyer of evenings")
        [told] = notices.of(node, buyer.account)
        assert (told.kind, told.path) == ("guideline", f"/orders/{order}#calibration")
        market.keep(buyer.guideline(order, text=NEXT))
        assert notices.of(node, buyer.account) == []
        for name in ("ada", "ben"):
            assert {version for _, version in answer(market, order, name)} == {2}
        merit.reach(order, "auditing")
        market.wait("the draw", lambda: merit.said("draw"))

        def audited() -> bool:
            if merit.status(order) == "auditing":
                for name in AUDITING:
                    answer(market, order, name, "audit")
            return merit.status(order) == "judged"

        market.wait("the audits", audited)
        market.wait("the settlement", lambda: merit.said("settlement"))
        market.settled("settlement")
        market.quiet()
        report = market.verify()
        assert mismatches(report) == []
        roles = {(each.get("role", "work"), each["guideline"]) for each in merit.said("submission")}
        assert roles == {("work", 1), ("work", 2), ("audit", 1), ("audit", 2)}
