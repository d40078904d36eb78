"""What is known of an account's skill: a posterior from audited answers, shown by its lower bound."""

from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import Final

from hakari.truth.votes import BadVotes

# A newcomer stands as two answers of an account halfway between guessing and perfect would: enough to be moved by a handful of audits.
FIRST: Final = 2.0
LEVEL: Final = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Reputation:
    """mean and bounds of the chance that the account's next answer in this skill is right; right and wrong include the prior."""

    mean: float
    low: float
    high: float
    right: float
    wrong: float


def reputation(right: float, wrong: float, *, classes: int, level: float = LEVEL) -> Reputation:
    """Return the Beta posterior after `right` and `wrong` audited answers of one skill.

    Prior: Beta with 2 pseudo-answers and the mean of guessing and perfect. low, high: the quantiles level and 1 - level. Shown is
    `low`: it rises with proof and never by luck alone. Counts may be fractions (answers weighed by what others make of them).
    Raises BadVotes for negative or infinite counts, less than one class or a level outside (0, 1/2].
    """
    if not (0 <= right < float("inf") and 0 <= wrong < float("inf")) or classes < 1 or not 0 < level <= 0.5:
        raise BadVotes(
            f"finite counts of 0 or more, a class and a level in (0, 0.5] expected, got {right}, {wrong}, {classes}, {level}"
        )
    able = (1 + 1 / classes) / 2
    a, b = right + FIRST * able, wrong + max(FIRST * (1 - able), 1e-3)
    return Reputation(
        mean=a / (a + b), low=beta_quantile(level, a, b), high=beta_quantile(1 - level, a, b), right=a, wrong=b
    )


def beta_quantile(share: float, a: float, b: float) -> float:
    """Return x with P(Beta(a, b) <= x) = share, by bisection to the last digits."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if beta_below(middle, a, b) < share else (low, middle)
    return (low + high) / 2


def beta_below(x: float, a: float, b: float) -> float:
    """Return P(Beta(a, b) <= x), the regularised incomplete beta function (continued fraction, DLMF 8.17.22)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_below(1.0 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    # Lentz's method: both partial quotients are kept away from 0.
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for part in (even, odd):
            d = 1.0 / _away(1.0 + part * d)
            c = _away(1.0 + part / c)
            value *= c * d
        if abs(value - before) <= 1e-16 * abs(value):
            break
    return min(1.0, front * value)


def _away(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
