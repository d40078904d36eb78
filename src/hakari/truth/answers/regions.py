"""Sets of marked regions: matched one to one, compared by overlap, merged by what more than half of the voices marked."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hakari.truth.answers.judged import Measure
from hakari.truth.answers.overlap import Box, Polygon, Span, box_overlap, polygon_overlap, span_overlap
from hakari.truth.answers.plain import median
from hakari.truth.answers.texts import medoid
from hakari.truth.votes import BadVotes

R = TypeVar("R", Span, Box, Polygon)

# Regions of two answers are the same thing from this overlap on, as detection benchmarks have it.
SAME = 0.5
# Above this many regions an answer is refused: matching costs the cube.
MOST = 500
FINE = 1_000_000


def spans() -> Measure[tuple[Span, ...]]:
    """Return the measure of marked spans. Unit: a span; consensus: weighted median of both ends. Likeness as `likeness`."""
    return _measure("span", span_overlap, _median_span)


def boxes() -> Measure[tuple[Box, ...]]:
    """Return the measure of marked boxes. Unit: a box; consensus: weighted median of each side. Likeness as `likeness`."""
    return _measure("box", box_overlap, _median_box)


def polygons() -> Measure[tuple[Polygon, ...]]:
    """Return the measure of marked outlines. Unit: a polygon; consensus: the outline that overlaps the others of its thing most."""
    return _measure("polygon", polygon_overlap, _central_polygon)


def likeness(one: Sequence[R], other: Sequence[R], overlap: Callable[[R, R], float]) -> float:
    """Return twice the sum of matched overlaps over the number of regions in both: 1 for equal sets, also two empty ones.

    Only regions of one label match, each once, so that the sum is the largest there is. Raises BadVotes above 500 regions.
    """
    if not one and not other:
        return 1.0
    return 2 * sum(near for _, _, near in matched(one, other, overlap)) / (len(one) + len(other))


def matched(one: Sequence[R], other: Sequence[R], overlap: Callable[[R, R], float]) -> list[tuple[int, int, float]]:
    """Return (i, j, overlap) of the best one-to-one match of regions of one label, sorted; pairs without overlap are left out."""
    if max(len(one), len(other)) > MOST:
        raise BadVotes(f"at most {MOST} regions in an answer expected, got {max(len(one), len(other))}")
    near = [[overlap(a, b) if a.label == b.label else 0.0 for b in other] for a in one]
    if not one or not other:
        return []
    # Whole numbers: two machines must not differ in which of two equal matches they take.
    pairs = assigned([[-round(FINE * each) for each in row] for row in near])
    return [(i, j, near[i][j]) for i, j in pairs if near[i][j] > 0]


def assigned(cost: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of least total cost, min(rows, columns) of them, sorted. Whole costs. Cost O(rows² columns).

    Source: the Hungarian method with potentials (Kuhn 1955, doi:10.1002/nav.3800020109; Jonker & Volgenant 1987).
    """
    if len(cost) > len(cost[0]):
        turned = assigned([list(column) for column in zip(*cost, strict=True)])
        return sorted((i, j) for j, i in turned)
    rows, columns = len(cost), len(cost[0])
    row_price, column_price = [0] * (rows + 1), [0] * (columns + 1)
    taken_by = [0] * (columns + 1)
    for row in range(1, rows + 1):
        taken_by[0] = row
        column = 0
        least: list[float] = [float("inf")] * (columns + 1)
        came_from, seen = [0] * (columns + 1), [False] * (columns + 1)
        while taken_by[column]:
            seen[column] = True
            at, step, following = taken_by[column], float("inf"), 0
            for j in range(1, columns + 1):
                if not seen[j]:
                    reduced = cost[at - 1][j - 1] - row_price[at] - column_price[j]
                    if reduced < least[j]:
                        least[j], came_from[j] = reduced, column
                    if least[j] < step:
                        step, following = least[j], j
            for j in range(columns + 1):
                if seen[j]:
                    row_price[taken_by[j]] += int(step)
                    column_price[j] -= int(step)
                else:
                    least[j] -= step
            column = following
        while column:
            taken_by[column] = taken_by[came_from[column]]
            column = came_from[column]
    return sorted((taken_by[j] - 1, j - 1) for j in range(1, columns + 1) if taken_by[j])


def _measure(
    unit: str, overlap: Callable[[R, R], float], middle: Callable[[Sequence[R], Sequence[float]], R]
) -> Measure[tuple[R, ...]]:
    def alike(one: tuple[R, ...], other: tuple[R, ...]) -> float:
        return likeness(one, other, overlap)

    def merged(given: Sequence[tuple[R, ...]], weights: Sequence[float], _: Sequence[Sequence[float]]) -> tuple[R, ...]:
        return _merged(given, weights, overlap, middle)

    return Measure(unit=unit, likeness=alike, merged=merged, enough=SAME)


def _merged(
    given: Sequence[tuple[R, ...]],
    weights: Sequence[float],
    overlap: Callable[[R, R], float],
    middle: Callable[[Sequence[R], Sequence[float]], R],
) -> tuple[R, ...]:
    """Return the things that more than half of the weight marked. Heaviest answers first, so that the best give a thing its place."""
    things: list[list[tuple[R, float]]] = []
    order = sorted(range(len(given)), key=lambda n: (-round(weights[n], 9), n))
    for n in order:
        found = matched([each[0][0] for each in things], given[n], overlap)
        placed = {j: i for i, j, near in found if near >= SAME}
        for j, region in enumerate(given[n]):
            if j in placed:
                things[placed[j]].append((region, weights[n]))
            else:
                things.append([(region, weights[n])])
    total = sum(weights)
    kept = [each for each in things if 2 * sum(w for _, w in each) > total]
    return tuple(sorted(middle([region for region, _ in each], [w for _, w in each]) for each in kept))


def _median_span(given: Sequence[Span], weights: Sequence[float]) -> Span:
    start = median([each.start for each in given], weights)
    return Span(label=given[0].label, start=start, end=max(start + 1, median([each.end for each in given], weights)))


def _median_box(given: Sequence[Box], weights: Sequence[float]) -> Box:
    left, top, right, bottom = (
        _middle(side, weights)
        for side in (
            [each.x for each in given],
            [each.y for each in given],
            [each.x + each.width for each in given],
            [each.y + each.height for each in given],
        )
    )
    if right > left and bottom > top:
        return Box(label=given[0].label, x=left, y=top, width=right - left, height=bottom - top)
    return given[0]


def _middle(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted median of real numbers: a value that was given."""
    ranked = sorted(set(values))
    return ranked[median([ranked.index(value) for value in values], weights)]


def _central_polygon(given: Sequence[Polygon], weights: Sequence[float]) -> Polygon:
    alike = [[polygon_overlap(one, other) for other in given] for one in given]
    found: Polygon = medoid(given, weights, alike)
    return found
