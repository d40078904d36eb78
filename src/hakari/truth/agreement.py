"""Reports about a crowd: how far it agrees, who says what when something is right, how many voices there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np

from hakari.truth.dense import mixed
from hakari.truth.votes import BadVotes, EmptyVotes, Floats, Votes

Scale = Literal["nominal", "ordinal", "interval"]

A = TypeVar("A")

# Likenesses of texts and polygons are dear; so many pairs give alpha to about two hundredths.
PAIRS: Final = 1000
# Of more values of one task so many stand for all.
JURY: Final = 30
# A group with fewer people is not named: its share would be somebody's.
NAMED: Final = 20


def krippendorff(votes: Votes, *, classes: int, scale: Scale = "nominal", values: Sequence[float] = ()) -> float | None:
    """Return Krippendorff's alpha: 1 for full agreement, 0 for what chance gives, below 0 for systematic disagreement.

    None where it is not defined: no task has two labels, or all labels of such tasks are one class. values: the classes as numbers, for
    «interval» (0, 1, 2, … if not given). Source: Krippendorff 2011, «Computing Krippendorff's Alpha-Reliability».
    """
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    if values and len(values) != classes:
        raise BadVotes(f"a value for each of {classes} classes expected, got {len(values)}")
    table = counted(votes, classes)
    size = table.sum(axis=1)
    table, size = table[size >= 2], size[size >= 2]
    weighted = table / np.maximum(size - 1, 1)[:, None]
    met = weighted.T @ table - np.diag(weighted.sum(axis=0))
    mass = met.sum(axis=0)
    total = float(mass.sum())
    far = _distance(mass, scale, np.array(values or range(classes), np.float64))
    expected = float((np.outer(mass, mass) * far).sum())
    return None if expected <= 0 else 1 - (total - 1) * float((met * far).sum()) / expected


def _distance(mass: Floats, scale: Scale, values: Floats) -> Floats:
    if scale == "nominal":
        return 1.0 - np.eye(len(mass))
    if scale == "interval":
        return (values[:, None] - values[None, :]) ** 2
    upto = np.cumsum(mass) - mass / 2
    return (upto[:, None] - upto[None, :]) ** 2


def counted(votes: Votes, classes: int) -> Floats:
    """Return (T, K): how often each task was given each class."""
    cell = votes.task.astype(np.int64) * classes + votes.label
    return np.bincount(cell, minlength=len(votes.tasks) * classes).reshape(-1, classes).astype(np.float64)


def alpha_of_likeness(groups: Sequence[Sequence[A]], likeness: Callable[[A, A], float]) -> float | None:
    """Return Krippendorff's alpha for values of any form, a pair of them being as far apart as they are not alike (0 to 1).

    groups: the values given to each task, in a fixed order. None where no task has two values, or values of different tasks are all
    alike. A pair inside a group of m counts 1 / (m - 1), as in `krippendorff`. Groups are taken in order of a hash until they hold
    PAIRS pairs, of a large one JURY values, and PAIRS pairs across groups are drawn: it costs at most about 2 · PAIRS likenesses.
    """
    several = [group for group in groups if len(group) >= 2]
    if len(several) < 2:
        return None
    apart, mass, pairs = 0.0, 0.0, 0
    for g in sorted(range(len(several)), key=lambda g: int(mixed(g, 4))):
        if pairs >= PAIRS:
            break
        given = several[g]
        some = [given[n] for n in sorted(range(len(given)), key=lambda n: int(mixed(g, n + 5)))[:JURY]]
        far = [1 - likeness(one, other) for n, one in enumerate(some) for other in some[:n]]
        pairs += len(far)
        apart += sum(far) * len(given) / (len(some) * (len(some) - 1))
        mass += len(given) / 2
    chance: list[float] = []
    for n in range(PAIRS):
        here, there = (int(mixed(n, side)) % len(several) for side in (0, 1))
        if here != there:
            one, other = several[here], several[there]
            chance.append(1 - likeness(one[int(mixed(n, 2)) % len(one)], other[int(mixed(n, 3)) % len(other)]))
    expected = sum(chance) / len(chance) if chance else 0.0
    return None if expected <= 0 else 1 - apart / mass / expected


def confusion(votes: Votes, p_label: Floats) -> Floats:
    """Return (K, K) expected counts of [said, true] under beliefs p_label (T, K): all labels, all workers."""
    if p_label.shape[0] != len(votes.tasks):
        raise BadVotes(f"beliefs about {len(votes.tasks)} tasks expected, got {p_label.shape[0]}")
    out = np.zeros((p_label.shape[1], p_label.shape[1]))
    np.add.at(out, votes.label, p_label[votes.task])
    return out


@dataclass(frozen=True, kw_only=True, slots=True)
class Diversity:
    """top, top_ten: share of all labels that the most active one and ten workers gave. voices: the number of equally active workers
    that would be as diverse (1 / sum of squared shares). groups: share of labels by declared group of 20 people or more; «other» is
    everyone else who declared one, «not declared» the rest."""

    workers: int
    top: float
    top_ten: float
    voices: float
    groups: Mapping[str, float]


def diversity(votes: Votes, declared: Mapping[str, str] | None = None) -> Diversity:
    """Return how many voices speak in these labels. declared: worker → language or region, for those who told."""
    if not len(votes):
        raise EmptyVotes("at least one label expected, got none")
    each = np.bincount(votes.worker, minlength=len(votes.workers))
    shares = np.sort(each / each.sum())[::-1]
    told = declared or {}
    present = {name: told[name] for w, name in enumerate(votes.workers) if each[w] and name in told}
    people: dict[str, int] = {}
    for group in present.values():
        people[group] = people.get(group, 0) + 1
    sums: dict[str, int] = {}
    for w, name in enumerate(votes.workers):
        if each[w]:
            group = present.get(name)
            word = "not declared" if group is None else group if people[group] >= NAMED else "other"
            sums[word] = sums.get(word, 0) + int(each[w])
    return Diversity(
        workers=int((each > 0).sum()),
        top=float(shares[0]),
        top_ten=float(shares[:10].sum()),
        voices=float(1 / (shares**2).sum()),
        groups={name: count / len(votes) for name, count in sorted(sums.items())} if told else {},
    )
