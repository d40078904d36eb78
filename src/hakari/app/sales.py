"""Sales: every licence that was bought on chain is said in the log, and its price as it is earned."""

from collections.abc import Callable
from functools import partial

from hakari.adapters.sql.store import Book
from hakari.app import dues, promises
from hakari.app.aside import Aside
from hakari.app.node import Node
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent


def sell(node: Node) -> bool:
    """Restate every licence bought on chain as a `sale`, at once."""
    with node.store.reading() as book:
        bought = _left(book, SOLD, _sold)
    changed, aside = False, Aside(node, "sell")
    for event in bought:
        changed |= aside.do("licence", _number(event), partial(_sell, node, event), otherwise=False)
    _move(node, SOLD, _sold)
    return changed


def _sell(node: Node, event: ChainEvent) -> bool:
    with node.store.reading() as book:
        offer = _offered(book, event)
    body: dict[str, Json] = {
        "buyer": event.args["to"],
        "income_order": int(str(event.args["order"])),
        "licence": _number(event),
        "offer": int(str(event.args["offer"])),
        "price": event.args["price"],
        "purposes": int(str(offer.args["purposes"])),
        "release": offer.args["release"],
    }
    with node.store.book() as book:
        if book.chain.mark(_sale(event)) is not None or int(str(body["price"])) >= money.KEPT:
            # A price that can't be kept, which only a local chain's free money can pay, would hold up the pool's epochs.
            return False
        release = book.releases.get(str(offer.args["release"]))
        if release is None or promises.crowded(book, release.pool):
            return False
        said = node.sentence("sale", body)
        book.statements.add(said, subject=str(offer.args["release"]))
        book.chain.set_mark(_sale(event), 1)
        if dues.vesting(book, said) is None:
            book.chain.set_mark(_earned(event), 1)
    return True


def vest(node: Node) -> bool:
    """Say what vested of each sale since the last time: in tenths of the price, and all that is left when no more will vest."""
    with node.store.reading() as book:
        left = _left(book, EARNED, _finished)
        vesting = [event for event in left if book.chain.mark(_sale(event)) is not None]
    _move(node, EARNED, _finished)
    if not vesting:
        return False
    # An embedded chain makes no blocks while nobody sends anything; its next one has at least the time of our clock.
    now = max(node.chain.time(), node.clock() if node.embedded is not None else 0)
    changed, aside = False, Aside(node, "vest")
    for event in vesting:
        changed |= aside.do("licence", _number(event), partial(_vest, node, event, now), otherwise=False)
    return changed


SOLD, EARNED = "sold up to", "earned up to"
"""Marks of the last block all of whose purchases are said, and said to the end: rounds look at later ones only."""


def _left(book: Book, mark: str, done: Callable[[Book, ChainEvent], bool]) -> list[ChainEvent]:
    """Return the purchases behind a mark for which something is left to do."""
    after = book.chain.mark(mark)
    bought = book.chain.events(contract="licences", event="Bought", first=-1 if after is None else after + 1)
    return [event for event in bought if not done(book, event)]


def _move(node: Node, mark: str, done: Callable[[Book, ChainEvent], bool]) -> None:
    """Put a mark behind the last block before the first purchase for which something is left to do."""
    with node.store.reading() as book:
        after = book.chain.mark(mark)
        bought = book.chain.events(contract="licences", event="Bought", first=-1 if after is None else after + 1)
        if not bought:
            return
        first = next((event.block for event in bought if not done(book, event)), bought[-1].block + 1)
    if first - 1 > (-1 if after is None else after):
        with node.store.book() as book:
            book.chain.set_mark(mark, first - 1)


def _sold(book: Book, event: ChainEvent) -> bool:
    """Tell whether a purchase is said, or is of another node's release."""
    return book.chain.mark(_sale(event)) is not None or _foreign(book, event)


def _finished(book: Book, event: ChainEvent) -> bool:
    return book.chain.mark(_earned(event)) is not None or _foreign(book, event)


def _foreign(book: Book, event: ChainEvent) -> bool:
    return book.releases.get(str(_offered(book, event).args["release"])) is None


def _offered(book: Book, event: ChainEvent) -> ChainEvent:
    [offered] = book.chain.events(contract="licences", event="Offered", having=("offer", str(event.args["offer"])))
    return offered


def _vest(node: Node, event: ChainEvent, now: int) -> bool:
    with node.store.book() as book:
        return _say_vested(node, book, event, now)


def _say_vested(node: Node, book: Book, event: ChainEvent, now: int) -> bool:
    sale = _sale_of(book, event)
    vesting = dues.vesting(book, sale)
    if vesting is None or promises.crowded(book, int(str(_pool(book, event)))):
        return False
    said = sum(money.parse(each.body["amount"]) for each, _ in book.statements.about("instalment", sale.id))
    amount = vesting.instalment(said, now)
    if amount:
        body: dict[str, Json] = {"amount": str(amount), "sale": sale.id}
        if not book.statements.add(node.sentence("instalment", body), subject=sale.id):
            return False  # the same amount was said within this second
    if now >= vesting.end or vesting.stopped is not None:
        book.chain.set_mark(_earned(event), 1)
    return amount > 0


def _sale_of(book: Book, event: ChainEvent) -> Statement:
    offered = book.chain.events(contract="licences", event="Offered", having=("offer", str(event.args["offer"])))
    said = book.statements.about("sale", str(offered[0].args["release"]))
    return next(each for each, _ in said if str(each.body["licence"]) == event.args["id"])


def _pool(book: Book, event: ChainEvent) -> Json:
    return _offered(book, event).args["pool"]


def _number(event: ChainEvent) -> int:
    return int(str(event.args["id"]))


def _sale(event: ChainEvent) -> str:
    """Return the name of the mark that says that a purchase is said."""
    return f"sale:{event.args['id']}"


def _earned(event: ChainEvent) -> str:
    """Return the name of the mark that says that all of a sale's price was said that will ever be earned."""
    return f"earned:{event.args['id']}"
