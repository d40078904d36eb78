"""Loops compiled by numba, run over fixed ranges so that the number of threads never changes a byte."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

# Below this many labels a thread costs more than it saves.
WORTH_THREADS = 200_000


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled without fastmath, kept on disk, and free of the interpreter lock while it runs.

    numba's own parallel loops are not used: its default threading layer aborts the process when two Python threads enter it.
    """
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))


def over_ranges(function: Callable[..., Any], length: int, *, work: int, threads: int | None = None) -> None:
    """Call function(lo, hi) for ranges that cover 0..length. The function must write only to its own range.

    work: how many labels are touched in all; small work runs on the caller's thread.
    """
    count = min(
        threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else threads or 1, 16, length
    )
    if count <= 1 or work < WORTH_THREADS:
        function(0, length)
        return
    edges = [length * each // count for each in range(count + 1)]
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(function, lo, hi) for lo, hi in pairwise(edges)]:
            done.result()
