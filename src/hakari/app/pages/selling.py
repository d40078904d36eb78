"""What somebody sells: the orders of theirs whose releases are offered, or could be, and what each release has earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from hakari.app import market
from hakari.app.node import Node
from hakari.core.ids import Account
from hakari.sources.table import KINDS

KIND = KINDS["collect"]
SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    """A release of the reader's: `prices` of its offers and `income` of its licences so far, micro-units."""

    id: str
    pool: int
    name: str
    items: int
    prices: Sequence[int]
    licences: int
    income: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """An order of the reader's and what is sold of it."""

    order: str
    title: str
    status: str
    own: bool
    sales: Sequence[Sale]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """A pool in which data of one's own can be listed; parts of a sale in basis points."""

    number: int
    name: str
    evidence: str
    terms_version: int
    contributors: int
    originator: int
    fee: int


def shops(node: Node) -> list[Shop]:
    """Return the pools that take data of one's own."""
    with node.store.reading() as book:
        bodies = [cast(dict[str, Any], row.body) for row in book.orders.pools()]
    return [
        Shop(
            number=int(body["pool"]),
            name=str(body["name"]),
            evidence=str(body["terms"]["evidence"]),
            terms_version=int(body["terms_version"]),
            contributors=int(body["terms"]["sale_split"]["contributors"]),
            originator=int(body["terms"]["sale_split"]["originator"]),
            fee=int(body["terms"]["sale_split"]["fee"]),
        )
        for body in bodies
        if body["terms"]["evidence"] in KIND.evidence
    ]


def listings(node: Node, who: Account) -> list[Listing]:
    """Return the reader's orders that are judged or list data of their own, newest first."""
    found: list[Listing] = []
    with node.store.reading() as book:
        for order in book.orders.of_buyer(who)[::-1]:
            row, said = book.orders.get(order), book.statements.get(order)
            if row is None or said is None:
                continue
            body = cast(dict[str, Any], said[0].body)
            own = row.source == KIND.name and int(body["reward"]) == 0
            if not own and row.status != "judged":
                continue
            sales: list[Sale] = []
            for release in book.releases.of_order(order):
                bought = [statement.body for statement, _ in book.statements.about("sale", release.id)]
                card = market.card(node, book, release)
                sales.append(
                    Sale(
                        id=release.id,
                        pool=release.pool,
                        name=str(release.body["name"]),
                        items=card.items,
                        prices=[offer.price for offer in card.offers],
                        licences=len(bought),
                        income=sum(int(str(each["price"])) for each in bought),
                    )
                )
            found.append(Listing(order=order, title=str(body["title"]), status=row.status, own=own, sales=sales))
            if len(found) == SHOWN:
                break
    return found
