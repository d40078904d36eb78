"""What may be served and given out, as the decisions in the log stand."""

from hakari.access import quarantine
from hakari.access.quarantine import Quarantine, Quarantined
from hakari.adapters.sql.store import Book


def standing(book: Book) -> Quarantine:
    """Return what is in quarantine now."""
    return quarantine.fold(statement.body for statement, _ in book.statements.about("decision"))


def pass_(book: Book, *, release: str | None = None, order: str | None = None, account: str | None = None) -> None:
    """Raise Quarantined where a release, an order or an account may not be served; what is named is as in `Quarantine.stops`."""
    stopped = standing(book).stops(release=release, order=order, account=account)
    if stopped is not None:
        raise Quarantined(f"{stopped} is in quarantine until that is decided otherwise (the log has the decision)")


def pass_release(book: Book, release: str) -> None:
    """Raise Quarantined where a release may not be served: for itself, a row of it, its order or that order's buyer."""
    row = book.releases.get(release)
    order = None if row is None else book.orders.get(row.order)
    if order is not None:
        pass_(book, release=release, order=order.id, account=order.buyer)
