"""Labels as arrays: who said what about which task, in one order whatever the order of arrival."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from hakari.core.errors import HakariError

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

UNKNOWN = -1


class BadVotes(HakariError):
    """Labels that can't be counted: out of range, twice from one worker on one task, or not a whole number."""

    code = "bad_votes"


class EmptyVotes(BadVotes):
    """No label at all where at least one is needed."""

    code = "empty_votes"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Votes:
    """Labels sorted by (task, worker). `tasks` and `workers` are the external ids in byte order; the arrays index them.

    task, worker, label: (V,) int32. Made by `from_rows` or `from_arrays`, which check; equal contents give equal bytes.
    """

    task: Ints
    worker: Ints
    label: Ints
    tasks: tuple[str, ...]
    workers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.task)

    @staticmethod
    def from_rows(rows: Iterable[tuple[str, str, int]], *, classes: int) -> "Votes":
        """Return the votes of (task, worker, label) rows in any order; label in 0..classes-1.

        Raises BadVotes naming the row for a label out of range or a second label of one worker on one task.
        """
        kept = list(rows)
        for number, (_, _, label) in enumerate(kept, 1):
            _check_label(label, classes, number)
        tasks = byte_sorted({row[0] for row in kept})
        workers = byte_sorted({row[1] for row in kept})
        task_of = {name: index for index, name in enumerate(tasks)}
        worker_of = {name: index for index, name in enumerate(workers)}
        count = len(kept)
        return Votes.from_arrays(
            np.fromiter((task_of[row[0]] for row in kept), np.int32, count),
            np.fromiter((worker_of[row[1]] for row in kept), np.int32, count),
            np.fromiter((row[2] for row in kept), np.int32, count),
            classes=classes,
            tasks=tasks,
            workers=workers,
        )

    @staticmethod
    def from_arrays(
        task: npt.ArrayLike,
        worker: npt.ArrayLike,
        label: npt.ArrayLike,
        *,
        classes: int,
        tasks: Sequence[str],
        workers: Sequence[str],
    ) -> "Votes":
        """Return the votes of index arrays; the ids must be sorted in byte order and without repeats.

        Raises BadVotes for arrays of different length, values that aren't whole numbers in range, or a repeated (task, worker).
        """
        if classes < 1:
            raise BadVotes(f"classes must be 1 or more, got {classes}")
        t = _whole(task, "task", len(tasks))
        w = _whole(worker, "worker", len(workers))
        y = _whole(label, "label", classes)
        if not len(t) == len(w) == len(y):
            raise BadVotes(f"task, worker and label must have one length, got {len(t)}, {len(w)} and {len(y)}")
        _check_ids(tasks, "task")
        _check_ids(workers, "worker")
        # The key costs 8 bytes a vote and is freed before any fit starts: 10M votes stay far below 1 GB.
        key = t.astype(np.int64) * max(1, len(workers)) + w
        if len(key) and not bool(np.all(key[1:] > key[:-1])):
            order = np.argsort(key, kind="stable")
            key = key[order]
            repeated = np.flatnonzero(key[1:] == key[:-1])
            if len(repeated):
                at = order[int(repeated[0])]
                raise BadVotes(
                    f"one label of a worker on a task expected, got two of worker {workers[int(w[at])]!r} "
                    f"on task {tasks[int(t[at])]!r}"
                )
            t, w, y = t[order], w[order], y[order]
        for each in (t, w, y):
            each.flags.writeable = False
        return Votes(task=t, worker=w, label=y, tasks=tuple(tasks), workers=tuple(workers))

    def known(self, truth: Mapping[str, int], *, classes: int) -> Ints:
        """Return (T,) int32: each task's known class, UNKNOWN (-1) where none; ids without votes are left out.

        Raises BadVotes for a class out of range.
        """
        result = np.full(len(self.tasks), UNKNOWN, np.int32)
        for number, (_, value) in enumerate(sorted(truth.items()), 1):
            _check_label(value, classes, number)
        for index, name in enumerate(self.tasks):
            result[index] = truth.get(name, UNKNOWN)
        return result

    def keep(self, mask: npt.NDArray[np.bool_]) -> "Votes":
        """Return the votes where mask (V,) is true; tasks and workers keep their numbers."""
        return Votes(
            task=self.task[mask],
            worker=self.worker[mask],
            label=self.label[mask],
            tasks=self.tasks,
            workers=self.workers,
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Posterior:
    """Beliefs about tasks. p_label: (T, classes), rows sum to 1, in the order of votes.tasks."""

    p_label: Floats

    @property
    def label(self) -> Ints:
        """(T,) the most likely class; ties go to the lowest class."""
        return np.argmax(self.p_label, axis=1).astype(np.int32)

    @property
    def confidence(self) -> Floats:
        """(T,) the probability of `label`."""
        return np.max(self.p_label, axis=1)


def byte_sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in order of their UTF-8 bytes."""
    return tuple(sorted(names, key=lambda name: name.encode("utf-8", "surrogatepass")))


def starts(index: Ints, length: int) -> npt.NDArray[np.int64]:
    """Return (length + 1,): where each value of a sorted index array starts."""
    result = np.zeros(length + 1, np.int64)
    np.cumsum(np.bincount(index, minlength=length), out=result[1:])
    return result


def _check_label(label: object, classes: int, number: int) -> None:
    if isinstance(label, bool) or not isinstance(label, int | np.integer):
        raise BadVotes(f"row {number}: label must be a whole number, got {label!r}")
    if not 0 <= label < classes:
        raise BadVotes(f"row {number}: label must be 0 to {classes - 1}, got {label}")


def _check_ids(names: Sequence[str], what: str) -> None:
    for before, after in pairwise(names):
        if not before.encode("utf-8", "surrogatepass") < after.encode("utf-8", "surrogatepass"):
            raise BadVotes(f"{what} ids must be sorted by their bytes without repeats, got {before!r} before {after!r}")


def _whole(values: npt.ArrayLike, what: str, length: int) -> Ints:
    array = np.asarray(values)
    if array.ndim != 1:
        raise BadVotes(f"{what} must be one-dimensional, got {array.ndim} dimensions")
    floats = array.dtype.kind == "f" and bool(np.all(np.isfinite(array)) and np.all(array == np.floor(array)))
    if array.dtype.kind not in "iu" and not floats:
        raise BadVotes(f"{what} must be whole numbers, got values that are not")
    if len(array) and (array.min() < 0 or array.max() >= length):
        raise BadVotes(f"{what} must be 0 to {length - 1}, got {array.min()} to {array.max()}")
    return np.array(array, np.int32)
