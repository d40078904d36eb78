"""Answers bought only where a task is still unsure: after each wave of answers, which tasks go on.

The first wave gives every task the same number of answers. Then some tasks are drawn that get all that was ordered whatever is
believed: they are how stopping is measured. When those have theirs, each other task that is not sure yet goes on by one answer a wave.
docs/reference/rules.md, section 5.8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeGuard

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.money import BPS
from hakari.sources.kind import Batch, Kind
from hakari.work import panels, quality
from hakari.work.orders import Order
from hakari.work.quality import Stopping

FULL = "full"
"""What the draw of tasks that get all answers is called in its seed, where draws of blind answers have their role."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a wave decided of a task: how many answers it gets from now on. sure: how sure its answer was, None in the first wave."""

    task: int
    wanted: int
    sure: float | None = None

    def line(self) -> dict[str, Json]:
        """Return the evidence line of this choice."""
        said: dict[str, Json] = {"task": self.task, "wanted": self.wanted}
        return said if self.sure is None else {"sure": repr(float(self.sure)), **said}


def check_order(order: Order, kind: Kind) -> None:
    """Raise Malformed where an order stops early and its kind, its assignment or its redundancy does not let it."""
    declared = quality.stopping(order.quality)
    if declared is None:
        return
    asked = kind.asks(order.spec)
    if kind.sure is None or not asked or any(not each.options for each in asked):
        unfit = [each.name for each in asked if not each.options]
        raise Malformed(
            f"stopping needs questions with options to choose from, got {unfit or kind.name}",
            pointer="/body/quality/stopping",
        )
    if order.assignment == "listed":
        raise Malformed(
            "stopping decides who is asked as answers come: assignment must be drawn or open, got listed",
            pointer="/body/assignment",
        )
    if order.calibration is not None:
        raise Malformed(
            "stopping asks for answers to all tasks at once: an order begins with a calibration or stops early, got both",
            pointer="/body/calibration",
        )
    if declared.first >= order.redundancy:
        raise Malformed(
            f"stopping.first must be below redundancy, {order.redundancy}, got {declared.first}",
            pointer="/body/quality/stopping/first",
        )


def drawn(seed: bytes, declared: Stopping, *, tasks: int) -> list[int]:
    """Return the tasks that get all answers, ascending. seed: panels.seed in the role FULL."""
    return panels.tasks(seed, range(tasks), declared.full(tasks))


def begin(declared: Stopping, full: Collection[int], *, tasks: int, most: int) -> list[Choice]:
    """Return what the first wave decides: what was drawn gets all `most` answers, all else waits until it has them."""
    return [Choice(task=n, wanted=most if n in full else declared.first) for n in range(tasks)]


def decide(declared: Stopping, sure: Mapping[int, float], wanted: Sequence[int], *, most: int) -> list[Choice]:
    """Return what a later wave decides of each task that has not got `most` answers yet, ascending.

    wanted: the answers that each task got. One that was sure may go on again, when it has become clearer who is reliable.
    """
    early = sum(wanted) < declared.least_answers
    found: list[Choice] = []
    for n, got in enumerate(wanted):
        if got < most:
            chance = sure.get(n, 0.0)
            goes_on = early or not enough(declared, chance)
            found.append(Choice(task=n, wanted=got + goes_on, sure=chance))
    return found


def enough(declared: Stopping, chance: float) -> bool:
    """Return whether an answer that is right with this chance needs no more."""
    return chance >= declared.sure_bps / BPS


def surely(kind: Kind, batch: Batch, full: Collection[int], declared: Stopping) -> Mapping[int, float]:
    """Return by task how sure its answer is. The kind is one that `check_order` let pass."""
    return {} if kind.sure is None or not batch.answers else kind.sure(batch, full, declared.first)


def after(wanted: Sequence[int], choices: Iterable[Choice]) -> list[int]:
    """Return the answers that each task gets once these choices stand."""
    found = list(wanted)
    for each in choices:
        found[each.task] = each.wanted
    return found


def further(wanted: Sequence[int], choices: Iterable[Choice]) -> int:
    """Return how many answers these choices ask for; none of them ends the order's work."""
    return sum(each.wanted - wanted[each.task] for each in choices)


def full_of(choices: Iterable[Choice], *, most: int) -> set[int]:
    """Return the tasks that the first wave's choices drew."""
    return {each.task for each in choices if each.wanted == most}


def read(lines: Iterable[Mapping[str, Json]]) -> list[Choice]:
    """Return the choices of evidence lines. Raises Malformed naming the line."""
    found: list[Choice] = []
    for number, line in enumerate(lines, 1):
        task, wanted = line.get("task"), line.get("wanted")
        if set(line) - {"sure"} != {"task", "wanted"} or not _whole(task) or not _whole(wanted):
            raise Malformed(f'line {number}: {{"sure":"…","task":n,"wanted":n}} expected, got {line}')
        if found and task <= found[-1].task:
            raise Malformed(f"line {number}: tasks must ascend, got {task} after {found[-1].task}")
        found.append(Choice(task=task, wanted=wanted, sure=_sure(line, number)))
    return found


def _sure(line: Mapping[str, Json], number: int) -> float | None:
    if "sure" not in line:
        return None
    try:
        value = float(str(line["sure"]))
    except ValueError as error:
        raise Malformed(f"line {number}: sure must be a decimal, got {line['sure']!r}") from error
    if not isfinite(value):
        raise Malformed(f"line {number}: sure must be a decimal, got {line['sure']!r}")
    return value


def _whole(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
