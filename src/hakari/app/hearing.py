"""What the chain did, heard from deep enough blocks and put into the log as `chain` statements."""

from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import auditing, stopping
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict
from hakari.pay.chain import ChainEvent


class ChainRewritten(Conflict):
    """The chain took back blocks that were deep enough to be believed. What the log says of them stands; nothing more is taken."""

    code = "chain_rewritten"


def hear(node: Node) -> bool:
    """Read new events of our contracts from blocks that are deep enough. Raises ChainRewritten."""
    last = node.confirmed()
    with node.store.reading() as book:
        marked = book.chain.marked("heard")
    first = node.contracts.from_block if marked is None else marked[0] + 1
    if last < first:
        return False
    if marked is not None and marked[1] is not None:
        now = node.chain.block_hash(marked[0])
        if now != marked[1]:
            raise ChainRewritten(
                f"block {marked[0]} must be {marked[1]}, as when its events were taken into the log, got {now}: the chain took back "
                f"more than the {node.confirmations} blocks of HAKARI_CONFIRMATIONS"
            )
    hash_ = node.chain.block_hash(last)
    events = node.chain.events(node.contracts, first, last)
    if hash_ is None or node.chain.block_hash(last) != hash_:
        return False  # it was rewritten while it was read: the next round sees what came of it
    with node.store.book() as book:
        if book.chain.marked("heard") != marked:
            return False
        book.chain.keep(events)
        book.chain.set_mark("heard", last, text=hash_)
    return bool(events)


def report(node: Node) -> bool:
    """Put the events heard into the log as a `chain` statement. Anchoring alone is no news: else each anchor would cause the next."""
    with node.store.reading() as book:
        first, events = _unsaid(node, book)
        # A draw, like a first wave, stands on an anchor that the log itself must show.
        awaited = bool(events) and (auditing.awaited(node, book) or stopping.awaited(book))
    if not awaited and not any(event.contract != "anchor" for event in events):
        return False
    body = restatement(node)
    if body is None:
        return False
    with node.store.book() as book:
        return body["from"] == first and restate(node, book, body)


def restatement(node: Node) -> dict[str, Json] | None:
    """Return the body of a `chain` statement over all that was heard and not said yet, its evidence kept; None where nothing was."""
    with node.store.reading() as book:
        marked = book.chain.marked("heard")
        first, events = _unsaid(node, book)
    if marked is None or marked[0] < first or marked[1] is None:
        return None  # a block heard before hashes were kept is said with the next one
    return {
        "block_hash": marked[1],
        "count": len(events),
        "events": node.evidence(canonical.lines(event.line() for event in events)),
        "from": first,
        "to": marked[0],
    }


def restate(node: Node, book: Book, body: dict[str, Json]) -> bool:
    """Record a `chain` statement unless another one was said meanwhile. Returns whether it was recorded."""
    said = book.chain.mark("reported")
    if body["from"] != (node.contracts.from_block if said is None else said + 1):
        return False
    book.statements.add(node.sentence("chain", body))
    book.chain.set_mark("reported", cast(int, body["to"]))
    return True


def _unsaid(node: Node, book: Book) -> tuple[int, list[ChainEvent]]:
    """Return the first block that no `chain` statement is about, and the events heard from there on."""
    said, heard = book.chain.mark("reported"), book.chain.mark("heard")
    first = node.contracts.from_block if said is None else said + 1
    return first, [] if heard is None or heard < first else book.chain.events(first=first, last=heard)
