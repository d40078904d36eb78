"""What a task's data and an answer must be under a labelling configuration.

A canonical answer is `{control: value}` over the controls that were answered: a Choices with one choice holds its label, one with
several a list of labels in the configuration's order, a Rating an integer from 1, a Pairwise «left» or «right».
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.config import SIDES, Choices, Control, LabelConfig, Pairwise, Rating

LARGEST_TEXT_BYTES = 64 * 1024
LONGEST_ADDRESS = 2048
LARGEST_DATA_BYTES = 256 * 1024

_ADDRESS = re.compile(r"(https?://[^/\s]|/(?!/))[^\s\\]*", re.IGNORECASE)


def check_data(config: LabelConfig, data: object) -> dict[str, Json]:
    """Return the task's data in canonical form: each variable of the configuration and nothing else, in its order.

    Text has at most 64 KiB, an address of an image or a sound at most 2,048 characters and the schemes http and https or a path
    from «/», all together at most 256 KiB. Keys beyond the configuration are refused, for workers receive the data: a column with
    the known answer would reach them. Raises Malformed with a JSON pointer.
    """
    if not isinstance(data, dict):
        raise Malformed(f"data must be an object with {list(config.variables)}, got {brief(data)}", pointer="")
    given = cast(dict[object, object], data)
    for key in given:
        if key not in config.variables:
            raise Malformed(
                f"data must hold only what the configuration shows, {list(config.variables)}, got {brief(key)} too",
                pointer=pointer(str(key)),
            )
    addresses = {thing.variable for thing in config.objects if thing.kind in ("Image", "Audio")}
    checked: dict[str, Json] = {}
    total = 0
    for name in config.variables:
        if name not in given:
            raise Malformed(f"{name} must be a string, got nothing", pointer=pointer(name))
        text, size = _text(name, given[name])
        total += size
        if name in addresses:
            _address(name, text)
        checked[name] = text
    if total > LARGEST_DATA_BYTES:
        raise Malformed(f"data must have at most {LARGEST_DATA_BYTES} bytes in all, got {total}", pointer="")
    return checked


def check_answer(config: LabelConfig, answer: object) -> dict[str, Json]:
    """Return the canonical answer: only answered controls, in the configuration's order, several choices in its order too.

    Required controls must be there, and at least one control whatever is required: an empty answer is not work.
    Raises Malformed with a JSON pointer.
    """
    names = [control.name for control in config.controls]
    if not isinstance(answer, dict):
        raise Malformed(f"answer must be an object with {names}, got {brief(answer)}", pointer="")
    given = cast(dict[object, object], answer)
    for key in given:
        if key not in names:
            raise Malformed(f"answer must hold only {names}, got {brief(key)} too", pointer=pointer(str(key)))
    checked: dict[str, Json] = {}
    for control in config.controls:
        if control.name in given:
            checked[control.name] = _value(control, given[control.name])
        elif control.required:
            raise Malformed(f"{control.name} must be {_expected(control)}, got nothing", pointer=pointer(control.name))
    if not checked:
        raise Malformed(f"answer must hold at least one of {names}, got nothing", pointer="")
    return checked


def answer_schema(config: LabelConfig) -> dict[str, Json]:
    """Return the JSON Schema (2020-12) of an answer. It allows exactly what check_answer takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {control.name: _schema(control) for control in config.controls},
        "required": [control.name for control in config.controls if control.required],
        "minProperties": 1,
        "additionalProperties": False,
    }


def pointer(*keys: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of `keys`; a key may hold no lone surrogate, so such a one is shown as «?»."""
    written = (str(key).encode("utf-8", "replace").decode() for key in keys)
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in written)


def brief(thing: object) -> str:
    """Return what a message says was got: short, whatever it was."""
    if isinstance(thing, str):
        return repr(thing if len(thing) <= 80 else thing[:79] + "…")
    if isinstance(thing, int) and not isinstance(thing, bool) and thing.bit_length() > 64:
        return "a very large integer"
    if thing is None or isinstance(thing, bool | int | float):
        return repr(thing)
    return f"a {type(thing).__name__}"


@lru_cache(maxsize=1024)
def _place(control: str) -> str:
    # Every answer asks for it, to name the place of a mistake that it hardly ever makes.
    return pointer(control)


def _value(control: Control, value: object) -> Json:
    at = _place(control.name)
    match control:
        case Choices(multiple=True):
            return _several(control, value)
        case Choices():
            return _one_of(control.name, control.labels, value, at)
        case Pairwise():
            return _one_of(control.name, SIDES, value, at)
        case Rating():
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= control.most:
                raise Malformed(f"{control.name} must be {_expected(control)}, got {brief(value)}", pointer=at)
            return int(value)


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
        label = _one_of(control.name, labels, entry, pointer(control.name, place))
        if label in chosen:
            at = pointer(control.name, place)
            raise Malformed(f"{control.name} must hold each choice once, got {brief(label)} twice", pointer=at)
        chosen.add(label)
    return [label for label in labels if label in chosen]


def _one_of(name: str, labels: Sequence[str], value: object, at: str) -> str:
    if not isinstance(value, str) or value not in labels:
        raise Malformed(f"{name} must be one of {_listed(labels)}, got {brief(value)}", pointer=at)
    return value


def _expected(control: Control) -> str:
    match control:
        case Choices(multiple=True):
            return f"a list of {_listed(control.labels)}"
        case Choices():
            return f"one of {_listed(control.labels)}"
        case Pairwise():
            return f"one of {_listed(SIDES)}"
        case Rating():
            return f"a whole number from 1 to {control.most}"


def _listed(labels: Sequence[str]) -> str:
    if len(labels) <= 20:
        return repr(list(labels))
    return f"{list(labels[:20])!r} and {len(labels) - 20} more"


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


def _text(name: str, value: object) -> tuple[str, int]:
    at = pointer(name)
    if not isinstance(value, str):
        raise Malformed(f"{name} must be a string, got {brief(value)}", pointer=at)
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise Malformed(f"{name} must be Unicode without lone surrogates", pointer=at) from error
    if not value.strip():
        raise Malformed(f"{name} must not be empty", pointer=at)
    if "\0" in value:
        # PostgreSQL can't store it in text.
        raise Malformed(f"{name} must not hold the character U+0000", pointer=at)
    if size > LARGEST_TEXT_BYTES:
        raise Malformed(f"{name} must have at most {LARGEST_TEXT_BYTES} bytes, got {size}", pointer=at)
    return value, size


def _address(name: str, text: str) -> None:
    # An allowed list: javascript:, data: and file: addresses would run or read in the worker's browser.
    if len(text) > LONGEST_ADDRESS or _ADDRESS.fullmatch(text) is None:
        raise Malformed(
            f"{name} must be an http or https address or a path from «/» of at most {LONGEST_ADDRESS} characters,"
            f" got {brief(text)}",
            pointer=pointer(name),
        )
