"""What a pool owes: every `verdicts` and `sale` statement of it, until an accepted epoch has paid it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from hakari.core import money
from hakari.core.ids import Account, StatementId
from hakari.pay import lines as pay_lines
from hakari.pay.lines import Sale, Settlement, Work
from hakari.verify.docket import Docket
from hakari.verify.ledger import Placed
from hakari.verify.replay import Replay
from hakari.work.quality import BY_MERIT


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A statement that some epoch must pay. `what` is None where it can't be recomputed, for a reason found before.

    `judged` is False where it rests on verdicts whose answers are sealed.
    """

    leaf: int
    terms_version: int
    cause: StatementId
    what: Work | Settlement | Sale | None
    judged: bool


@dataclass(kw_only=True)
class Dues:
    """All that a pool ever owed, by leaf. spent: causes that an accepted epoch had to pay."""

    pool: int
    all: list[Due]
    spent: set[StatementId] = field(default_factory=set[StatementId])

    def below(self, terms_version: int, size: int) -> list[Due]:
        """Return what an epoch of these terms and this size must pay."""
        return [
            due
            for due in self.all
            if due.leaf < size and due.terms_version == terms_version and due.cause not in self.spent
        ]

    def open(self) -> list[Due]:
        """Return what no accepted epoch had to pay."""
        return [due for due in self.all if due.cause not in self.spent]

    def pay(self, terms_version: int, size: int) -> None:
        """Take what an accepted epoch had to pay as paid, whether it was or not."""
        self.spent.update(due.cause for due in self.below(terms_version, size))


def dues(docket: Docket, replay: Replay, pool: int) -> Dues:
    """Return what the log makes due in a pool, nothing of it paid yet."""
    found: list[Due] = []
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
        found.append(
            Due(
                leaf=placed.leaf,
                terms_version=file.order.terms_version,
                cause=placed.id,
                what=work,
                judged=placed.id in docket.judged,
            )
        )
    for file in docket.log.ledger.orders.values():
        if file.order.pool == pool:
            found += [
                Due(
                    leaf=placed.leaf,
                    terms_version=file.order.terms_version,
                    cause=placed.id,
                    what=docket.settled.get(placed.id),
                    judged=placed.id in docket.resettled,
                )
                for placed in file.settlements
            ]
    for placed in docket.log.ledger.sales:
        release = docket.log.ledger.releases[StatementId(placed.text("release"))]
        income = replay.orders.get(placed.number("income_order"))
        if release.number("pool") == pool and income is not None:
            sale = _sale(docket, placed, release)
            rulings = cast(Mapping[str, list[StatementId]], release.body["lineage"])["verdicts"]
            judged = docket.judged.issuperset(rulings)
            found.append(
                Due(leaf=placed.leaf, terms_version=income.terms_version, cause=placed.id, what=sale, judged=judged)
            )
    return Dues(pool=pool, all=sorted(found, key=lambda due: due.leaf))


def _sale(docket: Docket, placed: Placed, release: Placed) -> Sale | None:
    read: list[Mapping[Account, int]] = []

    def look() -> None:
        read.append(pay_lines.read_shares(docket.shelf.whole(release.text("shares"), 1 << 26)))

    if not docket.try_evidence(look):
        return None
    return Sale(
        cause=placed.id,
        source=placed.number("income_order"),
        price=money.parse(placed.body["price"]),
        originator=docket.log.ledger.order(release).order.buyer,
        weights=read[0],
    )
