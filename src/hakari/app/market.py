"""The market: every release as people choose among them, with what it costs, how good it is and who is paid.

A figure on a page is recomputed from what the log and the chain say; nothing here is typed in.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, cast

from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Book
from hakari.app import shelf, views
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.purposes import PURPOSES

SORTS = ("evidence", "newest", "price")
FACETS = ("purpose", "kind", "evidence", "price")
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A share with its 95% interval (Wilson's), out of `of` cases."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a licence costs (micro-units), for which purposes (names), how long (seconds, 0 = for ever)."""

    number: int
    price: int
    purposes: tuple[str, ...]
    term_s: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A release on the shelf. `accepted` is the share of judged answers that were accepted; parts of a sale are basis points."""

    id: str
    pool: int
    pool_name: str
    name: str
    order: str
    title: str
    about: str
    kind: str
    version: int
    items: int
    bytes: int
    evidence: str
    licence: str
    time: int
    leaf: int | None
    accepted: Estimate
    people: int
    split: Mapping[str, int]
    reward: int
    paid: int
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What this node did so far: micro-units that people claimed, how many people, verdicts, payouts proposed and challenged."""

    claimed: int
    people: int
    judged: int
    payouts: int
    challenged: int
    voided: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """What a search found. `counts`: facet → value → releases that choosing it would leave. `all`: releases before any choice."""

    cards: Sequence[Card]
    counts: Mapping[str, Mapping[str, int]]
    all: int


def estimate(part: int, of: int) -> Estimate:
    """Return a share with Wilson's 95% interval; of nothing, 0 with the whole line as interval."""
    if not of:
        return Estimate(value=0.0, low=0.0, high=1.0, of=0)
    share, z2 = part / of, NORMAL_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Estimate(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half), of=of)


def unit(node: Node) -> str:
    """Return what the payment token is called on chain, asked once; «tokens» while the chain does not say."""
    known = _UNITS.get(node.contracts.payment_token)
    if known is None:
        try:
            known = str(node.chain.call(node.contracts, "payment_token", "symbol", []))[:12]
        except HakariError:
            return "tokens"
        _UNITS[node.contracts.payment_token] = known
    return known


_UNITS: dict[str, str] = {}


