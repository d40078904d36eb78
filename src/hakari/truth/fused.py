"""Dawid-Skene's two steps in one pass over the tasks: for millions of labels, where memory and not arithmetic is the cost."""

from collections.abc import Callable
from math import exp

import numpy as np

from hakari.truth.compiled import compiled, over_ranges
from hakari.truth.sweeps import Cells, Longs
from hakari.truth.votes import Floats, Ints

# The tasks are cut into this many parts, each with counts of its own that are added in order: the cut never follows the number of
# threads, so it changes no byte.
PARTS = 4


class Fused:
    """The labels in order of task, and for each part a table (W * K, 2 K): what a worker's label says, beside what it was counted for.

    Both halves of a row share a cache line at four classes, and the counts of a worker, not the beliefs of all tasks, are what is
    reached at random: 50,000 workers fit the cache, two million tasks don't.
    """

    def __init__(self, start: Longs, cell: Cells, workers: int, classes: int) -> None:
        self._start, self._cell, self._classes = start, cell, classes
        self._tables = np.zeros((PARTS, workers * classes, 2 * classes))
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
            self._tables[p, :, : self._classes] = flat
            self._change[p] = _pass(self._start, self._cell, base, known, post, self._tables[p], grain, lo, hi)

        self._each(run, threads)
        return float(self._change.max())

    def counted(self) -> Floats:
        """Return (W, K, K) counts under the beliefs that the last `expect` wrote."""
        return self._sum()

    def _each(self, run: Callable[[int, int, int], None], threads: int | None) -> None:
        tasks = len(self._start) - 1

        def parts(lo: int, hi: int) -> None:
            for p in range(lo, hi):
                self._tables[p, :, self._classes :] = 0.0
                run(p, tasks * p // PARTS, tasks * (p + 1) // PARTS)

        over_ranges(parts, PARTS, work=len(self._cell), threads=threads)

    def _sum(self) -> Floats:
        total = self._tables[0, :, self._classes :].copy()
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


@compiled
def _pass(  # noqa: PLR0917 compiled loops take their arrays by place
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
    classes = post.shape[1]
    total = np.empty(classes)
    most = 0.0
    for t in range(lo, hi):
        if known[t] >= 0:
            for k in range(classes):
                total[k] = 0.0
            total[known[t]] = 1.0
        else:
            for k in range(classes):
                total[k] = base[0, k]
            for v in range(start[t], start[t + 1]):
                at = cell[v]
                for k in range(classes):
                    total[k] += table[at, k]
            top = total[0]
            for k in range(1, classes):
                top = max(top, total[k])
            whole = 0.0
            for k in range(classes):
                # The leader's is exactly 1: a quarter of the time at four classes.
                total[k] = 1.0 if total[k] == top else exp(total[k] - top)
                whole += total[k]
            for k in range(classes):
                total[k] /= whole
                if grain > 0.0:
                    total[k] = np.rint(total[k] / grain) * grain
        for k in range(classes):
            most = max(most, abs(total[k] - post[t, k]))
            post[t, k] = total[k]
        for v in range(start[t], start[t + 1]):
            at = cell[v]
            for k in range(classes):
                table[at, classes + k] += total[k]
    return most
