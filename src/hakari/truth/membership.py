"""Who copies one hidden answer sheet: EM over membership, sheet and truth, each label judged without itself."""

from math import exp, log
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.anchors import Anchors
from hakari.truth.compiled import compiled
from hakari.truth.sweeps import Longs, starts
from hakari.truth.votes import Floats, Ints, Votes

NOISE: Final = 0.12
SWEEPS: Final = 25
SHARE: Final = 0.3


def refine(
    votes: Votes,
    found: Anchors,
    known: Ints,
    start: Floats,
    *,
    use: npt.NDArray[np.bool_],
    sweeps: int = SWEEPS,
    fixed_share: bool = False,
    noise: float = NOISE,
) -> tuple[Floats, Floats]:
    """Return (membership, evidence), both (W,): probability of copying and log odds from the labels alone.

    start: (W,) first membership. use: (T,) tasks to look at. fixed_share: keep the prior share of copiers at 0.3 throughout.
    A copier gives the sheet's answer but for `noise`; the sheet and the truth of a task are each inferred without the label in
    question, so nobody is convicted by agreement with himself. Cost O(sweeps V K).
    """
    begin = starts(votes.task, len(votes.tasks))
    label_share = np.bincount(votes.label, minlength=len(found.shares)) + 1e-9
    label_share /= label_share.sum()
    gain = np.log1p((1 - noise) / (noise * label_share))
    member, evidence = start.copy(), np.zeros(len(start))
    confusion = found.confusion.copy()
    for sweep in range(sweeps):
        log_odds = np.zeros(len(start))
        counts = np.zeros_like(confusion)
        _sweep(
            begin, votes.worker, votes.label, known, use, member, gain, np.log(label_share), np.log(found.shares),
            np.log(confusion), noise, log_odds, counts,
        )  # fmt: skip
        share = SHARE if sweep < 3 or fixed_share else float(np.clip(member.mean(), 0.1, 0.6))
        new = 1 / (1 + np.exp(-np.clip(log_odds + log(share / (1 - share)), -500, 500)))
        confusion = counts + 4.0 * found.pool
        confusion /= confusion.sum(axis=1, keepdims=True)
        change = float(np.abs(new - member).max())
        last = sweep == sweeps - 1 or change < 1e-3
        member = new if last else 0.3 * member + 0.7 * new
        evidence = log_odds
        if last:
            break
    return member, evidence


def sheet(votes: Votes, member: Floats, classes: int) -> Floats:
    """Return (T, K): the answer sheet that these members (weights, (W,)) share; label shares where none of them answered."""
    share = np.bincount(votes.label, minlength=classes) + 1e-9
    share /= share.sum()
    gain = np.log1p((1 - NOISE) / (NOISE * share))
    logs = np.bincount(
        votes.task.astype(np.int64) * classes + votes.label,
        weights=member[votes.worker] * gain[votes.label],
        minlength=len(votes.tasks) * classes,
    ).reshape(-1, classes)
    logs = logs + np.log(share)
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


@compiled
def _sweep(  # noqa: PLR0917 compiled loops take their arrays by place
    start: Longs,
    worker: Ints,
    label: Ints,
    known: Ints,
    use: npt.NDArray[np.bool_],
    member: Floats,
    gain: Floats,
    log_share: Floats,
    log_class: Floats,
    log_p: Floats,
    noise: float,
    log_odds: Floats,
    counts: Floats,
) -> None:
    classes = len(gain)
    on_sheet = np.empty(classes)
    true = np.empty(classes)
    belief = np.empty(classes)
    for t in range(len(start) - 1):
        if not use[t] or start[t + 1] == start[t]:
            continue
        for k in range(classes):
            on_sheet[k] = log_share[k]
            true[k] = log_class[k]
        for v in range(start[t], start[t + 1]):
            w = worker[v]
            said = label[v]
            on_sheet[said] += member[w] * gain[said]
            for k in range(classes):
                true[k] += (1.0 - member[w]) * log_p[w, said, k]
        for v in range(start[t], start[t + 1]):
            w = worker[v]
            said = label[v]
            own = member[w] * gain[said]
            top = -1e300
            for k in range(classes):
                top = max(top, on_sheet[k] - (own if k == said else 0.0))
            whole = 0.0
            for k in range(classes):
                whole += exp(on_sheet[k] - (own if k == said else 0.0) - top)
            copied = exp(on_sheet[said] - own - top) / whole
            copied = (1.0 - noise) * copied + noise * exp(log_share[said])
            if known[t] >= 0:
                for k in range(classes):
                    belief[k] = 0.0
                belief[known[t]] = 1.0
            else:
                top = -1e300
                for k in range(classes):
                    belief[k] = true[k] - (1.0 - member[w]) * log_p[w, said, k]
                    top = max(top, belief[k])
                whole = 0.0
                for k in range(classes):
                    belief[k] = exp(belief[k] - top)
                    whole += belief[k]
                for k in range(classes):
                    belief[k] /= whole
            alone = 0.0
            for k in range(classes):
                alone += belief[k] * exp(log_p[w, said, k])
                counts[w, said, k] += belief[k]
            log_odds[w] += log(copied) - log(alone)
