"""The arguments of the chain's events, read strictly, and the error for those that the contracts could not have emitted."""

import re
from collections.abc import Mapping
from typing import cast

from hakari.core import ids
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.verify.holdings import Pull

_WHOLE = re.compile(r"0|[1-9][0-9]{0,77}")
_BYTES = re.compile(r"([0-9a-f]{2})*")
_HEX = re.compile(r"[0-9a-f]{64}")


class Impossible(Malformed):
    """An event that the contracts could not have emitted after those before it."""

    code = "impossible_event"

    def __init__(self, what: str, *, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what = what
        self.expected = expected
        self.got = got


class Args:
    """An event's arguments, each of the form that it must have."""

    def __init__(self, args: Mapping[str, Json], where: str) -> None:
        self._args = args
        self.where = where

    def whole(self, name: str) -> int:
        value = self._args.get(name)
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            raise Malformed(f"{name} of {self.where} must be a decimal string, got {value!r}")
        return int(value)

    def truth(self, name: str) -> bool:
        value = self._args.get(name)
        if not isinstance(value, bool):
            raise Malformed(f"{name} of {self.where} must be true or false, got {value!r}")
        return value

    def data(self, name: str) -> bytes:
        value = self._args.get(name)
        if not isinstance(value, str) or not _BYTES.fullmatch(value):
            raise Malformed(f"{name} of {self.where} must be bytes in hexadecimal, got {value!r}")
        return bytes.fromhex(value)

    def account(self, name: str) -> str:
        return ids.account(self._args.get(name), pointer=name)

    def digest(self, name: str) -> str:
        value = self._args.get(name)
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise Malformed(f"{name} of {self.where} must be 64 hexadecimal digits, got {value!r}")
        return value

    def pulls(self) -> tuple[Pull, ...]:
        value = self._args.get("pulls")
        if not isinstance(value, list):
            raise Malformed(f"pulls of {self.where} must be a list, got {value!r}")
        pulls: list[Pull] = []
        for entry in value:
            if not isinstance(entry, dict):
                raise Malformed(f"a pull of {self.where} must be an object, got {entry!r}")
            inner = Args(cast(Mapping[str, Json], entry), self.where)
            pulls.append(Pull(order=inner.whole("order"), pay=inner.whole("pay"), free=inner.whole("free")))
        return tuple(pulls)

    def parents(self) -> tuple[tuple[int, str, int], ...]:
        """Return (pool, release, basis points) of each parent of an offer."""
        value = self._args.get("parents")
        if not isinstance(value, list):
            raise Malformed(f"parents of {self.where} must be a list, got {value!r}")
        found: list[tuple[int, str, int]] = []
        for entry in value:
            if not isinstance(entry, dict):
                raise Malformed(f"a parent of {self.where} must be an object, got {entry!r}")
            inner = Args(cast(Mapping[str, Json], entry), self.where)
            found.append((inner.whole("pool"), inner.digest("release"), inner.whole("share_bps")))
        return tuple(found)


def same(where: str, what: str, expected: object, got: object) -> None:
    """Raise Impossible where the two differ."""
    if expected != got:
        raise Impossible(f"{where}: {what}", expected=expected, got=got)


def most(where: str, what: str, limit: int, got: int) -> None:
    """Raise Impossible where more was got than the limit."""
    if got > limit:
        raise Impossible(f"{where}: {what}", expected=f"at most {limit}", got=got)
