"""Taking what is said of a calibration: that it is over, the buyer's word on the guideline, remarks."""

from hakari.core.errors import HakariError
from hakari.core.statement import Statement
from hakari.verify.ledger import Ledger
from hakari.verify.placed import Misplaced, Placed
from hakari.work import calibration, remarks


def take_calibration(ledger: Ledger, placed: Placed) -> None:
    """Place what the operator says of an order's first tasks: they have all their answers. Raises Misplaced."""
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if file.order.calibration is None or file.calibration is not None:
        raise Misplaced("calibration", expected="one, of an order that declares it", got=placed.text("order"))
    if file.rulings or file.lots or placed.time >= file.order.deadline:
        raise Misplaced("calibration", expected="while the order takes answers", got="later")
    file.calibration = placed


def take_guideline(ledger: Ledger, placed: Placed) -> None:
    """Place a buyer's word on the guideline. Raises Misplaced."""
    file = ledger.order(placed)
    if file.production:
        raise Misplaced("guideline", expected="before other tasks than the first are assigned", got="after")
    said = Statement(kind="guideline", author=placed.author, time=placed.time, body=placed.body, key="", signature="")
    try:
        calibration.check_word(file.course, said, at=placed.time)
    except HakariError as error:
        raise Misplaced("guideline", expected="one that its order allows", got=error.message) from error
    file.word = placed


def take_remark(ledger: Ledger, placed: Placed) -> None:
    """Place a remark: by who was given the task and has submitted, while the calibration lasts. Raises Misplaced."""
    file, task = ledger.order(placed), placed.number("task")
    given = task in file.assigned.get(placed.author, {})
    try:
        remarks.check(
            file.course,
            task,
            answered=given and any(each.author == placed.author for each in file.submissions),
            before=[other for account, other in file.remarks if account == placed.author],
            at=placed.time,
        )
    except HakariError as error:
        raise Misplaced("remark", expected="one that its order allows", got=error.message) from error
    file.remarks.add((placed.author, task))
