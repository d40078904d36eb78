"""Each task's label and each worker's confusion matrix, by EM with Dirichlet priors."""

from dataclasses import dataclass

import numpy as np

from hakari.truth.compiled import WORTH_THREADS
from hakari.truth.fused import Fused
from hakari.truth.majority import fix, shares
from hakari.truth.sweeps import Layout, cells, log_of_means
from hakari.truth.votes import UNKNOWN, BadVotes, EmptyVotes, Floats, Ints, Posterior, Votes, starts

SETTLED = 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class Prior:
    """Pseudo-labels of every worker: `each` for every (said, true) pair and `right` more where said is true.

    Classic Dawid-Skene is nearly (0.01, 0); (0.5, 1) shrinks short careers towards a fair worker.
    """

    each: float = 0.5
    right: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fit(Posterior):
    """p_label (T, K), confusion (W, K, K) as P[worker, said, true], class shares (K,), rounds run, last largest change."""

    confusion: Floats
    shares: Floats
    rounds: int
    change: float


def dawid_skene(
    votes: Votes,
    *,
    classes: int,
    prior: Prior | None = None,
    known: Ints | None = None,
    rounds: int = 60,
    start: Floats | None = None,
    threads: int | None = None,
    grain: float = 0.0,
) -> Fit:
    """Estimate each task's label and each worker's confusion matrix by EM.

    known: (T,) class or -1, held fixed. start: (T, K) beliefs, vote shares if None. Stops when no belief moves by 1e-4. Same bytes for
    any `threads` (None: all cores). grain: beliefs are rounded to its multiples at the start and after each round; 0 keeps all digits.
    Without it two machines can end in different answers where tasks stand at a symmetric saddle: the last digit of a sum then doubles
    each round.
    Raises EmptyVotes without a label. Cost O(rounds * V * K), memory 8(TK + 12WK²) + 20V bytes;
    from 200,000 labels on both steps are one pass.
    Source: Dawid & Skene 1979, doi:10.2307/2346806; log space against underflow.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    held = prior or Prior()
    if held.each <= 0 or held.right < 0:
        raise BadVotes(f"prior must have each > 0 and right >= 0, got {held.each} and {held.right}")
    fixed = np.full(len(votes.tasks), UNKNOWN, np.int32) if known is None else known
    post = fix(shares(votes, classes) if start is None else np.array(start, np.float64), known)
    _round(post, grain)
    pseudo = held.each + held.right * np.eye(classes)
    if len(votes) >= WORTH_THREADS:
        return _in_one_pass(votes, classes, pseudo, fixed, post, rounds=rounds, grain=grain, threads=threads)
    layout = Layout.of(votes, classes)
    counts = np.empty((len(votes.workers), classes, classes))
    change, done = 1.0, 0
    while done < rounds and change >= SETTLED:
        layout.count(post, counts, threads=threads)
        counts += pseudo
        class_counts = post.sum(axis=0) + 1.0
        base = np.log(class_counts / class_counts.sum())[None, :]
        before = post.copy() if grain else post
        change = layout.expect(log_of_means(counts), base, fixed, post, threads=threads)
        if grain:
            _round(post, grain)
            change = float(np.abs(post - before).max())
        done += 1
    layout.count(post, counts, threads=threads)
    counts += pseudo
    return _fit(post, counts, done, change)


def _in_one_pass(
    votes: Votes,
    classes: int,
    pseudo: Floats,
    known: Ints,
    post: Floats,
    *,
    rounds: int,
    grain: float,
    threads: int | None,
) -> Fit:
    fused = Fused(starts(votes.task, len(votes.tasks)), cells(votes, classes), len(votes.workers), classes)
    counts = fused.count(post, threads=threads)
    change, done = 1.0, 0
    while done < rounds and change >= SETTLED:
        counts += pseudo
        class_counts = post.sum(axis=0) + 1.0
        base = np.log(class_counts / class_counts.sum())[None, :]
        change = fused.expect(log_of_means(counts), base, known, post, grain=grain, threads=threads)
        counts = fused.counted()
        done += 1
    return _fit(post, counts + pseudo, done, change)


def _fit(post: Floats, counts: Floats, rounds: int, change: float) -> Fit:
    class_counts = post.sum(axis=0) + 1.0
    return Fit(
        p_label=post,
        confusion=counts / counts.sum(axis=1, keepdims=True),
        shares=class_counts / class_counts.sum(),
        rounds=rounds,
        change=change,
    )


def _round(post: Floats, grain: float) -> None:
    if grain:
        np.rint(post / grain, out=post)
        post *= grain
