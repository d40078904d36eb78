"""All that log and chain say of one account, order, epoch, release or licence. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.access.licences import Licence
from hakari.adapters.sql.figures import Tally
from hakari.adapters.sql.finding import Found, Use
from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.store import Book
from hakari.app import desk, market, promises, reputations, shelf, views
from hakari.app.market import Card
from hakari.app.node import Node
from hakari.app.reputations import Reputation
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.pay.chain import ChainEvent
from hakari.pay.lines import Line
from hakari.pay.tree import ClaimLeaf, Tree
from hakari.people.delegation import SessionKey
from hakari.work.records import OrderRow

SHOWN = 50
"""Rows of one table of a page."""
TREES_KEPT = 64


class UnknownEpoch(Unknown):
    """An epoch that this node does not have."""

    code = "unknown_epoch"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountFile:
    """An account: amounts are micro-units; paid lists (pool, epoch, status, sum), newest first; said is a page of its statements;
    reputation is what is known of it in each pool and role."""

    account: Account
    operator: bool
    keys: Sequence[SessionKey]
    tally: Tally
    in_window: int
    claimable: int
    claimed: int
    reputation: Sequence[Reputation]
    paid: Sequence[tuple[int, int, str, Micros]]
    orders: Sequence[tuple[str, str]]
    licences: Sequence[Licence]
    said: Sequence[Found]
    older: int | None

    @property
    def known(self) -> bool:
        """Whether log or chain ever heard of it."""
        return bool(self.said or self.paid or self.licences or self.claimed)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFile:
    """An order: what the escrow did with its money (events in order), what was said about it."""

    found: Found
    row: OrderRow
    tally: Tally
    people: int
    submissions: int
    escrow: Sequence[ChainEvent]
    verdicts: Sequence[Found]
    releases: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochFile:
    """An epoch: its events on chain, its lines in numbers, a page of its accounts as (account, lines, sum in micro-units)."""

    row: EpochRow
    found: Found
    events: Sequence[ChainEvent]
    lines: int
    total: Micros
    people: int
    accounts: Sequence[tuple[Account, int, Micros]]
    next: str | None
    orders: Sequence[tuple[int, str | None, int, int]]

    @property
    def proposed(self) -> ChainEvent | None:
        """The proposal on chain, if the chain has it."""
        return next((each for each in reversed(self.events) if each.event == "Proposed"), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeafFile:
    """An account's leaf in an epoch's tree with its way to the root, its lines there, and what it claimed from the pool so far."""

    row: EpochRow
    leaf: ClaimLeaf
    lines: Sequence[Line]
    claimed: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseFile:
    """A release: what it is, its files, who owns which share, who bought it, how it was used."""

    found: Found
    card: Card
    shares: Sequence[Mapping[str, Json]]
    people: int
    sales: Sequence[Found]
    sold: int
    uses: Sequence[Use]
    used: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceFile:
    """A licence: how it was bought, its sale in the log, every use, what the chain did with it later."""

    licence: Licence
    name: str
    bought: ChainEvent
    sale: Found | None
    uses: Sequence[tuple[Use, Found]]
    used: int
    later: Sequence[ChainEvent]


def account(node: Node, who: Account, *, before: int | None = None) -> AccountFile:
    """Return an account's file; an address that nobody heard of gives an empty one."""
    shown = views.account(node, who)
    earned = shown["earnings"]
    with node.store.reading() as book:
        said = book.finding.by(who, before=before, limit=SHOWN + 1)
        bought = book.finding.orders_of(who, limit=SHOWN)
        titles = book.finding.entitled(bought)
        return AccountFile(
            account=who,
            operator=who == node.operator,
            keys=book.statements.keys_of(who),
            tally=book.figures.of_account(who),
            in_window=int(earned["in_window"]),
            claimable=int(earned["claimable"]),
            claimed=int(earned["claimed"]),
            reputation=reputations.of(node, book, who),
            paid=book.finding.epochs_of(who, limit=SHOWN),
            orders=[(each, titles.get(each, each)) for each in bought],
            licences=shelf.licences_of(book, who),
            said=said[:SHOWN],
            older=said[SHOWN - 1].seq if len(said) > SHOWN else None,
        )


def order(node: Node, id_: str) -> OrderFile:
    """Return an order's file. Raises UnknownOrder."""
    with node.store.reading() as book:
        row, found = book.orders.get(id_), book.finding.get(id_)
        if row is None or found is None:
            raise desk.UnknownOrder(f"order must be one of this node's, got {id_[:80]!r}")
        releases = book.finding.releases_of(id_, limit=SHOWN)
        names = book.finding.entitled(releases)
        return OrderFile(
            found=found,
            row=row,
            tally=book.figures.of_order(id_),
            people=book.figures.accounts(id_),
            submissions=book.finding.count("submission", id_),
            escrow=book.chain.events(contract="escrow", having=("order", str(row.escrow_order)))[-SHOWN:],
            verdicts=book.finding.about("verdicts", id_, limit=SHOWN),
            releases=[(each, names.get(each, each)) for each in releases],
        )


