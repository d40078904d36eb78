"""Copy groups: found by agreement beyond audited skill, confirmed on tasks that did not choose their members."""

from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.anchors import Anchors, anchors, audited_counts, columns
from hakari.truth.dense import mixed
from hakari.truth.membership import refine, sheet
from hakari.truth.suspects import suspects
from hakari.truth.votes import UNKNOWN, Floats, Ints, Votes

FOLDS: Final = 4
MOST: Final = 8
# 100 to 1 from a worker's own labels before membership touches money.
HARD: Final = 4.6
# How far copies may stray from the sheet. Near-identical copies are looked for first: with the wide noise, a sheet that goes along
# with the crowd where it is sure draws the crowd's best people into the group.
# Who strays far is looked for last: such a group must show more than the others (`worse_by_far`).
FAR: Final = 0.25
NOISES: Final = (0.03, 0.12, FAR)
CLEAR: Final = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Why a group was confirmed, all measured on tasks that did not choose the members.

    agreement: of members with each other; by_skill: what their audited skill explains; outside: agreement with others beyond skill;
    excess: (agreement - by_skill) / (1 - by_skill); z: its size in standard errors; same_errors: how often co-members share an audited
    error, shrunk to .35 with six tasks; audited: audited labels of members; edge: their audited accuracy minus the others'.
    """

    agreement: float
    by_skill: float
    excess: float
    outside: float
    z: float
    same_errors: float
    audited: int
    edge: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Group:
    """members: sorted worker numbers; hard: those with odds above 100:1 from their own labels; evidence: log odds per member.

    proof is None for a group that was recorded elsewhere and is followed here.
    """

    members: Ints
    hard: Ints
    evidence: Floats
    proof: Proof | None


def find_groups(votes: Votes, *, classes: int, known: Ints) -> tuple[Group, ...]:
    """Return the confirmed copy groups, strongest first, none sharing a member. Without audits: none.

    known: (T,) audited class or -1. Cost: the pair product and, for each of up to ten starts, about 45 sweeps over the labels.
    """
    if not len(votes) or not bool(np.any(known != UNKNOWN)):
        return ()
    found: list[Group] = []
    free = np.ones(len(votes.workers), np.bool_)
    while len(found) < MOST:
        best = _strongest(votes.keep(free[votes.worker]), classes, known)
        if best is None:
            break
        found.append(best)
        free[best.members] = False
    return tuple(found)


def group_vote(votes: Votes, members: Ints, *, classes: int, known: Ints, clear: npt.NDArray[np.bool_]) -> Floats:
    """Return (T, K) log likelihood of a group's one vote: its sheet, read through a matrix learned from audits alone.

    clear: (T,) tasks on which the others are sure (above .9); the matrix is learned apart for clear and unclear tasks and shrunk to
    the whole with ten audits. A sheet unrelated to the truth speaks for nothing; one that is always wrong speaks against itself.
    """
    weight = np.zeros(len(votes.workers))
    weight[members] = 1.0
    answers = sheet(votes, weight, classes)
    touched = np.zeros(len(votes.tasks), np.bool_)
    touched[votes.task[weight[votes.worker] > 0]] = True
    at = (known != UNKNOWN) & touched
    whole = _reading(answers[at], known[at], classes, None)
    out = np.zeros((len(votes.tasks), classes))
    for side in (True, False):
        here = touched & (clear == side)
        read = _reading(answers[at & here], known[at & here], classes, whole)
        out[here] = np.log(np.maximum(answers[here] @ read, 1e-9))
    return out


def _reading(answers: Floats, truth: Ints, classes: int, whole: Floats | None) -> Floats:
    """Return (K, K) chance of what the sheet says, by truth, from audited rows."""
    hit = np.zeros((classes, classes))
    for k in range(classes):
        hit[:, k] = answers[truth == k].sum(axis=0)
    if whole is not None:
        return columns(hit + 10.0 * whole)
    share = answers.sum(axis=0) + 1.0
    share /= share.sum()
    chance = float((share**2).sum())
    right = float(np.trace(hit)) / (len(truth) + 2.0)
    able = max(0.0, (right - chance * len(truth) / (len(truth) + 2.0)) / (1 - chance)) if len(truth) else 0.0
    return columns(hit + 20.0 * (able * np.eye(classes) + (1 - able) * share[:, None]))


def _strongest(votes: Votes, classes: int, known: Ints) -> Group | None:
    record = anchors(votes, classes=classes, known=known)
    tried = suspects(votes, record, classes=classes)
    for noise in NOISES:
        best: Group | None = None
        most = 0.0
        seen: set[bytes] = set()
        for start, fixed_share in product(tried, (False, True)):
            found = _try(votes, classes, known, record, start, seen, fixed_share=fixed_share, noise=noise)
            if found is not None and found[0] > most:
                most, best = found
            if most > CLEAR:
                break
        if best is not None:
            return best
    return None


def _try(  # noqa: PLR0917 one attempt of `_strongest`
    votes: Votes,
    classes: int,
    known: Ints,
    record: Anchors,
    start: Floats,
    seen: set[bytes],
    *,
    fixed_share: bool,
    noise: float,
) -> tuple[float, Group] | None:
    every = np.ones(len(votes.tasks), np.bool_)
    member, evidence = refine(votes, record, known, start, use=every, fixed_share=fixed_share, noise=noise)
    inside = (member > 0.5) & (np.bincount(votes.worker, minlength=len(member)) > 0)
    if inside.tobytes() in seen or int(inside.sum()) < 3:
        return None
    seen.add(inside.tobytes())
    proof = _proof(votes, classes, known, record, member, noise)
    if proof is None or not (confirmed(proof) or (noise == FAR and worse_by_far(proof))):
        return None
    members = np.flatnonzero(inside).astype(np.int32)
    hard = members[evidence[members] > HARD]
    return proof.z, Group(members=members, hard=hard, evidence=evidence[members], proof=proof)


def confirmed(proof: Proof) -> bool:
    """Return whether a group's numbers suffice: shared errors beyond skill, or answers so equal that nothing else explains them.

    A group that audits show to be better than the rest is only collapsed when its members are near-identical: honest experts among
    spammers agree because they are right. The other way round, people who agree far beyond their skill and are not more often right
    than the others don't agree because they are right: they need no shared error (with two classes and three labels a task few are
    seen), and where audits show them worse, what they have in common with outsiders counts less: a sheet may follow the crowd. Who is
    worse and agrees with nobody else needs fewer audits still, or small jobs would never show a sheet.
    """
    identical = (
        proof.agreement > 0.96
        and proof.excess > 0.8
        and proof.excess - proof.outside > 0.6
        and proof.z > 6
        and proof.audited >= 20
        and proof.by_skill < 0.95
    )
    errors = (
        proof.excess > 0.6
        and proof.excess - proof.outside > 0.4
        and proof.z > 4
        and proof.same_errors > 0.55
        and proof.audited >= 5
    )
    blind = proof.excess > 0.6 and proof.excess - proof.outside > 0.5 and proof.z > 8 and proof.audited >= 20
    worse = (
        proof.excess > 0.6
        and proof.excess - proof.outside > 0.25
        and proof.z > 8
        and proof.same_errors > 0.55
        and proof.audited >= 20
    )
    apart = proof.excess > 0.7 and proof.excess - proof.outside > 0.65 and proof.z > 5.5 and proof.audited >= 10
    return (
        identical
        or (errors and proof.edge <= 0.10)
        or (blind and proof.edge <= 0.0)
        or (worse and proof.edge <= -0.08)
        or (apart and proof.edge <= -0.05)
    )


def worse_by_far(proof: Proof) -> bool:
    """Return whether people who stray far from what they share are a group all the same: nothing but a sheet explains their agreement.

    Beyond their skill they agree half as often as copies would, but by ten standard errors, on the same errors, with nobody else, and
    audits show them worse than the others by more than small samples do. To count them once costs little even where they only share a
    misunderstanding.
    """
    return (
        proof.excess > 0.35
        and proof.excess - proof.outside > 0.3
        and proof.z > 10
        and proof.same_errors > 0.5
        and proof.audited >= 40
        and proof.edge <= -0.1
    )


def _proof(  # noqa: PLR0917 as `_try`
    votes: Votes, classes: int, known: Ints, record: Anchors, member: Floats, noise: float
) -> Proof | None:
    fold = np.array([int(mixed(t, 4) % np.uint64(FOLDS)) for t in range(len(votes.tasks))])
    agreed = pairs = beside = crossed = same = wrong_tasks = 0.0
    audited = np.zeros((2, classes, classes))
    wrong_labels = 0.0
    for f in range(FOLDS):
        inside, _ = refine(votes, record, known, member, use=fold != f, sweeps=5, noise=noise)
        here = votes.keep(fold[votes.task] == f)
        if int((inside > 0.5).sum()) < 3:
            continue
        side = (inside > 0.5)[here.worker]
        both = _both(here, side, classes)
        size = both.size[here.task]
        pairs += float((side & (size > 1)).sum())
        agreed += float((both.same[side & (size > 1)] / (size[side & (size > 1)] - 1)).sum())
        outside = side & (both.others[here.task] > 0)
        beside += float((both.same_outside[outside] / both.others[here.task][outside]).sum())
        crossed += float(outside.sum())
        audited += audited_counts(here, np.where(side, 0, 1).astype(np.int32), 2, classes, known)
        truth = known[here.task]
        wrong = side & (truth != UNKNOWN) & (here.label != truth) & (size > 1)
        same += float((both.same[wrong] / (size[wrong] - 1)).sum())
        wrong_labels += float(wrong.sum())
        wrong_tasks += len(np.unique(here.task[wrong]))
    if pairs < 8 or not crossed:
        return None
    ours, theirs = columns(audited[0] + 2 * record.pool), columns(audited[1] + 2 * record.pool)
    by_skill = float((record.shares * (ours**2).sum(axis=0)).sum())
    across = float((record.shares * (ours * theirs).sum(axis=0)).sum())
    agreement = agreed / pairs
    error_rate = same / wrong_labels if wrong_labels else 0.0
    return Proof(
        agreement=agreement,
        by_skill=by_skill,
        excess=(agreement - by_skill) / (1 - by_skill),
        outside=max(0.0, (beside / crossed - across) / (1 - across)),
        z=(agreement - by_skill) * sqrt(pairs / 2) / sqrt(by_skill * (1 - by_skill)),
        same_errors=(wrong_tasks * error_rate + 6 * 0.35) / (wrong_tasks + 6),
        audited=int(audited[0].sum()),
        edge=_accuracy(audited[0]) - _accuracy(audited[1]),
    )


def _accuracy(counts: Floats) -> float:
    return float((np.trace(counts) + 1) / (counts.sum() + 2))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Both:
    size: Ints
    others: Ints
    same: Floats
    same_outside: Floats


def _both(votes: Votes, side: npt.NDArray[np.bool_], classes: int) -> _Both:
    cell = votes.task.astype(np.int64) * classes + votes.label
    length = len(votes.tasks) * classes
    inside = np.bincount(cell, weights=side, minlength=length)
    outside = np.bincount(cell, weights=~side, minlength=length)
    return _Both(
        size=inside.reshape(-1, classes).sum(axis=1).astype(np.int32),
        others=outside.reshape(-1, classes).sum(axis=1).astype(np.int32),
        same=(inside[cell] - side).astype(np.float64),
        same_outside=outside[cell].astype(np.float64),
    )
