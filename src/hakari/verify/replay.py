"""The chain's events folded into what the contracts must hold: orders, pools, epochs, claims, licences.

Every rule that the contracts keep (contracts/README.md, and their invariants) is asked again of the events, so that a copy with one
number changed no longer fits the rest.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from hakari.core import ids
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.pay.chain import ChainEvent

SALE = 3
_WHOLE = re.compile(r"0|[1-9][0-9]{0,77}")
_HEX = re.compile(r"[0-9a-f]{64}")


class Impossible(Malformed):
    """An event that the contracts could not have emitted after those before it."""

    code = "impossible_event"

    def __init__(self, what: str, *, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what = what
        self.expected = expected
        self.got = got


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
    """One order of escrow. Amounts are micro-units; `vest_to` is 0 but for sales."""

    number: int
    kind: int
    pool: int
    buyer: str
    terms_version: int
    deadline: int
    funded: int
    vest_to: int = 0
    paid: int = 0
    refunded: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """What the order still holds."""
        return self.funded - self.paid - self.refunded


@dataclass
class Proposal:
    """One proposed epoch. status: pending, accepted or voided."""

    pool: int
    epoch: int
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
    status: str = "pending"
    paid_out: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One claim: what an account was paid, and its cumulative amount by the epoch that it showed. `epochs`: accepted by then."""

    pool: int
    account: str
    amount: int
    cumulative: int
    epochs: int
    where: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Terms of a licence. `release` is 64 hex digits, all zero for a whole pool."""

    pool: int
    release: str
    purposes: int
    price: int


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A checkpoint anchored on chain."""

    log_id: str
    size: int
    root: str
    where: str


@dataclass
class Replay:
    """State of the contracts after the events folded so far."""

    orders: dict[int, EscrowOrder] = field(default_factory=dict[int, EscrowOrder])
    terms: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    logs: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    releases: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    accepted: dict[int, list[Proposal]] = field(default_factory=dict[int, list[Proposal]])
    open: dict[int, Proposal] = field(default_factory=dict[int, Proposal])
    entered: dict[int, int] = field(default_factory=dict[int, int])
    paid: dict[int, int] = field(default_factory=dict[int, int])
    claimed: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    claims: list[Claim] = field(default_factory=list[Claim])
    offers: dict[int, Offer] = field(default_factory=dict[int, Offer])
    licences: dict[int, Licence] = field(default_factory=dict[int, Licence])
    posted: list[Posted] = field(default_factory=list[Posted])
    bonds: int = 0
    credits: dict[str, int] = field(default_factory=dict[str, int])
    credited: int = 0

    def take(self, event: ChainEvent) -> None:
        """Fold one event. Raises Impossible or Malformed; events of other names change nothing."""
        fold = _FOLDS.get((event.contract, event.event))
        if fold is not None:
            fold(self, event, _Args(event.args, f"block {event.block} event {event.index}"))

    def finish(self) -> None:
        """Check what must hold between blocks. Raises Impossible."""
        for proposal in self.proposals:
            if proposal.status == "accepted":
                stated = {pull.order: (pull.pay, pull.free) for pull in proposal.pulls}
                _same(proposal.where, "orders paid out", stated, proposal.paid_out)
        for pool, paid in self.paid.items():
            _most(f"pool {pool}", "paid to accounts", self.entered.get(pool, 0), paid)

    @property
    def in_escrow(self) -> int:
        """Micro-units that escrow must hold: what is left of all orders."""
        return sum(order.left for order in self.orders.values())

    @property
    def in_payouts(self) -> int:
        """Micro-units that payouts must hold: what entered and was not claimed, and bonds and credits not withdrawn."""
        return sum(self.entered.values()) - sum(self.paid.values()) + self.bonds

    def order(self, number: int) -> EscrowOrder:
        """Return an order. Raises Impossible where none was opened."""
        found = self.orders.get(number)
        if found is None:
            raise Impossible("escrow order", expected="one that was opened before", got=number)
        return found


