"""One answer from seven fits: each is weighted by how well it predicts labels that were hidden from it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.dense import mixed
from hakari.truth.hierarchy import Beliefs, Shape, fit, held_tasks, nothing_known, vote_start, with_beside
from hakari.truth.sweeps import Layout
from hakari.truth.votes import UNKNOWN, EmptyVotes, Floats, Ints, Posterior, Votes

ONE_COIN: Final = Shape(name="one-coin", pooled=1000.0, one_coin=1.0, logs="means")
FLAT: Final = Shape(name="one-coin-flat", pooled=1000.0, one_coin=1.0, tempered=0.5, logs="means")
MAP: Final = Shape(name="map", pooled=4.0, one_coin=0.5)
VARIATIONAL: Final = Shape(name="variational", pooled=4.0, one_coin=0.5, logs="means")
BCC: Final = Shape(name="bcc", each=1.0, right=3.0, logs="means")
DAWID_SKENE: Final = Shape(name="dawid-skene", each=0.5, right=1.0)
KINDS: Final = Shape(name="kinds", each=1.0, right=3.0, kinds=3, logs="means")
MEMBERS: Final = (ONE_COIN, FLAT, MAP, VARIATIONAL, BCC, DAWID_SKENE, KINDS)

# Members that start from another's answer instead of the label shares.
STARTS: Final = {"map": "one-coin", "variational": "one-coin", "kinds": "bcc"}

# Members that count before the hidden labels have spoken; «kinds» must show that errors depend on each other
# here, and never has more than a fifth: it fits labels best also where it is wrong about the truth.
PLAIN: Final = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])

# A member has collapsed if some class that leads the plain vote on 5 % of the tasks leads in the member on less than this part of
# them: with three labels a task a one-coin fit can put a balanced set into one class and still predict labels well.
COLLAPSED: Final = 0.4
LEADS: Final = 0.05

# Nats a hidden label that make one member e times as heavy as another.
SCALE: Final = 0.02
# From this many audits on they weigh members too, each as half an observation: how likely the member, fitted without any audit, made
# the right answer. A tenth of every belief is spread over all classes, so that one sure error is not the end of a member. The odds by
# foretold labels then count with a power of SOFTER: how well labels are foretold says less about who is right.
SOFTER: Final = 0.25
AUDITED: Final = 10
PER_AUDIT: Final = 0.5
SPREAD: Final = 0.1
HIDDEN: Final = 10
# Below this many labels the hidden tenth is too small to tell the members apart.
ENOUGH: Final = 2_000
WORTH: Final = 0.01


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer(Posterior):
    """p_label (T, K): weighted mean of the members; weights sum to 1; members in the order of MEMBERS,
    None where one was not worth its cost. foretold: log chance that members which saw no audit give all audits; None below ten."""

    weights: Floats
    members: tuple[Beliefs | None, ...]
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

    No single prior is safe: one accuracy a worker is best for short careers and collapses to one class on some sets; full matrices
    need long careers; a flat class prior helps balanced sets and hurts skewed ones; kinds of task help where errors are shared.
    A tenth of the labels, chosen by hash, is hidden, and the mean log chance that a member gives them sets three quarters of its
    weight; then audits speak, which no member saw that is held against them. Raises EmptyVotes. Cost: about thirty fits.
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    fixed = nothing_known(votes) if known is None else known
    odds = _odds(votes, classes, fixed, start, beside) if len(votes) >= ENOUGH else PLAIN
    audited = int(((fixed != UNKNOWN) & (np.bincount(votes.task, minlength=len(votes.tasks)) > 0)).sum())
    if audited >= AUDITED:
        odds = odds**SOFTER
    # «kinds» costs as much as the other six: fit it to all labels only where the hidden ones ask for it.
    wanted = (PLAIN > 0) | (odds > WORTH * odds.max())
    members = _members(votes, classes, fixed, start, beside, wanted=wanted)
    # What leads the plain vote may be an army's one class: where audits can tell a collapsed member, they do.
    stands = wanted.astype(np.float64) if audited >= AUDITED else _standing(votes, classes, members)
    weights = _weights(odds, stands, few=len(votes) < ENOUGH)
    foretold = None
    if audited >= AUDITED:
        gave = _gave_audits(votes, classes, fixed, beside, wanted=weights > 0)
        right = np.where(weights > 0, np.log(gave).sum(axis=1), -np.inf)
        weights = weights * np.exp(np.maximum(PER_AUDIT * (right - right.max()), -300))
        foretold = float(np.log((weights / weights.sum()) @ gave).sum())
    weights /= weights.sum()
    p_label = np.zeros((len(votes.tasks), classes))
    for weight, member in zip(weights.tolist(), members, strict=True):
        if member is not None:
            p_label += weight * member.p_label
    return Answer(p_label=p_label, weights=weights, members=members, foretold=foretold)


def without_own(votes: Votes, found: Answer, *, known: Ints, beside: Floats | None = None) -> Floats:
    """Return (V, K): what all other workers, and `beside`, say about the task of each vote; certain where it is known."""
    layout = Layout.of(votes, found.p_label.shape[1])
    others = np.zeros((len(votes), layout.classes))
    for weight, shape, member in zip(found.weights.tolist(), MEMBERS, found.members, strict=True):
        if member is not None and weight > 0:
            held = held_tasks(known, layout.classes, shape.kinds)
            base = with_beside(member.log_shares, beside, held, shape.kinds)
            each = layout.without_own(member.log_p, base, held.known)
            others += weight * each.reshape(len(votes), layout.classes, shape.kinds).sum(axis=2)
    return others


def believed(votes: Votes, found: Answer, *, known: Ints, beside: Floats | None = None) -> Floats:
    """Return (T, K): what these votes say about every task under a fitted answer, with another `beside` than it was fitted with."""
    classes = found.p_label.shape[1]
    layout = Layout.of(votes, classes)
    out = np.zeros((len(votes.tasks), classes))
    for weight, shape, member in zip(found.weights.tolist(), MEMBERS, found.members, strict=True):
        if member is not None and weight > 0:
            held = held_tasks(known, classes, shape.kinds)
            base = with_beside(member.log_shares, beside, held, shape.kinds)
            p_kind = np.zeros((len(votes.tasks), classes * shape.kinds))
            layout.expect(member.log_p, base, held.known, p_kind)
            out += weight * p_kind.reshape(-1, classes, shape.kinds).sum(axis=2)
    return out


def hidden(votes: Votes) -> npt.NDArray[np.bool_]:
    """Return (V,) which labels are hidden: a tenth by hash of (task, worker), never a task's last label."""
    code = np.array([mixed(t, w) for t, w in zip(votes.task.tolist(), votes.worker.tolist(), strict=True)], np.uint64)
    mask = code % np.uint64(HIDDEN) == 0
    count = np.bincount(votes.task, minlength=len(votes.tasks))
    taken = np.bincount(votes.task, weights=mask, minlength=len(votes.tasks))
    return mask & (taken < count)[votes.task]


