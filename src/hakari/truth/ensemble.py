"""One answer from five fits: two ways to lean on the crowd, each with class shares that speak fully and by half, and Dawid-Skene."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hakari.truth.hierarchy import Beliefs, Shape, fit, nothing_known, vote_start, with_beside
from hakari.truth.sweeps import Layout
from hakari.truth.votes import UNKNOWN, EmptyVotes, Floats, Ints, Posterior, Votes

LEANING: Final = (
    Shape(name="pattern-half", lean="pattern", tempered=0.5),
    Shape(name="pattern", lean="pattern"),
    Shape(name="tied-half", lean="tied", tempered=0.5),
    Shape(name="tied", lean="tied"),
)
MEMBERS: Final = (*LEANING, Shape(name="dawid-skene", lean="alone"))

# Shares of classes speak fully as far as labels are foretold better so, by about SKEWED nats a label (SHARPLY around it). On balanced
# sets they only run away with an error; where one class has four tasks of five they are worth five points.
SKEWED: Final = 0.005
SHARPLY: Final = 0.001
# Either way to lean counts as two of Dawid-Skene: better in the mean, and with it no set is far below.
LEANS: Final = 2.0

# From this many audits on they weigh members too, each as half an observation: how likely the member, fitted without any audit, made
# the right answer. A tenth of every belief is spread over all classes, so that one sure error is not the end of a member.
AUDITED: Final = 10
PER_AUDIT: Final = 0.5
SPREAD: Final = 0.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer(Posterior):
    """p_label (T, K): weighted mean of the members; weights sum to 1; both in the order of MEMBERS. foretold: log chance that members
    which saw no audit give all audits; None below ten."""

    weights: Floats
    members: tuple[Beliefs, ...]
    foretold: float | None


def answer(
    votes: Votes,
    *,
    classes: int,
    known: Ints | None = None,
    start: Floats | None = None,
    beside: Floats | None = None,
) -> Answer:
    """Return the ensemble's beliefs. known (T,) class or -1; start (T, K) instead of label shares; beside as in `hierarchy.fit`.

    No single prior is safe: full matrices need long careers, one accuracy for all classes can't say what is often mistaken, and class
    shares help where they are skewed and mislead elsewhere. How well each label is foretold by all others says how much class shares
    may speak; then audits speak, which no member saw that is held against them. Raises EmptyVotes. Cost: five fits, ten with audits.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    fixed = nothing_known(votes) if known is None else known
    members = _fits(votes, classes, fixed, start, beside)
    full = _shares_speak(votes, members, fixed, beside)
    weights = np.array([LEANS * (1 - full), LEANS * full, LEANS * (1 - full), LEANS * full, 1.0])
    foretold = None
    if int(((fixed != UNKNOWN) & (np.bincount(votes.task, minlength=len(votes.tasks)) > 0)).sum()) >= AUDITED:
        gave = _gave_audits(votes, classes, fixed, beside)
        right = np.log(gave).sum(axis=1)
        weights *= np.exp(np.maximum(PER_AUDIT * (right - right.max()), -300))
        foretold = float(np.log((weights / weights.sum()) @ gave).sum())
    weights /= weights.sum()
    p_label = np.zeros((len(votes.tasks), classes))
    for weight, member in zip(weights.tolist(), members, strict=True):
        p_label += weight * member.p_label
    return Answer(p_label=p_label, weights=weights, members=members, foretold=foretold)


def without_own(votes: Votes, found: Answer, *, known: Ints, beside: Floats | None = None) -> Floats:
    """Return (V, K): what all other workers, and `beside`, say about the task of each vote; certain where it is known."""
    layout = Layout.of(votes, found.p_label.shape[1])
    others = np.zeros((len(votes), layout.classes))
    for weight, member in zip(found.weights.tolist(), found.members, strict=True):
        others += weight * layout.without_own(member.log_p, with_beside(member.log_shares, beside), known)
    return others


def believed(votes: Votes, found: Answer, *, known: Ints, beside: Floats | None = None) -> Floats:
    """Return (T, K): what these votes say about every task under a fitted answer, with another `beside` than it was fitted with."""
    layout = Layout.of(votes, found.p_label.shape[1])
    out = np.zeros_like(found.p_label)
    each = np.zeros_like(out)
    for weight, member in zip(found.weights.tolist(), found.members, strict=True):
        layout.expect(member.log_p, with_beside(member.log_shares, beside), known, each)
        out += weight * each
    return out


def _fits(votes: Votes, classes: int, known: Ints, start: Floats | None, beside: Floats | None) -> tuple[Beliefs, ...]:
    layout = Layout.of(votes, classes)
    first = vote_start(votes, classes) if start is None else start
    return tuple(fit(layout, shape, known=known, start=first, beside=beside) for shape in MEMBERS)


def _shares_speak(votes: Votes, members: tuple[Beliefs, ...], known: Ints, beside: Floats | None) -> float:
    """Return how much of the leaning fits' say is of those to which class shares speak fully."""
    layout = Layout.of(votes, members[0].p_label.shape[1])
    told: list[float] = []
    for member in members[: len(LEANING)]:
        others = layout.without_own(member.log_p, with_beside(member.log_shares, beside), known)
        told.append(float(np.log(np.maximum(member.chance(others, votes.worker, votes.label), 1e-6)).mean()))
    half, full, half_tied, full_tied = told
    better = (full - half + full_tied - half_tied) / 2
    return float(1 / (1 + np.exp(min((SKEWED - better) / SHARPLY, 300.0))))


def _gave_audits(votes: Votes, classes: int, known: Ints, beside: Floats | None) -> Floats:
    """Return (members, audits): the chance that each member, fitted without any audit, gives the right answer."""
    at = known != UNKNOWN
    blind = _fits(votes, classes, nothing_known(votes), None, beside)
    return np.array([(1 - SPREAD) * each.p_label[at, known[at]] + SPREAD / classes for each in blind])
