"""Whether answers carry content: odds against a report that ignores its task, whatever its own habits are."""

from typing import Final

import numpy as np

from hakari.truth.votes import Floats, Ints, Votes

# How much of an account's answers carries content. 0 is a report without; how common each part is among the accounts is estimated
# from all of them (empirical Bayes), so the odds before the first answer follow the pool that an account comes from.
PARTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
# Nobody is presumed empty: whatever crowd of empty accounts arrives, a newcomer starts from even odds or better.
EVEN: Final = 0.5
# To accept or refuse an account as a whole takes odds of 9 to 1: right nine times in ten.
ODDS: Final = 9.0
ROUNDS: Final = 200
SHRINK: Final = 20.0


def gains(predicted: Floats, said: Ints, who: Ints, accounts: int, weight: Floats) -> Floats:
    """Return (V,): the chance that all others gave to each answer over its mean chance on the account's own tasks.

    predicted (V, K): distribution of the answer from everything but the account. A coin, a constant or a base rate has expectation 1,
    because its answers are exchangeable over its tasks. The mean is shrunk with 20 pseudo-answers to the mean over all (weighted by
    `weight`, (V,)), or a short career would be compared mostly with itself.
    """
    everyone = (predicted * weight[:, None]).sum(axis=0) / weight.sum()
    base = np.empty((accounts, predicted.shape[1]))
    for k in range(predicted.shape[1]):
        base[:, k] = np.bincount(who, weights=predicted[:, k], minlength=accounts)
    base = (base + SHRINK * everyone) / (np.bincount(who, minlength=accounts) + SHRINK)[:, None]
    return predicted[np.arange(len(said)), said] / np.maximum(base[who, said], 1e-12)


def content(gain: Floats, who: Ints, accounts: int) -> tuple[Floats, Floats]:
    """Return (W,) log odds of content and (V,) the expected part of content in the account's answers, this answer left out."""
    parts = np.array(PARTS)
    each = np.log(np.maximum(1 + parts * (gain[:, None] - 1), 1e-9))
    sums = np.empty((accounts, len(parts)))
    for p in range(len(parts)):
        sums[:, p] = np.bincount(who, weights=each[:, p], minlength=accounts)
    common = np.full(len(parts), EVEN / (len(parts) - 1))
    common[0] = EVEN
    for _ in range(ROUNDS):
        mean = (_shares(sums + np.log(common)).sum(axis=0) + 0.5) / (accounts + 0.5 * len(parts))
        common = mean if mean[0] <= EVEN else np.concatenate([[EVEN], EVEN * mean[1:] / mean[1:].sum()])
    after = sums + np.log(common)
    top = after[:, 1:].max(axis=1)
    odds = top + np.log(np.exp(after[:, 1:] - top[:, None]).sum(axis=1)) - after[:, 0]
    return odds, _shares(after[who] - each) @ parts


def sees(votes: Votes, others: Floats) -> Floats:
    """Return (W,) log odds that a worker's labels depend on the task, given others (V, K): beliefs without the worker.

    The label that others predict is their belief read through the crowd's own confusion pattern, which is learned from the workers
    that see, in three passes. Cost O(V K²).
    """
    classes = others.shape[1]
    weight = np.ones(len(votes))
    odds = np.zeros(len(votes.workers))
    for _ in range(3):
        pool = np.eye(classes) + 1 / classes
        for said in range(classes):
            at = votes.label == said
            pool[said] += (others[at] * weight[at][:, None]).sum(axis=0)
        pool /= pool.sum(axis=0)
        gain = gains(others @ pool.T, votes.label, votes.worker, len(votes.workers), weight)
        odds, _ = content(gain, votes.worker, len(votes.workers))
        weight = (1 / (1 + np.exp(-np.clip(odds, -50, 50))))[votes.worker] + 1e-6
    return odds


def _shares(logs: Floats) -> Floats:
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