class _Args:
    """An event's arguments, each of the form that it must have."""

    def __init__(self, args: Mapping[str, Json], where: str) -> None:
        self._args = args
        self.where = where

    def whole(self, name: str) -> int:
        value = self._args.get(name)
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            raise Malformed(f"{name} of {self.where} must be a decimal string, got {value!r}")
        return int(value)

    def account(self, name: str) -> str:
        return ids.account(self._args.get(name), pointer=name)

    def digest(self, name: str) -> str:
        value = self._args.get(name)
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise Malformed(f"{name} of {self.where} must be 64 hexadecimal digits, got {value!r}")
        return value

    def pulls(self) -> tuple[Pull, ...]:
        value = self._args.get("pulls")
        if not isinstance(value, list):
            raise Malformed(f"pulls of {self.where} must be a list, got {value!r}")
        pulls: list[Pull] = []
        for entry in value:
            if not isinstance(entry, dict):
                raise Malformed(f"a pull of {self.where} must be an object, got {entry!r}")
            inner = _Args(cast(Mapping[str, Json], entry), self.where)
            pulls.append(Pull(order=inner.whole("order"), pay=inner.whole("pay"), free=inner.whole("free")))
        return tuple(pulls)


def _same(where: str, what: str, expected: object, got: object) -> None:
    if expected != got:
        raise Impossible(f"{where}: {what}", expected=expected, got=got)


def _most(where: str, what: str, most: int, got: int) -> None:
    if got > most:
        raise Impossible(f"{where}: {what}", expected=f"at most {most}", got=got)


def _open(replay: Replay, order: EscrowOrder, where: str) -> None:
    _same(where, "number of a new order", len(replay.orders) + 1, order.number)
    replay.orders[order.number] = order


def _funded(replay: Replay, _: ChainEvent, args: _Args) -> None:
    order = EscrowOrder(
        number=args.whole("order"),
        kind=1,
        pool=args.whole("pool"),
        buyer=args.account("buyer"),
        terms_version=args.whole("terms_version"),
        deadline=args.whole("deadline"),
        funded=args.whole("amount"),
    )
    _open(replay, order, args.where)


def _income(replay: Replay, _: ChainEvent, args: _Args) -> None:
    order = EscrowOrder(
        number=args.whole("order"),
        kind=args.whole("kind"),
        pool=args.whole("pool"),
        buyer=args.account("refund_to"),
        terms_version=args.whole("terms_version"),
        deadline=0,
        funded=args.whole("amount"),
        vest_to=args.whole("vest_to"),
    )
    _open(replay, order, args.where)


def _reserved(replay: Replay, _: ChainEvent, args: _Args) -> None:
    order = replay.order(args.whole("order"))
    _most(args.where, "reserved of an order", order.left, order.reserved + args.whole("amount"))
    order.reserved += args.whole("amount")


def _refunded(replay: Replay, _: ChainEvent, args: _Args) -> None:
    order, amount = replay.order(args.whole("order")), args.whole("amount")
    _most(args.where, "refund of an order", order.left, amount)
    if order.pool in replay.open:
        raise Impossible(
            f"{args.where}: refund", expected="none while the pool has a proposal", got=f"pool {order.pool}"
        )
    order.refunded += amount
    order.reserved = min(order.reserved, order.left)


def _paid_out(replay: Replay, _: ChainEvent, args: _Args) -> None:
    order, pay, free = replay.order(args.whole("order")), args.whole("pay"), args.whole("free")
    _same(args.where, "pool of an order", order.pool, args.whole("pool"))
    _most(args.where, "paid out of an order", order.left, pay)
    # `Accepted` is the last event of its transaction: the proposal is still the open one here
    proposal = replay.open.get(order.pool)
    if proposal is None or proposal.epoch != args.whole("epoch"):
        raise Impossible(f"{args.where}: paid out", expected="for the epoch being settled", got=args.whole("epoch"))
    order.paid += pay
    order.reserved -= min(order.reserved, pay + free)
    proposal.paid_out[order.number] = (pay, free)


