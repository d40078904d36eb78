"""Reports about a crowd: how far it agrees, who says what when something is right, how many voices there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hakari.truth.votes import BadVotes, EmptyVotes, Floats, Votes

Scale = Literal["nominal", "ordinal", "interval"]

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