def totals(node: Node) -> Totals:
    """Return what this node did so far."""
    with node.store.reading() as book:
        claimed = book.chain.events(contract="payouts", event="Claimed")
        return Totals(
            claimed=sum(int(str(each.args["amount"])) for each in claimed),
            people=len({str(each.args["account"]) for each in claimed}),
            judged=book.figures.judged(),
            payouts=len(book.chain.events(contract="payouts", event="Proposed")),
            challenged=len(book.chain.events(contract="payouts", event="Challenged")),
            voided=len(book.chain.events(contract="payouts", event="Voided")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """What of an account's earnings is settled (micro-units, over all pools): what it can claim now, and what it claimed."""

    claimable: int
    paid: int


def balance(node: Node, who: Account) -> Balance:
    """Return what of an account's earnings is settled; a claim moves an amount from one figure to the other."""
    earned = views.account(node, who)["earnings"]
    return Balance(claimable=int(earned["claimable"]), paid=int(earned["claimed"]))


def cards(node: Node) -> list[Card]:
    """Return every release, oldest first."""
    found: list[Card] = []
    after = 0
    with node.store.reading() as book:
        while page := book.releases.page(after=after, limit=views.LARGEST_PAGE):
            found += [card(node, book, row) for _, row in page]
            after = page[-1][0]
    return found


def card(node: Node, book: Book, row: ReleaseRow) -> Card:
    """Return one release. What never changes of it is kept in the node."""
    known = node.cards.get(row.id)
    if known is None:
        known = node.cards[row.id] = _card(node, book, row)
    offers = [
        Offer(
            number=int(str(event.args["offer"])),
            price=int(price),
            purposes=purposes(int(str(event.args["purposes"]))),
            term_s=int(str(event.args["term_seconds"])),
        )
        for event, price in shelf.offers(book, row.id)
    ]
    leaf = known.leaf
    if leaf is None:
        found = book.statements.get(row.id)
        leaf = None if found is None else found[1]
    return replace(known, leaf=leaf, offers=tuple(offers))


def purposes(mask: int) -> tuple[str, ...]:
    """Return the names of the purposes in a bit mask."""
    return tuple(name for name, bit in PURPOSES.items() if bit & mask)


def _card(node: Node, book: Book, row: ReleaseRow) -> Card:
    body = cast(dict[str, Any], row.body)
    said, order = book.statements.get(row.id), book.statements.get(row.order)
    pool = book.orders.pool(row.pool)
    assert said is not None  # a release is recorded together with its statement
    assert order is not None
    assert pool is not None
    terms = cast(dict[str, Any], pool.body["terms"])
    judged = accepted = paid = 0
    for each in body["lineage"]["verdicts"]:
        verdicts = book.statements.get(each)
        if verdicts is not None:
            judged += cast(int, verdicts[0].body["count"])
            accepted += cast(int, verdicts[0].body["accepted"])
            paid += int(str(verdicts[0].body["paid"]))
    return Card(
        id=row.id,
        pool=row.pool,
        pool_name=str(pool.body["name"]),
        name=body["name"],
        order=row.order,
        title=str(order[0].body["title"]),
        about=str(order[0].body["description"]),
        kind=str(order[0].body["source"]),
        version=body["version"],
        items=body["items"],
        bytes=sum(file["bytes"] for file in body["files"]),
        evidence=str(order[0].body["evidence"]),
        licence=terms["licence"],
        time=said[0].time,
        leaf=said[1],
        accepted=estimate(accepted, judged),
        people=len(shares(node, body["shares"])),
        split=terms["sale_split"],
        reward=int(str(order[0].body["reward"])),
        paid=paid,
    )


def shares(node: Node, digest: str) -> list[dict[str, Json]]:
    """Return the lines of a release's shares evidence."""
    return list(canonical.read_lines(node.kept(digest)))


def search(node: Node, *, text: str = "", sort: str = "evidence", chosen: Mapping[str, str] | None = None) -> Shelf:
    """Return the releases that hold every word of `text` and fit every chosen facet, with the counts of each facet's values.

    A facet's counts are those under the other facets, so that each shows what choosing it instead would leave.
    """
    every = cards(node)
    words = text.casefold().split()
    found = [each for each in every if all(word in _text(each) for word in words)]
    picked = {facet: value for facet, value in (chosen or {}).items() if value}
    counts = {
        facet: dict(
            Counter(
                value
                for each in found
                if all(wanted in _values(each, other) for other, wanted in picked.items() if other != facet)
                for value in _values(each, facet)
            )
        )
        for facet in FACETS
    }
    left = [each for each in found if all(value in _values(each, facet) for facet, value in picked.items())]
    return Shelf(cards=sorted(left, key=lambda each: _place(sort, each)), counts=counts, all=len(every))


def _text(each: Card) -> str:
    return " ".join((each.name, each.title, each.about, each.pool_name, each.id, each.kind)).casefold()


def _values(each: Card, facet: str) -> Sequence[str]:
    if facet == "purpose":
        return sorted({name for offer in each.offers for name in offer.purposes})
    if facet == "kind":
        return (each.kind,)
    if facet == "evidence":
        return (each.evidence,)
    if not each.offers:
        return ("unsold",)
    return ("free",) if any(offer.price == 0 for offer in each.offers) else ("paid",)


def _place(sort: str, each: Card) -> tuple[float, str]:
    if sort == "newest":
        return -each.time, each.id
    if sort == "price":
        return min((offer.price for offer in each.offers), default=2**62), each.id
    # The lower edge of the interval: a small sample does not lead by luck.
    return -each.accepted.low, each.id


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenOrder:
    """An order that takes answers: how far it is, what an answer pays (micro-units), until when (Unix seconds)."""

    id: str
    title: str
    kind: str
    answered: int
    wanted: int
    reward: int
    deadline: int


def open_orders(node: Node, *, limit: int) -> list[OpenOrder]:
    """Return the orders that take answers now, newest first."""
    found: list[OpenOrder] = []
    with node.store.reading() as book:
        for row in reversed(book.orders.with_status("open")):
            said = book.statements.get(row.id)
            if said is None or row.deadline <= node.clock() or row.answered >= row.wanted:
                continue
            found.append(
                OpenOrder(
                    id=row.id,
                    title=str(said[0].body["title"]),
                    kind=row.source,
                    answered=row.answered,
                    wanted=row.wanted,
                    reward=int(str(said[0].body["reward"])),
                    deadline=row.deadline,
                )
            )
            if len(found) == limit:
                break
    return found
