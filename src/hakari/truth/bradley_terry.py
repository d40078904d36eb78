"""A board from pairwise preferences: Bradley-Terry scores, bootstrap intervals, ranks that intervals support."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
import numpy.typing as npt

from hakari.truth.compiled import compiled, over_ranges
from hakari.truth.dense import poisson, solve
from hakari.truth.votes import BadVotes, EmptyVotes, Floats, Ints

LEFT, RIGHT, TIE = 0, 1, 2

# Elo's scale: 400 points are odds of ten to one. The mean model stands at 1000.
POINTS = 400 / log(10)
MIDDLE = 1000.0
# Weight of the pull towards the middle (a normal prior of standard deviation 10 in log odds, 1737 points): far too weak to move a
# model with a handful of votes, enough to keep a model without a loss, or without a link to the others, finite.
PULL = 0.01


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Board:
    """One entry per model, in the caller's order. score, low, high: points (mean 1000, 400 points = odds of ten).

    low, high: percentiles 2.5 and 97.5 of the resamples. rank: 1 + how many models have a `low` above this model's `high`, so
    models that the votes can't tell apart share a rank. votes: comparisons that the model took part in.
    """

    models: tuple[str, ...]
    score: Floats
    low: Floats
    high: Floats
    rank: Ints
    votes: Ints


def rank(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    winner: npt.ArrayLike,
    models: Sequence[str],
    *,
    resamples: int = 100,
    seed: int = 1,
    threads: int | None = None,
) -> Board:
    """Return the board of these votes: left and right index `models`, winner is LEFT (0), RIGHT (1) or TIE (2).

    A tie counts half a win for each. The bootstrap redraws each pair's wins and ties (independent Poisson counts with the observed
    means) from a fixed function of `seed`, so equal votes in any order give equal bytes. resamples 0 leaves low = high = score.
    Raises EmptyVotes without a vote, BadVotes for an index out of range or a model against itself.
    Cost O(votes + resamples (votes + models³)). Source: Bradley & Terry 1952, doi:10.2307/2334029; ties as in Elo's practice.
    """
    wins, ties = counts(left, right, winner, len(models))
    points = scores(wins + (ties + ties.T) / 2)
    low, high = _interval(wins, ties, points, resamples, seed, threads) if resamples else (points, points)
    above = (low[None, :] > high[:, None]).sum(axis=1)
    taken = (wins + wins.T + ties + ties.T).sum(axis=1)
    return Board(
        models=tuple(models),
        score=MIDDLE + POINTS * points,
        low=MIDDLE + POINTS * low,
        high=MIDDLE + POINTS * high,
        rank=(1 + above).astype(np.int32),
        votes=taken.astype(np.int32),
    )


def counts(left: npt.ArrayLike, right: npt.ArrayLike, winner: npt.ArrayLike, models: int) -> tuple[Floats, Floats]:
    """Return (wins, ties), both (models, models): wins[i, j] of i over j; ties in the upper triangle. Raises as `rank`."""
    a, b, won = (np.asarray(each) for each in (left, right, winner))
    if not a.shape == b.shape == won.shape or a.ndim != 1:
        raise BadVotes(f"left, right and winner must have one length, got {a.shape}, {b.shape} and {won.shape}")
    if not len(a):
        raise EmptyVotes("at least one vote expected, got none")
    if any(each.dtype.kind not in "iu" for each in (a, b, won)):
        raise BadVotes("left, right and winner must be whole numbers")
    if min(a.min(), b.min()) < 0 or max(a.max(), b.max()) >= models:
        raise BadVotes(
            f"models must be numbered 0 to {models - 1}, got {min(a.min(), b.min())} to {max(a.max(), b.max())}"
        )
    if won.min() < LEFT or won.max() > TIE:
        raise BadVotes(f"winner must be 0 (left), 1 (right) or 2 (tie), got {won.min()} to {won.max()}")
    if bool(np.any(a == b)):
        raise BadVotes(f"two different models expected, got model {int(a[np.flatnonzero(a == b)[0]])} against itself")
    first = np.where(won == RIGHT, b, a).astype(np.int64)
    second = np.where(won == RIGHT, a, b).astype(np.int64)
    tied = won == TIE
    first, second = np.where(tied, np.minimum(a, b), first), np.where(tied, np.maximum(a, b), second)
    cell = np.bincount((tied * models + first) * models + second, minlength=2 * models * models)
    wins, ties = cell.astype(np.float64).reshape(2, models, models)
    return wins, ties


def scores(wins: Floats, *, start: Floats | None = None) -> Floats:
    """Return (n,) log-odds scores with mean 0 that maximise the likelihood of `wins` (n, n) under a weak pull to 0."""
    point = np.zeros(len(wins)) if start is None else start.copy()
    _newton(np.ascontiguousarray(wins), point)
    return point - point.mean()


def _interval(  # noqa: PLR0917 the two tables, the start and how to draw
    wins: Floats, ties: Floats, start: Floats, resamples: int, seed: int, threads: int | None
) -> tuple[Floats, Floats]:
    drawn = np.empty((resamples, len(wins)))

    def run(lo: int, hi: int) -> None:
        _resample(wins, ties, start, seed, drawn, lo, hi)

    over_ranges(run, resamples, work=resamples * len(wins) ** 2, threads=threads)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return low, high


@compiled
def _newton(wins: Floats, point: Floats) -> None:
    n = len(point)
    hessian = np.empty((n, n))
    gradient = np.empty(n)
    for _ in range(60):
        for i in range(n):
            gradient[i] = -PULL * point[i]
            for j in range(n):
                hessian[i, j] = 0.0
            hessian[i, i] = PULL
        for i in range(n):
            for j in range(i + 1, n):
                games = wins[i, j] + wins[j, i]
                if games > 0.0:
                    p = 1.0 / (1.0 + exp(point[j] - point[i]))
                    slope = wins[i, j] - games * p
                    bend = games * p * (1.0 - p)
                    gradient[i] += slope
                    gradient[j] -= slope
                    hessian[i, i] += bend
                    hessian[j, j] += bend
                    hessian[i, j] -= bend
                    hessian[j, i] -= bend
        step = solve(hessian, gradient)
        largest = 0.0
        for i in range(n):
            largest = max(largest, abs(step[i]))
        # The likelihood is flat far away: a step of more than 3 (odds of 20) would overshoot and may never come back.
        scale = 1.0 if largest <= 3.0 else 3.0 / largest
        for i in range(n):
            point[i] += scale * step[i]
        if largest < 1e-9:
            return


@compiled
def _resample(  # noqa: PLR0917 compiled loops take their arrays by place
    wins: Floats, ties: Floats, start: Floats, seed: int, drawn: Floats, lo: int, hi: int
) -> None:
    n = len(start)
    again = np.empty((n, n))
    point = np.empty(n)
    for b in range(lo, hi):
        stream = seed * 1_000_003 + b
        for i in range(n):
            point[i] = start[i]
            again[i, i] = 0.0
        for i in range(n):
            for j in range(i + 1, n):
                at = (i * n + j) * 3
                half = 0.5 * poisson(ties[i, j], stream, at)
                again[i, j] = poisson(wins[i, j], stream, at + 1) + half
                again[j, i] = poisson(wins[j, i], stream, at + 2) + half
        _newton(again, point)
        mean = 0.0
        for i in range(n):
            mean += point[i]
        mean /= n
        for i in range(n):
            drawn[b, i] = point[i] - mean
