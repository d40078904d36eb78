"""The two loops of every fit: beliefs from confusions (E) and counts from beliefs (M)."""

from dataclasses import dataclass
from math import exp, log

import numpy as np
import numpy.typing as npt

from hakari.truth.compiled import compiled, over_ranges
from hakari.truth.votes import BadVotes, Floats, Ints, Votes, starts

Longs = npt.NDArray[np.int64]
Cells = npt.NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Layout:
    """The labels twice: sorted by task and by worker, each with the places where a task or a worker starts.

    task_cell: worker * K + label of each label in order of task: the row of a (W*K, K) table that it reads.
    """

    classes: int
    task_start: Longs
    task_cell: npt.NDArray[np.uint32]
    worker_start: Longs
    worker_task: npt.NDArray[np.uint32]
    worker_label: npt.NDArray[np.uint8]
    task_count: int
    worker_count: int

    @staticmethod
    def of(votes: Votes, classes: int) -> "Layout":
        """Return both layouts. Within a worker the labels stay in order of task, so that sums have one order.

        Raises BadVotes above 256 classes or 2^32 cells: a byte a label and a word a cell are what keeps 10M labels small.
        """
        cell = cells(votes, classes)
        order = np.argsort(votes.worker, kind="stable")
        return Layout(
            classes=classes,
            task_start=starts(votes.task, len(votes.tasks)),
            task_cell=cell,
            worker_start=starts(votes.worker, len(votes.workers)),
            worker_task=votes.task[order].astype(np.uint32),
            worker_label=votes.label[order].astype(np.uint8),
            task_count=len(votes.tasks),
            worker_count=len(votes.workers),
        )

    def expect(self, log_p: Floats, base: Floats, known: Ints, post: Floats, *, threads: int | None = None) -> float:
        """Write new beliefs into post (T, K) and return the largest change.

        log_p: (W, K, L) log probability [worker, said, true]; base: (T, L) or (1, L) log prior; known: (T,) class or -1.
        L is K.
        """
        change = np.zeros(self.task_count)
        flat = log_p.reshape(-1, log_p.shape[2])

        def run(lo: int, hi: int) -> None:
            _expect(self.task_start, self.task_cell, flat, base, known, post, change, lo, hi)

        over_ranges(run, self.task_count, work=len(self.task_cell), threads=threads)
        return float(change.max()) if self.task_count else 0.0

    def count(self, post: Floats, counts: Floats, *, threads: int | None = None) -> None:
        """Write into counts (W, K, L) how often each worker said l where the truth is k, by belief."""
        flat = counts.reshape(-1, counts.shape[2])

        def run(lo: int, hi: int) -> None:
            _count(self.worker_start, self.worker_task, self.worker_label, self.classes, post, flat, lo, hi)

        over_ranges(run, self.worker_count, work=len(self.task_cell), threads=threads)

    def without_own(self, log_p: Floats, base: Floats, known: Ints) -> Floats:
        """Return (V, L): for each label, in order of task, the beliefs about its task from all other labels."""
        out = np.empty((len(self.task_cell), log_p.shape[2]))
        flat = log_p.reshape(-1, log_p.shape[2])

        def run(lo: int, hi: int) -> None:
            _without_own(self.task_start, self.task_cell, flat, base, known, out, lo, hi)

        over_ranges(run, self.task_count, work=len(self.task_cell))
        return out


def cells(votes: Votes, classes: int) -> Cells:
    """Return (V,) worker * classes + label, in order of task. Raises BadVotes above 256 classes or 2^32 cells."""
    if classes > 256 or len(votes.workers) * classes >= 1 << 32:
        raise BadVotes(f"at most 256 classes and 2^32 (worker, class) cells expected, got {classes} classes")
    return votes.worker.astype(np.uint32) * np.uint32(classes) + votes.label.astype(np.uint32)


# Indices in the inner loops are unsigned and the tables flat: numba then drops the test for negative indices, and the inner loop
# over classes becomes vector code (3 times as fast at 4 classes).
@compiled
def _expect(  # noqa: PLR0917 compiled loops take their arrays by place
    start: Longs,
    cell: npt.NDArray[np.uint32],
    log_p: Floats,
    base: Floats,
    known: Ints,
    post: Floats,
    change: Floats,
    lo: int,
    hi: int,
) -> None:
    classes = post.shape[1]
    total = np.empty(classes)
    one = base.shape[0] == 1
    for t in range(lo, hi):
        if known[t] >= 0:
            for k in range(classes):
                post[t, k] = 0.0
            post[t, known[t]] = 1.0
            continue
        row = 0 if one else t
        for k in range(classes):
            total[k] = base[row, k]
        for v in range(start[t], start[t + 1]):
            at = cell[v]
            for k in range(classes):
                total[k] += log_p[at, k]
        top = total[0]
        for k in range(1, classes):
            top = max(top, total[k])
        whole = 0.0
        for k in range(classes):
            total[k] = exp(total[k] - top)
            whole += total[k]
        most = 0.0
        for k in range(classes):
            new = total[k] / whole
            most = max(most, abs(new - post[t, k]))
            post[t, k] = new
        change[t] = most


@compiled
def _without_own(  # noqa: PLR0917 compiled loops take their arrays by place
    start: Longs,
    cell: npt.NDArray[np.uint32],
    log_p: Floats,
    base: Floats,
    known: Ints,
    out: Floats,
    lo: int,
    hi: int,
) -> None:
    classes = out.shape[1]
    total = np.empty(classes)
    for t in range(lo, hi):
        row = 0 if base.shape[0] == 1 else t
        for k in range(classes):
            total[k] = base[row, k]
        for v in range(start[t], start[t + 1]):
            for k in range(classes):
                total[k] += log_p[cell[v], k]
        for v in range(start[t], start[t + 1]):
            if known[t] >= 0:
                for k in range(classes):
                    out[v, k] = 0.0
                out[v, known[t]] = 1.0
                continue
            top = -1e300
            for k in range(classes):
                out[v, k] = total[k] - log_p[cell[v], k]
                top = max(top, out[v, k])
            whole = 0.0
            for k in range(classes):
                out[v, k] = exp(out[v, k] - top)
                whole += out[v, k]
            for k in range(classes):
                out[v, k] /= whole


@compiled
def _count(  # noqa: PLR0917 compiled loops take their arrays by place
    start: Longs,
    task: npt.NDArray[np.uint32],
    label: npt.NDArray[np.uint8],
    classes: int,
    post: Floats,
    counts: Floats,
    lo: int,
    hi: int,
) -> None:
    truths = post.shape[1]
    for w in range(lo, hi):
        first = np.uint32(w * classes)
        for said in range(classes):
            for k in range(truths):
                counts[w * classes + said, k] = 0.0
        for v in range(start[w], start[w + 1]):
            t = task[v]
            at = first + np.uint32(label[v])
            for k in range(truths):
                counts[at, k] += post[t, k]


@compiled
def log_of_means(weights: Floats) -> Floats:
    """Return log of Dirichlet means over axis 1 of (W, K, K) weights [worker, said, true]."""
    out = np.empty_like(weights)
    workers, classes, truths = weights.shape
    for w in range(workers):
        for k in range(truths):
            total = 0.0
            for said in range(classes):
                total += weights[w, said, k]
            for said in range(classes):
                out[w, said, k] = log(weights[w, said, k]) - log(total)
    return out
