"""What a pool owes: every `verdicts`, `sale` and `instalment` statement of it, until an accepted epoch has paid it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from hakari.core import money
from hakari.core.ids import StatementId
from hakari.pay import lines as pay_lines
from hakari.pay.lines import Owners, Sale, Settlement, Work
from hakari.verify.docket import Docket
from hakari.verify.holdings import EscrowOrder
from hakari.verify.ledger import OrderFile
from hakari.verify.placed import Placed
from hakari.verify.replay import Replay
from hakari.work import invitations
from hakari.work.quality import BY_MERIT


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A statement that some epoch must pay. `what` is None where it can't be recomputed, for a reason found before.

    `judged` is False where it rests on verdicts whose answers are sealed. said: its time. ready: the chain time (Unix seconds) from
    which an epoch may take its money.
    """

    leaf: int
    terms_version: int
    cause: StatementId
    what: pay_lines.Debt | None
    judged: bool
    said: int
    ready: int = 0


@dataclass(kw_only=True)
class Dues:
    """All that a pool ever owed, by leaf.

    anchored: the block time of each size's first anchor. spent: causes that an accepted epoch had to pay.
    """

    pool: int
    all: list[Due]
    anchored: Mapping[int, int] = field(default_factory=dict[int, int])
    spent: set[StatementId] = field(default_factory=set[StatementId])

    def below(self, terms_version: int, size: int) -> list[Due]:
        """Return what an epoch of these terms and this size must pay: of instalments those that had vested when it was anchored.

        Where no anchor of the size is known, what the log says of instalments is taken.
        """
        at = self.anchored.get(size)
        return [
            due
            for due in self.all
            if due.leaf < size
            and due.terms_version == terms_version
            and due.cause not in self.spent
            and (at is None or due.ready <= at)
        ]

    def open(self) -> list[Due]:
        """Return what no accepted epoch had to pay."""
        return [due for due in self.all if due.cause not in self.spent]

    def pay(self, terms_version: int, size: int) -> None:
        """Take what an accepted epoch had to pay as paid, whether it was or not."""
        self.spent.update(due.cause for due in self.below(terms_version, size))


def dues(docket: Docket, replay: Replay, pool: int) -> Dues:
    """Return what the log makes due in a pool, nothing of it paid yet."""
    found = [
        *_verdicts(docket, pool),
        *_settlements(docket, pool),
        *_slashes(docket, replay, pool),
        *_sales(docket, replay, pool),
        *_instalments(docket, replay, pool),
    ]
    anchored: dict[int, int] = {}
    for posted in replay.posted:
        if posted.log_id == docket.log_id:
            anchored.setdefault(posted.size, posted.time)
    return Dues(pool=pool, all=sorted(found, key=lambda due: due.leaf), anchored=anchored)


def _verdicts(docket: Docket, pool: int) -> Iterable[Due]:
    for file, ruling in docket.log.ledger.rulings.values():
        if file.order.pool != pool or file.order.quality["rules"] in BY_MERIT:
            continue
        outcome, placed = docket.outcomes.get(ruling.placed.id), ruling.placed
        work = None
        if outcome is not None:
            work = Work(
                cause=placed.id,
                source=file.order.escrow_order,
                reward=file.order.reward,
                judged=outcome.judged,
                accepted=outcome.accepted,
            )
        yield Due(
            leaf=placed.leaf,
            terms_version=file.order.terms_version,
            cause=placed.id,
            what=work and _credited(docket, file, placed, work),
            judged=placed.id in docket.judged,
            said=placed.time,
        )


def _settlements(docket: Docket, pool: int) -> Iterable[Due]:
    for file in docket.log.ledger.orders.values():
        if file.order.pool == pool:
            for placed in file.settlements:
                settled = docket.settled.get(placed.id)
                yield Due(
                    leaf=placed.leaf,
                    terms_version=file.order.terms_version,
                    cause=placed.id,
                    what=settled and _credited(docket, file, placed, settled),
                    judged=placed.id in docket.resettled,
                    said=placed.time,
                )


