"""Dawid-Skene's two steps in one pass over the tasks: for millions of labels, where memory and not arithmetic is the cost."""

from collections.abc import Callable
from functools import cache
from math import exp

import numpy as np

from hakari.truth.compiled import compiled, over_ranges
from hakari.truth.sweeps import Cells, Longs
from hakari.truth.votes import Floats, Ints

# The tasks are cut into this many parts, each with counts of its own that are added in order: the cut never follows the number of
# threads, so it changes no byte.
PARTS = 4
BLOCK = 32
LINE = 64


class Fused:
    """The labels in order of task, and for each part a table (W * K, 2 K): what a worker's label says, beside what it was counted for.

    Both halves of a row share a cache line at four classes, and the counts of a worker, not the beliefs of all tasks, are what is
    reached at random: 50,000 workers fit the cache, two million tasks don't.
    """

    def __init__(self, start: Longs, cell: Cells, workers: int, classes: int) -> None:
        self._start, self._cell, self._classes = start, cell, classes
        self._tables = [_aligned(workers * classes, 2 * classes) for _ in range(PARTS)]
        self._change = np.zeros(PARTS)

    def count(self, post: Floats, *, threads: int | None) -> Floats:
        """Return (W, K, K) counts of [worker, said, true] under beliefs post (T, K)."""
        self._each(lambda p, lo, hi: _scatter(self._start, self._cell, post, self._tables[p], lo, hi), threads)
        return self._sum()

    def expect(
        self, logs: Floats, base: Floats, known: Ints, post: Floats, *, grain: float, threads: int | None
    ) -> float:
        """Write new beliefs into post and return the largest change; `counted` has their counts."""
        flat = logs.reshape(-1, self._classes)

        def run(p: int, lo: int, hi: int) -> None:
            self._tables[p][:, : self._classes] = flat
            self._change[p] = _pass(self._classes)(
                self._start, self._cell, base, known, post, self._tables[p], grain, lo, hi
            )

        self._each(run, threads)
        return float(self._change.max())

    def counted(self) -> Floats:
        """Return (W, K, K) counts under the beliefs that the last `expect` wrote."""
        return self._sum()

    def _each(self, run: Callable[[int, int, int], None], threads: int | None) -> None:
        tasks = len(self._start) - 1

        def parts(lo: int, hi: int) -> None:
            for p in range(lo, hi):
                self._tables[p][:, self._classes :] = 0.0
                run(p, tasks * p // PARTS, tasks * (p + 1) // PARTS)

        over_ranges(parts, PARTS, work=len(self._cell), threads=threads)

    def _sum(self) -> Floats:
        total = self._tables[0][:, self._classes :].copy()
        for table in self._tables[1:]:
            total += table[:, self._classes :]
        return total.reshape(-1, self._classes, self._classes)


@compiled
def _scatter(start: Longs, cell: Cells, post: Floats, table: Floats, lo: int, hi: int) -> None:  # noqa: PLR0917 as _pass
    classes = post.shape[1]
    for t in range(lo, hi):
        for v in range(start[t], start[t + 1]):
            at = cell[v]
            for k in range(classes):
                table[at, classes + k] += post[t, k]


def _aligned(rows: int, columns: int) -> Floats:
    """Return zeros (rows, columns) that start at a cache line: numpy's start 16 bytes behind one, where a row of four needs two."""
    room = np.zeros(rows * columns + LINE // 8)
    first = -room.ctypes.data % LINE // 8
    return room[first : first + rows * columns].reshape(rows, columns)


@cache
def _pass(classes: int) -> Callable[..., float]:
    """Return the pass compiled for this many classes: loops of fixed length become straight vector code, which halves the time."""

    @compiled
    def run(  # noqa: PLR0917 compiled loops take their arrays by place
        start: Longs,
        cell: Cells,
        base: Floats,
        known: Ints,
        post: Floats,
        table: Floats,
        grain: float,
        lo: int,
        hi: int,
    ) -> float:
        # Block by block: reading, exponentials, counting. The reads of a block wait for memory together, where task by task each
        # waits for the exponentials before it: a third of the time once the table is larger than the nearest cache.
        total = np.empty((BLOCK, classes))
        most = 0.0
        for first in range(lo, hi, BLOCK):
            last = min(first + BLOCK, hi)
            for t in range(first, last):
                for k in range(classes):
                    total[t - first, k] = base[0, k]
                for v in range(start[t], start[t + 1]):
                    at = cell[v]
                    for k in range(classes):
                        total[t - first, k] += table[at, k]
            for t in range(first, last):
                here = t - first
                if known[t] >= 0:
                    for k in range(classes):
                        total[here, k] = 0.0
                    total[here, known[t]] = 1.0
                else:
                    top = total[here, 0]
                    for k in range(1, classes):
                        top = max(top, total[here, k])
                    whole = 0.0
                    for k in range(classes):
                        # The leader's is exactly 1: a quarter of the time at four classes.
                        total[here, k] = 1.0 if total[here, k] == top else exp(total[here, k] - top)
                        whole += total[here, k]
                    for k in range(classes):
                        total[here, k] /= whole
                        if grain > 0.0:
                            total[here, k] = np.rint(total[here, k] / grain) * grain
                for k in range(classes):
                    most = max(most, abs(total[here, k] - post[t, k]))
                    post[t, k] = total[here, k]
            for t in range(first, last):
                for v in range(start[t], start[t + 1]):
                    at = cell[v]
                    for k in range(classes):
                        table[at, classes + k] += total[t - first, k]
        return most

    return run
