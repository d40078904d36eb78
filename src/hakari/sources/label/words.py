"""How refusals of data and answers speak: places, what came, what was expected."""

from collections.abc import Sequence
from typing import cast

from hakari.core.errors import Malformed


def pointer(*keys: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of `keys`; a key may hold no lone surrogate, so such a one is shown as «?»."""
    written = (str(key).encode("utf-8", "replace").decode() for key in keys)
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in written)


def brief(thing: object, *, deep: bool = False) -> str:
    """Return what a message says was got: short, whatever it was. deep: also the words of a list."""
    if isinstance(thing, str):
        return repr(thing if len(thing) <= 80 else thing[:79] + "…")
    if isinstance(thing, int) and not isinstance(thing, bool) and thing.bit_length() > 64:
        return "a very large integer"
    if thing is None or isinstance(thing, bool | int | float):
        return repr(thing)
    if deep and isinstance(thing, list):
        return "[" + ", ".join(brief(each) for each in cast(list[object], thing)[:8]) + "]"
    return f"a {type(thing).__name__}"


def listed(labels: Sequence[str]) -> str:
    """Return words as a message lists them: the first twenty."""
    if len(labels) <= 20:
        return repr(list(labels))
    return f"{list(labels[:20])!r} and {len(labels) - 20} more"


def one_of(name: str, labels: Sequence[str], value: object, at: str) -> str:
    """Return `value`, which must be one of `labels`. Raises Malformed."""
    if not isinstance(value, str) or value not in labels:
        raise Malformed(f"{name} must be one of {listed(labels)}, got {brief(value)}", pointer=at)
    return value
