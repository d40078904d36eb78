"""Remarks: what people who answered a calibration's tasks say of the guideline, for its buyer to read before the rest begins."""

from collections.abc import Collection

from hakari.core.errors import Conflict, Forbidden
from hakari.work.calibration import Course


class RemarksClosed(Conflict):
    """The order takes no remarks: it has no calibration, or the rest of its tasks is given out already."""

    code = "remarks_closed"


class NotRemarkable(Forbidden):
    """A remark is for a task of the calibration that its author answered, once."""

    code = "not_remarkable"


def check(known: Course, task: int, *, answered: bool, before: Collection[int], at: int) -> None:
    """Check a remark on a task. answered: its author answered it. before: the tasks that they remarked on already.

    Raises RemarksClosed or NotRemarkable.
    """
    if known.order.calibration is None or known.goes_on(at):
        raise RemarksClosed("remarks are taken while the order's calibration lasts")
    if task >= known.order.first:
        raise NotRemarkable(f"task must be one of the first {known.order.first}, got {task}", pointer="/body/task")
    if not answered:
        raise NotRemarkable(f"a remark is for who answered the task; task {task} is not", pointer="/body/task")
    if task in before:
        raise NotRemarkable(f"one remark is taken on each task; task {task} has one", pointer="/body/task")
