"""An order that continues another is the same buyer's, by the same definition."""

from hakari.core.ids import StatementId
from hakari.verify.docket import Docket
from hakari.work import continuing


def check_continuing(docket: Docket) -> None:
    """Hold every order that continues another against the first."""
    ledger = docket.log.ledger
    with docket.findings.section("orders"):
        for file in ledger.orders.values():
            if "continues" not in file.placed.body:
                continue
            first = ledger.orders[StatementId(file.placed.text("continues"))].order
            right = True
            for what, expected, got in continuing.differences(first, file.order):
                docket.findings.wrong(file.placed.id, what, expected=expected, got=got)
                right = False
            if right:
                docket.findings.holds("recomputed")
