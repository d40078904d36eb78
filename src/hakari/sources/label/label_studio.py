"""Answers as Label Studio's result lists and back.

One entry per answered control: `from_name`, `to_name`, `type` and `value`. Source: labelstud.io/guide/task_format and the editor's
models; for a Pairwise the editor writes the control's own name into `to_name`.
"""

from collections.abc import Mapping
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.answers import brief, check_answer, pointer
from hakari.sources.label.config import Choices, Control, LabelConfig, Pairwise, Rating


def from_label_studio(config: LabelConfig, results: object) -> dict[str, Json]:
    """Return the canonical answer that a result list says.

    Keys of an entry beyond the four (id, origin, score, …) don't matter. A rating of 0 and a Pairwise «none» are the editor's words
    for nothing chosen and count as unanswered. A Pairwise may also name its two objects in `to_name`. Raises Malformed with a JSON
    pointer into `results` where an entry is wrong, into the answer where something is missing.
    """
    if not isinstance(results, list):
        raise Malformed(f"results must be a list, got {brief(results)}", pointer="")
    controls = {control.name: control for control in config.controls}
    answer: dict[str, Json] = {}
    seen: set[str] = set()
    for place, entry in enumerate(cast(list[object], results)):
        if not isinstance(entry, dict):
            raise Malformed(f"a result must be an object, got {brief(entry)}", pointer=pointer(place))
        result = cast(dict[object, object], entry)
        name = result.get("from_name")
        if not isinstance(name, str) or name not in controls:
            raise _wrong("from_name", f"one of {list(controls)}", name, place)
        if name in seen:
            raise Malformed(f"{name} must be answered once, got two results", pointer=pointer(place, "from_name"))
        seen.add(name)
        answered = _entry(config, controls[name], result, place)
        if answered is not None:
            answer[name] = answered
    return check_answer(config, answer)


def to_label_studio(config: LabelConfig, answer: object) -> list[Json]:
    """Return `answer` as a result list in the configuration's order. Raises Malformed as check_answer does."""
    checked = check_answer(config, answer)
    return [_result(control, checked[control.name]) for control in config.controls if control.name in checked]


def _entry(config: LabelConfig, control: Control, result: Mapping[object, object], place: int) -> Json:
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
    if set(held) != {key}:
        got = ", ".join(brief(name) for name in list(held)[:5]) or brief(result.get("value"))
        # Anything beside the key is a region of the object, which a whole task's answer can't have.
        raise Malformed(
            f"value must be an object with {key!r} and nothing else, got {got}",
            pointer=pointer(place, "value"),
        )
    said, at = held[key], pointer(place, "value", key)
    if (isinstance(control, Rating) and said == 0 and type(said) is int) or (
        isinstance(control, Pairwise) and said == "none"
    ):
        return None
    if isinstance(control, Choices):
        if not isinstance(said, list):
            raise Malformed(f"choices must be a list, got {brief(said)}", pointer=at)
        several = cast(list[object], said)
        if not control.multiple:
            if len(several) != 1:
                raise Malformed(f"{control.name} must hold one choice, got {len(several)}", pointer=at)
            return _checked(config, control, several[0], at + "/0")
        return _checked(config, control, several, at)
    return _checked(config, control, said, at)


def _checked(config: LabelConfig, control: Control, said: object, at: str) -> Json:
    alone = LabelConfig(objects=config.objects, controls=(control,), variables=config.variables, root=config.root)
    try:
        return check_answer(alone, {control.name: said})[control.name]
    except Malformed as error:
        below = (error.pointer or "").removeprefix(pointer(control.name))
        raise Malformed(error.message, pointer=at + below) from error


def _result(control: Control, value: Json) -> dict[str, Json]:
    kind, key = _words(control)
    held: Json = [value] if isinstance(control, Choices) and not control.multiple else value
    return {"from_name": control.name, "to_name": _to_names(control)[0], "type": kind, "value": {key: held}}


def _words(control: Control) -> tuple[str, str]:
    """Return the result's type and the one key of its value."""
    match control:
        case Choices():
            return "choices", "choices"
        case Rating():
            return "rating", "rating"
        case Pairwise():
            return "pairwise", "selected"


def _to_names(control: Control) -> tuple[str, ...]:
    if isinstance(control, Pairwise):
        return control.name, f"{control.left},{control.right}"
    return (control.to,)


def _wrong(key: str, expected: str, got: object, place: int) -> Malformed:
    return Malformed(f"{key} must be {expected}, got {brief(got)}", pointer=pointer(place, key))
