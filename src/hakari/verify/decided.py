"""Orders that say by when they are decided: who let the time pass is named, and nobody says afterwards that he was in time."""

from hakari.verify.docket import Docket
from hakari.verify.ledger import OrderFile, Ruling
from hakari.work import doubt

APART_S = 86_400
"""How much later than the decided time an anchor must be before verdicts behind it are too late whatever they say: an anchor may have
waited, and blocks' clocks are not the node's."""


def check_decided(docket: Docket, now: int | None) -> None:
    """Hold every order that says a time against it. now: Unix seconds at which the folder was fetched; else the log's own newest time.

    Verdicts that come too late accept everything, which judging holds them to; here they are named. None at all, or a time that the
    chain shows to be untrue, does not hold.
    """
    latest = max(docket.log.ledger.latest_time, now or 0)
    with docket.findings.section("decided"):
        for file in docket.log.ledger.orders.values():
            until = doubt.until(file.order)
            if until is not None and file.submissions:
                _check(docket, file, until, latest)


def _check(docket: Docket, file: OrderFile, until: int, latest: int) -> None:
    found = docket.findings.found
    for ruling in file.rulings:
        _said(docket, file, ruling, until)
    if not _judged(file) and latest >= until:
        docket.findings.wrong(
            file.order.id,
            f"verdicts: the operator {_operator(docket)} let the order's time pass",
            expected=f"for good by {until}",
            got=f"none in the log of {latest}",
        )
    if docket.findings.found == found:
        docket.findings.holds("recomputed")


def _said(docket: Docket, file: OrderFile, ruling: Ruling, until: int) -> None:
    placed = ruling.placed
    if placed.time >= until:
        docket.findings.notes.append(
            f"Order {file.order.id}: the operator {placed.author} said verdicts at {placed.time}, after {until}, the time by which the "
            "order is decided: every answer that they judge is accepted."
        )
        return
    behind = None if docket.replay is None else _anchored(docket, placed.leaf, until)
    if behind is not None:
        docket.findings.wrong(
            placed.id,
            f"time of verdicts by {placed.author}",
            expected=f"{until} or later: they are behind the {behind[0]} leaves anchored at {behind[1]}",
            got=placed.time,
        )


def _anchored(docket: Docket, leaf: int, until: int) -> tuple[int, int] | None:
    """Return size and time of an anchor, well after `until`, of a log that did not hold the leaf yet."""
    assert docket.replay is not None  # asked where there is one
    late = (
        (each.size, each.time)
        for each in docket.replay.posted
        if each.log_id == docket.log_id and each.size <= leaf and each.time >= until + APART_S
    )
    return next(late, None)


def _judged(file: OrderFile) -> bool:
    """Tell whether an order's last word is said: every submission judged, and after an appeal the jury's verdicts."""
    whole = bool(file.rulings) and file.judged >= len(file.submissions)
    return whole and (not file.appeals or len(file.rulings) > 1)


def _operator(docket: Docket) -> str:
    ledger = docket.log.ledger
    return ledger.operated(ledger.size)[-1]
