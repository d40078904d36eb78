"""Licences: what was bought on chain, and whether one use of it is inside what was bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.core import ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Forbidden, Malformed
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.core.purposes import PURPOSES
from hakari.core.statement import Statement
from hakari.pay.chain import ChainEvent


class NoLicence(Forbidden):
    """The account holds no such licence."""

    code = "no_licence"


class WrongPurpose(Forbidden):
    """The licence does not cover this purpose."""

    code = "wrong_purpose"


class LicenceExpired(Forbidden):
    """The licence's time is over, or it was revoked."""

    code = "licence_expired"


class UseOver(Forbidden):
    """The time for which the logged use opened the files is over: a new use opens them again."""

    code = "use_over"


USUAL_USE_S = 3600
"""How long a use opens its files where it does not say."""
LONGEST_USE_S = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """A right bought on chain: `holder` may use `release` for the purposes of the mask until `expires` (Unix seconds, 0 = for ever)."""

    id: int
    offer: int
    release: str
    holder: Account
    purposes: int
    price: Micros
    expires: int
    income_order: int


def licence(bought: ChainEvent, offered: ChainEvent) -> Licence:
    """Return the licence that a Bought event made under its Offered event."""
    args = bought.args
    return Licence(
        id=int(str(args["id"])),
        offer=int(str(args["offer"])),
        release=str(offered.args["release"]),
        holder=ids.account(args["to"]),
        purposes=int(str(offered.args["purposes"])),
        price=money.parse(args["price"]),
        expires=int(str(args["expires"])),
        income_order=int(str(args["order"])),
    )


def check_use(use: Statement, held: Licence | None) -> None:
    """Raise NoLicence, WrongPurpose, LicenceExpired or Malformed (of `until`) unless this `use` is inside the licence.

    `held` is the licence that the statement names, or None where the chain knows none. The time is the statement's own.
    """
    body: Mapping[str, Json] = use.body
    if held is None or held.holder != use.author or held.release != body["release"]:
        raise NoLicence(
            f"licence {body['licence']} must be one that {use.author} holds for release {body['release']}",
            pointer="/statement/body/licence",
        )
    purpose = cast(int, body["purpose"])
    if purpose.bit_count() != 1:
        raise Malformed(f"purpose must be exactly one bit, got {purpose}", pointer="/statement/body/purpose")
    if not purpose & held.purposes:
        names = [name for name, bit in PURPOSES.items() if bit & held.purposes]
        raise WrongPurpose(f"purpose must be one of {names}, got bit {purpose}", pointer="/statement/body/purpose")
    if held.expires and use.time >= held.expires:
        raise LicenceExpired(
            f"licence {held.id} was good until {held.expires}, got a use at {use.time}", pointer="/statement/time"
        )
    latest = latest_until(use.time, expires=held.expires)
    if not use.time < closes(use.time, body, expires=held.expires) <= latest:
        raise Malformed(
            f"until must be after {use.time} and at most {latest}, got {body['until']}", pointer="/statement/body/until"
        )


def latest_until(time: int, *, expires: int) -> int:
    """Return up to when a use of this time may open files: a day, and no longer than the licence (`expires`, 0 = for ever)."""
    return min(time + LONGEST_USE_S, expires or time + LONGEST_USE_S)


def closes(time: int, body: Mapping[str, Json], *, expires: int) -> int:
    """Return the Unix second from which a use of this time and body opens files no more; an hour where it does not say."""
    usual = min(time + USUAL_USE_S, expires or time + USUAL_USE_S)
    return cast(int, body.get("until", usual))
