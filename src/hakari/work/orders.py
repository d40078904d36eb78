"""Orders: what a buyer's signed request must agree with before anyone works for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.core.statement import Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Early:
    """Extra shares of who answers early: of the first `answers` accepted ones each counts `extra_bps` more, of a person's `most`."""

    answers: int
    extra_bps: int
    most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Invites:
    """Credit for invitations: who invited an account has `bps` of what its work earns in `seconds` from its invitation on."""

    bps: int
    seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """A pool's terms, as far as money and evidence go. Parts of `sale_split` are basis points that sum to 10000.

    derive_bps, derive_of: what releases that derive from the pool's owe at least, and of what: `received` or `all`.
    early: what those have who answered first, or None. invites: what those have who invited others, or None. votes: whether its epochs
    publish what each has earned, by which people vote.
    """

    pool: int
    version: int
    evidence: str
    fee_account: Account
    fee_bps: int
    sale_fee_bps: int
    sale_originator_bps: int
    derive_bps: int = 0
    derive_of: str = "received"
    early: Early | None = None
    invites: Invites | None = None
    votes: bool = False

    @property
    def highest_fee_bps(self) -> int:
        """The largest fee of any kind, which the chain's cap must allow."""
        return max(self.fee_bps, self.sale_fee_bps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """The order's first `tasks` tasks come before all others; then its buyer has `word_s` seconds for a word on the guideline."""

    tasks: int
    word_s: int


ANSWER_SECONDS = 3600
"""How long a drawn task is its account's to answer, where the order does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A funded request. Amounts are micro-units, `deadline` is Unix seconds, `escrow_order` the number on chain.

    answer_seconds: how long a drawn task is its account's to answer. decided_seconds: how long after the deadline everything is judged
    for good at the latest, None where the order does not say. guideline, guideline_sha256: the version that it begins with, and
    its text's digest.
    """

    id: StatementId
    pool: int
    terms_version: int
    escrow_order: int
    buyer: Account
    source: str
    spec: Mapping[str, Json]
    quality: Mapping[str, Json]
    guideline: int
    assignment: str
    redundancy: int
    reward: Micros
    budget: Micros
    deadline: int
    evidence: str
    title: str
    answer_seconds: int = ANSWER_SECONDS
    decided_seconds: int | None = None
    guideline_sha256: str = ""
    calibration: Calibration | None = None

    @property
    def first(self) -> int:
        """How many of its tasks come before all others."""
        return 0 if self.calibration is None else self.calibration.tasks

    def lapses(self, assigned: int) -> int:
        """Return the Unix second from which a task assigned at `assigned` can't be answered any more under that assignment.

        Tasks of a list lapse with the order: nobody else may answer them.
        """
        return min(assigned + self.answer_seconds, self.deadline) if self.assignment == "drawn" else self.deadline


@dataclass(frozen=True, kw_only=True, slots=True)
class Funded:
    """What the chain says about an escrow order."""

    order: int
    pool: int
    buyer: Account
    terms_version: int
    amount: Micros
    deadline: int


class OrderNotFunded(Conflict):
    """The chain holds no such money for this order."""

    code = "order_not_funded"


def terms(body: Mapping[str, Json]) -> Terms:
    """Return the terms that a good `pool` statement's body holds."""
    text = cast(dict[str, Json], body["terms"])
    split = cast(dict[str, int], text["sale_split"])
    derived = cast(dict[str, Json], text.get("derivatives", {}))
    early = cast(dict[str, int] | None, text.get("early"))
    invites = cast(dict[str, int] | None, text.get("invites"))
    return Terms(
        pool=cast(int, body["pool"]),
        version=cast(int, body["terms_version"]),
        evidence=cast(str, text["evidence"]),
        fee_account=Account(cast(str, text["fee_account"])),
        fee_bps=cast(int, text["fee_bps"]),
        sale_fee_bps=split["fee"],
        sale_originator_bps=split["originator"],
        derive_bps=cast(int, derived.get("bps", 0)),
        derive_of=cast(str, derived.get("of", "received")),
        early=None if early is None else Early(**early),
        invites=None if invites is None else Invites(**invites),
        votes="votes" in text,
    )


def order(statement: Statement) -> Order:
    """Return the order that a good `order` statement makes."""
    body = statement.body
    guideline = cast(dict[str, Json], body["guideline"])
    calibration = cast(dict[str, int] | None, body.get("calibration"))
    return Order(
        id=statement.id,
        pool=cast(int, body["pool"]),
        terms_version=cast(int, body["terms_version"]),
        escrow_order=cast(int, body["escrow_order"]),
        buyer=statement.author,
        source=cast(str, body["source"]),
        spec=cast(dict[str, Json], body["spec"]),
        quality=cast(dict[str, Json], body["quality"]),
        guideline=cast(int, guideline["version"]),
        assignment=cast(str, body["assignment"]),
        redundancy=cast(int, body["redundancy"]),
        reward=money.parse(body["reward"], pointer="/body/reward"),
        budget=money.parse(body["budget"], pointer="/body/budget"),
        deadline=cast(int, body["deadline"]),
        evidence=cast(str, body["evidence"]),
        title=cast(str, body["title"]),
        answer_seconds=cast(int, body.get("answer_seconds", ANSWER_SECONDS)),
        decided_seconds=cast(int | None, body.get("decided_seconds")),
        guideline_sha256=cast(str, guideline["sha256"]),
        calibration=None if calibration is None else Calibration(**calibration),
    )


FUND = 1
"""The kind of an escrow order that a buyer funded."""


def funded(escrow_order: int, chain: Mapping[str, Json]) -> Funded | None:
    """Return what the chain's view of an escrow order says, or None where it is no buyer's open order."""
    if chain["kind"] != FUND or chain["state"] != 1:
        return None
    return Funded(
        order=escrow_order,
        pool=cast(int, chain["pool"]),
        buyer=Account(cast(str, chain["buyer"])),
        terms_version=cast(int, chain["terms_version"]),
        amount=Micros(cast(int, chain["funded"])),
        deadline=cast(int, chain["deadline"]),
    )


def unit_cost(*, reward: int, fee_bps: int) -> Micros:
    """Return what one answer can cost its order at most: reward plus the fee on it, rounded down. This is what is reserved."""
    return Micros(reward + money.portion(reward, fee_bps))


def check_funding(wanted: Order, funded: Funded | None) -> None:
    """Raise OrderNotFunded unless the chain's order agrees with the statement in pool, buyer, terms, amount and deadline."""
    if funded is None:
        raise OrderNotFunded(
            f"escrow order {wanted.escrow_order} must be funded first, found none", pointer="/body/escrow_order"
        )
    pairs: list[tuple[str, object, object]] = [
        ("pool", wanted.pool, funded.pool),
        ("author", wanted.buyer, funded.buyer),
        ("terms_version", wanted.terms_version, funded.terms_version),
        ("budget", wanted.budget, funded.amount),
        ("deadline", wanted.deadline, funded.deadline),
    ]
    for name, said, chain in pairs:
        if said != chain:
            raise OrderNotFunded(
                f"{name} must equal escrow order {wanted.escrow_order} on chain: expected {chain}, got {said}",
                pointer="/author" if name == "author" else f"/body/{name}",
            )


LARGEST_REDUNDANCY = 1_000_000
"""Answers that a task may want."""


def check_bounds(wanted: Order) -> None:
    """Raise Malformed for amounts and counts that the formats allow and a node can't keep."""
    money.kept(wanted.reward, pointer="/body/reward")
    money.kept(wanted.budget, pointer="/body/budget")
    if wanted.redundancy > LARGEST_REDUNDANCY:
        raise Malformed(
            f"redundancy must be at most {LARGEST_REDUNDANCY}, got {wanted.redundancy}", pointer="/body/redundancy"
        )


def check_terms(wanted: Order, known: Mapping[int, Terms]) -> Terms:
    """Return the terms that the order names. Raises Malformed unless they are of a pool's versions and of its evidence class."""
    found = known.get(wanted.terms_version)
    if found is None:
        versions = " or ".join(str(version) for version in known)
        raise Malformed(f"terms_version must be {versions}, got {wanted.terms_version}", pointer="/body/terms_version")
    if wanted.evidence != found.evidence:
        raise Malformed(f"evidence must be {found.evidence!r}, got {wanted.evidence!r}", pointer="/body/evidence")
    return found
