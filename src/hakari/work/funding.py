"""Who was paid by whom: transfers of the payment token around an order's accounts, and whom they tie together.

A sign of one person behind many accounts, and no more than a sign: it moves audits (work/aim.py), refuses nobody and convicts nobody.
docs/reference/rules.md, section 5.2; why it is bounded as it is: docs/decisions/0018-who-was-paid-by-whom.md.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from hakari.core import ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros

LOOK_BACK = 250_000
"""Blocks that are looked through at most: 35 days of twelve seconds, 6 of two."""
LEAST = Micros(100_000)
"""Micro-units of a transfer that counts. To tie an honest account to a ring costs as much, and brings it audits, nothing else."""
KEPT = 8
"""Other sides of an account that are recorded at most, of those who paid it and of those it paid each."""
HUB = 50
"""Who paid, or was paid by, more than so many is an exchange, a faucet or a shop: it ties nobody."""

RECENT = 20
"""Records of a pool that a draw looks at, the order's own and those before it: it costs the same in an old pool as in a new one."""

NOBODY = Account("0x" + 40 * "0")
"""The other side where tokens are made or destroyed."""

_MEMBERS = {"amount", "block", "from", "index", "to", "tx"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """Payment tokens that went from one account to another: micro-units, rounded down. index: of its event in the block."""

    block: int
    index: int
    payer: Account
    payee: Account
    amount: Micros
    tx: str

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands on chain."""
        return self.block, self.index

    def line(self) -> dict[str, Json]:
        """Return its evidence line (formats §4.35)."""
        return {
            "amount": str(self.amount),
            "block": self.block,
            "from": self.payer,
            "index": self.index,
            "to": self.payee,
            "tx": self.tx,
        }


def read(line: Mapping[str, Json]) -> Transfer:
    """Return the transfer of an evidence line. Raises Malformed."""
    if set(line) != _MEMBERS:
        raise Malformed(f"members must be {sorted(_MEMBERS)}, got {sorted(line)}")
    for name in ("block", "index"):
        if not isinstance(line[name], int) or isinstance(line[name], bool) or cast(int, line[name]) < 0:
            raise Malformed(f"{name} must be a whole number, got {line[name]!r}")
    made = Transfer(
        block=cast(int, line["block"]),
        index=cast(int, line["index"]),
        payer=ids.account(line["from"], pointer="/from"),
        payee=ids.account(line["to"], pointer="/to"),
        amount=money.parse(line["amount"], pointer="/amount"),
        tx=ids.digest(line["tx"], pointer="/tx"),
    )
    if made.line() != line:
        raise Malformed(f"accounts must be in lower case, got {line['from']!r} and {line['to']!r}")
    return made


def first(block: int) -> int:
    """Return the first block that is looked through where `block` is the last."""
    return max(0, block - LOOK_BACK + 1)


def recorded(
    seen: Iterable[Transfer], *, accounts: Collection[Account], contracts: Collection[Account]
) -> list[Transfer]:
    """Return what is recorded of an order's accounts, in order of the chain: of each the first KEPT who paid it and whom it paid.

    contracts: the deployment's own, whose payments are pay, refunds and stakes. An account that is paid often, or on purpose, by many
    fills its own places alone: the record of N accounts never holds more than 2 × KEPT × N transfers.
    """
    gone = {NOBODY, *contracts}
    payers: dict[Account, set[Account]] = {account: set() for account in accounts}
    payees: dict[Account, set[Account]] = {account: set() for account in accounts}
    kept: list[Transfer] = []
    for each in sorted(seen, key=lambda each: each.place):
        if not LEAST <= each.amount < money.LIMIT or each.payer == each.payee or gone & {each.payer, each.payee}:
            continue
        fresh = [
            (sides, other)
            for sides, other in ((payees.get(each.payer), each.payee), (payers.get(each.payee), each.payer))
            if sides is not None and other not in sides and len(sides) < KEPT
        ]
        for sides, other in fresh:
            sides.add(other)
        if fresh:
            kept.append(each)
    return kept


Paid: TypeAlias = tuple[Account, Account]
"""Who paid and who was paid: a recorded transfer, or pay that an account claimed straight to another one."""


def linked(paid: Iterable[Paid], among: Collection[Account]) -> frozenset[Account]:
    """Return which of these accounts money ties to another of them: one paid the other, one paid both, or both paid one.

    Who paid more than HUB others pays for everybody and ties nobody; nor does who was paid by more than HUB: a shop, a bridge. One step
    only: who was paid by somebody whom a sybil paid is no sybil for it.
    """
    payees: dict[Account, set[Account]] = {}
    payers: dict[Account, set[Account]] = {}
    for payer, payee in paid:
        payees.setdefault(payer, set()).add(payee)
        payers.setdefault(payee, set()).add(payer)
    sources = {payer for payer, others in payees.items() if len(others) <= HUB}
    sinks = {payee for payee, others in payers.items() if len(others) <= HUB}
    ties = [{payer, *(payees[payer] & sinks)} for payer in sources]
    ties += [{payee, *(payers[payee] & sources)} for payee in sinks]
    here = frozenset(among)
    return frozenset(account for tie in ties if len(tie & here) > 1 for account in tie & here)
