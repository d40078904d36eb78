"""The votes of a pool as its people read them: what each would change, from what to what, how far it is, what the reader weighs."""

from collections.abc import Sequence
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app import desk, voting
from hakari.app.node import Node
from hakari.app.voting import Vote
from hakari.core.ids import Account

SHAPES = {
    "account": {"operator", "arbiter", "court", "to", "contracts", "terms.fee_account", "terms.operator"},
    "money": {"price", "amount"},
    "hash": {"hash", "release"},
    "share": {
        "fee_cap_bps",
        "terms.derivatives.bps",
        "terms.early.extra_bps",
        "terms.fee_bps",
        "terms.invites.bps",
        "terms.sale_split.contributors",
        "terms.sale_split.fee",
        "terms.sale_split.originator",
    },
    "span": {"terms.invites.seconds"},
}
"""How the values of a change are written, by its name; others are text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One thing that would change. old, new: decimal or other text, "" for nothing. shape: of SHAPES, or text."""

    what: str
    old: str
    new: str
    shape: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A vote with the rows of what it would change, None where nobody showed it here; quorum: the weight that must be cast."""

    vote: Vote
    rows: Sequence[Row] | None
    quorum: int
    two_thirds: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Votes:
    """The votes of a pool, newest first."""

    pool: int
    name: str
    items: Sequence[Shown]


def votes(node: Node, pool: int, who: Account | None) -> Votes:
    """Return a pool's votes as a reader sees them. Raises UnknownPool."""
    with node.store.reading() as book:
        name = _name(book, pool)
    return Votes(pool=pool, name=name, items=[_shown(each) for each in voting.votes(node, pool, who)])


def _name(book: Book, pool: int) -> str:
    row = book.orders.pool(pool)
    if row is None:
        raise desk.UnknownPool(f"pool must be one of this node's, got {pool}")
    return str(row.body["name"])


def _shown(vote: Vote) -> Shown:
    rows = None if vote.change is None else [_row(what, old, new) for what, (old, new) in vote.change.items()]
    return Shown(vote=vote, rows=rows, quorum=voting.quorum(vote.total), two_thirds=vote.kind in voting.TWO_THIRDS)


def _row(what: str, old: str, new: str) -> Row:
    shape = next((name for name, of in SHAPES.items() if what in of), "text")
    return Row(what=what, old=old, new=new, shape=shape)
