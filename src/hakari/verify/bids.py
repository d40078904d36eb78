"""An order that takes a bid is what was bid: price, count, spec, who may answer, in time, and once."""

from hakari.core.ids import StatementId
from hakari.verify.docket import Docket
from hakari.work import bids


def check_bids(docket: Docket) -> None:
    """Hold every order that names a bid against it."""
    ledger = docket.log.ledger
    with docket.findings.section("bids"):
        for file in ledger.orders.values():
            if "bid" not in file.placed.body:
                continue
            placed = ledger.bids[StatementId(file.placed.text("bid"))]
            taken = bids.bid(placed.id, placed.author, placed.body)
            request = ledger.orders[taken.request].order
            right = True
            for what, expected, got in bids.differences(taken, request, file.order, time=file.placed.time):
                docket.findings.wrong(file.placed.id, what, expected=expected, got=got)
                right = False
            if right:
                docket.findings.holds("recomputed")
