"""Epochs on their way: anchor the log, propose what is due, settle after the window, mark what the chain accepted."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.store import Book
from hakari.app import adoption, dues, intents, offices, versions, weights
from hakari.app.dues import Due
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import epoch as epochs
from hakari.pay import lines as owed
from hakari.pay import tree as pay_tree
from hakari.pay.chain import ChainEvent
from hakari.pay.tree import Tree

MOST_DUE = 24
"""Statements due in one epoch at most: each draws on an escrow order of its own at worst, and an epoch pulls from 32."""


def log_id(node: Node) -> str:
    """Return the log's id on chain: SHA-256 of its origin (formats §4.3)."""
    return hashlib.sha256(node.signer.name.encode()).hexdigest()


def advance(node: Node, pool: int) -> bool:
    """Bring the pool's epoch one step forward."""
    if adoption.adopt(node, pool):
        return True
    with node.store.reading() as book:
        last = book.payouts.last(pool)
    if last is not None and last.status == "proposed":
        return _follow(node, last)
    return _propose(node, pool, last)


def rebuilt(book: Book, row: EpochRow) -> Tree:
    """Return the tree of an epoch, built again from its lines and those of the accepted epochs before it."""
    previous: dict[Account, Micros] = {}
    for earlier in book.payouts.epochs(row.pool):
        if earlier.status == "accepted" and earlier.number < row.number:
            for line in book.payouts.lines(row.pool, earlier.number):
                previous[line.account] = Micros(previous.get(line.account, 0) + line.amount)
    return pay_tree.build(owed.carry(previous, book.payouts.lines(row.pool, row.number)))


def anchor(node: Node) -> bool:
    """Ask for the newest published checkpoint to be anchored, unless it is or will be."""
    checkpoint = node.log.checkpoint()
    if checkpoint is None:
        return False
    args: list[Json] = [log_id(node), str(checkpoint.size), checkpoint.root.hex(), str(node.clock())]
    wanted = Intent(name=f"anchor:{checkpoint.size}", signer="operator", contract="anchor", function="post", args=args)
    with node.store.book() as book:
        return intents.want(book, wanted)


def crowded(book: Book, pool: int) -> bool:
    """Tell whether so much is due in a pool that more would not fit into its next epoch: what would be due waits unsaid till then."""
    return len(dues.said(book, pool, dues.since(book, pool))) >= MOST_DUE


def _propose(node: Node, pool: int, last: EpochRow | None) -> bool:
    """Say the next epoch of the terms that have waited longest, of others where those have nothing that can be paid yet."""
    with node.store.reading() as book:
        found = dues.due(node, book, pool, dues.since(book, pool))
        if not found:
            return False
        posted = dues.anchored(book, node.signer.name)
        ours = offices.ours(node, book, pool)
    if not ours:
        # Whoever operates the pool now proposes from what is anchored of this log.
        return found[-1].leaf >= max(posted, default=0) and anchor(node)
    return any(
        _say(node, pool, last, found, version=version, posted=posted)
        for version in dict.fromkeys(each.version for each in found)
    )