def epoch(node: Node, pool: int, number: int, *, after: str = "") -> EpochFile:
    """Return an epoch's file with a page of its accounts. Raises UnknownEpoch."""
    with node.store.reading() as book:
        row = _epoch(book, pool, number)
        found = book.finding.get(row.statement)
        assert found is not None  # an epoch is recorded together with its statement
        lines, total, people = book.finding.owed(pool, number)
        accounts = book.finding.accounts_of(pool, number, after=after, limit=SHOWN + 1)
        return EpochFile(
            row=row,
            found=found,
            events=_events_of(book, pool, number),
            lines=lines,
            total=total,
            people=people,
            accounts=accounts[:SHOWN],
            next=accounts[SHOWN - 1][0] if len(accounts) > SHOWN else None,
            orders=[_pull(book, each) for each in cast(list[dict[str, Json]], row.body["pulls"])],
        )


def _epoch(book: Book, pool: int, number: int) -> EpochRow:
    row = book.payouts.get(pool, number)
    if row is None:
        raise UnknownEpoch(f"epoch must be one of pool {pool}, got {number}")
    return row


def _events_of(book: Book, pool: int, number: int) -> list[ChainEvent]:
    found = book.chain.events(contract="payouts", having=("epoch", str(number)))
    return [each for each in found if each.args.get("pool") == str(pool)]


def _pull(book: Book, pull: Mapping[str, Json]) -> tuple[int, str | None, int, int]:
    number = cast(int, pull["order"])
    row = book.orders.of_escrow(number)
    return number, None if row is None else row.id, int(str(pull["pay"])), int(str(pull["free"]))


def leaf(node: Node, pool: int, number: int, who: Account) -> LeafFile:
    """Return an account's leaf of an epoch. Raises UnknownEpoch, and Unknown where the account is not in the tree."""
    with node.store.reading() as book:
        row = _epoch(book, pool, number)
        lines = book.finding.lines_of(pool, number, who)
        claims = book.chain.events(contract="payouts", event="Claimed", having=("account", who))
        built = node.trees.get(row.statement) or _built(node, book, row)
    claimed = sum(int(str(each.args["amount"])) for each in claims if each.args["pool"] == str(pool))
    return LeafFile(row=row, leaf=built.proof(who), lines=lines, claimed=Micros(claimed))


def _built(node: Node, book: Book, row: EpochRow) -> Tree:
    made = promises.rebuilt(book, row)
    if len(node.trees) < TREES_KEPT:
        node.trees[row.statement] = made
    return made


def release(node: Node, id_: str) -> ReleaseFile:
    """Return a release's file. Raises UnknownRelease."""
    with node.store.reading() as book:
        row, found = book.releases.get(id_), book.finding.get(id_)
        if row is None or found is None:
            raise shelf.UnknownRelease(f"release must be one of this node's, got {id_[:80]!r}")
        shares = market.shares(node, str(row.body["shares"]))
        return ReleaseFile(
            found=found,
            card=market.card(node, book, row),
            shares=sorted(shares, key=lambda each: (-cast(int, each["weight"]), str(each["account"])))[:SHOWN],
            people=len(shares),
            sales=book.finding.about("sale", id_, limit=SHOWN),
            sold=book.finding.count("sale", id_),
            uses=book.finding.uses(release=id_, limit=SHOWN),
            used=book.finding.count_uses(release=id_),
        )


def licence(node: Node, number: int) -> LicenceFile:
    """Return a licence's file. Raises Unknown."""
    with node.store.reading() as book:
        held = shelf.licence(book, number)
        if held is None:
            raise Unknown(f"licence must be one that was bought, got {number}")
        [bought] = book.chain.events(contract="licences", event="Bought", having=("id", str(number)))
        sales = book.finding.about("sale", held.release, limit=SALES_LOOKED_AT)
        uses = book.finding.uses(licence=number, limit=USES_SHOWN)
        said = {each.id: each for each in book.finding.named([each.id for each in uses])}
        events = book.chain.events(contract="licences", having=("id", str(number)))
        return LicenceFile(
            licence=held,
            name=book.finding.entitled([held.release]).get(held.release, held.release),
            bought=bought,
            sale=next((each for each in sales if each.statement.body["licence"] == number), None),
            uses=[(each, said[each.id]) for each in uses],
            used=book.finding.count_uses(licence=number),
            later=[each for each in events if each.event == "Revoked"],
        )


USES_SHOWN = 500
SALES_LOOKED_AT = 500
