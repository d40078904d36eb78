"""A request: what is wanted, in which form, under which rights, and what is too little."""

from collections.abc import Collection, Mapping
from typing import Final, cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.money import BPS
from hakari.sources.collect.catalogue import MADE, PERSONAL, RIGHTS, TYPES, largest
from hakari.sources.collect.language import LANGUAGES

MOST_UNITS: Final = 100_000
LEAST_LIKENESS_BPS: Final = 5000

_MINIMUM: Final = {"letters": 2**20, "milliseconds": 86_400_000, "side": 100_000, "variety_bps": BPS}
_MEMBERS: Final = {
    "largest_bytes",
    "languages",
    "made",
    "minimum",
    "near_bps",
    "paid",
    "personal",
    "rights",
    "target",
    "types",
}


def spec(given: Json) -> dict[str, Json]:
    """Return the canonical spec: exactly its members, lists ascending without repeats. Raises Malformed with a pointer.

    types: what a unit can be (catalogue.TYPES). largest_bytes: of one unit. languages: what its words can be in, none for any. made:
    how units can be made. rights: what must be declared. minimum: letters, variety_bps (texts), side (the shorter one of a picture, in
    pixels), milliseconds (sounds), 0 for no minimum. near_bps: from which likeness on a text is a near duplicate. personal: mask or
    refuse. target: units wanted. paid: unit.
    """
    if not isinstance(given, dict) or set(given) != _MEMBERS:
        got = sorted(given) if isinstance(given, dict) else type(given).__name__
        raise Malformed(f"spec must be an object with exactly {sorted(_MEMBERS)}, got {got}", pointer="/spec")
    types = _several(given, "types", TYPES, least=1)
    most = max(largest(type_) for type_ in types)
    minimum = given["minimum"]
    if not isinstance(minimum, dict) or set(minimum) != set(_MINIMUM):
        raise Malformed(f"minimum must be an object with exactly {sorted(_MINIMUM)}", pointer="/spec/minimum")
    return {
        "largest_bytes": _whole(given["largest_bytes"], 1, most, "/spec/largest_bytes"),
        "languages": cast(Json, _several(given, "languages", LANGUAGES)),
        "made": cast(Json, _several(given, "made", MADE, least=1)),
        "minimum": {
            name: _whole(minimum[name], 0, high, f"/spec/minimum/{name}") for name, high in sorted(_MINIMUM.items())
        },
        "near_bps": _whole(given["near_bps"], LEAST_LIKENESS_BPS, BPS, "/spec/near_bps"),
        "paid": _one_of(given["paid"], ("unit",), "/spec/paid"),
        "personal": _one_of(given["personal"], PERSONAL, "/spec/personal"),
        "rights": cast(Json, _several(given, "rights", RIGHTS)),
        "target": _whole(given["target"], 1, MOST_UNITS, "/spec/target"),
        "types": cast(Json, types),
    }


def _several(given: Mapping[str, Json], name: str, known: Collection[str], *, least: int = 0) -> list[str]:
    return several(given[name], known, f"/spec/{name}", least=least)


def several(value: Json, known: Collection[str], pointer: str, *, least: int = 0) -> list[str]:
    """Return a list of known words, ascending, each once. Raises Malformed."""
    words = cast(list[str], value) if isinstance(value, list) else []
    if not isinstance(value, list) or len(words) < least or any(word not in known for word in words):
        name = pointer.rsplit("/", 1)[-1]
        raise Malformed(f"{name} must be a list of {sorted(known)}, at least {least}, got {value!r}", pointer=pointer)
    if words != sorted(set(words)):
        raise Malformed(f"{pointer.rsplit('/', 1)[-1]} must ascend, each once, got {words}", pointer=pointer)
    return words


def _whole(value: Json, low: int, high: int, pointer: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        name = pointer.rsplit("/", 1)[-1]
        raise Malformed(f"{name} must be a whole number {low} to {high}, got {value!r}", pointer=pointer)
    return value


def _one_of(value: Json, known: Collection[str], pointer: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise Malformed(f"{pointer.rsplit('/', 1)[-1]} must be one of {sorted(known)}, got {value!r}", pointer=pointer)
    return value