def _credited(docket: Docket, file: OrderFile, placed: Placed, due: Work | Settlement) -> Work | Settlement:
    """Return what a statement makes due with who of those that it pays was invited by whom."""
    said = docket.log.ledger.invitations.get(file.order.pool, {})
    paid = invitations.running(said, file.terms.invites, due.accounts, leaf=placed.leaf, time=placed.time)
    return replace(due, invited=paid)


def _slashes(docket: Docket, replay: Replay, pool: int) -> Iterable[Due]:
    for placed in docket.log.ledger.slashes:
        order = replay.orders.get(placed.number("income_order"))
        file = docket.log.ledger.settlements[StatementId(placed.text("settlement"))]
        if file.order.pool == pool and order is not None:
            yield Due(
                leaf=placed.leaf,
                terms_version=order.terms_version,
                cause=placed.id,
                what=docket.slashed.get(placed.id),
                judged=placed.text("settlement") in docket.resettled,
                said=placed.time,
            )


def income(docket: Docket, replay: Replay, sale: Placed) -> EscrowOrder | None:
    """Return the escrow order that holds a sale's price, None for a free licence or one that the chain does not show."""
    release = docket.log.ledger.releases[StatementId(sale.text("release"))]
    found = replay.orders.get(sale.number("income_order"))
    return found if found is not None and found.pool == release.number("pool") else None


def _sales(docket: Docket, replay: Replay, pool: int) -> Iterable[Due]:
    """A price that was earned at once is due by its sale; one that vests, by its instalments."""
    for placed in docket.log.ledger.sales:
        order = income(docket, replay, placed)
        if order is not None and order.pool == pool and not order.vests:
            yield _due(docket, placed, placed, order, amount=money.parse(placed.body["price"]), ready=0)


def _instalments(docket: Docket, replay: Replay, pool: int) -> Iterable[Due]:
    said: dict[StatementId, int] = {}
    for placed in docket.log.ledger.instalments:
        sale = docket.log.ledger.sold[StatementId(placed.text("sale"))]
        order, amount = income(docket, replay, sale), money.parse(placed.body["amount"])
        if order is None or order.pool != pool:
            continue
        due = order.vesting.due(said.get(sale.id, 0), amount) if order.vests else None
        said[sale.id] = said.get(sale.id, 0) + amount
        if due is not None:
            yield _due(docket, placed, sale, order, amount=due[0], ready=due[1])


def _due(docket: Docket, placed: Placed, sale: Placed, order: EscrowOrder, *, amount: int, ready: int) -> Due:
    release = StatementId(sale.text("release"))
    lineage = docket.log.ledger.lineage(release)
    owners = {each: _owners(docket, StatementId(each)) for each in lineage}
    known = {each: owner for each, owner in owners.items() if owner is not None}
    what = None
    if len(known) == len(owners):
        own = known[release]
        what = Sale(
            cause=placed.id,
            source=order.number,
            price=money.Micros(amount),
            originator=own.originator,
            weights=own.weights,
            upstream=pay_lines.upstream(amount, release, lineage, known),
        )
    rulings = [ruling for each in lineage for ruling in _rulings(docket, StatementId(each))]
    return Due(
        leaf=placed.leaf,
        terms_version=order.terms_version,
        cause=placed.id,
        what=what,
        judged=docket.judged.issuperset(rulings),
        said=placed.time,
        ready=ready,
    )


def _owners(docket: Docket, release: StatementId) -> Owners | None:
    """Return whose a release's income is, its shares counted again from the verdicts; None where one of these can't be read."""
    outcomes = [docket.outcomes.get(ruling) for ruling in _rulings(docket, release)]
    known = [outcome for outcome in outcomes if outcome is not None]
    if len(known) != len(outcomes):
        return None
    file = docket.log.ledger.order(docket.log.ledger.releases[release])
    weights = pay_lines.early_shares(
        [each.accepted for each in known], [each.first for each in known], file.terms.early
    )
    return Owners(terms=file.terms, originator=file.order.buyer, weights=weights)


def _rulings(docket: Docket, release: StatementId) -> list[StatementId]:
    lineage = cast(Mapping[str, list[StatementId]], docket.log.ledger.releases[release].body["lineage"])
    return lineage["verdicts"]
