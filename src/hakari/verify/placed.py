"""Statements at their places in the log, and the error for one that does not fit there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.work.records import WORK


class Misplaced(Malformed):
    """A good statement that does not fit what the log holds before it. `expected` and `got` say how."""

    code = "misplaced"

    def __init__(self, what: str, *, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what = what
        self.expected = expected
        self.got = got


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A statement of few: pools, verdicts, epochs, releases, sales, uses, chains are kept whole."""

    leaf: int
    id: StatementId
    author: Account
    time: int
    body: Mapping[str, Json]

    def text(self, name: str) -> str:
        """Return a member that is text."""
        return cast(str, self.body[name])

    def number(self, name: str) -> int:
        """Return a member that is a whole number."""
        return cast(int, self.body[name])


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """One account's batch: 32 bytes for each commitment, in order. role: «work», or the one it was drawn for.

    tasks: of answers that are committed first, the task of each. guideline: the version that they were given under.
    """

    leaf: int
    id: StatementId
    author: Account
    time: int
    commitments: bytes
    role: str = WORK
    tasks: tuple[int, ...] = ()
    guideline: int = 1

    def __len__(self) -> int:
        return len(self.commitments) // 32
