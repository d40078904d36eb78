"""Conviction by audits alone: an e-value that bounds false convictions at every stopping time."""

from collections.abc import Sequence
from fractions import Fraction
from math import exp, log, log1p
from typing import Final

from hakari.truth.rules import FULL
from hakari.truth.votes import BadVotes

BETS: Final = (0.1, 0.25, 0.5, 0.75, 0.95)
ALPHA: Final = 0.01
# Of those whom one settlement convicts at most this many times alpha are of the minimum skill, in the mean.
AMONG: Final = 5
# Floating point is off by less than this for any count that occurs.
SURE: Final = 1e-5


def min_skill(classes: int) -> float:
    """Return the declared minimum skill: 30 % of the way from guessing to perfect."""
    return 1 / classes + 0.3 * (1 - 1 / classes)


def log_e(wrong: int, right: int, *, skill: float) -> float:
    """Return the log e-value against «each audited answer is wrong with chance at most 1 - skill».

    The mean of five betting martingales; each factor has mean at most 1 under the null, whatever picks the audits, so the chance that
    it ever exceeds 1/alpha is at most alpha (Ville). Order does not matter, so counts suffice. Raises BadVotes for a skill not in
    (0, 1) or negative counts.
    """
    if not 0 < skill < 1 or wrong < 0 or right < 0:
        raise BadVotes(f"skill in (0, 1) and counts of 0 or more expected, got {skill}, {wrong}, {right}")
    allowed = 1 - skill
    logs = [wrong * log1p(bet * (1 - allowed) / allowed) + right * log1p(-bet) for bet in BETS]
    top = max(logs)
    return top + log(sum(exp(each - top) for each in logs) / len(BETS))


def convicts(wrong: int, right: int, *, skill: float, alpha: float = ALPHA) -> bool:
    """Return whether the audits convict an account looked at alone, at the bound alpha on its false conviction."""
    return log_e(wrong, right, skill=skill) >= -log(alpha)


def convicts_exactly(wrong: int, right: int, *, skill_bps: int, alpha_bps: int) -> bool:
    """Return what `convicts` does, of a skill and a bound in basis points, in whole numbers where the two are near: what is decided by
    it and recorded without its statistic must be the same on every machine."""
    statistic, bar = log_e(wrong, right, skill=skill_bps / FULL), -log(alpha_bps / FULL)
    if abs(statistic - bar) > SURE:
        return statistic >= bar
    odds = Fraction(skill_bps, FULL - skill_bps)
    bets = [Fraction(str(bet)) for bet in BETS]
    return sum((1 + bet * odds) ** wrong * (1 - bet) ** right for bet in bets) * alpha_bps >= len(BETS) * FULL


def threshold(statistics: Sequence[float], *, alpha: float = ALPHA) -> float:
    """Return the log e-value from which accounts looked at together are convicted: never below that of one alone, -log(alpha).

    Who looks at many accounts finds an unlucky one: where k of n are convicted, each has an e-value of at least n / (5 alpha k), with
    the largest such k. So at most 5 alpha of the convicted are of the minimum skill in the mean, however accounts depend on each other,
    and many guilty ones hardly shield each other. Source: e-BH, Wang & Ramdas 2022, doi:10.1111/rssb.12489.
    """
    alone = -log(alpha)
    count = len(statistics)
    for place, each in enumerate(sorted(statistics)):
        needed = max(alone, log(count / (AMONG * alpha * (count - place))))
        if each >= needed:
            return needed
    return max(alone, log(count / (AMONG * alpha))) if count else alone
