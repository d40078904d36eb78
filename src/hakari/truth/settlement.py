"""From scores to money: what a batch pays of what it earned, and what it takes from a deposit. Integers only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isqrt, sqrt

from hakari.truth.rules import FULL
from hakari.truth.votes import BadVotes


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """paid: micros payable of reward * accepted; lost: micros taken from the deposit. At most one is above 0."""

    paid: int
    lost: int


def deposit(*, reward: int, hold: int, margin_bps: int, spread_bps: int = 7_000) -> int:
    """Return the micros held against an account with `hold` unsettled answers: reward (m n + 2 sigma sqrt n), rounded down.

    With it a report without content has a negative expectation at every batch size (QUALITY §6, condition 2). spread_bps: sigma, the
    standard deviation of a guess's merit, from `guess_spread_bps` where classes are skewed: .7 is too little for them.
    """
    if min(reward, hold, margin_bps, spread_bps) < 0:
        raise BadVotes(
            f"amounts of 0 or more expected, got reward {reward}, hold {hold}, margin {margin_bps}, spread {spread_bps}"
        )
    return reward * (margin_bps * hold + 2 * spread_bps * isqrt(hold * 10**8) // 10**4) // FULL


def guess_spread_bps(shares: Sequence[float]) -> int:
    """Return the standard deviation of the merit of naming the commonest class every time, in basis points; at least 7000."""
    top = max(shares)
    spread = max(0.02, 1 - sum(share * share for share in shares))
    return max(7_000, ceil(FULL * sqrt(top * (1 - top)) / spread))


def settle(*, reward: int, accepted: int, answers: int, merit_bps: int, margin_bps: int, deposit: int) -> Settlement:
    """Return what a batch pays and loses. merit_bps: the sum over its answers.

    Balance = reward * (merit - margin * answers), rounded down. Paid is the balance, at least 0 and at most reward * accepted; a
    negative balance is taken from the deposit, never more than there is.
    """
    if not 0 <= accepted <= answers or min(reward, deposit) < 0:
        raise BadVotes(
            f"accepted of 0 to {answers} answers and amounts of 0 or more expected, got {accepted}, {reward}, {deposit}"
        )
    balance = reward * (merit_bps - margin_bps * answers) // FULL
    return Settlement(paid=min(max(balance, 0), reward * accepted), lost=min(max(-balance, 0), deposit))
