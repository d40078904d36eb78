"""Epochs that the chain accepted and somebody else proposed: taken over, once they are found to be what our log gives."""

from typing import cast

from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.store import Book
from hakari.app import dues, versions
from hakari.app.node import Node
from hakari.core.errors import Conflict
from hakari.core.ids import StatementId
from hakari.pay import epoch as epochs
from hakari.pay.chain import ChainEvent
from hakari.pay.epoch import Epoch


class StrangeEpoch(Conflict):
    """The chain accepted an epoch that the log does not give: nothing more can be paid in its pool by this node."""

    code = "strange_epoch"


def pending(book: Book, pool: int, number: int) -> ChainEvent | None:
    """Return the proposal of this number that stands in the pool's slot, as far as we heard."""
    return _last(book, pool, number, upto=("Proposed", "Accepted", "Voided"), wanted="Proposed")


def adopt(node: Node, pool: int) -> bool:
    """Take over the next accepted epoch of a pool where it is not the one that we proposed. Returns whether one was.

    It is kept with its root where our own have the id of their statement. Raises StrangeEpoch.
    """
    with node.store.reading() as book:
        number = book.payouts.accepted(pool) + 1
        accepted = _last(book, pool, number, upto=("Accepted",), wanted="Accepted")
        proposed = _last(book, pool, number, upto=("Proposed",), wanted="Proposed")
        if accepted is None or proposed is None:
            return False
        rows = book.payouts.epochs(pool)
        if any(ours(row, proposed) for row in rows):
            return False
        made = _made(node, book, proposed, rows)
    root = str(accepted.args["root"])
    if made is None or made.body["root"] != root:
        got = "none" if made is None else made.body["root"]
        raise StrangeEpoch(f"epoch {number} of pool {pool} was accepted with root {root}, the log gives {got}")
    with node.store.book() as book:
        if book.payouts.accepted(pool) != number - 1:
            return False
        for intent in book.chain.intents("waiting", signer="operator"):
            # Sent now it would be taken for the next epoch, wrong in every leaf, and cost the bond.
            if intent.name.startswith(f"propose:{pool}:{number}:"):
                book.chain.change(intent.name, status="reverted", note=f"epoch {number} was proposed by somebody else")
        book.payouts.drop(pool, number)
        row = EpochRow(pool=pool, number=number, statement=StatementId(root), body=made.body, status="accepted")
        book.payouts.add(row, made.lines)
    return True


def ours(row: EpochRow, proposed: ChainEvent) -> bool:
    """Tell whether a proposal on chain is the epoch of this row."""
    said = (str(row.number), row.body["root"], str(row.body["size"]))
    return said == tuple(proposed.args[name] for name in ("epoch", "root", "checkpoint_size"))


def _made(node: Node, book: Book, proposed: ChainEvent, rows: list[EpochRow]) -> Epoch | None:
    pool, number, version = (int(str(proposed.args[name])) for name in ("pool", "epoch", "terms_version"))
    terms = versions.of(book, pool).get(version)
    if terms is None:
        return None
    # An epoch of our own that this one overtook is no past of it.
    sizes = [
        cast(int, row.body["size"]) for row in rows if row.number < number and row.body["terms_version"] == version
    ]
    since = {version: max(book.chain.mark(dues.clear(pool, version)) or 0, *sizes, 0)}
    size = int(str(proposed.args["checkpoint_size"]))
    found = dues.due(node, book, pool, since)
    due = dues.below(found, version, size, dues.anchored(book, node.signer.name)[size])
    previous, earned = book.payouts.cumulative(pool), book.payouts.cumulative(pool, but="fee")
    try:
        return epochs.assemble(number=number, size=size, terms=terms, due=due, previous=previous, earned=earned)
    except (epochs.NothingDue, epochs.TooManyOrders):
        return None


def _last(book: Book, pool: int, number: int, *, upto: tuple[str, ...], wanted: str) -> ChainEvent | None:
    said = [
        event
        for name in upto
        for event in book.chain.events(contract="payouts", event=name, having=("epoch", str(number)))
        if event.args["pool"] == str(pool)
    ]
    said.sort(key=lambda event: (event.block, event.index))
    return said[-1] if said and said[-1].event == wanted else None
