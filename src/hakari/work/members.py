"""An object of an order's `quality`, read member by member: every refusal names its place."""

from collections.abc import Mapping, Sequence
from typing import cast

from hakari.core import ids, money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Digest
from hakari.core.money import Micros


class Members:
    """An object of the quality, at a pointer (/body/quality/…)."""

    def __init__(self, given: Mapping[str, Json], pointer: str) -> None:
        self._given = given
        self._pointer = pointer

    def known(self, needed: set[str], *, optional: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        names = set(self._given)
        if not needed <= names <= needed | optional:
            raise Malformed(
                f"{self._pointer.rsplit('/', 1)[-1]} must have the members {sorted(needed)} and may have {sorted(optional)}, "
                f"got {sorted(names)}",
                pointer=self._pointer,
            )

    def part(self, name: str) -> "Members | None":
        value = self._given.get(name)
        if name not in self._given:
            return None
        if not isinstance(value, dict):
            raise Malformed(f"{name} must be an object, got {value!r}", pointer=f"{self._pointer}/{name}")
        return Members(value, f"{self._pointer}/{name}")

    def has(self, name: str) -> bool:
        return name in self._given

    def whole(self, name: str, low: int, high: int) -> int:
        value = self._given[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Malformed(
                f"{name} must be a whole number {low} to {high}, got {value!r}", pointer=f"{self._pointer}/{name}"
            )
        return value

    def true(self, name: str) -> bool:
        """Return whether the member is there; it says true or is left out, so that there is one way to say each."""
        if name not in self._given:
            return False
        if self._given[name] is not True:
            raise Malformed(
                f"{name} must be true or left out, got {self._given[name]!r}", pointer=f"{self._pointer}/{name}"
            )
        return True

    def digest(self, name: str) -> Digest:
        return ids.digest(self._given[name], pointer=f"{self._pointer}/{name}")

    def words(self, name: str, allowed: Sequence[str]) -> frozenset[str]:
        value = self._given[name]
        if not isinstance(value, list) or not value or any(each not in allowed for each in value):
            raise Malformed(f"{name} must be some of {list(allowed)}, got {value!r}", pointer=f"{self._pointer}/{name}")
        if value != sorted(set(cast(list[str], value))):
            raise Malformed(f"{name} must ascend, each once, got {value!r}", pointer=f"{self._pointer}/{name}")
        return frozenset(cast(list[str], value))

    def amount(self, name: str) -> Micros:
        return money.parse(cast(str, self._given[name]), pointer=f"{self._pointer}/{name}")
