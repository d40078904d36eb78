"""The canonical value of each control that is no choice among classes: marked regions, a text, nodes of a tree, an order of items.

Whole numbers throughout, for they are hashed: characters (Unicode code points) and milliseconds as they are, places on a picture in
hundred-thousandths of its width or height. One meaning has one form: regions are sorted, an outline begins at its least corner.
web/src/lib/label/values.ts does the same; scripts/web_vectors.py holds the two together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.controls import Compared, Labels, PolygonLabels, Ranker, RectangleLabels, Taxonomy, TextArea
from hakari.sources.label.words import brief, listed, one_of, pointer

FULL = 100_000
"""The width and the height of a picture."""
LONGEST_MS = 86_400_000
LONGEST_UNBOUND = 10_000_000
MOST_REGIONS = 200
MOST_CORNERS = 100
MOST_CORNERS_IN_ALL = 1000
LONGEST_TEXT = 4000
BLANKS = "\t\n \u00a0\u3000"
"""What stands at neither end of a text; named here because languages differ in what they call white space."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def value(control: Compared, given: object, bound: Json) -> Json:
    """Return the canonical form of what somebody says to `control`. Raises Malformed with a JSON pointer into the answer.

    bound: what the task's public part says of this control, the length of its text or the ids of its items; None where it is unknown.
    """
    match control:
        case Taxonomy():
            return _nodes(control, given)
        case TextArea():
            return _text(control, given)
        case Ranker():
            return _order(control, given, bound)
        case Labels():
            most = LONGEST_MS if control.unit == "millisecond" else bound if isinstance(bound, int) else LONGEST_UNBOUND
            return _regions(control, given, lambda region, at: _span(control, region, most, at))
        case RectangleLabels():
            return _regions(control, given, lambda region, at: _box(control, region, at))
        case PolygonLabels():
            made = _regions(control, given, lambda region, at: _outline(control, region, at))
            corners = sum(len(cast(list[Json], region["points"])) for region in cast(list[dict[str, Json]], made))
            if corners > MOST_CORNERS_IN_ALL:
                raise _wrong(
                    control, f"must have at most {MOST_CORNERS_IN_ALL} corners in all", f"{corners}", control.name
                )
            return made


def expected(control: Compared) -> str:
    """Return in words what an answer to `control` must be."""
    match control:
        case Taxonomy():
            return "a list of nodes, each a list of words from the root"
        case TextArea():
            return f"a text of 1 to {LONGEST_TEXT} characters"
        case Ranker():
            return "a list of the items' ids, best first"
        case Labels():
            return f'a list of {{"end":n,"label":word,"start":n}} in {control.unit}s'
        case RectangleLabels():
            return 'a list of {"height":n,"label":word,"width":n,"x":n,"y":n} in hundred-thousandths of the picture'
        case PolygonLabels():
            return 'a list of {"label":word,"points":[[x,y],…]} in hundred-thousandths of the picture'


def schema(control: Compared) -> dict[str, Json]:
    """Return the JSON Schema of the control's value. What it can't say (order, sums, the text's length) is said by `value`."""
    place: dict[str, Json] = {"type": "integer", "minimum": 0, "maximum": FULL}
    match control:
        case Taxonomy():
            return {
                "type": "array",
                "items": {"enum": [list[Json](path) for path in control.paths if _choosable(control, path)]},
                "minItems": 1,
                "maxItems": control.most,
                "uniqueItems": True,
            }
        case TextArea():
            return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
        case Ranker():
            return {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True}
        case Labels():
            most = LONGEST_MS if control.unit == "millisecond" else LONGEST_UNBOUND
            end: dict[str, Json] = {"type": "integer", "minimum": 1, "maximum": most}
            return _list_of(control.labels, {"end": end, "start": {**end, "minimum": 0}})
        case RectangleLabels():
            size: dict[str, Json] = {**place, "minimum": 1}
            return _list_of(control.labels, {"height": size, "width": size, "x": place, "y": place})
        case PolygonLabels():
            point: Json = {"type": "array", "items": place, "minItems": 2, "maxItems": 2}
            corners: Json = {"type": "array", "items": point, "minItems": 3, "maxItems": MOST_CORNERS}
            return _list_of(control.labels, {"points": corners})


def _list_of(labels: Sequence[str], members: Mapping[str, Json]) -> dict[str, Json]:
    properties: dict[str, Json] = {"label": {"type": "string", "enum": list[Json](labels)}, **members}
    item: Json = {
        "type": "object",
        "properties": properties,
        "required": list[Json](sorted(properties)),
        "additionalProperties": False,
    }
    return {"type": "array", "items": item, "maxItems": MOST_REGIONS, "uniqueItems": True}


def _wrong(control: Compared, must: str, got: str, *keys: str | int) -> Malformed:
    return Malformed(f"{control.name} {must}, got {got}", pointer=pointer(*keys))


def _entries(control: Compared, given: object) -> list[object]:
    if not isinstance(given, list):
        raise _wrong(control, f"must be {expected(control)}", brief(given), control.name)
    return cast(list[object], given)


def _choosable(control: Taxonomy, path: tuple[str, ...]) -> bool:
    return path in control.leaves if control.leaves_only else path in control.paths


