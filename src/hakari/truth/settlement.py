"""From scores to money: what a batch pays of what it earned, and what it takes from a deposit. Integers only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, comb, isqrt, sqrt
from typing import Final

from hakari.truth.rules import FULL
from hakari.truth.votes import BadVotes

# Answers up to which a career is short: one answer on which the others err must not decide about an honest newcomer.
SHORT: Final = 2
LEAST_BPS: Final = 200
STAKES_PERCENT: Final = (25, 50, 90)


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


def settle_short(
    *,
    reward: int,
    answers: int,
    merit_bps: int,
    audited_wrong: int,
    audit_bps: int,
    top_bps: int,
    margin_bps: int,
    deposit: int,
) -> Settlement:
    """Return what a career of a few answers pays and loses: others' opinion of a handful of answers can earn, but takes nothing.

    Without an audited error it pays its balance as `settle` does, and never less than 2 % of the reward an answer. An audited error
    costs all pay and as much of the deposit as keeps guessing below nothing; if the whole deposit is not enough for that, pay shrinks
    by what is missing. merit_bps: the sum over the answers; audit_bps: share of tasks that is audited after submission; top_bps: share
    of the commonest class, the best guess there is.
    """
    if answers < 1 or not 0 <= audited_wrong <= answers or min(reward, deposit) < 0:
        raise BadVotes(
            f"an answer or more, 0 to {answers} of them wrong and amounts of 0 or more expected, got {answers}, {audited_wrong}, "
            f"{reward}, {deposit}"
        )
    if not (0 <= audit_bps <= FULL and 0 <= top_bps <= FULL and 0 <= margin_bps <= FULL):
        raise BadVotes(f"shares of 0 to {FULL} bps expected, got {audit_bps}, {top_bps} and {margin_bps}")
    whole = FULL ** (2 * answers)
    caught = whole - (FULL**2 - audit_bps * (FULL - top_bps)) ** answers
    guess = _guess_earns(reward, answers, top_bps, margin_bps)
    # A quarter more than what leaves a guess nothing: beliefs are not as sharp as truth.
    needed = -(-5 * guess * whole // (4 * caught)) if caught else deposit + 1
    if audited_wrong:
        return Settlement(paid=0, lost=min(needed, deposit))
    least = reward * LEAST_BPS * answers // FULL
    paid = min(max(reward * (merit_bps - margin_bps * answers) // FULL, least), reward * answers)
    return Settlement(paid=paid if needed <= deposit else paid * deposit // needed, lost=0)


def _guess_earns(reward: int, answers: int, top_bps: int, margin_bps: int) -> int:
    """Return the mean pay, rounded up, of naming the commonest class `answers` times where no audit looks."""
    spread = max(200, FULL - (top_bps**2 + (FULL - top_bps) ** 2) // FULL)
    hit = min(FULL, (FULL - top_bps) * FULL // spread)
    miss = -(top_bps * FULL // spread)
    least = reward * LEAST_BPS * answers // FULL
    total = 0
    for hits in range(answers + 1):
        balance = reward * (hits * hit + (answers - hits) * miss - margin_bps * answers) // FULL
        ways = comb(answers, hits) * top_bps**hits * (FULL - top_bps) ** (answers - hits)
        total += ways * min(max(balance, least), reward * answers)
    return -(-total // FULL**answers)


def entry_pay(*, cost: int, merits_bps: Sequence[int], margin_bps: int, least_bps: int) -> int:
    """Return how many micros of a newcomer's exam pay and first rewards have become payable, given the merit of each production answer.

    cost: micros that opening the account took at least. The result is cost * E, rounded down, where E is the wealth of fair bets that
    the answers have content: the mean over three stakes of the product of 1 + stake * (merit - margin). For answers without content E
    has mean at most 1 whenever somebody stops, so farming accounts earns at most what opening them cost. least_bps: the lowest merit
    that an answer can have in this job (negative); stakes stay below what it could lose. Exact integers, any order of answers.
    """
    if cost < 0 or least_bps >= 0 or any(each < least_bps or each > FULL for each in merits_bps):
        raise BadVotes(f"a cost of 0 or more and merits of {least_bps} to {FULL} bps expected, got {cost}")
    # A stake of the whole would be lost at the first answer of the lowest merit.
    floor = margin_bps - least_bps
    total = 0
    for part in STAKES_PERCENT:
        wealth = 1
        for merit in merits_bps:
            wealth *= 100 * floor + part * (merit - margin_bps)
        total += wealth
    return cost * total // (len(STAKES_PERCENT) * (100 * floor) ** len(merits_bps))


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
