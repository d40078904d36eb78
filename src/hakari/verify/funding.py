"""Where the log says who was paid by whom: behind an order's last answer, before the draw that is aimed by it."""

from hakari.core.errors import HakariError
from hakari.verify.ledger import Ledger, OrderFile
from hakari.verify.placed import Misplaced, Placed
from hakari.work import quality


def asked(file: OrderFile) -> bool:
    """Return whether who was paid by whom counts in an order's draw; not where its quality can't be read, which is named with it."""
    try:
        declared = quality.read(file.order.quality)
    except HakariError:
        return False
    audits = None if declared is None else declared.audits
    return audits is not None and audits.asks_funding(file.task_count)


def take_funding(ledger: Ledger, placed: Placed) -> None:
    """Place what is said of an order's payments: behind its last answer, before its draws. Raises Misplaced."""
    ledger.latest_time = max(ledger.latest_time, placed.time)
    file = ledger.order(placed)
    if not asked(file):
        raise Misplaced("funding", expected="of an order whose aimed audits ask for it", got=file.order.id)
    if file.funding is not None or file.lots or file.rulings or not file.submissions:
        raise Misplaced("funding", expected="once, after answers and before draws and verdicts", got="elsewhere")
    last = ledger.chains[-1].number("to") if ledger.chains else None
    if placed.number("block") != last:
        raise Misplaced("block of funding", expected=f"{last}, the newest restated", got=placed.number("block"))
    file.funding = placed
