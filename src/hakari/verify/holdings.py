"""What the contracts hold, record by record: orders, proposals, claims, offers, licences, anchored checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hakari.core.canonical import Json
from hakari.pay.vesting import Vesting

SKEW_S = 600
"""Seconds by which clocks of people and chain may differ (formats section 4.13)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pull:
    """Money that a proposal takes from an escrow order, and what it sets free. Micro-units."""

    order: int
    pay: int
    free: int


@dataclass
class EscrowOrder:
    """One order of escrow. Amounts are micro-units; `vest_to` is 0 but for sales.

    opened: time of the block that opened it. closing: whether its buyer takes back what is not reserved. stopped: when a withdrawal
    ended a sale's vesting, or None.
    """

    number: int
    kind: int
    pool: int
    buyer: str
    terms_version: int
    deadline: int
    funded: int
    opened: int = 0
    vest_from: int = 0
    vest_to: int = 0
    closing: bool = False
    stopped: int | None = None
    paid: int = 0
    refunded: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """What the order still holds."""
        return self.funded - self.paid - self.refunded

    @property
    def vests(self) -> bool:
        """Whether a sale's price was not earned at once when it was bought."""
        return self.vest_to > self.opened

    @property
    def vesting(self) -> Vesting:
        """When a sale's price is earned."""
        return Vesting(price=self.funded, start=self.vest_from, end=self.vest_to, stopped=self.stopped)


@dataclass
class Proposal:
    """One proposed epoch. status: pending, accepted or voided. by_operator: the pool's operator on chain proposed it; outgoing: that
    was another account by then.
    """

    pool: int
    epoch: int
    proposer: str
    terms_version: int
    root: str
    total: int
    depth: int
    pulls: tuple[Pull, ...]
    size: int
    evidence: str
    bond: int
    window_ends: int
    where: str
    by_operator: bool = False
    outgoing: bool = False
    status: str = "pending"
    paid_out: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])

    def said_in(self, body: Mapping[str, Json]) -> bool:
        """Tell whether an `epoch` statement of this body is about this proposal."""
        said = (body["root"], body["size"], body["terms_version"], body["depth"], body["total"])
        return said == (self.root, self.size, self.terms_version, self.depth, str(self.total))


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One claim: what an account was paid, and its cumulative amount by the epoch that it showed. `epochs`: accepted by then."""

    pool: int
    account: str
    recipient: str
    amount: int
    cumulative: int
    epochs: int
    block: int
    where: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Terms of a licence. `release` is 64 hex digits, all zero for a whole pool. parents: (pool, release, basis points).

    price: as it stands now, micro-units; only a vote changes it.
    """

    pool: int
    release: str
    purposes: int
    price: int
    parents: tuple[tuple[int, str, int], ...] = ()
    where: str = ""
    stopped: bool = False


@dataclass
class Licence:
    """A licence on chain. `holders`: (time, account) from the first on; `revoked`: Unix seconds or None."""

    offer: int
    buyer: str
    price: int
    expires: int
    order: int
    bought: int
    holders: list[tuple[int, str]]
    revoked: int | None = None

    def holder(self, time: int) -> str | None:
        """Return who held it at a time, None before it was bought.

        A user's clock may be SKEW_S behind the chain's, so its first holder holds it that much earlier.
        """
        held = [account for since, account in self.holders if since <= time]
        if not held and self.holders and self.holders[0][0] <= time + SKEW_S:
            return self.holders[0][1]
        return held[-1] if held else None


@dataclass(kw_only=True, slots=True)
class Case:
    """A slash proposed on chain; order: the income order once it was executed, 0 before."""

    pool: int
    account: str
    evidence: str
    where: str
    order: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """Who holds a place on chain from a block on: the account of a log, or the operator of a pool. voted: by the contributors' vote."""

    account: str
    block: int
    where: str
    voted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A checkpoint anchored on chain. time: of its block, Unix seconds."""

    log_id: str
    size: int
    root: str
    where: str
    block: int
    time: int
