"""One region as Label Studio writes it (percent of a picture, seconds, code points) and as we do, in whole numbers."""

from math import isfinite
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.controls import Control, Labels, Marked, PolygonLabels, RectangleLabels
from hakari.sources.label.values import FULL
from hakari.sources.label.words import brief, pointer

PERCENT = FULL // 100
SECOND_MS = 1000


def marks(control: Control) -> bool:
    """Return whether a control marks regions."""
    return isinstance(control, Labels | RectangleLabels | PolygonLabels)


def read(control: Marked, held: dict[object, object], place: int) -> Json:
    """Return a result's value as our region, rounded to our units; what it can't be is found when the answer is checked.

    A turned box is refused: it would be another thing. Raises Malformed with a JSON pointer into the results.
    """
    key = _key(control)
    labels = held.get(key)
    words = cast(list[object], labels) if isinstance(labels, list) else []
    if len(words) != 1 or not isinstance(words[0], str):
        raise Malformed(f"{key} must be a list of one label, got {brief(labels)}", pointer=pointer(place, "value", key))
    label: Json = words[0]
    match control:
        case RectangleLabels():
            if held.get("rotation", 0) != 0:
                at = pointer(place, "value", "rotation")
                raise Malformed(f"rotation must be 0, got {brief(held.get('rotation'))}", pointer=at)
            x, y, width, height = (
                _number(held.get(name), PERCENT, place, name) for name in ("x", "y", "width", "height")
            )
            # Two roundings may reach over the edge by one.
            return {
                "height": min(height, FULL - y),
                "label": label,
                "width": min(width, FULL - x),
                "x": x,
                "y": y,
            }
        case PolygonLabels():
            points = held.get("points")
            if not isinstance(points, list):
                at = pointer(place, "value", "points")
                raise Malformed(f"points must be a list, got {brief(points)}", pointer=at)
            corners: list[Json] = []
            for n, point in enumerate(cast(list[object], points)):
                pair = cast(list[object], point) if isinstance(point, list) else []
                corners.append([_number(each, PERCENT, place, "points", n) for each in pair])
            return {"label": label, "points": corners}
        case Labels(unit="millisecond"):
            start, end = (_number(held.get(name), SECOND_MS, place, name) for name in ("start", "end"))
            return {"end": end, "label": label, "start": start}
        case Labels():
            start, end = (_number(held.get(name), 1, place, name) for name in ("start", "end"))
            return {"end": end, "label": label, "start": start}


def written(control: Marked, region: dict[str, Json]) -> Json:
    """Return one of our regions as the value of a result."""
    labels: dict[str, Json] = {_key(control): [region["label"]]}
    match control:
        case RectangleLabels():
            sides = {name: cast(int, region[name]) / PERCENT for name in ("x", "y", "width", "height")}
            return cast(Json, {**sides, "rotation": 0, **labels})
        case PolygonLabels():
            points = [[x / PERCENT, y / PERCENT] for x, y in cast(list[list[int]], region["points"])]
            return {"closed": True, "points": cast(Json, points), **labels}
        case Labels(unit="millisecond"):
            ends = {name: cast(int, region[name]) / SECOND_MS for name in ("start", "end")}
            return cast(Json, {**ends, **labels})
        case Labels():
            return {"end": region["end"], "start": region["start"], **labels}


def _key(control: Marked) -> str:
    match control:
        case RectangleLabels():
            return "rectanglelabels"
        case PolygonLabels():
            return "polygonlabels"
        case Labels():
            return "labels"


def _number(given: object, scale: int, place: int, *keys: str | int) -> int:
    if not isinstance(given, int | float) or isinstance(given, bool) or not isfinite(given):
        raise Malformed(f"{keys[0]} must be a number, got {brief(given)}", pointer=pointer(place, "value", *keys))
    return round(given * scale)