def _proposed(replay: Replay, _: ChainEvent, args: _Args) -> None:
    pool, epoch = args.whole("pool"), args.whole("epoch")
    if pool in replay.open:
        raise Impossible(f"{args.where}: proposal", expected="one at a time", got=f"a second for pool {pool}")
    _same(args.where, "number of an epoch", len(replay.accepted.get(pool, [])) + 1, epoch)
    proposal = Proposal(
        pool=pool,
        epoch=epoch,
        terms_version=args.whole("terms_version"),
        root=args.digest("root"),
        total=args.whole("total"),
        depth=args.whole("depth"),
        pulls=args.pulls(),
        size=args.whole("checkpoint_size"),
        evidence=args.digest("evidence"),
        bond=args.whole("bond"),
        window_ends=args.whole("window_ends"),
        where=args.where,
    )
    _same(args.where, "total of a proposal", sum(pull.pay for pull in proposal.pulls), proposal.total)
    for pull in proposal.pulls:
        order = replay.order(pull.order)
        _same(
            args.where,
            f"pool and terms of order {pull.order}",
            (pool, proposal.terms_version),
            (order.pool, order.terms_version),
        )
        _most(args.where, f"pull from order {pull.order}", order.left, pull.pay)
    replay.proposals.append(proposal)
    replay.open[pool] = proposal
    replay.bonds += proposal.bond


def _challenged(replay: Replay, _: ChainEvent, args: _Args) -> None:
    replay.bonds += _slot(replay, args).bond


def _appealed(replay: Replay, _: ChainEvent, args: _Args) -> None:
    _slot(replay, args)
    replay.bonds += args.whole("bond")


def _voided(replay: Replay, _: ChainEvent, args: _Args) -> None:
    proposal = _slot(replay, args)
    proposal.status = "voided"
    del replay.open[proposal.pool]


def _accepted(replay: Replay, event: ChainEvent, args: _Args) -> None:
    proposal = _slot(replay, args)
    for name, expected, got in (
        ("root", proposal.root, args.digest("root")),
        ("total", proposal.total, args.whole("total")),
        ("depth", proposal.depth, args.whole("depth")),
    ):
        _same(args.where, f"accepted {name}", expected, got)
    if event.time < proposal.window_ends:
        raise Impossible(f"{args.where}: acceptance", expected=f"at {proposal.window_ends} or later", got=event.time)
    proposal.status = "accepted"
    del replay.open[proposal.pool]
    replay.accepted.setdefault(proposal.pool, []).append(proposal)
    replay.entered[proposal.pool] = replay.entered.get(proposal.pool, 0) + proposal.total


def _slot(replay: Replay, args: _Args) -> Proposal:
    proposal = replay.open.get(args.whole("pool"))
    if proposal is None or proposal.epoch != args.whole("epoch"):
        raise Impossible(f"{args.where}: epoch", expected="the one that is proposed", got=args.whole("epoch"))
    return proposal


def _claimed(replay: Replay, _: ChainEvent, args: _Args) -> None:
    pool, account = args.whole("pool"), args.account("account")
    amount, cumulative = args.whole("amount"), args.whole("cumulative")
    before = replay.claimed.get((pool, account), 0)
    _same(args.where, f"amount claimed by {account}", cumulative - before, amount)
    replay.claimed[pool, account] = cumulative
    replay.paid[pool] = replay.paid.get(pool, 0) + amount
    _most(args.where, "claimed of a pool", replay.entered.get(pool, 0), replay.paid[pool])
    replay.claims.append(
        Claim(
            pool=pool,
            account=account,
            amount=amount,
            cumulative=cumulative,
            epochs=len(replay.accepted.get(pool, [])),
            where=args.where,
        )
    )