def _members(
    votes: Votes,
    classes: int,
    known: Ints,
    start: Floats | None,
    beside: Floats | None,
    *,
    wanted: npt.NDArray[np.bool_],
) -> tuple[Beliefs | None, ...]:
    layout = Layout.of(votes, classes)
    first = vote_start(votes, classes) if start is None else start
    begin: dict[str, Floats] = {}
    found: list[Beliefs | None] = []
    for shape, want in zip(MEMBERS, wanted.tolist(), strict=True):
        if not want:
            found.append(None)
            continue
        each = fit(layout, shape, known=known, start=begin.get(STARTS.get(shape.name, ""), first), beside=beside)
        begin[shape.name] = each.p_label
        found.append(each)
    return tuple(found)


def _standing(votes: Votes, classes: int, members: tuple[Beliefs | None, ...]) -> Floats:
    """Return 1 for each member that has not collapsed, 0 for the others; all 1 if all have."""
    plain = np.bincount(vote_start(votes, classes).argmax(axis=1), minlength=classes)
    needed = np.where(plain >= LEADS * len(votes.tasks), COLLAPSED * plain, 0.0)
    leads = [None if m is None else np.bincount(m.p_label.argmax(axis=1), minlength=classes) for m in members]
    stands = np.array([each is not None and bool(np.all(each >= needed)) for each in leads], np.float64)
    return stands if (stands * PLAIN).any() else PLAIN


def _weights(odds: Floats, stands: Floats, *, few: bool) -> Floats:
    plain = stands * PLAIN
    plain = plain / plain.sum()
    if few:
        return plain
    told = stands * odds
    told /= told.max()
    rest = told[PLAIN > 0].sum()
    told[PLAIN == 0] = np.minimum(told[PLAIN == 0], rest / 4)
    # A quarter stays equal: a better forecast of labels is evidence of better answers, not proof.
    return 0.25 * plain + 0.75 * told / told.sum()


def _gave_audits(
    votes: Votes, classes: int, known: Ints, beside: Floats | None, *, wanted: npt.NDArray[np.bool_]
) -> Floats:
    """Return (members, audits): the chance that each member, fitted without any audit, gives the right answer; 1 of one not wanted."""
    at = known != UNKNOWN
    blind = _members(votes, classes, nothing_known(votes), None, beside, wanted=wanted)
    nobody = np.ones(int(at.sum()))
    return np.array(
        [
            nobody if member is None else (1 - SPREAD) * member.p_label[at, known[at]] + SPREAD / classes
            for member in blind
        ]
    )


def _odds(votes: Votes, classes: int, known: Ints, start: Floats | None, beside: Floats | None) -> Floats:
    mask = hidden(votes)
    if not mask.any():
        # Every task has one label: there is nothing to foretell.
        return PLAIN
    seen = votes.keep(~mask)
    task, worker, label = votes.task[mask], votes.worker[mask], votes.label[mask]
    layout = Layout.of(seen, classes)
    scores = np.full(len(MEMBERS), -np.inf)
    every = np.ones(len(MEMBERS), np.bool_)
    members = _members(seen, classes, known, start, beside, wanted=every)
    for m, (shape, member) in enumerate(zip(MEMBERS, members, strict=True)):
        if member is not None:
            held = held_tasks(known, classes, shape.kinds)
            base = with_beside(member.log_shares, beside, held, shape.kinds)
            p_kind = np.zeros((len(votes.tasks), classes * shape.kinds))
            layout.expect(member.log_p, base, held.known, p_kind)
            scores[m] = np.log(np.maximum(member.chance(p_kind[task], worker, label), 1e-6)).mean()
    # The best member has odds 1; a member that is later found collapsed may be it, so nothing may underflow to 0.
    return np.exp(np.maximum((scores - scores.max()) / SCALE, -300))
