"""What a verification found: checks with how far each can be trusted, mismatches, and what could not be seen."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from hakari.core.canonical import Json

Level = Literal["recomputed", "attested", "asserted"]
"""recomputed: derived here from public bytes. attested: signed, and its content hidden behind a commitment. asserted: the operator's
own copy of what an RPC would show."""

Progress = Callable[[str, int, int | None], None]
"""Called with a section, how many of its things are done, and how many there are (None where that isn't known)."""

KEPT = 100
"""Mismatches that a report names; further ones are counted."""

LONGEST = 200
"""Characters of one expected or got value in a report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Things of one kind that hold, and at which level. seconds: of its whole section."""

    name: str
    level: Level
    count: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mismatch:
    """One thing that does not hold. where: a file's path, a statement's id, a leaf or an account."""

    section: str
    where: str
    what: str
    expected: str
    got: str

    def line(self) -> str:
        """Return one sentence for people."""
        return f"{self.section}: {self.where}: {self.what}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """Something that the operator should have said and did not. where: an order, pool, licence or account. since: Unix seconds."""

    where: str
    what: str
    since: int

    def line(self) -> str:
        """Return one sentence for people."""
        return f"{self.where}: {self.what}: due since {self.since}, not said"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A finished verification. `unseen`: lies that this run could not have caught. `classes`: answers by evidence class.

    `overdue`: what the operator kept silent about; that is no lie and the report is `ok` all the same.

    `complete` is False where the log itself does not hold, so that nothing after it was looked at.
    """

    origin: str
    size: int
    root: str
    checks: tuple[Check, ...]
    mismatches: tuple[Mismatch, ...]
    found: int
    complete: bool
    unseen: tuple[str, ...]
    notes: tuple[str, ...]
    classes: dict[str, int]
    overdue: tuple[Overdue, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that could be checked holds."""
        return self.complete and self.found == 0

    def json(self) -> dict[str, Json]:
        """Return the report as JSON: seconds in whole milliseconds, evidence classes with their share in basis points."""
        answers = sum(self.classes.values())
        return {
            "checks": [
                {
                    "count": check.count,
                    "level": check.level,
                    "milliseconds": round(check.seconds * 1000),
                    "name": check.name,
                }
                for check in self.checks
            ],
            "classes": {
                name: {"answers": count, "share_bps": count * 10_000 // answers if answers else 0}
                for name, count in sorted(self.classes.items())
            },
            "complete": self.complete,
            "found": self.found,
            "mismatches": [
                {
                    "expected": each.expected,
                    "got": each.got,
                    "section": each.section,
                    "what": each.what,
                    "where": each.where,
                }
                for each in self.mismatches
            ],
            "notes": list(self.notes),
            "ok": self.ok,
            "origin": self.origin,
            "overdue": [{"since": each.since, "what": each.what, "where": each.where} for each in self.overdue],
            "root": self.root,
            "size": self.size,
            "unseen": list(self.unseen),
        }


@dataclass
class Findings:
    """Collects what the sections find. One section is open at a time."""

    progress: Progress | None = None
    kept: int = KEPT
    mismatches: list[Mismatch] = field(default_factory=list[Mismatch])
    found: int = 0
    notes: list[str] = field(default_factory=list[str])
    classes: dict[str, int] = field(default_factory=dict[str, int])
    _section: str = "files"
    _counts: dict[tuple[str, Level], int] = field(default_factory=dict[tuple[str, Level], int])
    _seconds: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def section(self, name: str) -> Generator[None]:
        """Time what is done inside under this name, and name it in the mismatches found there. Sections may be opened again."""
        before, self._section = self._section, name
        started = perf_counter()
        self._tell(0, None)
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + perf_counter() - started
            self._section = before

    def wrong(self, where: str, what: str, *, expected: object, got: object) -> None:
        """Record a mismatch of the open section."""
        self.found += 1
        if len(self.mismatches) < self.kept:
            self.mismatches.append(
                Mismatch(
                    section=self._section, where=_short(where), what=what, expected=_short(expected), got=_short(got)
                )
            )

    def holds(self, level: Level, count: int = 1, *, total: int | None = None) -> None:
        """Count things of the open section that hold, at a level."""
        key = (self._section, level)
        self._counts[key] = self._counts.get(key, 0) + count
        self._tell(self._counts[key], total)

    def same(self, where: str, what: str, *, expected: object, got: object) -> bool:
        """Return whether the two are equal, recording a mismatch where they are not."""
        if expected == got:
            return True
        self.wrong(where, what, expected=expected, got=got)
        return False

    def checks(self) -> tuple[Check, ...]:
        """Return the checks in the order in which their sections were opened first."""
        order = list(self._seconds)
        counts = sorted(self._counts.items(), key=lambda item: order.index(item[0][0]) if item[0][0] in order else 0)
        return tuple(
            Check(name=name, level=level, count=count, seconds=self._seconds.get(name, 0.0))
            for (name, level), count in counts
        )

    def _tell(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(self._section, done, total)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    # what was found may be a stranger's text: no line of a report or terminal may be forged with it
    text = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