def _credited(replay: Replay, _: ChainEvent, args: _Args) -> None:
    account = args.account("account")
    replay.credits[account] = replay.credits.get(account, 0) + args.whole("amount")
    replay.credited += args.whole("amount")
    _most(args.where, "credits", replay.bonds, replay.credited)


def _withdrawn(replay: Replay, _: ChainEvent, args: _Args) -> None:
    account, amount = args.account("account"), args.whole("amount")
    _same(args.where, f"credit withdrawn by {account}", replay.credits.get(account, 0), amount)
    replay.credits[account] = 0
    replay.credited -= amount
    replay.bonds -= amount


def _terms(replay: Replay, _: ChainEvent, args: _Args) -> None:
    key = args.whole("pool"), args.whole("version")
    if key in replay.terms:
        raise Impossible(f"{args.where}: terms", expected="each version once", got=f"pool {key[0]} version {key[1]}")
    replay.terms[key] = args.digest("hash")
    replay.logs[key] = args.digest("log_id")


def _release(replay: Replay, _: ChainEvent, args: _Args) -> None:
    replay.releases[args.whole("pool"), args.digest("release_id")] = args.digest("root")


def _offered(replay: Replay, _: ChainEvent, args: _Args) -> None:
    replay.offers[args.whole("offer")] = Offer(
        pool=args.whole("pool"),
        release=args.digest("release"),
        purposes=args.whole("purposes"),
        price=args.whole("price"),
    )


def _bought(replay: Replay, event: ChainEvent, args: _Args) -> None:
    number, offer, order = args.whole("id"), args.whole("offer"), args.whole("order")
    if number in replay.licences or offer not in replay.offers:
        raise Impossible(
            f"{args.where}: licence", expected="a new one of a known offer", got=f"{number} of offer {offer}"
        )
    price = args.whole("price")
    if order or price:
        income = replay.order(order)
        _same(args.where, f"kind and amount of income order {order}", (SALE, price), (income.kind, income.funded))
    replay.licences[number] = Licence(
        offer=offer,
        buyer=args.account("buyer"),
        price=price,
        expires=args.whole("expires"),
        order=order,
        bought=event.time,
        holders=[(event.time, args.account("to"))],
    )


def _revoked(replay: Replay, event: ChainEvent, args: _Args) -> None:
    licence = replay.licences.get(args.whole("id"))
    if licence is None:
        raise Impossible(f"{args.where}: revocation", expected="of a licence that was bought", got=args.whole("id"))
    licence.revoked = event.time


def _transferred(replay: Replay, event: ChainEvent, args: _Args) -> None:
    licence = replay.licences.get(args.whole("token_id"))
    if licence is not None:  # the transfer of its minting comes before `Bought`, which names the first holder
        licence.holders.append((event.time, args.account("receiver")))


def _posted(replay: Replay, _: ChainEvent, args: _Args) -> None:
    posted = Posted(log_id=args.digest("log_id"), size=args.whole("size"), root=args.digest("root"), where=args.where)
    replay.posted.append(posted)


_FOLDS: dict[tuple[str, str], Callable[[Replay, ChainEvent, _Args], None]] = {
    ("anchor", "Posted"): _posted,
    ("escrow", "Funded"): _funded,
    ("escrow", "Income"): _income,
    ("escrow", "PaidOut"): _paid_out,
    ("escrow", "Refunded"): _refunded,
    ("escrow", "Reserved"): _reserved,
    ("licences", "Bought"): _bought,
    ("licences", "Offered"): _offered,
    ("licences", "Revoked"): _revoked,
    ("licences", "Transfer"): _transferred,
    ("payouts", "Accepted"): _accepted,
    ("payouts", "Appealed"): _appealed,
    ("payouts", "Challenged"): _challenged,
    ("payouts", "Claimed"): _claimed,
    ("payouts", "Credited"): _credited,
    ("payouts", "Proposed"): _proposed,
    ("payouts", "Voided"): _voided,
    ("payouts", "Withdrawn"): _withdrawn,
    ("pools", "Release"): _release,
    ("pools", "Terms"): _terms,
}