def _say(
    node: Node, pool: int, last: EpochRow | None, found: Sequence[Due], *, version: int, posted: Mapping[int, int]
) -> bool:
    least, number = (cast(int, last.body["size"]), last.number + 1) if last else (0, 1)
    due = [each for each in found if each.version == version]
    checkpoint = node.log.checkpoint()
    # Of a size that was anchored before one of its instalments had vested the epoch would pass that one over.
    sizes = [
        size
        for size, at in posted.items()
        if size >= least and size > due[0].leaf and all(each.ready <= at for each in due if each.leaf < size)
    ]
    size = epochs.fitting_size(sizes=sizes, due=[(each.leaf, each.what) for each in due])
    behind = due[-1].leaf >= max(posted, default=0)
    if behind and checkpoint is not None and checkpoint.size > max(posted, default=0):
        # All that is due goes into one epoch: each costs the pool a window of three days and its gas.
        return anchor(node)
    if size is None:
        return False
    with node.store.book() as book:
        standing = book.payouts.last(pool)
        if standing is not None and standing.number >= number:
            return False
        if not offices.ours(node, book, pool):
            return False
        if adoption.pending(book, pool, number) is not None:
            # Somebody else's stands in the slot: whatever becomes of it, ours would be another one.
            return False
        try:
            made = epochs.assemble(
                number=number,
                size=size,
                terms=versions.of(book, pool)[version],
                due=dues.below(due, version, size, posted[size]),
                previous=book.payouts.cumulative(pool),
                earned=book.payouts.cumulative(pool, but="fee"),
            )
        except epochs.NothingDue:
            # Licences that cost nothing: they wait here for an epoch that pays something.
            return False
        node.evidence(made.lines_file)
        statement = node.sentence("epoch", dict(made.body))
        if not book.statements.add(statement, subject=str(pool)):
            # The same epoch was voided within this second: said again, it must be another statement.
            return False
        row = EpochRow(pool=pool, number=number, statement=statement.id, body=made.body, status="proposed")
        book.payouts.add(row, made.lines)
        for other in {*versions.said(book, pool)} - {each.version for each in found if each.leaf < size}:
            # Leaves below this size never change: rounds need not look there again for what is under these terms.
            book.chain.set_mark(dues.clear(pool, other), size)
    return True


def _follow(node: Node, row: EpochRow) -> bool:
    """Propose on chain, settle when the window is over, and take over what the chain decided."""
    with node.store.reading() as book:
        # A voided number is used again: what the chain said of it until then was about another epoch.
        voided = book.chain.mark(_void(row)) or 0
        said = {
            name: event
            for name in ("Proposed", "Accepted", "Voided")
            for event in book.chain.events(
                contract="payouts", event=name, first=voided + 1, having=("epoch", str(row.number))
            )
            if event.args["pool"] == str(row.pool)
        }
    if "Accepted" in said or "Voided" in said:
        with node.store.book() as book:
            if "Accepted" in said:
                book.payouts.mark(row.pool, row.number, "accepted")
            else:
                # The log keeps what was said; the number is free again, as on chain.
                book.payouts.drop(row.pool, row.number)
                book.chain.set_mark(_void(row), said["Voided"].block)
        return True
    pulls = [[each["order"], each["pay"], each["free"]] for each in cast(list[dict[str, Json]], row.body["pulls"])]
    text = [[str(part) for part in pull] for pull in pulls]
    if "Proposed" not in said:
        with node.store.reading() as book:
            evidence = weights.evidence(book, row)
            if not offices.ours(node, book, row.pool):
                return False
        return _want(
            node,
            f"propose:{row.pool}:{row.number}:{row.statement[:16]}",
            "propose",
            [
                str(row.pool),
                str(row.body["terms_version"]),
                row.body["root"],
                row.body["total"],
                str(row.body["depth"]),
                cast(Json, text),
                str(row.body["size"]),
                evidence.hex(),
            ],
        )
    if not adoption.ours(row, said["Proposed"]):
        return False
    return _settle(node, row, said["Proposed"], text)


def _void(row: EpochRow) -> str:
    return f"voided:{row.pool}:{row.number}"


def _settle(node: Node, row: EpochRow, proposed: ChainEvent, pulls: list[list[str]]) -> bool:
    if node.chain.time() < int(str(proposed.args["window_ends"])) and node.clock() <= int(
        str(proposed.args["window_ends"])
    ):
        return False
    return _want(
        node, f"settle:{row.pool}:{row.number}:{row.statement[:16]}", "settle", [str(row.pool), cast(Json, pulls)]
    )


def _want(node: Node, name: str, function: str, args: list[Json]) -> bool:
    """Ask for a transaction of payouts."""
    with node.store.book() as book:
        return intents.want(
            book, Intent(name=name, signer="operator", contract="payouts", function=function, args=args)
        )
