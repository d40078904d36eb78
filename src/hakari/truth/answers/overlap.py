"""Intersection over union of spans, boxes and polygons, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from hakari.truth.votes import BadVotes

Point = tuple[float, float]
LARGE = 1e12


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Span:
    """Characters or milliseconds from start up to, not including, end."""

    label: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise BadVotes(f"a span with 0 <= start < end expected, got {self.start} to {self.end}")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Box:
    """An upright box; x, y is its corner with the least coordinates."""

    label: str
    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if (
            not all(_sane(each) for each in (self.x, self.y, self.width, self.height))
            or min(self.width, self.height) <= 0
        ):
            raise BadVotes(f"a box of finite place and positive size expected, got {self}")


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Polygon:
    """A closed outline of three points or more; where it crosses itself, what it winds around an even number of times is outside."""

    label: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3 or not all(_sane(x) and _sane(y) for x, y in self.points):
            raise BadVotes(f"a polygon of at least three finite points expected, got {len(self.points)} points")


def _sane(value: float) -> bool:
    return isfinite(value) and abs(value) < LARGE


def span_overlap(one: Span, other: Span) -> float:
    """Return shared over joint length."""
    shared = max(0, min(one.end, other.end) - max(one.start, other.start))
    return shared / (one.end - one.start + other.end - other.start - shared)


def box_overlap(one: Box, other: Box) -> float:
    """Return shared over joint area."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return min(1.0, shared / (one.width * one.height + other.width * other.height - shared))


def polygon_overlap(one: Polygon, other: Polygon) -> float:
    """Return shared over joint area; 0 where both are without area. Cost O((n + m)²) crossings and as many slabs.

    Between two neighbouring x of corners and crossings no edges cross, so the shared length along y is linear in x there and its
    value at the middle times the width is exact.
    """
    if one.points == other.points:
        return 1.0
    edges = (_edges(one.points), _edges(other.points))
    low = max(min(x for x, _ in one.points), min(x for x, _ in other.points))
    high = min(max(x for x, _ in one.points), max(x for x, _ in other.points))
    area = [_area(each) for each in edges]
    shared = _shared(edges, low, high) if high > low else 0.0
    joint = area[0] + area[1] - shared
    return min(1.0, max(0.0, shared / joint)) if joint > 0 else 0.0


Edge = tuple[float, float, float, float]


def _edges(points: Sequence[Point]) -> list[Edge]:
    """Return the edges that are not vertical, each from left to right."""
    out: list[Edge] = []
    for (ax, ay), (bx, by) in pairwise([*points, points[0]]):
        if ax < bx:
            out.append((ax, ay, bx, by))
        elif bx < ax:
            out.append((bx, by, ax, ay))
    return out


def _crossings(edges: Sequence[Edge]) -> list[float]:
    at = [x for edge in edges for x in (edge[0], edge[2])]
    for n, (ax, ay, bx, by) in enumerate(edges):
        slope = (by - ay) / (bx - ax)
        for cx, cy, dx, dy in edges[:n]:
            if max(ax, cx) >= min(bx, dx):
                continue
            steep = (dy - cy) / (dx - cx)
            if slope != steep:
                x = (cy - ay + slope * ax - steep * cx) / (slope - steep)
                if max(ax, cx) < x < min(bx, dx):
                    at.append(x)
    return sorted(set(at))


def _inside(edges: Sequence[Edge], x: float) -> list[tuple[float, float]]:
    """Return the stretches of y that lie inside at x."""
    ys = sorted(ay + (by - ay) * (x - ax) / (bx - ax) for ax, ay, bx, by in edges if ax < x < bx)
    return list(zip(ys[::2], ys[1::2], strict=False))


def _area(edges: Sequence[Edge]) -> float:
    return sum(
        (right - left) * sum(b - a for a, b in _inside(edges, (left + right) / 2))
        for left, right in pairwise(_crossings(edges))
    )


def _shared(edges: tuple[list[Edge], list[Edge]], low: float, high: float) -> float:
    total = 0.0
    at = [x for x in _crossings([*edges[0], *edges[1]]) if low <= x <= high]
    for left, right in pairwise(at):
        middle = (left + right) / 2
        ours, theirs = _inside(edges[0], middle), _inside(edges[1], middle)
        length = sum(max(0.0, min(b, d) - max(a, c)) for a, b in ours for c, d in theirs)
        total += (right - left) * length
    return total
