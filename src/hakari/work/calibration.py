"""Calibration: an order's first tasks are answered first, so that its buyer can mend the guideline before all others begin.

When they have their answers the operator says so (`calibration`); then the buyer has a word (`guideline`): the same version, to go on,
or the next with another text. A silent buyer stops nobody: after that time the order goes on as it is. docs/reference/formats.md, 4.5.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, cast

from hakari.core.errors import Conflict, Forbidden, Malformed
from hakari.core.statement import Statement
from hakari.work.orders import Order


class GuidelineClosed(Conflict):
    """The order takes no word on its guideline: its first tasks wait for answers still, or the time for it is over."""

    code = "guideline_closed"


class StatementsPart(Protocol):
    """What is asked of statements."""

    def about(self, kind: str, subject: str | None = None, /) -> list[tuple[Statement, int | None]]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a buyer said of the guideline: its version from then on, the digest of its text, and when (Unix seconds)."""

    version: int
    sha256: str
    time: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How far an order's calibration is.

    over: when its first tasks had all their answers (Unix seconds), None while they have not. word: what its buyer said then, or None.
    An order without calibration is past it from the start.
    """

    order: Order
    over: int | None = None
    word: Word | None = None

    @property
    def until(self) -> int | None:
        """The Unix second from which the buyer can't say anything any more, None while the first tasks want answers."""
        declared = self.order.calibration
        return None if declared is None or self.over is None else self.over + declared.word_s

    def goes_on(self, at: int) -> bool:
        """Return whether all tasks are given out at a time."""
        return self.order.calibration is None or self.word is not None or (self.until is not None and at >= self.until)

    def gives(self, task: int, at: int) -> bool:
        """Return whether a task is given out at a time."""
        return task < self.order.first or self.goes_on(at)

    def version(self, task: int) -> int:
        """Return the version of the guideline under which a task is answered and judged."""
        return self.order.guideline if self.word is None or task < self.order.first else self.word.version

    def versions(self) -> list[tuple[int, str]]:
        """Return each version of the guideline with its text's digest, oldest first."""
        first = [(self.order.guideline, self.order.guideline_sha256)]
        changed = self.word is not None and self.word.version != self.order.guideline
        return [*first, (self.word.version, self.word.sha256)] if changed and self.word else first


def course(statements: StatementsPart, order: Order) -> Course:
    """Return how far an order's calibration is, by the statements about it."""
    if order.calibration is None:
        return Course(order=order)
    over = [said.time for said, _ in statements.about("calibration", order.id)]
    words = [word(said) for said, _ in statements.about("guideline", order.id)]
    return Course(order=order, over=over[0] if over else None, word=words[0] if words else None)


def word(statement: Statement) -> Word:
    """Return what a good `guideline` statement says."""
    body = statement.body
    return Word(version=cast(int, body["version"]), sha256=cast(str, body["sha256"]), time=statement.time)


def others(known: Course, version: object, tasks: Collection[int]) -> list[int]:
    """Return which of these tasks are answered under another version of the guideline than this one, ascending."""
    return sorted(task for task in tasks if known.version(task) != version)


def check_order(order: Order) -> None:
    """Raise Malformed unless an order that declares a calibration can have one: whoever lets a first task lapse gives way to others."""
    if order.calibration is not None and order.assignment != "drawn":
        raise Malformed(
            f"an order with a calibration gives its tasks by draw: assignment must be 'drawn', got {order.assignment!r}",
            pointer="/body/assignment",
        )
    if order.calibration is not None and "exam" in order.quality:
        raise Malformed("an exam is given whole and has no calibration", pointer="/body/calibration")


def check_tasks(order: Order, tasks: int) -> None:
    """Raise Malformed unless some of an order's tasks are behind those of its calibration."""
    if order.calibration is not None and order.calibration.tasks >= tasks:
        raise Malformed(
            f"calibration.tasks must be fewer than the order's {tasks}, got {order.calibration.tasks}",
            pointer="/body/calibration/tasks",
        )


def check_word(known: Course, statement: Statement, *, at: int) -> None:
    """Check a `guideline` against its order, `at` a time. Raises Forbidden, GuidelineClosed or Malformed."""
    order, said = known.order, word(statement)
    if statement.author != order.buyer:
        raise Forbidden(f"author must be the order's buyer {order.buyer}, got {statement.author}", pointer="/author")
    if known.until is None:
        raise GuidelineClosed("a word on the guideline is taken once the order's first tasks have all their answers")
    if known.word is not None or at >= known.until:
        raise GuidelineClosed(f"one word on the guideline is taken, before {known.until}; the order has gone on")
    if said.version not in (order.guideline, order.guideline + 1):
        raise Malformed(
            f"version must be {order.guideline}, to go on, or {order.guideline + 1}, got {said.version}",
            pointer="/body/version",
        )
    same = said.sha256 == order.guideline_sha256
    if same is not (said.version == order.guideline):
        expected = "that of the order's text" if said.version == order.guideline else "that of another text"
        raise Malformed(
            f"sha256 of version {said.version} must be {expected}, got {said.sha256}", pointer="/body/sha256"
        )
