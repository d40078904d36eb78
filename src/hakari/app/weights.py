"""What people vote with: each account's earnings in a pool, with the proof that the chain takes."""

from collections.abc import Mapping
from typing import cast

from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.store import Book
from hakari.app import desk, versions
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Conflict
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay import lines as owed
from hakari.pay import tree as pay_tree


class NoVotes(Conflict):
    """A pool without an accepted epoch under terms that have votes: nobody has a weight in it."""

    code = "no_votes"


def of(book: Book, row: EpochRow) -> Mapping[Account, Micros]:
    """Return the weights that an epoch publishes: what each account has earned in its pool by then; empty without votes."""
    if not versions.of(book, row.pool)[cast(int, row.body["terms_version"])].votes:
        return {}
    before = book.payouts.cumulative(row.pool, but="fee", upto=row.number - 1)
    return owed.earned(before, book.payouts.lines(row.pool, row.number))


def evidence(book: Book, row: EpochRow) -> bytes:
    """Return the 32 bytes of evidence that an epoch is proposed with."""
    return pay_tree.evidence_of(str(row.body["lines"]), of(book, row))


def show(node: Node, pool: int, account: Account, *, epoch: int | None = None) -> dict[str, Json]:
    """Return what opens the weights of an epoch of a pool, its newest accepted one unless named, and an account's own with its proof.

    `share` is null where the account has no weight. Raises UnknownPool and NoVotes.
    """
    with node.store.reading() as book:
        desk.terms(book, pool)
        row = book.payouts.newest(pool) if epoch is None else book.payouts.get(pool, epoch)
        weights = of(book, row) if row is not None and row.status == "accepted" else {}
    if row is None or not weights:
        raise NoVotes(f"pool {pool} must have an accepted epoch whose terms have votes, got none")
    root, total = pay_tree.shares_root(weights)
    mine = pay_tree.share(weights, account) if account in weights else None
    return {
        "epoch": row.number,
        "shares": {
            "bundle": row.body["lines"],
            "depth": pay_tree.depth(len(weights)),
            "root": root.hex(),
            "total": str(total),
        },
        "share": None
        if mine is None
        else {
            "account": account,
            "index": mine.index,
            "path": [[step.hex(), str(amount)] for step, amount in mine.path],
            "weight": str(mine.weight),
        },
    }
