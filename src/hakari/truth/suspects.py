"""Where to start looking for copy groups: pairs that agree too often, bad audit records, those whom the consensus follows."""

from typing import Final

import numpy as np
import numpy.typing as npt

from hakari.truth.anchors import Anchors
from hakari.truth.dense import mixed
from hakari.truth.majority import shares
from hakari.truth.votes import Floats, Ints, Votes

# Labels of one task beyond this many are thinned by hash before pairs are formed: cost stays O(labels * 200).
CROWDED: Final = 200
VECTORS: Final = 4


def suspects(votes: Votes, found: Anchors, *, classes: int) -> list[Floats]:
    """Return first memberships (W,), at most ten, in a fixed order."""
    tried = [_marked(vector > 0.4 * _top(vector)) for each in _directions(votes, found) for vector in (each, -each)]
    tried.append(_by_record(votes, found, classes))
    tried.append(_by_consensus(votes, classes))
    return [each for each in tried if 3 <= int((each > 0.5).sum()) < len(votes.workers)]


def _marked(member: npt.NDArray[np.bool_]) -> Floats:
    return np.where(member, 0.9, 0.0)


def _top(vector: Floats) -> float:
    count = max(1, len(vector) // 20)
    return max(float(np.sort(vector)[-count:].mean()), 1e-9)


def pairs(votes: Votes) -> tuple[Ints, Ints, Floats, Floats]:
    """Return (i, j, together, agreed) for every pair of workers i < j with a common task, in order of (i, j)."""
    rank = np.arange(len(votes)) - np.searchsorted(votes.task, votes.task)
    size = np.bincount(votes.task, minlength=len(votes.tasks))[votes.task]
    kept = votes
    if int(size.max(initial=0)) > CROWDED:
        code = np.array([mixed(t, w) >> np.uint64(40) for t, w in zip(votes.task, votes.worker, strict=True)], np.int64)
        order = np.lexsort((code, votes.task))
        place = np.empty(len(votes), np.int64)
        place[order] = rank
        kept = votes.keep(place < CROWDED)
    keys: list[Ints] = []
    same: list[Ints] = []
    for step in range(1, min(CROWDED, int(size.max(initial=1)))):
        here = np.flatnonzero(kept.task[:-step] == kept.task[step:])
        if not len(here):
            break
        keys.append(kept.worker[here].astype(np.int64) * len(votes.workers) + kept.worker[here + step])
        same.append(kept.label[here] == kept.label[here + step])
    if not keys:
        nothing = np.zeros(0, np.int32)
        return nothing, nothing, np.zeros(0), np.zeros(0)
    key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    together = np.bincount(inverse).astype(np.float64)
    agreed = np.bincount(inverse, weights=np.concatenate(same)).astype(np.float64)
    i, j = np.divmod(key, len(votes.workers))
    return i.astype(np.int32), j.astype(np.int32), together, agreed


def _directions(votes: Votes, found: Anchors) -> list[Floats]:
    """Return the leading eigenvectors of how much more each pair agrees than two independent workers of their audited skill."""
    i, j, together, agreed = pairs(votes)
    count = len(votes.workers)
    if not len(i) or count < 3:
        return []
    expected = np.zeros(len(i))
    for k, share in enumerate(found.shares.tolist()):
        expected += share * (found.confusion[i, :, k] * found.confusion[j, :, k]).sum(axis=1)
    z = (agreed - together * expected) / np.sqrt(together * expected * (1 - expected) + 1)
    width = min(count, 2 * VECTORS)
    basis = np.array(
        [
            [1.0 if c == 0 else float(mixed(w, c) % np.uint64(1001)) / 500 - 1 for c in range(width)]
            for w in range(count)
        ]
    )
    basis = _orthonormal(basis)
    # The shift makes the largest eigenvalues, not the most negative, come out first.
    shift = float(np.bincount(i, np.abs(z), count).max() + np.bincount(j, np.abs(z), count).max())
    image = basis
    for _ in range(40):
        image = np.stack(
            [np.bincount(i, z * basis[j, c], count) + np.bincount(j, z * basis[i, c], count) for c in range(width)],
            axis=1,
        )
        basis = _orthonormal(image + 0.3 * shift * basis)
    value = (basis * image).sum(axis=0)
    order = np.argsort(-value, kind="stable")[:VECTORS]
    return [basis[:, c] * (1.0 if basis[:, c].sum() >= 0 else -1.0) for c in order]


def _orthonormal(columns: Floats) -> Floats:
    out = columns.copy()
    for c in range(out.shape[1]):
        for _ in range(2):
            for before in range(c):
                out[:, c] -= (out[:, before] * out[:, c]).sum() * out[:, before]
        out[:, c] /= max(float(np.sqrt((out[:, c] ** 2).sum())), 1e-300)
    return out


def _by_record(votes: Votes, found: Anchors, classes: int) -> Floats:
    """Return the chance that a worker's audited labels ignore the truth; sparse jobs have few pairs but always have this."""
    share = np.bincount(votes.label, minlength=classes) + 1.0
    share /= share.sum()
    blind = found.counts.sum(axis=2) @ np.log(share)
    pool = found.pool
    chance = np.full(len(votes.workers), 0.3)
    for _ in range(10):
        able = (found.counts * np.log(pool)).sum(axis=(1, 2))
        part = float(np.clip(chance.mean(), 0.05, 0.6))
        chance = 1 / (1 + np.exp(-np.clip(blind - able + np.log(part / (1 - part)), -50, 50)))
        pool = ((1 - chance)[:, None, None] * found.counts).sum(axis=0) + 1.0
        pool /= pool.sum(axis=0)
    return chance


def _by_consensus(votes: Votes, classes: int) -> Floats:
    """Mark the workers closest to the plain consensus, up to 40 % of the labels: an army of that size becomes the consensus."""
    plain = shares(votes, classes).argmax(axis=1)
    total = np.bincount(votes.worker, minlength=len(votes.workers)).astype(np.float64)
    agreed = np.bincount(votes.worker, weights=votes.label == plain[votes.task], minlength=len(votes.workers))
    order = np.argsort(-(agreed + 2) / (total + 4), kind="stable")
    taken = np.cumsum(total[order]) <= 0.4 * len(votes)
    member = np.zeros(len(total), np.bool_)
    member[order[taken]] = True
    return _marked(member)
