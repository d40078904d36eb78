"""Sealed audits made again: verdicts that waited, and what a stock makes known in the orders that served it."""

from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.verify.docket import Docket
from hakari.verify.ends import lacking
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.placed import Placed
from hakari.verify.stocks import declared_by, served, serving
from hakari.work import challenges
from hakari.work.challenges import NOTHING, Carried
from hakari.work.quality import Challenges, Quality

AUDIT = "audit"


def check_seal(docket: Docket, file: OrderFile, ruling: Ruling) -> None:
    """Check that first verdicts did not open sealed audits while an order still served them, nor judged one before its stock."""
    declared = declared_by(file)
    if declared is not None and "amends" not in ruling.placed.body:
        with docket.findings.section("challenges"):
            _check_seal(docket, file, ruling.placed, declared)


def _check_seal(docket: Docket, file: OrderFile, placed: Placed, declared: Quality) -> None:
    if declared.challenges is not None:
        stock = docket.log.ledger.orders.get(declared.challenges.of)
        size = docket.log.ledger.size
        if stock is not None and _answers(stock, size) and not _judged(stock, placed.number("size")):
            docket.findings.wrong(placed.id, "verdicts", expected="after those of the stock", got="before")
        return
    drawn = file.lots.get(AUDIT)
    if not declared.sealed_s or drawn is None:
        return
    until = drawn.time + declared.within_s(AUDIT) + declared.sealed_s
    if placed.time >= until:
        return
    serve = [each for each in serving(docket.log.ledger, file) if each.placed.leaf < placed.leaf]
    if not serve:
        expected = f"an order that serves the sealed audits, or time {until}"
        docket.findings.wrong(placed.id, "time of verdicts", expected=expected, got=placed.time)
    for each in serve:
        if not _ended(docket, each, placed):
            expected = f"the work of order {each.order.id} over, or time {until}"
            docket.findings.wrong(placed.id, "time of verdicts", expected=expected, got=placed.time)


def _answers(file: OrderFile, size: int) -> bool:
    """Return whether an order has an answer to judge: one that was not committed first and never opened."""
    return any(
        not each.tasks or any(file.commits.opened((each.leaf, n), size) for n in range(len(each)))
        for each in file.submissions
    )


def _judged(file: OrderFile, below: int) -> bool:
    return any(each.placed.leaf < below for each in file.rulings)


def _ended(docket: Docket, file: OrderFile, at: Placed) -> bool:
    """Tell whether an order took no work any more when a statement was said, as far as the log and the chain show."""
    if any(each.leaf < at.leaf for each in file.lots.values()):
        return True
    declared = declared_by(file)
    within_s = 0 if declared is None or declared.reveal is None else declared.reveal.within_s
    if file.commits.pending(at.time, at.leaf, within_s):
        return False  # who may still choose what to open must not know what is right
    missing = lacking(docket, file, at.leaf)
    if at.time >= file.order.deadline or missing is None or missing <= 0:
        return True
    # A closing that was heard before is told by the next chain statement at the latest.
    told = any(each.leaf > at.leaf for each in docket.log.ledger.chains)
    known = None if docket.replay is None else docket.replay.orders.get(file.order.escrow_order)
    return not told or docket.replay is None or (known is not None and known.closing)


def carried(docket: Docket, file: OrderFile, ruling: Ruling) -> Carried | None:
    """Return what its stock makes known in verdicts of an order; None where that can't be read, and what does not hold is named."""
    found = served(file)
    stock = None if found is None else docket.log.ledger.orders.get(found.of)
    if found is None or stock is None:
        return NOTHING
    with docket.findings.section("challenges"):
        return _carried(docket, file, ruling.placed.number("size"), found, stock)


def _carried(docket: Docket, file: OrderFile, size: int, found: Challenges, stock: OrderFile) -> Carried | None:
    at = _places(docket, file, found, stock)
    said = [each for each in stock.rulings if each.placed.leaf < size]
    if at is None or not said:
        return NOTHING if at is not None else None
    merits = docket.merits.get(said[-1].placed.id)
    if merits is None or merits.known is None:
        return None
    mine, theirs = docket.contents.get(file.order.id), docket.contents.get(stock.order.id)
    if mine is None or theirs is None:
        return None
    for n, m in challenges.unlike(at, mine, theirs):
        docket.findings.wrong(
            found.places, f"task {n}", expected=f"the content of task {m} of the stock", got="another commitment"
        )
    sat = [_given(stock, size)]
    for each in serving(docket.log.ledger, stock):
        if each is file or not _judged(each, size):
            continue
        other = served(each)
        there = None if other is None else _places(docket, each, other, stock)
        if there is None:
            return None
        sat.append({(account, there[n]) for account, n in _given(each, size) if n in there})
    docket.findings.holds("recomputed", len(at))
    return challenges.carried(at, merits.known, sat)


def _places(docket: Docket, file: OrderFile, found: Challenges, stock: OrderFile) -> dict[int, int] | None:
    made: dict[int, int] = {}

    def look() -> None:
        lines = docket.shelf.lines(found.places)
        made.update(challenges.places(lines, stock=stock.task_count, tasks=file.task_count))

    return made if docket.try_evidence(look) else None


def _given(file: OrderFile, below: int) -> set[tuple[Account, int]]:
    """Return who was assigned which task of an order, in any role, in leaves < below."""
    given = {
        (account, task)
        for account, tasks in file.assigned.items()
        for task, leaf in tasks.items()
        if min(leaf, *file.earlier.get((account, task), [leaf])) < below
    }
    return given | {
        (account, task)
        for seats in file.seated.values()
        for account, tasks in seats.items()
        for task, leaf in tasks.items()
        if leaf < below
    }


def content(line: object) -> Json:
    """Return what a line of an order's tasks shows and commits to, but for its number."""
    found = cast(dict[str, Json], line)
    return canonical.encode({"item": found["item"], "public": found["public"]}).decode()
