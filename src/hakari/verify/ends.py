"""When an order's work may end: it has all its answers, its buyer closed it, or its time is over. Verdicts before that would judge
whoever came first by nobody's answers but their own."""

from hakari.core import ids
from hakari.core.errors import HakariError
from hakari.verify.docket import Docket
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.sheets import exam_of
from hakari.verify.waves import ended, stopping_of


def check_end(docket: Docket, file: OrderFile, ruling: Ruling) -> None:
    """Check that verdicts, and the draw of audits before them, did not come while the order still waited for answers."""
    if "amends" in ruling.placed.body or docket.replay is None:
        return
    over = min([ruling.placed.time, *(each.time for each in file.lots.values())])
    if over >= file.order.deadline:
        return
    early = stopping_of(file) is not None
    missing = lacking(docket, file, ruling.placed.leaf)
    if missing is None or missing <= 0:
        return
    known = docket.replay.orders.get(file.order.escrow_order)
    # A closing that was heard before the verdicts is told by the next chain statement at the latest.
    told = any(each.leaf > ruling.placed.leaf for each in docket.log.ledger.chains)
    if told and (known is None or not known.closing):
        docket.findings.wrong(
            ruling.placed.id,
            "end of an order",
            expected=f"a wave that asks for nothing further, a closing, or {file.order.deadline}"
            if early
            else f"{missing} answers more, a closing, or {file.order.deadline}",
            got="none of these",
        )


def lacking(docket: Docket, file: OrderFile, below: int) -> int | None:
    """Return how many answers (in an exam: results) an order still waited for in leaves < below, None where its list can't be read.

    While its waves go on it is one at least.
    """
    if stopping_of(file) is not None:
        return 0 if ended(file) else 1
    if exam_of(file) is not None:
        said = sum(1 for each in file.results.values() if each.leaf < below)
        return file.order.redundancy - said
    wanted = file.order.redundancy * file.task_count
    if file.order.assignment == "listed":
        try:
            digest = ids.digest(file.order.spec.get("listed"), pointer="/body/spec/listed")
            wanted = sum(1 for _ in docket.shelf.lines(digest))
        except HakariError:
            # What is wrong with the list is named where assignments are checked.
            return None
    return wanted - sum(len(each) for each in file.submissions if each.leaf < below)
