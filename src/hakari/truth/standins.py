"""Made-up crowds that real sets don't stand for: skewed classes, few labels a task, errors that people share, many classes."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hakari.truth.attacks import Row
from hakari.truth.votes import BadVotes


@dataclass(frozen=True, kw_only=True, slots=True)
class Make:
    """skew: share of the commonest class (the others are equal). skill: mean accuracy of a worker on a plain task; hard: share of tasks
    that mislead, on which workers give one same wrong class with chance `misled`. each: labels a task."""

    tasks: int
    workers: int
    each: int
    classes: int
    skew: float
    skill: float
    hard: float = 0.0
    misled: float = 0.6


MAKES: Final = {
    "balanced": Make(tasks=400, workers=40, each=6, classes=3, skew=1 / 3, skill=0.75),
    "skewed": Make(tasks=600, workers=40, each=5, classes=2, skew=0.88, skill=0.8),
    "thin": Make(tasks=800, workers=60, each=3, classes=2, skew=0.7, skill=0.8),
    "correlated": Make(tasks=500, workers=40, each=7, classes=2, skew=0.5, skill=0.82, hard=0.25),
    "many": Make(tasks=400, workers=40, each=5, classes=12, skew=0.2, skill=0.65),
}


def made(name: str, *, seed: int = 0) -> tuple[list[Row], dict[str, str]]:
    """Return (task, worker, label) rows in a random order of arrival and the truth. Raises BadVotes for an unknown name."""
    if name not in MAKES:
        raise BadVotes(f"one of {', '.join(MAKES)} expected, got {name!r}")
    make = MAKES[name]
    rng = np.random.default_rng([seed, list(MAKES).index(name)])
    classes = make.classes
    share = np.full(classes, (1 - make.skew) / (classes - 1))
    share[0] = make.skew
    true = rng.choice(classes, make.tasks, p=share)
    trap = (true + rng.integers(1, classes, make.tasks)) % classes
    hard = rng.random(make.tasks) < make.hard
    # Skills spread as in real crowds: most near the mean, some near guessing. Careers are long-tailed, as they are in all real sets.
    skill = 1 / classes + (1 - 1 / classes) * rng.beta(
        4, 4 * (1 - make.skill) / (make.skill - 1 / classes), make.workers
    )
    pull = rng.pareto(1.5, make.workers) + 0.2
    rows: list[Row] = []
    for t in range(make.tasks):
        for w in rng.choice(make.workers, make.each, replace=False, p=pull / pull.sum()).tolist():
            if hard[t] and rng.random() < make.misled:
                label = trap[t]
            elif rng.random() < skill[w]:
                label = true[t]
            else:
                label = (true[t] + rng.integers(1, classes)) % classes
            rows.append((f"t{t:05d}", f"w{w:04d}", f"c{int(label):02d}"))
    order = rng.permutation(len(rows))
    return [rows[i] for i in order], {f"t{t:05d}": f"c{int(k):02d}" for t, k in enumerate(true)}


def thinned(rows: list[Row], *, each: int, seed: int = 0) -> list[Row]:
    """Return at most `each` labels of every task, chosen at random, in the order of arrival."""
    rng = np.random.default_rng([seed, each])
    order = rng.permutation(len(rows))
    taken: dict[str, int] = {}
    kept: list[int] = []
    for i in order.tolist():
        task = rows[i][0]
        if taken.get(task, 0) < each:
            taken[task] = taken.get(task, 0) + 1
            kept.append(i)
    return [rows[i] for i in sorted(kept)]


def skewed(rows: list[Row], truth: dict[str, str], *, share: float, seed: int = 0) -> tuple[list[Row], dict[str, str]]:
    """Return the set with tasks left out at random until the commonest class has `share` of those with a truth."""
    rng = np.random.default_rng([seed, 9])
    names = sorted(truth)
    count = {label: sum(1 for t in names if truth[t] == label) for label in sorted(set(truth.values()))}
    top = max(sorted(count), key=lambda label: count[label])
    rest = [t for t in names if truth[t] != top]
    most = int(count[top] * (1 - share) / share)
    kept = {t for t in names if truth[t] == top} | {rest[i] for i in rng.permutation(len(rest))[:most].tolist()}
    return [row for row in rows if row[0] in kept], {t: truth[t] for t in sorted(kept)}
