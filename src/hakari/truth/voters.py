"""Which voters on pairs tell us something: each vote against what all others predict, and against what no content predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from hakari.truth import davidson
from hakari.truth.bradley_terry import RIGHT, TIE
from hakari.truth.compiled import over_ranges
from hakari.truth.content import ODDS, content, gains
from hakari.truth.rules import bps
from hakari.truth.sweeps import Longs
from hakari.truth.votes import BadVotes, EmptyVotes, Floats, Ints, starts

Word = Literal["accept", "refuse", "each"]

# Weights of the model's prediction against one other vote on the same comparison; the best is chosen by held-out likelihood.
TRUSTS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
PASSES: Final = 3
# Even odds count: in a batch of one voter every vote stands at them, and rounding must not decide.
EQUAL: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Voters:
    """statistic (W,): log odds that the voter's votes carry information. votes (W,).

    decision (W,): «accept» from +threshold, «refuse» from -threshold, «each» between. Then a vote counts if it is likelier drawn
    from content than not, given the voter's other votes. accepted (V,), score_bps (V,): whether a vote counts and the chance that
    all others gave to it, in the caller's order. gain (V,): that chance over the chance from a report without content.
    """

    statistic: Floats
    threshold: float
    decision: tuple[Word, ...]
    votes: Ints
    accepted: npt.NDArray[np.bool_]
    score_bps: Ints
    gain: Floats


def judge_voters(
    *,
    comparison: npt.ArrayLike,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    winner: npt.ArrayLike,
    voter: npt.ArrayLike,
    models: int,
    voters: int,
    recorded: Sequence[Word] | None = None,
) -> Voters:
    """Return what each voter's and each vote's evidence is worth.

    comparison: (V,) number of what was shown (prompt and pair; either side up); winner as in `bradley_terry.rank`; voter (V,).
    Without one voter, a tie model of all other votes and the other votes on the same comparison predict each of the voter's votes.
    A report without content (coin, constant, base rate) expects a ratio of 1 to its own mean prediction, so the product of ratios
    is a Bayes factor. recorded: decisions to follow instead. Raises EmptyVotes, BadVotes. Cost O(passes (V + voters models³)).
    """
    columns = [np.asarray(each) for each in (comparison, left, right, winner, voter)]
    shown, a, b, won, who = _checked(columns, models, voters)
    flipped = a > b
    first, second = np.minimum(a, b), np.maximum(a, b)
    outcome = np.where((won != TIE) & flipped, RIGHT - won, won).astype(np.int32)
    order = np.lexsort((np.arange(len(who)), shown, who))
    begin = starts(who, voters)
    weight = np.ones(len(who))
    statistic = np.zeros(voters)
    predicted = np.empty((len(who), 3))
    gain = np.ones(len(who))
    part = gain
    for _ in range(PASSES):
        predicted = _predicted(shown, first, second, outcome, who, weight, begin, order, models)
        side = predicted.copy()
        side[flipped, 0], side[flipped, 1] = predicted[flipped, 1], predicted[flipped, 0]
        gain = gains(side, won, who, voters, weight)
        statistic, part = content(gain, who, voters)
        weight = (1 / (1 + np.exp(-np.clip(statistic, -50, 50))))[who]
    threshold = log(ODDS)
    decision = _decisions(statistic, threshold) if recorded is None else tuple(recorded)
    own = predicted[np.arange(len(who)), outcome]
    word = np.array(decision)[who]
    return Voters(
        statistic=statistic,
        threshold=threshold,
        decision=decision,
        votes=np.bincount(who, minlength=voters).astype(np.int32),
        accepted=(word == "accept") | ((word == "each") & (part * gain >= 1 - part - EQUAL)),
        score_bps=np.array([bps(each) for each in own.tolist()], np.int32),
        gain=gain,
    )


def _checked(columns: list[npt.NDArray[np.int64]], models: int, voters: int) -> list[Ints]:
    if len({each.shape for each in columns}) != 1 or columns[0].ndim != 1:
        raise BadVotes(f"all columns must have one length, got {[each.shape for each in columns]}")
    if not len(columns[0]):
        raise EmptyVotes("at least one vote expected, got none")
    names = ("comparison", "left", "right", "winner", "voter")
    for name, column, top in zip(names, columns, (1 << 31, models, models, TIE + 1, voters), strict=True):
        if column.dtype.kind not in "iu" or column.min() < 0 or column.max() >= top:
            raise BadVotes(f"{name} must be whole numbers 0 to {top - 1}, got {column.min()} to {column.max()}")
    if bool(np.any(columns[1] == columns[2])):
        raise BadVotes("two different models expected, got a model against itself")
    return [each.astype(np.int32) for each in columns]


def _predicted(  # noqa: PLR0917 one row of each column a vote
    shown: Ints,
    first: Ints,
    second: Ints,
    outcome: Ints,
    who: Ints,
    weight: Floats,
    begin: Longs,
    order: Longs,
    models: int,
) -> Floats:
    point = davidson.fit(first, second, outcome, weight, models)
    model = np.empty((len(who), 3))

    def run(lo: int, hi: int) -> None:
        davidson.without_each(first, second, outcome, weight, point, begin, order, model, lo, hi)

    over_ranges(run, len(begin) - 1, work=(len(begin) - 1) * models**2)
    beside = _beside(shown, first, second, outcome, who, weight)
    at = np.arange(len(who))
    best, chosen = -np.inf, model
    for trust in TRUSTS:
        mixed = (trust * model + beside) / (trust + beside.sum(axis=1, keepdims=True))
        likelihood = float((weight * np.log(mixed[at, outcome])).sum())
        if likelihood > best:
            best, chosen = likelihood, mixed
    return chosen


def _beside(  # noqa: PLR0917 one row of each column a vote
    shown: Ints, first: Ints, second: Ints, outcome: Ints, who: Ints, weight: Floats
) -> Floats:
    """Return (V, 3): weights of all other voters' outcomes on the same comparison of the same two models."""
    _, cell = np.unique(np.stack([shown, first, second]), axis=1, return_inverse=True)
    cell = cell.reshape(-1).astype(np.int64)
    size = int(cell.max()) + 1
    total = np.bincount(cell * 3 + outcome, weights=weight, minlength=size * 3).reshape(-1, 3)
    _, own = np.unique(np.stack([cell, who]), axis=1, return_inverse=True)
    own = own.reshape(-1).astype(np.int64)
    mine = np.bincount(own * 3 + outcome, weights=weight, minlength=(int(own.max()) + 1) * 3).reshape(-1, 3)
    return np.maximum(total[cell] - mine[own], 0.0)


def _decisions(statistic: Floats, threshold: float) -> tuple[Word, ...]:
    words: list[Word] = []
    for each in statistic.tolist():
        words.append("accept" if each >= threshold else "refuse" if each <= -threshold else "each")
    return tuple(words)
