"""Invitations: who came into a pool by whom, recorded and followed where the pool's terms give credit for it."""

from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import desk
from hakari.app.node import Node
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.people.book import may_sign
from hakari.people.receipts import Receipt
from hakari.people.statements import check_body
from hakari.work import orders
from hakari.work.invitations import Invitation


class NoCredit(Conflict):
    """A pool whose terms give nothing for invitations."""

    code = "no_credit"


class AlreadyInvited(Conflict):
    """An account that was invited into the pool before: the first invitation holds."""

    code = "already_invited"


def accept(node: Node, statement: Statement) -> Receipt:
    """Record by whom its author was invited into a pool. Raises UnknownPool, NoCredit, AlreadyInvited, Malformed."""
    desk.expect(statement, "invitation")
    check_body("invitation", statement.body)
    desk.not_early(node, statement)
    pool, by = cast(int, statement.body["pool"]), str(statement.body["by"])
    if by == statement.author:
        raise Malformed("by must be somebody else than the author", pointer="/body/by")

    def write(book: Book) -> None:
        if book.statements.has(statement.id):
            return
        may_sign(statement, book.statements.key_held(statement.key))
        if desk.terms(book, pool).invites is None:
            raise NoCredit(
                f"pool must be one whose terms give credit for invitations, got {pool}", pointer="/body/pool"
            )
        if not book.statements.keys_of(Account(by)):
            raise Malformed(f"by must be an account that has joined here, got {by}", pointer="/body/by")
        earlier = by_whom(book, pool, statement.author)
        if earlier is not None:
            raise AlreadyInvited(f"this account was invited into pool {pool} by {earlier} already", pointer="/author")
        book.statements.add(statement, subject=str(pool))

    node.store.commit(write)
    return desk.receipt(node, statement)


def by_whom(book: Book, pool: int, account: str) -> Account | None:
    """Return who invited an account into a pool, None where nobody did."""
    said = (each for each, _ in book.statements.about("invitation", str(pool)) if each.author == account)
    first = next(said, None)
    return None if first is None else Account(str(first.body["by"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """What is still owed for an invitation: `bps` of what the account's work earns in `pool` go to `by` until then (Unix seconds)."""

    pool: int
    by: Account
    bps: int
    until: int


def owed(book: Book, account: Account, *, now: int) -> list[Credit]:
    """Return by whom an account was invited where credit for it still runs, by the newest terms of each pool."""
    found: list[Credit] = []
    for row in book.orders.pools():
        invites = orders.terms(row.body).invites
        said = None if invites is None else first(book, row.pool).get(account)
        if invites is not None and said is not None and now < said.until(invites):
            found.append(Credit(pool=row.pool, by=said.by, bps=invites.bps, until=said.until(invites)))
    return found


def first(book: Book, pool: int) -> dict[Account, Invitation]:
    """Return each account's first invitation into a pool, as far as they stand in the log."""
    found: dict[Account, Invitation] = {}
    for each, leaf in book.statements.about("invitation", str(pool)):
        if leaf is not None:
            found.setdefault(each.author, Invitation(by=Account(str(each.body["by"])), leaf=leaf, time=each.time))
    return found
