"""What a task's data must be under a labelling configuration, and what of it is public because answers are checked by it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.controls import LabelConfig, Labels, Object, Ranker
from hakari.sources.label.words import brief, pointer

LARGEST_TEXT_BYTES = 64 * 1024
LONGEST_ADDRESS = 2048
LARGEST_DATA_BYTES = 256 * 1024
MOST_ITEMS = 100
MOST_LINES = 500
LONGEST_ID = 128

_ADDRESS = re.compile(r"(https?://[^/\s]|/(?!/))[^\s\\]*", re.IGNORECASE)


def check_data(config: LabelConfig, data: object) -> dict[str, Json]:
    """Return the task's data in canonical form: each variable of the configuration and nothing else, in its order.

    Text has at most 64 KiB, an address of an image or a sound at most 2,048 characters and the schemes http and https or a path
    from «/», all together at most 256 KiB. A List has 2 to 100 items `{"id","title","body"}` (the last two may be left out), a Chat 1
    to 500 lines `{"role","content"}`, Paragraphs 1 to 500 lines with the two keys that the configuration names. Keys beyond the
    configuration are refused, for workers receive the data: a column with the known answer would reach them. Raises Malformed with a
    JSON pointer.
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
    shown = {thing.variable: thing for thing in config.objects if thing.variable is not None}
    addresses = {thing.variable for thing in config.objects if thing.kind in ("Image", "Audio")}
    checked: dict[str, Json] = {}
    total = 0
    for name in config.variables:
        thing = shown.get(name)
        lines = _lines_of(thing)
        if name not in given:
            raise Malformed(f"{name} must be {'a list' if lines else 'a string'}, got nothing", pointer=pointer(name))
        if lines is not None:
            checked[name], size = _list(name, given[name], lines)
        else:
            text, size = _text(name, given[name], pointer(name))
            if name in addresses:
                _address(name, text)
            checked[name] = text
        total += size
    if total > LARGEST_DATA_BYTES:
        raise Malformed(f"data must have at most {LARGEST_DATA_BYTES} bytes in all, got {total}", pointer="")
    return checked


def public_of(config: LabelConfig, data: Mapping[str, Json]) -> dict[str, Json]:
    """Return what anyone may know of a task because answers are checked by it: `{"bounds": {control: n or ids}}`, or nothing.

    For spans of a text its length in code points, for a Ranker the ids of its items, in the data's order.
    """
    bounds: dict[str, Json] = {}
    for control in config.controls:
        if isinstance(control, Labels) and control.unit == "character":
            thing = config.shown(control.to)
            bounds[control.name] = len(str(thing.fixed if thing.variable is None else data[thing.variable]))
        if isinstance(control, Ranker):
            items = cast(list[dict[str, Json]], data[str(config.shown(control.to).variable)])
            bounds[control.name] = [item["id"] for item in items]
    return {"bounds": bounds} if bounds else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lines:
    """A list's form: the keys that each entry must have, those that it may have, and how many entries there are."""

    must: tuple[str, ...]
    may: tuple[str, ...] = ()
    least: int = 1
    most: int = MOST_LINES


def _lines_of(thing: Object | None) -> _Lines | None:
    """Return the form of an object's data; None for plain text."""
    match thing:
        case Object(kind="List"):
            return _Lines(must=("id",), may=("title", "body"), least=2, most=MOST_ITEMS)
        case Object(kind="Chat"):
            return _Lines(must=("role", "content"))
        case Object(kind="Paragraphs"):
            return _Lines(must=thing.keys)
        case _:
            return None


def _list(name: str, given: object, form: _Lines) -> tuple[list[Json], int]:
    must, may, least, most = form.must, form.may, form.least, form.most
    entries = cast(list[object], given) if isinstance(given, list) else []
    if not least <= len(entries) <= most:
        got = f"{len(entries)} entries" if isinstance(given, list) else brief(given)
        raise Malformed(f"{name} must be a list of {least} to {most} objects, got {got}", pointer=pointer(name))
    made: list[Json] = []
    size = 0
    for n, entry in enumerate(entries):
        held = cast(dict[object, object], entry) if isinstance(entry, dict) else {}
        if not set(must) <= set(held) <= {*must, *may}:
            got = ", ".join(brief(key) for key in list(held)[:6]) or brief(entry)
            also = f" and perhaps {list(may)}" if may else ""
            raise Malformed(
                f"{name} must hold objects with {list(must)}{also} and nothing else, got {got}",
                pointer=pointer(name, n),
            )
        texts: dict[str, Json] = {}
        for key in (*must, *may):
            if key in held:
                texts[key], bytes_ = _text(key, held[key], pointer(name, n, key))
                size += bytes_
        made.append(texts)
    if "id" in must:
        _distinct(name, [str(cast(dict[str, Json], each)["id"]) for each in made])
    return made, size


def _distinct(name: str, ids: Sequence[str]) -> None:
    for n, id_ in enumerate(ids):
        if len(id_) > LONGEST_ID or id_ in ids[:n]:
            raise Malformed(
                f"id must have at most {LONGEST_ID} characters and differ from every other, got {brief(id_)}",
                pointer=pointer(name, n, "id"),
            )


def _text(name: str, value: object, at: str) -> tuple[str, int]:
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
