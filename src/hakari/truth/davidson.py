"""Preferences with ties: Davidson's model, fitted to weighted votes, and its prediction without one voter."""

from math import exp

import numpy as np

from hakari.truth.compiled import compiled
from hakari.truth.dense import solve
from hakari.truth.sweeps import Longs
from hakari.truth.votes import Floats, Ints

# A standard normal prior on every score: predictions for models with few votes stay close to even.
SPREAD = 1.0


def fit(first: Ints, second: Ints, outcome: Ints, weight: Floats, models: int) -> Floats:
    """Return (models + 1,): log-odds scores and, last, the log weight of a tie.

    outcome: 0 first wins, 1 second wins, 2 tie. Chances are softmax(d/2, -d/2, tie) with d = score of first - score of second.
    Source: Davidson 1970, doi:10.1080/01621459.1970.10481082.
    """
    point = np.zeros(models + 1)
    _fit(first, second, outcome, weight, point)
    return point


@compiled
def chances(point: Floats, first: int, second: int) -> tuple[float, float, float]:
    """Return the chances that first wins, second wins, and of a tie."""
    half = 0.5 * (point[first] - point[second])
    tie = point[-1]
    top = max(abs(half), tie)
    a, b, c = exp(half - top), exp(-half - top), exp(tie - top)
    whole = a + b + c
    return a / whole, b / whole, c / whole


@compiled
def add(  # noqa: PLR0917 compiled loops take their arrays by place
    point: Floats, first: int, second: int, outcome: int, weight: float, gradient: Floats, hessian: Floats
) -> None:
    """Add one vote to the gradient and the negative Hessian (upper and lower triangle) at `point`."""
    a, b, c = chances(point, first, second)
    won = 1.0 if outcome == 0 else -1.0 if outcome == 1 else 0.0
    slope = 0.5 * weight * (won - (a - b))
    gradient[first] += slope
    gradient[second] -= slope
    gradient[-1] += weight * ((1.0 if outcome == 2 else 0.0) - c)
    bend = 0.25 * weight * (a + b - (a - b) ** 2)
    cross = -0.5 * weight * (a - b) * c
    hessian[first, first] += bend
    hessian[second, second] += bend
    hessian[first, second] -= bend
    hessian[second, first] -= bend
    last = len(point) - 1
    hessian[first, last] += cross
    hessian[last, first] += cross
    hessian[second, last] -= cross
    hessian[last, second] -= cross
    hessian[last, last] += weight * c * (1.0 - c)


@compiled
def prior(point: Floats, gradient: Floats, hessian: Floats) -> None:
    """Set gradient and negative Hessian to those of the prior."""
    for i in range(len(point)):
        gradient[i] = -SPREAD * point[i]
        for j in range(len(point)):
            hessian[i, j] = 0.0
        hessian[i, i] = SPREAD


@compiled
def _fit(first: Ints, second: Ints, outcome: Ints, weight: Floats, point: Floats) -> None:
    n = len(point)
    gradient = np.empty(n)
    hessian = np.empty((n, n))
    for _ in range(40):
        prior(point, gradient, hessian)
        for v in range(len(first)):
            add(point, first[v], second[v], outcome[v], weight[v], gradient, hessian)
        step = solve(hessian, gradient)
        largest = 0.0
        for i in range(n):
            largest = max(largest, abs(step[i]))
        scale = 1.0 if largest <= 3.0 else 3.0 / largest
        for i in range(n):
            point[i] += scale * step[i]
        if largest < 1e-10:
            return


@compiled
def without_each(  # noqa: PLR0917 compiled loops take their arrays by place
    first: Ints,
    second: Ints,
    outcome: Ints,
    weight: Floats,
    point: Floats,
    start: Longs,
    order: Longs,
    out: Floats,
    lo: int,
    hi: int,
) -> None:
    """Write into out (V, 3) the chances of each vote's outcomes as fitted without its voter, for voters lo..hi.

    One exact Newton step away from the full fit (its gradient is zero, so what is left of it is the voter's own part).
    order: votes sorted by voter; start: where each voter starts.
    """
    n = len(point)
    full = np.empty((n, n))
    nothing = np.empty(n)
    prior(point, nothing, full)
    for v in range(len(first)):
        add(point, first[v], second[v], outcome[v], weight[v], nothing, full)
    gradient = np.empty(n)
    for w in range(lo, hi):
        hessian = full.copy()
        for i in range(n):
            gradient[i] = 0.0
        for at in range(start[w], start[w + 1]):
            v = int(order[at])
            add(point, first[v], second[v], outcome[v], -weight[v], gradient, hessian)
        moved = solve(hessian, gradient)
        for i in range(n):
            moved[i] += point[i]
        for at in range(start[w], start[w + 1]):
            v = int(order[at])
            out[v, 0], out[v, 1], out[v, 2] = chances(moved, first[v], second[v])
