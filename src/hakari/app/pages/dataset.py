"""One release as somebody sees it who may buy it: what is in it, how good, where from, who was paid, what it costs, who used it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hakari.access.licences import Licence
from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Book
from hakari.app import desk, lineage, market, shelf
from hakari.app.market import Card, Offer
from hakari.app.node import Node
from hakari.app.pages import progress
from hakari.app.pages.progress import Progress
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.data import odrl, release
from hakari.data.preview import Column, Preview, preview
from hakari.pay import lines as pay_lines
from hakari.pay import royalties

ROWS_SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A column of the preview. `hidden`: its values are for licensees; what is shown of it are lengths and counts only."""

    column: Column
    hidden: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Priced:
    """An offer, and where its price goes (micro-units).

    upstream: to the releases that it derives from; of the rest, to the people, to who ordered the data, to the fee account.
    """

    offer: Offer
    upstream: int
    people: int
    originator: int
    fee: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sold:
    """One licence that was bought."""

    licence: int
    buyer: Account
    price: int
    purposes: Sequence[str]
    time: int
    statement: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """One use: who, what for in their own words, when."""

    statement: str
    account: Account
    purposes: Sequence[str]
    why: str
    time: int
    licence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """A release in full. shares: each person's part of the contributors' share, largest first, as fractions that sum to 1."""

    card: Card
    body: Mapping[str, Any]
    terms: Mapping[str, Any]
    columns: Sequence[Shown]
    rows: Sequence[Sequence[str | None]]
    digests: Sequence[str]
    open: bool
    order: Progress
    shares: Sequence[float]
    sold: Sequence[Sold]
    uses: Sequence[Used]
    offers: Sequence[Priced]
    held: Sequence[Licence]
    versions: Sequence[tuple[str, str, int]]

    @property
    def earned(self) -> int:
        """What licences brought in so far, micro-units."""
        return sum(each.price for each in self.sold)

    @property
    def median_share(self) -> float:
        """The share of the person in the middle."""
        return self.shares[len(self.shares) // 2] if self.shares else 0.0


def dataset(node: Node, pool: int, release_id: str, who: Account | None) -> Dataset:
    """Return a release in full. Raises UnknownRelease."""
    with node.store.reading() as book:
        row = book.releases.get(release_id)
        if row is None or row.pool != pool:
            raise shelf.UnknownRelease(f"release must be one of pool {pool}, got {release_id}")
        card = market.card(node, book, row)
        pool_row = book.orders.pool(row.pool)
        assert pool_row is not None  # a release is of a known pool
        terms = desk.terms(book, row.pool)
        held = [each for each in shelf.licences_of(book, who) if each.release == release_id] if who else []
        order_row = book.orders.get(row.order)
        assert order_row is not None
        open_ = card.evidence == "open" or bool(held) or who == order_row.buyer
        items = book.orders.tasks(row.order, [0])
        item_columns = set(items[0].data) if items else set[str]()
        sold = _sold(book, release_id)
        uses = _uses(book, release_id)
        above = lineage.upwards(book, release_id)
        versions = [
            (each.id, str(each.body["name"]), cast(int, each.body["version"]))
            for each in book.releases.of_order(row.order)
        ]
    seen = _preview(node, row)
    columns = [
        Shown(
            column=each,
            hidden=not open_ and (each.name in item_columns or (card.evidence == "sealed" and each.shape != "number")),
        )
        for each in seen.columns
    ]
    weights = sorted((cast(int, each["weight"]) for each in market.shares(node, str(row.body["shares"]))), reverse=True)
    own = {offer.number: royalties.parts(offer.price, release_id, above).get(release_id, 0) for offer in card.offers}
    parts = [(offer, *pay_lines.sale_parts(own[offer.number], terms)) for offer in card.offers]
    return Dataset(
        card=card,
        body=row.body,
        terms=cast(Mapping[str, Any], pool_row.body["terms"]),
        columns=columns,
        rows=[[None if shown.hidden else str(each[shown.column.name]) for shown in columns] for each in seen.rows],
        digests=seen.digests,
        open=open_,
        order=progress.progress(node, row.order, None),
        shares=[weight / sum(weights) for weight in weights],
        sold=sold,
        uses=uses,
        offers=[
            Priced(
                offer=offer,
                upstream=offer.price - own[offer.number],
                people=people,
                originator=originator,
                fee=fee,
            )
            for offer, people, originator, fee in sorted(parts, key=lambda part: part[0].price)
        ],
        held=held,
        versions=versions,
    )


def policy(node: Node, pool: int, release_id: str) -> list[dict[str, Json]]:
    """Return the offers of a release in ODRL. Raises UnknownRelease."""
    with node.store.reading() as book:
        row = book.releases.get(release_id)
        if row is None or row.pool != pool:
            raise shelf.UnknownRelease(f"release must be one of pool {pool}, got {release_id}")
        card = market.card(node, book, row)
    here = f"{node.settings.url}/d/{pool}/{release_id}"
    return [
        odrl.offer(
            uid=f"{here}#offer-{each.number}",
            target=here,
            assigner=f"eip155:{node.settings.chain_id}:{node.operator}",
            price=each.price,
            unit=market.unit(node),
            purposes=each.purposes,
            vocabulary=f"{node.settings.url}/docs/reference/formats",
            term_s=each.term_s,
        )
        for each in card.offers
    ]


def _preview(node: Node, row: ReleaseRow) -> Preview:
    name = f"preview:{row.id}"
    known = node.cards.get(name)
    if known is None:
        path = f"releases/{row.id}/{release.DATA_FILE}"
        data = node.private.read(path) or node.public.read(path)
        known = node.cards[name] = (
            Preview(columns=(), rows=(), digests=(), of=0) if data is None else preview(data, rows=ROWS_SHOWN)
        )
    return cast(Preview, known)


def _sold(book: Book, release_id: str) -> list[Sold]:
    return [
        Sold(
            licence=cast(int, said.body["licence"]),
            buyer=Account(str(said.body["buyer"])),
            price=int(str(said.body["price"])),
            purposes=market.purposes(cast(int, said.body["purposes"])),
            time=said.time,
            statement=said.id,
        )
        for said, _ in book.statements.about("sale", release_id)
    ]


def _uses(book: Book, release_id: str) -> list[Used]:
    return [
        Used(
            statement=said.id,
            account=said.author,
            purposes=market.purposes(cast(int, said.body["purpose"])),
            why=str(said.body["statement"]),
            time=said.time,
            licence=cast(int, said.body["licence"]),
        )
        for said, _ in book.statements.about("use", release_id)
    ]
