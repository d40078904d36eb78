"""How alike two answers are, against figures known from elsewhere."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.truth.answers import plain, regions, texts
from hakari.truth.answers.overlap import Box, Polygon, Span, box_overlap, polygon_overlap, span_overlap
from hakari.truth.votes import BadVotes


def polygon(*points, label="car"):
    return Polygon(label=label, points=tuple((float(x), float(y)) for x, y in points))


def box(x, y, width, height, label="car"):
    return Box(label=label, x=x, y=y, width=width, height=height)


def test_overlap_of_spans_and_boxes_is_shared_over_joint():
    assert span_overlap(Span(label="a", start=0, end=10), Span(label="a", start=5, end=15)) == pytest.approx(1 / 3)
    assert span_overlap(Span(label="a", start=0, end=5), Span(label="a", start=5, end=9)) == 0
    assert box_overlap(box(0, 0, 2, 2), box(1, 1, 2, 2)) == pytest.approx(1 / 7)
    assert box_overlap(box(0, 0, 1, 1), box(1, 0, 1, 1)) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=8, max_size=8))
def test_polygons_that_are_boxes_overlap_as_boxes_do(n):
    one, other = box(n[0], n[1], n[2] + 1, n[3] + 1), box(n[4], n[5], n[6] + 1, n[7] + 1)
    corners = [
        polygon((b.x, b.y), (b.x + b.width, b.y), (b.x + b.width, b.y + b.height), (b.x, b.y + b.height))
        for b in (one, other)
    ]
    assert polygon_overlap(*corners) == pytest.approx(box_overlap(one, other))
    assert polygon_overlap(*corners) == pytest.approx(polygon_overlap(*corners[::-1]))


def test_polygons_of_any_shape_overlap_exactly():
    # A square and the diamond inside it that touches its sides: half the area.
    assert polygon_overlap(
        polygon((0, 0), (2, 0), (2, 2), (0, 2)), polygon((1, 0), (2, 1), (1, 2), (0, 1))
    ) == pytest.approx(0.5)
    # A horseshoe and its gap.
    horseshoe = polygon((0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3))
    assert polygon_overlap(horseshoe, polygon((1, 1), (2, 1), (2, 3), (1, 3))) == pytest.approx(0)
    assert polygon_overlap(horseshoe, polygon((0, 0), (3, 0), (3, 3), (0, 3))) == pytest.approx(7 / 9)
    # A bow tie: what is wound around twice or not at all is outside.
    assert polygon_overlap(
        polygon((0, 0), (2, 2), (2, 0), (0, 2)), polygon((0, 0), (2, 0), (2, 2), (0, 2))
    ) == pytest.approx(0.5)


def test_polygons_overlap_as_points_thrown_at_them_do():
    rng = random.Random(3)
    star = [
        (5 + (4 if n % 2 else 2) * math.cos(n * 0.7), 5 + (4 if n % 2 else 2) * math.sin(n * 0.7)) for n in range(9)
    ]
    one, other = polygon(*star), polygon(*[(x + 1.3, y - 0.6) for x, y in star])

    def inside(points, x, y):
        hit = False
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
                hit = not hit
        return hit

    both = either = 0
    for _ in range(40_000):
        x, y = rng.uniform(0, 11), rng.uniform(0, 11)
        a, b = inside(one.points, x, y), inside(other.points, x, y)
        both, either = both + (a and b), either + (a or b)
    assert polygon_overlap(one, other) == pytest.approx(both / either, abs=0.015)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Span(label="a", start=3, end=3),
        lambda: box(0, 0, 0, 1),
        lambda: box(float("nan"), 0, 1, 1),
        lambda: polygon((0, 0), (1, 1)),
        lambda: polygon((0, 0), (1, float("inf")), (1, 0)),
        lambda: plain.rating(1),
        lambda: plain.rating(5).likeness(0, 3),
        lambda: plain.ranking().likeness(("a", "a"), ("a", "b")),
    ],
)
def test_what_is_no_answer_is_refused(make):
    with pytest.raises(BadVotes):
        make()


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=1, max_size=5)
    )
)
def test_the_match_is_the_cheapest_of_all(cost):
    from itertools import permutations

    rows, columns = len(cost), len(cost[0])
    found = regions.assigned(cost)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == min(rows, columns)
    if rows <= columns:
        best = min(sum(cost[i][j] for i, j in enumerate(way)) for way in permutations(range(columns), rows))
    else:
        best = min(sum(cost[i][j] for j, i in enumerate(way)) for way in permutations(range(rows), columns))
    assert sum(cost[i][j] for i, j in found) == best


def test_sets_of_regions_compare_by_their_best_match():
    measure = regions.boxes()
    two = (box(0, 0, 10, 10), box(20, 0, 10, 10))
    assert measure.likeness(two, two[::-1]) == 1
    assert measure.likeness((), ()) == 1
    assert measure.likeness(two, ()) == 0
    assert measure.likeness(two, two[:1]) == pytest.approx(2 / 3)
    assert measure.likeness(two[:1], (box(0, 0, 10, 10, label="bus"),)) == 0
    with pytest.raises(BadVotes):
        measure.likeness(two * 300, two)


def test_regions_merge_to_what_more_than_half_marked():
    measure = regions.boxes()
    given = [(box(0, 0, 10, 10), box(50, 50, 5, 5)), (box(1, 0, 10, 10),), (box(0, 1, 10, 12),)]
    assert measure.merged(given, [1, 1, 1], []) == (box(0, 0, 10, 11),) or measure.merged(given, [1, 1, 1], []) == (
        box(0, 0, 10, 10),
    )
    assert len(measure.merged(given, [5, 1, 1], [])) == 2
    spans = regions.spans()
    found = spans.merged([(Span(label="p", start=s, end=s + 4),) for s in (0, 1, 1)], [1, 1, 1], [])
    assert found == (Span(label="p", start=1, end=5),)
    outlines = regions.polygons()
    square, near = polygon((0, 0), (2, 0), (2, 2), (0, 2)), polygon((0, 0), (2, 0), (2, 2.2), (0, 2))
    far = polygon((0, 0), (2, 0), (2, 1.2), (0, 1.4))
    assert outlines.merged([(far,), (near,), (square,)], [1, 1, 1], []) == (square,)


def test_texts_compare_by_edits_of_what_is_left_after_normalising():
    assert texts.alike("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert texts.alike("Ｈｅｌｌｏ  world ", "hello world") == 1
    assert texts.alike("", "") == 1
    assert texts.alike("", "abc") == 0
    assert texts.alike("東京は晴れ", "東京は雨") == pytest.approx(1 - 2 / 5)
    assert texts.alike("word " * 2_000, "word " * 1_999 + "other") == pytest.approx(1 - 1 / 2_000)


def test_rankings_compare_pair_by_pair():
    alike = plain.ranking().likeness
    assert alike(("a", "b", "c"), ("a", "b", "c")) == 1
    assert alike(("a", "b", "c"), ("c", "b", "a")) == 0
    assert alike(("a", "b", "c"), ("a", "c", "b")) == pytest.approx(2 / 3)
    assert alike(("a",), ("a", "b", "c")) == pytest.approx((1 + 1 + 0.5) / 3)
    assert plain.ranking().merged([("a", "b", "c"), ("b", "a", "c"), ("a", "c", "b")], [1, 1, 1], []) == ("a", "b", "c")


def test_ratings_and_options_merge_by_weight():
    five = plain.rating(5)
    assert five.likeness(1, 5) == 0
    assert five.likeness(4, 5) == five.enough
    assert five.merged([1, 4, 5], [1, 1, 1], []) == 4
    assert five.merged([1, 4, 5], [3, 1, 1], []) == 1
    several = plain.options()
    assert several.likeness(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)
    assert several.merged([frozenset("ab"), frozenset("b"), frozenset("bc")], [1, 1, 1], []) == frozenset("b")
