"""What an answer must be under a labelling configuration.

A canonical answer is `{control: value}` over the controls that were answered: a Choices with one choice holds its label, one with
several a list of labels in the configuration's order, a Rating an integer from 1, a Pairwise «left» or «right», all others what
values.py says. Or it is `{"cannot_tell": true}`: the task does not let one decide.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.kind import CANNOT_TELL
from hakari.sources.label import values
from hakari.sources.label.controls import SIDES, Choices, Control, LabelConfig, Pairwise, Rating
from hakari.sources.label.data import LARGEST_TEXT_BYTES, check_data
from hakari.sources.label.words import brief, listed, one_of, pointer

__all__ = ["LARGEST_TEXT_BYTES", "answer_schema", "brief", "cannot_tell", "check_answer", "check_data", "pointer"]


def cannot_tell(answer: Json) -> bool:
    """Return whether a canonical answer says that the task does not let one decide."""
    return isinstance(answer, dict) and CANNOT_TELL in answer


def check_answer(config: LabelConfig, answer: object, public: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """Return the canonical answer: only answered controls, in the configuration's order, several choices in its order too.

    Required controls must be there, and at least one control whatever is required: an empty answer is not work. public: the task's
    public part; with it a text's length and a list's ids bound the answer. Raises Malformed with a JSON pointer.
    """
    names = [control.name for control in config.controls]
    if not isinstance(answer, dict):
        raise Malformed(f"answer must be an object with {names}, got {brief(answer)}", pointer="")
    given = cast(dict[object, object], answer)
    if CANNOT_TELL in given:
        if given != {CANNOT_TELL: True} or given[CANNOT_TELL] is not True:
            raise Malformed(f"answer must hold {CANNOT_TELL!r} as true and alone", pointer=pointer(CANNOT_TELL))
        return {CANNOT_TELL: True}
    bounds = cast(Mapping[str, Json], (public or {}).get("bounds", {}))
    for key in given:
        if key not in names:
            raise Malformed(f"answer must hold only {names}, got {brief(key)} too", pointer=pointer(str(key)))
    checked: dict[str, Json] = {}
    for control in config.controls:
        if control.name in given:
            checked[control.name] = _value(control, given[control.name], bounds.get(control.name))
        elif control.required:
            raise Malformed(f"{control.name} must be {_expected(control)}, got nothing", pointer=pointer(control.name))
    if not checked:
        raise Malformed(f"answer must hold at least one of {names}, got nothing", pointer="")
    return checked


def answer_schema(config: LabelConfig) -> dict[str, Json]:
    """Return the JSON Schema (2020-12) of an answer. For controls with classes it allows exactly what check_answer takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {control.name: _schema(control) for control in config.controls},
        "required": [control.name for control in config.controls if control.required],
        "minProperties": 1,
        "additionalProperties": False,
    }


@lru_cache(maxsize=1024)
def _place(control: str) -> str:
    # Every answer asks for it, to name the place of a mistake that it hardly ever makes.
    return pointer(control)


def _value(control: Control, value: object, bound: Json) -> Json:
    at = _place(control.name)
    match control:
        case Choices(multiple=True):
            return _several(control, value)
        case Choices():
            return one_of(control.name, control.labels, value, at)
        case Pairwise():
            return one_of(control.name, SIDES, value, at)
        case Rating():
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= control.most:
                raise Malformed(f"{control.name} must be {_expected(control)}, got {brief(value)}", pointer=at)
            return int(value)
        case _:
            return values.value(control, value, bound)


def _several(control: Choices, value: object) -> list[Json]:
    at = pointer(control.name)
    if not isinstance(value, list):
        raise Malformed(f"{control.name} must be {_expected(control)}, got {brief(value)}", pointer=at)
    entries = cast(list[object], value)
    if not entries:
        got = "an empty list (leave the control out to choose none)"
        raise Malformed(f"{control.name} must be {_expected(control)}, got {got}", pointer=at)
    labels = control.labels
    chosen: set[str] = set()
    for place, entry in enumerate(entries):
        label = one_of(control.name, labels, entry, pointer(control.name, place))
        if label in chosen:
            at = pointer(control.name, place)
            raise Malformed(f"{control.name} must hold each choice once, got {brief(label)} twice", pointer=at)
        chosen.add(label)
    return [label for label in labels if label in chosen]


def _expected(control: Control) -> str:
    match control:
        case Choices(multiple=True):
            return f"a list of {listed(control.labels)}"
        case Choices():
            return f"one of {listed(control.labels)}"
        case Pairwise():
            return f"one of {listed(SIDES)}"
        case Rating():
            return f"a whole number from 1 to {control.most}"
        case _:
            return values.expected(control)


def _schema(control: Control) -> dict[str, Json]:
    match control:
        case Choices(multiple=True):
            return {
                "type": "array",
                "items": {"type": "string", "enum": list(control.labels)},
                "minItems": 1,
                "uniqueItems": True,
            }
        case Choices():
            return {"type": "string", "enum": list(control.labels)}
        case Pairwise():
            return {"type": "string", "enum": list(SIDES)}
        case Rating():
            return {"type": "integer", "minimum": 1, "maximum": control.most}
        case _:
            return values.schema(control)
