"""What was in quarantine must not have been served, given out or released afterwards, as long as it was."""

from collections.abc import Callable, Mapping
from typing import cast

from hakari.access.quarantine import Quarantine
from hakari.core.ids import StatementId
from hakari.verify.docket import Docket
from hakari.verify.placed import Placed


def check_quarantines(docket: Docket) -> None:
    """Fold the decisions in log order and hold every release, use, assignment and order after them against what stood then."""
    ledger = docket.log.ledger
    if not ledger.decisions:
        return
    orders = [file.placed for file in ledger.orders.values()]
    given = ledger.given
    with docket.findings.section("quarantine"):
        quarantine = Quarantine()
        said = sorted(
            [
                *(("decision", each) for each in ledger.decisions),
                *(("release", each) for each in ledger.releases.values()),
                *(("use", each) for each in ledger.uses),
                *(("order", each) for each in orders),
                *(("assignment", each) for each in given),
            ],
            key=lambda pair: pair[1].leaf,
        )
        for kind, placed in said:
            if kind == "decision":
                quarantine.take(placed.body)
                docket.findings.holds("recomputed")
            elif quarantine.standing:
                _CHECKS[kind](docket, quarantine, placed)


def _wrong(docket: Docket, placed: Placed, what: str, stopped: str) -> None:
    docket.findings.wrong(placed.id, what, expected=f"none while {stopped} is in quarantine", got="one")


def _release(docket: Docket, quarantine: Quarantine, placed: Placed) -> None:
    stopped = quarantine.stops(order=placed.text("order"), account=docket.log.ledger.order(placed).order.buyer)
    if stopped is not None:
        _wrong(docket, placed, "release", stopped)
    rows = quarantine.rows()
    if not rows:
        return

    def look() -> None:
        for line in docket.shelf.lines(placed.text("manifest")):
            if line.get("row") in rows:
                _wrong(docket, placed, "row of a release", f"row {line['row']}")

    docket.try_evidence(look)


def _use(docket: Docket, quarantine: Quarantine, placed: Placed) -> None:
    release = docket.log.ledger.releases[StatementId(placed.text("release"))]
    order = docket.log.ledger.order(release).order
    stopped = quarantine.stops(release=release.id, order=order.id, account=order.buyer)
    if stopped is not None:
        _wrong(docket, placed, "use of a release", stopped)


def _order(docket: Docket, quarantine: Quarantine, placed: Placed) -> None:
    stopped = quarantine.stops(account=placed.author)
    if stopped is not None:
        _wrong(docket, placed, "order", stopped)


def _assignment(docket: Docket, quarantine: Quarantine, placed: Placed) -> None:
    order = placed.text("order")
    stopped = quarantine.stops(order=order)
    if stopped is not None:
        _wrong(docket, placed, "assignment", stopped)
    tasks = quarantine.tasks(order) & set(cast(list[int], placed.body["tasks"]))
    if tasks:
        _wrong(docket, placed, "assigned task", f"task {min(tasks)} of {order}")


_CHECKS: Mapping[str, Callable[[Docket, Quarantine, Placed], None]] = {
    "assignment": _assignment,
    "order": _order,
    "release": _release,
    "use": _use,
}
