"""Several options, ratings and rankings: how alike two answers are and what a crowd of them says."""

from collections.abc import Sequence
from itertools import combinations

from hakari.truth.answers.judged import Measure
from hakari.truth.votes import BadVotes, byte_sorted

Options = frozenset[str]
Ranking = tuple[str, ...]


def options() -> Measure[Options]:
    """Return the measure of «choose all that apply». Unit: an option. Likeness: options in both over options in either (Jaccard), 1 for
    two empty answers. Consensus: the options that more than half of the weight chose."""
    return Measure(unit="option", likeness=_jaccard, merged=_chosen, enough=2 / 3)


def rating(most: int) -> Measure[int]:
    """Return the measure of ratings from 1 to `most`. Unit: a step. Likeness falls evenly to 0 between the ends.

    Consensus: the weighted median. From five steps on, neighbours say the same. Raises BadVotes below two steps, and for a rating out
    of range at its use.
    """
    if most < 2:
        raise BadVotes(f"a scale of 2 or more expected, got {most}")

    def alike(one: int, other: int) -> float:
        for value in (one, other):
            if not 1 <= value <= most:
                raise BadVotes(f"a rating of 1 to {most} expected, got {value}")
        return 1 - abs(one - other) / (most - 1)

    return Measure(
        unit="step",
        likeness=alike,
        merged=lambda given, weights, _: median(given, weights),
        enough=1 - 1 / (most - 1) if most >= 5 else 1.0,
    )


def ranking() -> Measure[Ranking]:
    """Return the measure of orders, best first. Unit: a pair of items. Likeness: share of the pairs that both put in one order.

    Items that an answer leaves out stand equal behind all others; a pair equal in one answer counts half. Consensus: mean rank (Borda),
    ties by the bytes of the names. Source: Kendall 1945, doi:10.2307/2332303. Raises BadVotes for an item named twice.
    """
    return Measure(unit="pair", likeness=_ordered, merged=_borda, enough=0.75)


def median(values: Sequence[int], weights: Sequence[float]) -> int:
    """Return the least value with at least half of the weight at or below it."""
    half = sum(weights) / 2
    passed = 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        passed += weight
        if passed >= half - 1e-12:
            return value
    return max(values)


def _jaccard(one: Options, other: Options) -> float:
    either = len(one | other)
    return len(one & other) / either if either else 1.0


def _chosen(given: Sequence[Options], weights: Sequence[float], _: Sequence[Sequence[float]]) -> Options:
    total = sum(weights)
    names = byte_sorted({name for each in given for name in each})
    return frozenset(
        name for name in names if 2 * sum(w for each, w in zip(given, weights, strict=True) if name in each) > total
    )


def _ranks(order: Ranking, items: Sequence[str]) -> dict[str, float]:
    if len(set(order)) != len(order):
        raise BadVotes(f"each item once expected, got {list(order)}")
    behind = (len(order) + len(items) - 1) / 2
    place = {name: float(n) for n, name in enumerate(order)}
    return {name: place.get(name, behind) for name in items}


def _ordered(one: Ranking, other: Ranking) -> float:
    items = byte_sorted({*one, *other})
    a, b = _ranks(one, items), _ranks(other, items)
    if len(items) < 2:
        return 1.0
    total, count = 0.0, 0
    for x, y in combinations(items, 2):
        here, there = a[x] - a[y], b[x] - b[y]
        count += 1
        if here == 0 and there == 0:
            total += 1
        elif here == 0 or there == 0:
            total += 0.5
        elif (here > 0) == (there > 0):
            total += 1
    return total / count


def _borda(given: Sequence[Ranking], weights: Sequence[float], _: Sequence[Sequence[float]]) -> Ranking:
    items = byte_sorted({name for order in given for name in order})
    ranks = [_ranks(order, items) for order in given]
    mean = {name: sum(w * r[name] for r, w in zip(ranks, weights, strict=True)) for name in items}
    # Equal sums may differ in their last bit by the order of workers' weights.
    return tuple(sorted(items, key=lambda name: round(mean[name], 9)))
