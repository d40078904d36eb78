"""Sealed audits as the log alone tells them: which order is whose stock, and whose tasks are not public yet."""

from collections.abc import Iterator

from hakari.core.errors import HakariError
from hakari.verify.ledger import Ledger, OrderFile
from hakari.verify.placed import Placed
from hakari.work import challenges, quality
from hakari.work.orders import Order
from hakari.work.quality import Challenges, Quality


def declared_by(file: OrderFile) -> Quality | None:
    """Return what an order declares, None also where its quality can't be read."""
    try:
        return quality.read(file.order.quality)
    except HakariError:
        return None


def served(file: OrderFile) -> Challenges | None:
    """Return which stock an order serves; None where it serves none, or where its quality can't be read."""
    declared = declared_by(file)
    return None if declared is None else declared.challenges


def held_back(file: OrderFile) -> bool:
    """Return whether an order's tasks are not public yet: its verdicts bring them out."""
    try:
        return not file.rulings and challenges.held_back(file.order.quality)
    except HakariError:
        return False


def keeps(file: OrderFile) -> bool:
    """Return whether an order's tasks are compared with another's."""
    declared = declared_by(file)
    return declared is not None and (declared.challenges is not None or declared.sealed_s > 0)


def take(ledger: Ledger, order: Order, placed: Placed) -> None:
    """Hold an order that serves a stock against it. Raises Malformed."""
    declared = quality.read(order.quality)
    challenges.check_order(order, declared)
    if declared is None or declared.challenges is None:
        return
    stock = ledger.orders.get(declared.challenges.of)
    if stock is None or stock.rulings:
        raise challenges.no_stock(declared.challenges.of)
    before = sum(each.order.redundancy for each in serving(ledger, stock))
    challenges.check_stock(order, stock.order, said=placed.time, served=before)


def serving(ledger: Ledger, stock: OrderFile) -> Iterator[OrderFile]:
    """Yield the orders taken so far that serve a stock."""
    for file in ledger.orders.values():
        found = served(file)
        if found is not None and found.of == stock.order.id:
            yield file
