"""Answers as Label Studio's result lists and back.

One entry per answered control, for regions one per region: `from_name`, `to_name`, `type` and `value`. Source:
labelstud.io/guide/task_format and the editor's models; for a Pairwise the editor writes the control's own name into `to_name`. The
editor counts a text's characters in code points, as we do, a sound in seconds and a picture in percent.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.kind import CANNOT_TELL
from hakari.sources.label import label_studio_regions as areas
from hakari.sources.label.answers import check_answer
from hakari.sources.label.controls import (
    Choices,
    Control,
    LabelConfig,
    Labels,
    Pairwise,
    PolygonLabels,
    Ranker,
    Rating,
    RectangleLabels,
    Taxonomy,
    TextArea,
)
from hakari.sources.label.words import brief, pointer

Result = Mapping[object, object]


def from_label_studio(config: LabelConfig, results: object) -> dict[str, Json]:
    """Return the canonical answer that a result list says.

    Keys of an entry beyond the four (id, origin, score, …) don't matter. A rating of 0 and a Pairwise «none» are the editor's words
    for nothing chosen and count as unanswered. A Pairwise may also name its two objects in `to_name`. No result of a control that
    marks regions says that nothing is there to be marked. Raises Malformed with a JSON pointer into `results` where an entry is wrong,
    into the answer where something is missing.
    """
    if not isinstance(results, list):
        raise Malformed(f"results must be a list, got {brief(results)}", pointer="")
    controls = {control.name: control for control in config.controls}
    answer: dict[str, Json] = {}
    marked: dict[str, list[Json]] = {control.name: [] for control in config.controls if areas.marks(control)}
    seen: set[str] = set()
    for place, entry in enumerate(cast(list[object], results)):
        if not isinstance(entry, dict):
            raise Malformed(f"a result must be an object, got {brief(entry)}", pointer=pointer(place))
        result = cast(dict[object, object], entry)
        name = result.get("from_name")
        if not isinstance(name, str) or name not in controls:
            raise _wrong("from_name", f"one of {list(controls)}", name, place)
        control = controls[name]
        if isinstance(control, Labels | RectangleLabels | PolygonLabels):
            marked[name].append(areas.read(control, _held(control, result, place), place))
            continue
        if name in seen:
            raise Malformed(f"{name} must be answered once, got two results", pointer=pointer(place, "from_name"))
        seen.add(name)
        answered = _entry(config, control, result, place)
        if answered is not None:
            answer[name] = answered
    return check_answer(config, {**answer, **marked})


def to_label_studio(config: LabelConfig, answer: object) -> list[Json]:
    """Return `answer` as a result list in the configuration's order; «can't tell» is an empty list. Raises Malformed."""
    checked = check_answer(config, answer)
    if CANNOT_TELL in checked:
        return []
    return [
        result
        for control in config.controls
        if control.name in checked
        for result in _results(control, checked[control.name])
    ]


def _entry(config: LabelConfig, control: Control, result: Result, place: int) -> Json:
    held = _held(control, result, place)
    key = _words(control)[1]
    said, at = held[key], pointer(place, "value", key)
    if (isinstance(control, Rating) and said == 0 and type(said) is int) or (
        isinstance(control, Pairwise) and said == "none"
    ):
        return None
    if isinstance(control, Choices | TextArea):
        entries = _listed(key, said, at)
        if isinstance(control, TextArea) or not control.multiple:
            if len(entries) != 1:
                what = "one text" if isinstance(control, TextArea) else "one choice"
                raise Malformed(f"{control.name} must hold {what}, got {len(entries)}", pointer=at)
            return _checked(config, control, entries[0], at + "/0")
        return _checked(config, control, entries, at)
    if isinstance(control, Ranker) and isinstance(said, dict):
        # The editor's newer form names the one column after the control.
        columns = cast(dict[object, object], said)
        if set(columns) != {control.name}:
            raise Malformed(f"ranker must hold the one column {control.name!r}, got {list(columns)[:5]}", pointer=at)
        return _checked(config, control, columns[control.name], at + pointer(control.name))
    return _checked(config, control, said, at)


def _held(control: Control, result: Result, place: int) -> dict[object, object]:
    """Return the value of a result, whose names and type fit the control."""
    to_names = _to_names(control)
    if result.get("to_name") not in to_names:
        raise _wrong("to_name", f"{to_names[0]!r}", result.get("to_name"), place)
    kind, key = _words(control)
    if result.get("type") != kind:
        raise _wrong("type", repr(kind), result.get("type"), place)
    value = result.get("value")
    held: dict[object, object] = {}
    if isinstance(value, dict):
        held = cast(dict[object, object], value)
    if areas.marks(control):
        return held
    if set(held) != {key}:
        got = ", ".join(brief(name) for name in list(held)[:5]) or brief(result.get("value"))
        # Anything beside the key is a region of the object, which a whole task's answer can't have.
        raise Malformed(
            f"value must be an object with {key!r} and nothing else, got {got}",
            pointer=pointer(place, "value"),
        )
    return held


def _listed(key: str, said: object, at: str) -> list[object]:
    if not isinstance(said, list):
        raise Malformed(f"{key} must be a list, got {brief(said)}", pointer=at)
    return cast(list[object], said)


def _checked(config: LabelConfig, control: Control, said: object, at: str) -> Json:
    alone = LabelConfig(objects=config.objects, controls=(control,), variables=config.variables, root=config.root)
    try:
        return check_answer(alone, {control.name: said})[control.name]
    except Malformed as error:
        below = (error.pointer or "").removeprefix(pointer(control.name))
        raise Malformed(error.message, pointer=at + below) from error


def _results(control: Control, value: Json) -> list[Json]:
    kind, key = _words(control)
    head: dict[str, Json] = {"from_name": control.name, "to_name": _to_names(control)[0], "type": kind}
    if isinstance(control, Labels | RectangleLabels | PolygonLabels):
        return [{**head, "value": areas.written(control, region)} for region in cast(Sequence[dict[str, Json]], value)]
    held: Json = value
    if isinstance(control, TextArea) or (isinstance(control, Choices) and not control.multiple):
        held = [value]
    if isinstance(control, Ranker):
        held = {control.name: value}
    return [{**head, "value": {key: held}}]


def _words(control: Control) -> tuple[str, str]:
    """Return the result's type and the key of its value."""
    match control:
        case Choices():
            return "choices", "choices"
        case Rating():
            return "rating", "rating"
        case Pairwise():
            return "pairwise", "selected"
        case Taxonomy():
            return "taxonomy", "taxonomy"
        case TextArea():
            return "textarea", "text"
        case Ranker():
            return "ranker", "ranker"
        case Labels():
            return "labels", "labels"
        case RectangleLabels():
            return "rectanglelabels", "rectanglelabels"
        case PolygonLabels():
            return "polygonlabels", "polygonlabels"


def _to_names(control: Control) -> tuple[str, ...]:
    if isinstance(control, Pairwise):
        return control.name, f"{control.left},{control.right}"
    return (control.to,)


def _wrong(key: str, expected: str, got: object, place: int) -> Malformed:
    return Malformed(f"{key} must be {expected}, got {brief(got)}", pointer=pointer(place, key))
