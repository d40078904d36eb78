"""Answers that are no classes: how alike two of them are, what each is worth, what a crowd of them says (docs/reference/rules.md, 2.6).

The mathematics is hakari.truth.answers; here values become its tables and its findings become verdicts. The same under every rules
string of this kind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.sources.kind import Batch
from hakari.sources.label import values
from hakari.sources.label.controls import (
    Compared,
    Labels,
    PolygonLabels,
    Ranker,
    RectangleLabels,
    Taxonomy,
    TextArea,
)
from hakari.truth.answers import plain, regions, texts
from hakari.truth.answers.judged import Finding, Measure, judge_answers
from hakari.truth.answers.overlap import Box, Polygon, Span
from hakari.truth.rules import bps

Read = Callable[[Json], Any]


def findings(batch: Batch, control: Compared) -> list[tuple[int, Finding]]:
    """Return (place of the answer in the batch, what it is worth) for each answer that holds `control`."""
    measure, read = _measure(control)
    held = [
        (place, answer, _of(answer.answer, control))
        for place, answer in enumerate(batch.answers)
        if _of(answer.answer, control) is not None
    ]
    if not held:
        return []
    known = {
        _task(task): read(_of(right, control))
        for task, right in batch.audits.items()
        if _of(right, control) is not None
    }
    rows = [(_task(answer.task), str(answer.account), read(value)) for _, answer, value in held]
    judged = judge_answers(rows, measure, known=known)
    return [(place, found) for (place, _, _), found in zip(held, judged.findings, strict=True)]


def alike(control: Compared) -> Callable[[Json, Json], float]:
    """Return how alike two canonical values of a control are, as a function."""
    measure, read = _measure(control)
    return lambda one, other: measure.likeness(read(one), read(other))


def consensus(control: Compared, given: Sequence[tuple[Json, int]]) -> tuple[str, int]:
    """Return what weighted values say together, as the text of a dataset's column, and how alike they are to it in basis points.

    given: (canonical value, weight). Without any weight: "" and 0. A TextArea's text is itself, all others are canonical JSON.
    """
    measure, read = _measure(control)
    counted = [(read(value), float(weight)) for value, weight in given if weight > 0]
    if not counted:
        return "", 0
    said, weights = [value for value, _ in counted], [weight for _, weight in counted]
    alike = [[measure.likeness(one, other) for other in said] for one in said]
    merged = measure.merged(said, weights, alike)
    near = sum(weight * measure.likeness(value, merged) for value, weight in counted) / sum(weights)
    return _written(control, merged), bps(near)


def _of(answer: Json, control: Compared) -> Json:
    return cast(Mapping[str, Json], answer).get(control.name)


def _task(number: int) -> str:
    return f"{number:010d}"


def _measure(control: Compared) -> tuple[Measure[Any], Read]:
    """Return how values of `control` are compared, and how one is read from its canonical form."""
    match control:
        case Taxonomy():
            return plain.options(), lambda value: frozenset(_text(path) for path in cast(list[Json], value))
        case TextArea():
            return texts.transcript() if control.transcript else texts.free_text(), str
        case Ranker():
            return plain.ranking(), lambda value: tuple(cast(list[str], value))
        case Labels():
            return regions.spans(), _regions_of(lambda at: Span(label=at["label"], start=at["start"], end=at["end"]))
        case RectangleLabels():
            return regions.boxes(), _regions_of(
                lambda at: Box(label=at["label"], x=at["x"], y=at["y"], width=at["width"], height=at["height"])
            )
        case PolygonLabels():
            return regions.polygons(), _regions_of(
                lambda at: Polygon(label=at["label"], points=tuple((x, y) for x, y in at["points"]))
            )


def _regions_of(one: Callable[[dict[str, Any]], Any]) -> Read:
    return lambda value: tuple(one(region) for region in cast(list[dict[str, Any]], value))


def _written(control: Compared, merged: Any) -> str:
    match control:
        case TextArea():
            return str(merged)
        case Taxonomy():
            return _text([path for path in control.paths if _text(path) in merged])
        case Ranker():
            return _text(merged)
        case Labels():
            said = [{"end": each.end, "label": each.label, "start": each.start} for each in merged]
        case RectangleLabels():
            sides = ("height", "label", "width", "x", "y")
            said = [{name: getattr(each, name) for name in sides} for each in merged]
        case PolygonLabels():
            said = [{"label": each.label, "points": [list(point) for point in each.points]} for each in merged]
    # Two things may come out as one region.
    return _text(values.value(control, [each for n, each in enumerate(said) if each not in said[:n]], None))


def _text(thing: Any) -> str:
    return canonical.encode(thing).decode()
