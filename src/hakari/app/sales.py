"""Sales: every licence that was bought on chain is said in the log, and its price as it is earned."""

from hakari.adapters.sql.store import Book
from hakari.app import dues, promises
from hakari.app.node import Node
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent


def sell(node: Node) -> bool:
    """Restate every licence bought on chain as a `sale`, at once."""
    changed = False
    with node.store.reading() as book:
        offers = {event.args["offer"]: event for event in book.chain.events(contract="licences", event="Offered")}
        bought = [
            event
            for event in book.chain.events(contract="licences", event="Bought")
            if book.chain.mark(f"sale:{event.args['id']}") is None
        ]
    for event in bought:
        offer = offers[event.args["offer"]]
        body: dict[str, Json] = {
            "buyer": event.args["to"],
            "income_order": int(str(event.args["order"])),
            "licence": int(str(event.args["id"])),
            "offer": int(str(event.args["offer"])),
            "price": event.args["price"],
            "purposes": int(str(offer.args["purposes"])),
            "release": offer.args["release"],
        }
        with node.store.book() as book:
            if book.chain.mark(f"sale:{event.args['id']}") is not None or int(str(body["price"])) >= money.KEPT:
                # A price that can't be kept, which only a local chain's free money can pay, would hold up the pool's epochs.
                continue
            release = book.releases.get(str(offer.args["release"]))
            if release is None or promises.crowded(book, release.pool):
                continue
            said = node.sentence("sale", body)
            book.statements.add(said, subject=str(offer.args["release"]))
            book.chain.set_mark(f"sale:{event.args['id']}", 1)
            if dues.vesting(book, said) is None:
                book.chain.set_mark(_earned(event), 1)
        changed = True
    return changed


def vest(node: Node) -> bool:
    """Say what vested of each sale since the last time: in tenths of the price, and all that is left when no more will vest."""
    with node.store.reading() as book:
        vesting = [
            event
            for event in book.chain.events(contract="licences", event="Bought")
            if book.chain.mark(_earned(event)) is None and book.chain.mark(f"sale:{event.args['id']}") is not None
        ]
    if not vesting:
        return False
    # An embedded chain makes no blocks while nobody sends anything; its next one has at least the time of our clock.
    now = max(node.chain.time(), node.clock() if node.embedded is not None else 0)
    changed = False
    for event in vesting:
        with node.store.book() as book:
            changed |= _vest(node, book, event, now)
    return changed


def _vest(node: Node, book: Book, event: ChainEvent, now: int) -> bool:
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
    [offered] = book.chain.events(contract="licences", event="Offered", having=("offer", str(event.args["offer"])))
    return offered.args["pool"]


def _earned(event: ChainEvent) -> str:
    """Return the name of the mark that says that all of a sale's price was said that will ever be earned."""
    return f"earned:{event.args['id']}"
