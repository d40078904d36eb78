"""The accounts of a pool as its settlements left them, read from the log's own statements."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app import dues, versions
from hakari.app.node import Node
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.pay import settlements, slashes
from hakari.pay.settlements import Standing
from hakari.work import judging, orders, quality
from hakari.work.kin import kin
from hakari.work.orders import Order
from hakari.work.quality import BY_MERIT


@dataclass(frozen=True, kw_only=True, slots=True)
class Conviction:
    """An account that a settlement convicts first, with the micro-units that it had at stake for its answers in that order."""

    settlement: StatementId
    account: Account
    stake: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The accounts of a pool after the first `count` settlements of the node, the last of which has this sequence. Never changed.

    moving: orders that have to say what became of pay that they held; holding: orders that still hold some. convictions: each
    account's first one, in the order they were said.
    """

    count: int
    seq: int
    standing: Standing
    moving: frozenset[StatementId]
    holding: frozenset[StatementId]
    convictions: tuple[Conviction, ...]


PAGE = 200


def kept(node: Node, book: Book, pool: int) -> Kept:
    """Return the accounts of a pool after all its settlements. Only those that came since the last time are read."""
    count, before = book.statements.count("settlement"), cast(Kept | None, node.careers.get(pool))
    if before is not None and before.count == count:
        return before
    fresh = _after(book, before.seq if before is not None else 0)
    if before is not None and before.count + len(fresh) != count:
        # One that was recorded before the last one read came to light after it.
        before, fresh = None, _after(book, 0)
    made = Standing() if before is None else deepcopy(before.standing)
    convictions = [] if before is None else [*before.convictions]
    _take(node, book, pool, made, [statement for _, statement in fresh], convictions=convictions)
    careers = made.careers.values()
    found = Kept(
        count=(before.count if before is not None else 0) + len(fresh),
        seq=fresh[-1][0] if fresh else 0,
        standing=made,
        moving=frozenset(order for each in careers for order in (*each.due, *each.lost)),
        holding=frozenset(order for each in careers for order in each.held),
        convictions=tuple(convictions),
    )
    node.careers[pool] = found
    return found


def _after(book: Book, seq: int) -> list[tuple[int, Statement]]:
    found: list[tuple[int, Statement]] = []
    while page := book.statements.page(kind="settlement", author=None, after=seq, limit=PAGE):
        found += [(each, statement) for each, statement, _ in page]
        seq = page[-1][0]
    return found


def _take(
    node: Node, book: Book, pool: int, standing: Standing, said: Iterable[Statement], *, convictions: list[Conviction]
) -> None:
    """Take further settlements into what is known of the pool's accounts, and those they convict first into `convictions`."""
    terms = versions.of(book, pool)
    for statement in said:
        order = order_of(book, str(statement.body["order"]))
        if order.pool == pool:
            rule = settlements.rule(order, terms[order.terms_version], said=dues.judged_at(book, statement))
            pay = dues.pay_of(node, statement)
            standing.take(order.id, rule, pay)
            declared = quality.read(order.quality)
            stake = 0 if declared is None or declared.stake is None else declared.stake
            convictions += [
                Conviction(settlement=statement.id, account=account, stake=stake * answers)
                for account, answers in slashes.fresh(pay, [each.account for each in convictions]).items()
            ]


def standing(node: Node, book: Book, pool: int, *, below: int | None = None) -> Standing:
    """Return the accounts of a pool after its settlements, all or those with leaf < below. Not to be changed."""
    if below is None:
        return kept(node, book, pool).standing
    made = Standing()
    placed = [each for each, leaf in book.statements.about("settlement") if leaf is not None and leaf < below]
    _take(node, book, pool, made, placed, convictions=[])
    return made


def order_of(book: Book, order: str) -> Order:
    """Return a recorded order."""
    found = book.statements.get(order)
    assert found is not None  # whoever names it has recorded it
    return orders.order(found[0])


def groups(node: Node, book: Book, pool: int, *, below: int) -> dict[Account, frozenset[str]]:
    """Return the copy groups of a pool's accounts, by the verdicts with leaf < below."""
    said = [
        (StatementId(statement.id), judging.read_results(node.kept(str(statement.body["results"])))[0])
        for statement, leaf in book.statements.about("verdicts")
        if statement.body["rules"] in BY_MERIT
        and leaf is not None
        and leaf < below
        and dues.pool_of(book, statement) == pool
    ]
    return kin(said)
