"""Money: integers in micro-units (10^-6) of the payment token, and exact ways to divide them."""

import re
from collections.abc import Mapping
from typing import NewType, TypeVar

from hakari.core.errors import Malformed

Micros = NewType("Micros", int)
"""An amount in micro-units, never negative where it is paid."""

UNIT = 1_000_000
LIMIT = 2**96
"""Amounts of the formats and contracts are below this."""
KEPT = 2**63
"""Amounts that a node takes in are below this."""
BPS = 10_000

_DIGITS = re.compile(r"0|[1-9][0-9]{0,28}")

Key = TypeVar("Key", bound=str)


def parse(text: object, *, pointer: str | None = None) -> Micros:
    """Return the amount written as a decimal string of micro-units. Raises Malformed unless 0 ≤ amount < 2^96."""
    if not isinstance(text, str) or not _DIGITS.fullmatch(text) or int(text) >= LIMIT:
        raise Malformed(
            f'amount must be a decimal string of micro-units below 2^96 ("40000" is 0.04), got {text!r}',
            pointer=pointer,
        )
    return Micros(int(text))


def kept(amount: int, *, pointer: str | None = None) -> Micros:
    """Return an amount that a node can keep: databases have 64-bit integers, and no token's supply comes near. Raises Malformed."""
    if not 0 <= amount < KEPT:
        raise Malformed(f"amount must be below 2^63 micro-units, got {amount}", pointer=pointer)
    return Micros(amount)


def show(amount: int) -> str:
    """Return the amount in whole tokens for people: 1234500 → «1.2345», 40000 → «0.04»."""
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    whole, part = divmod(size, UNIT)
    return f"{sign}{whole:,}" + (f".{part:06d}".rstrip("0") if part else "")


def portion(amount: int, bps: int) -> Micros:
    """Return `amount × bps / 10000`, rounded down."""
    return Micros(amount * bps // BPS)


def split(amount: int, weights: Mapping[Key, int]) -> dict[Key, Micros]:
    """Divide `amount` by whole weights so that the parts sum to it exactly.

    Each part is rounded down; the units left over go one each to the largest remainders, ties to the lower key. Keys whose part is
    zero are left out. Raises Malformed where no weight is above zero or one is negative.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise Malformed(f"weights must be whole, none negative, at least one above zero, got sum {total}")
    parts = {key: amount * weight // total for key, weight in weights.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(amount * weights[key] % total), key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return {key: Micros(part) for key, part in sorted(parts.items()) if part}