def _nodes(control: Taxonomy, given: object) -> list[Json]:
    entries = _entries(control, given)
    if not 1 <= len(entries) <= control.most:
        raise _wrong(control, f"must hold 1 to {control.most} nodes", str(len(entries)), control.name)
    chosen: set[tuple[str, ...]] = set()
    for n, entry in enumerate(entries):
        words = cast(list[object], entry) if isinstance(entry, list) else []
        path = tuple(word for word in words if isinstance(word, str))
        if len(path) != len(words) or not _choosable(control, path):
            must = "a leaf of the tree" if control.leaves_only else "a node of the tree"
            raise _wrong(
                control, f"must hold {must} as its words from the root", brief(entry, deep=True), control.name, n
            )
        if path in chosen:
            raise _wrong(control, "must hold each node once", f"{list(path)} twice", control.name, n)
        chosen.add(path)
    return [list[Json](path) for path in control.paths if path in chosen]


def _text(control: TextArea, given: object) -> str:
    if not isinstance(given, str):
        raise _wrong(control, f"must be {expected(control)}", brief(given), control.name)
    text = given.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)
    if _CONTROL.search(text) or (not text.isprintable() and any("\ud800" <= each <= "\udfff" for each in text)):
        raise _wrong(control, "must hold no control characters and no lone surrogates", brief(text), control.name)
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise _wrong(control, f"must be {expected(control)}", f"{len(text)}", control.name)
    return text


def _order(control: Ranker, given: object, bound: Json) -> list[Json]:
    entries = _entries(control, given)
    ids = cast(list[str], bound) if isinstance(bound, list) else None
    seen: set[str] = set()
    for n, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise _wrong(control, "must hold ids", brief(entry), control.name, n)
        if ids is not None:
            one_of(control.name, ids, entry, pointer(control.name, n))
        if entry in seen:
            raise _wrong(control, "must hold each id once", f"{brief(entry)} twice", control.name, n)
        seen.add(entry)
    if ids is not None and len(entries) != len(ids):
        missing = [id_ for id_ in ids if id_ not in seen]
        raise _wrong(control, "must hold every id", f"none of {listed(missing)}", control.name)
    if len(entries) < 2:
        raise _wrong(control, "must hold two ids at least", str(len(entries)), control.name)
    return cast(list[Json], entries)


def _regions(
    control: Labels | RectangleLabels | PolygonLabels,
    given: object,
    read: Callable[[dict[object, object], tuple[str | int, ...]], tuple[Any, dict[str, Json]]],
) -> list[Json]:
    entries = _entries(control, given)
    if len(entries) > MOST_REGIONS:
        raise _wrong(control, f"must hold at most {MOST_REGIONS} regions", str(len(entries)), control.name)
    found: list[tuple[Any, dict[str, Json]]] = []
    for n, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise _wrong(control, f"must be {expected(control)}", brief(entry), control.name, n)
        region = cast(dict[object, object], entry)
        key, made = read(region, (control.name, n))
        label = one_of(control.name, control.labels, region.get("label"), pointer(control.name, n, "label"))
        found.append(((key, control.labels.index(label)), {**made, "label": label}))
    found.sort(key=lambda pair: pair[0])
    for (before, _), (after, _) in pairwise(found):
        if before == after:
            raise _wrong(control, "must hold each region once", "one twice", control.name)
    return [made for _, made in found]


def _members(control: Compared, region: dict[object, object], names: Sequence[str], at: tuple[str | int, ...]) -> None:
    if set(region) != {*names, "label"}:
        got = ", ".join(brief(name) for name in list(region)[:6]) or "nothing"
        raise _wrong(control, f"must hold regions with exactly {sorted([*names, 'label'])}", got, *at)


def _whole(control: Compared, given: object, least: int, most: int, *at: str | int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise _wrong(control, f"must have a whole number from {least} to {most} here", brief(given), *at)
    return int(given)


def _span(
    control: Labels, region: dict[object, object], most: int, at: tuple[str | int, ...]
) -> tuple[Any, dict[str, Json]]:
    _members(control, region, ("start", "end"), at)
    start = _whole(control, region["start"], 0, most - 1, *at, "start")
    end = _whole(control, region["end"], start + 1, most, *at, "end")
    return (start, end), {"end": end, "start": start}


def _box(
    control: RectangleLabels, region: dict[object, object], at: tuple[str | int, ...]
) -> tuple[Any, dict[str, Json]]:
    _members(control, region, ("x", "y", "width", "height"), at)
    x, y = (_whole(control, region[name], 0, FULL - 1, *at, name) for name in ("x", "y"))
    width = _whole(control, region["width"], 1, FULL - x, *at, "width")
    height = _whole(control, region["height"], 1, FULL - y, *at, "height")
    return (x, y, width, height), {"height": height, "width": width, "x": x, "y": y}


def _outline(
    control: PolygonLabels, region: dict[object, object], at: tuple[str | int, ...]
) -> tuple[Any, dict[str, Json]]:
    _members(control, region, ("points",), at)
    given = region["points"]
    entries = cast(list[object], given) if isinstance(given, list) else []
    if not 3 <= len(entries) <= MOST_CORNERS:
        raise _wrong(control, f"must have 3 to {MOST_CORNERS} corners", brief(given), *at, "points")
    points: list[tuple[int, int]] = []
    for n, entry in enumerate(entries):
        pair = cast(list[object], entry) if isinstance(entry, list) else []
        if len(pair) != 2:
            raise _wrong(control, "must have corners [x, y]", brief(entry), *at, "points", n)
        x, y = (_whole(control, each, 0, FULL, *at, "points", n, place) for place, each in enumerate(pair))
        points.append((x, y))
    if len(set(points)) != len(points):
        raise _wrong(control, "must have each corner once", "one twice", *at, "points")
    least = points.index(min(points))
    ring = points[least:] + points[:least]
    if ring[-1] < ring[1]:
        ring = [ring[0], *reversed(ring[1:])]
    return tuple(ring), {"points": [list[Json](point) for point in ring]}
