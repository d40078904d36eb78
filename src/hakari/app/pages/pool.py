"""One pool: the terms in force, what it earned and how that is split, its releases, its votes, who has a say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hakari.adapters.sql.store import Book
from hakari.app import desk, market, offices, reputations, versions, voting
from hakari.app.market import Card
from hakari.app.node import Node
from hakari.app.pages import funds
from hakari.app.reputations import Serving
from hakari.core.ids import Account
from hakari.pay import lines as pay_lines

MEMBERS_SHOWN = 20
SERVING_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Who decides, by the terms on chain."""

    operator: Account
    creator: Account
    arbiter: Account
    court: Account


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """One payout of the pool. total: micro-units."""

    number: int
    statement: str
    status: str
    total: int
    accounts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """A pool in full. Amounts are micro-units; `members` are (account, paid in accepted epochs), largest first.

    versions: of its terms as (version, statement, Unix seconds), newest first. operated: whether this node is its operator still.
    serving: of the `in_service` accounts that may be drawn now, those first that one can be surest of.
    """

    number: int
    name: str
    statement: str
    terms: Mapping[str, Any]
    version: int
    roles: Roles
    operated: bool
    next_version: int | None
    versions: Sequence[tuple[int, str, int]]
    funded: int
    paid: int
    sales: int
    parts: tuple[int, int, int]
    releases: Sequence[Card]
    orders: int
    votes: Sequence[voting.Vote]
    epochs: Sequence[Epoch]
    members: Sequence[tuple[Account, int]]
    people: int
    serving: Sequence[Serving]
    in_service: int


def pool(node: Node, number: int) -> Pool:
    """Return a pool in full. Raises UnknownPool."""
    votes = voting.votes(node, number, None)
    with node.store.reading() as book:
        row = book.orders.pool(number)
        if row is None:
            raise desk.UnknownPool(f"pool must be one of this node's, got {number}")
        terms = desk.terms(book, number)
        escrow = book.chain.events(contract="escrow", having=("pool", str(number)))
        owned = {str(each.args["order"]) for each in escrow}
        by_order = {order: funds.of(book, int(order)) for order in owned}
        income = {str(each.args["order"]) for each in escrow if each.event == "Income"}
        members = sorted(book.payouts.cumulative(number).items(), key=lambda pair: (-pair[1], pair[0]))
        bound = [
            int(str(each.args["version"]))
            for each in book.chain.events(contract="pools", event="Terms", having=("pool", str(number)))
        ]
        sales = sum(by_order[order].funded for order in income)
        version = cast(int, row.body["terms_version"])
        serving = reputations.serving(node, book, number)
        return Pool(
            number=number,
            name=str(row.body["name"]),
            statement=row.statement,
            terms=cast(Mapping[str, Any], row.body["terms"]),
            version=version,
            roles=_roles(book, number),
            operated=offices.ours(node, book, number),
            versions=[(each, said.id, said.time) for each, said in reversed(versions.said(book, number).items())],
            next_version=max((each for each in bound if each > version), default=None),
            funded=sum(each.funded for order, each in by_order.items() if order not in income),
            paid=sum(each.paid for each in by_order.values()),
            sales=sales,
            parts=pay_lines.sale_parts(sales, terms),
            releases=_cards(node, book, number),
            orders=len(owned - income),
            votes=votes,
            epochs=[
                Epoch(
                    number=each.number,
                    statement=each.statement,
                    status=each.status,
                    total=book.figures.owed(number, each.number),
                    accounts=len({line.account for line in book.payouts.lines(number, each.number)}),
                )
                for each in reversed(book.payouts.epochs(number))
            ],
            members=[(account, int(amount)) for account, amount in members[:MEMBERS_SHOWN]],
            people=len(members),
            serving=sorted(serving, key=lambda each: (-each.surest, each.account))[:SERVING_SHOWN],
            in_service=len(serving),
        )


def pools(node: Node) -> list[tuple[int, str]]:
    """Return number and name of every pool that this node operates."""
    with node.store.reading() as book:
        rows = [row for row in book.orders.pools() if offices.ours(node, book, row.pool)]
        return [(row.pool, str(row.body["name"])) for row in rows]


def _roles(book: Book, number: int) -> Roles:
    created = book.chain.events(contract="pools", event="Created", having=("pool", str(number)))
    terms = book.chain.events(contract="pools", event="Terms", having=("pool", str(number)))
    return Roles(
        operator=offices.operator(book, number) or Account(str(created[-1].args["operator"])),
        creator=Account(str(created[-1].args["creator"])),
        arbiter=Account(str(terms[-1].args["arbiter"])),
        court=Account(str(terms[-1].args["court"])),
    )


def _cards(node: Node, book: Book, number: int) -> list[Card]:
    found: list[Card] = []
    after = 0
    while page := book.releases.page(after=after, limit=200):
        found += [market.card(node, book, row) for _, row in page if row.pool == number]
        after = page[-1][0]
    return found[::-1]
