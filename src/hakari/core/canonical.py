"""Canonical JSON: RFC 8785 without fractions.

Statements and evidence hold strings, booleans, null, lists, objects and integers within ±(2^53 - 1). Fractions are refused, so
that no two languages can print one number differently; amounts travel as decimal strings.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, cast

from hakari.core.depth import DEEPEST, check_depth
from hakari.core.errors import Malformed

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

LARGEST = 2**53 - 1


def _encoder() -> Callable[[object], str]:
    """Return what writes JSON whose keys are in order already."""
    plain = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # CPython's own encoder, which `encode` makes anew at each call: for small things that takes longer than the writing.
    made = getattr(json.encoder, "c_make_encoder", None)
    if made is None:
        return plain.encode
    write = made(None, plain.default, json.encoder.encode_basestring, None, ":", ",", False, False, False)
    return lambda thing: "".join(write(thing, 0))


_PLAIN = _encoder()


def encode(thing: object) -> bytes:
    """Return the canonical bytes of `thing`.

    Keys are sorted by UTF-16 code units. Raises Malformed for a fraction, an integer beyond ±(2^53 - 1), a key that is not a
    string, a lone surrogate, nesting deeper than 64 or any other type.
    """
    try:
        return _PLAIN(_ordered(thing, 0)).encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"text must be Unicode without lone surrogates, got {error.object[error.start]!r}") from error


def _ordered(thing: object, depth: int) -> object:
    if depth > DEEPEST:
        raise Malformed(f"JSON must nest at most {DEEPEST} deep")
    # The exact types that JSON readers make come first: this is where intake and verification spend their time.
    kind = type(thing)
    if kind is str or thing is None or kind is bool:
        return thing
    if isinstance(thing, int):
        if not -LARGEST <= thing <= LARGEST:
            raise Malformed(f"integer must be within ±(2^53 - 1), got {thing}; write larger ones as strings")
        return int(thing)
    if kind is dict or isinstance(thing, Mapping):
        members = cast(Mapping[str, object], thing)
        inner = depth + 1
        return {key: _ordered(members[key], inner) for key in _sorted(members)}
    if kind is list or isinstance(thing, list | tuple):
        entries = cast(list[object], thing)
        if depth < DEEPEST and set(map(type, entries)) == {str}:
            return entries
        return [_ordered(entry, depth + 1) for entry in entries]
    if isinstance(thing, str):
        return thing
    raise Malformed(f"JSON must hold text, whole numbers, true, false, null, lists and objects, got {kind.__name__}")


def _sorted(members: Mapping[str, object]) -> list[str]:
    try:
        # Joined, they say whether all are text and all are ASCII, whose order is that of its UTF-16.
        plain = "".join(members).isascii()
    except TypeError:
        strange = next(key for key in cast(Iterable[object], members) if not isinstance(key, str))
        raise Malformed(f"object key must be a string, got {strange!r}") from None
    return sorted(members) if plain else sorted(members, key=_utf16)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def decode(data: bytes) -> Json:
    """Parse JSON that need not be canonical yet. Raises Malformed for duplicate keys, fractions, large integers and bad UTF-8."""
    try:
        return cast(
            Json,
            json.loads(
                check_depth(data).decode("utf-8"),
                object_pairs_hook=_members,
                parse_float=_no_fraction,
                parse_constant=_no_fraction,
                parse_int=_integer,
            ),
        )
    except UnicodeDecodeError as error:
        raise Malformed(f"JSON must be UTF-8, got byte {data[error.start]:#04x} at {error.start}") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"JSON expected, got {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise Malformed(f"JSON must nest at most {DEEPEST} deep") from error


def decode_strict(data: bytes) -> Json:
    """Parse bytes that must already be canonical. Raises Malformed where `encode(decode(data)) != data`."""
    thing = decode(data)
    if encode(thing) != data:
        raise Malformed("JSON must be in canonical form (RFC 8785): sorted keys, no spaces, shortest escapes")
    return thing


def lines(things: Iterable[object]) -> bytes:
    """Return evidence bytes: one canonical JSON text a line, each ended by a line feed."""
    return b"".join(encode(thing) + b"\n" for thing in things)


def read_lines(data: bytes) -> Iterator[dict[str, Json]]:
    """Yield the objects of an evidence file. Raises Malformed with the line number for anything that is not canonical."""
    if data and not data.endswith(b"\n"):
        raise Malformed("evidence must end with a line feed")
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            thing = decode_strict(line)
        except Malformed as error:
            raise Malformed(f"line {number}: {error.message}") from error
        if not isinstance(thing, dict):
            raise Malformed(f"line {number}: an object expected, got {line[:40]!r}")
        yield thing


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Malformed(f"object keys must be unique, got {key!r} twice")
            seen.add(key)
    return members


def _no_fraction(text: str) -> Json:
    raise Malformed(f"numbers must be whole, got {text}; write fractions as strings")


def _integer(text: str) -> int:
    if len(text) > 17 or not -LARGEST <= int(text) <= LARGEST:
        raise Malformed(f"integer must be within ±(2^53 - 1), got {text[:40]}; write larger ones as strings")
    return int(text)
