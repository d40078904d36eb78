"""Crowds made up for tests, from fixed seeds."""

from collections.abc import Sequence

import numpy as np

from hakari.truth.votes import Ints, Votes

CROWD = "../shared/data/crowd"


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{i:05d}" for i in range(count)]


def crowd(
    *,
    tasks: int = 200,
    workers: int = 30,
    per_task: int = 5,
    classes: int = 3,
    skill: float | Sequence[float] = 0.75,
    seed: int = 0,
) -> tuple[Votes, Ints]:
    """Return honest independent votes and the truth. skill: of all workers or of each."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, tasks).astype(np.int32)
    task = np.repeat(np.arange(tasks), per_task)
    worker = np.concatenate([rng.choice(workers, per_task, replace=False) for _ in range(tasks)])
    wrong = (true[task] + rng.integers(1, classes, len(task))) % classes
    label = np.where(rng.random(len(task)) < np.broadcast_to(skill, workers)[worker], true[task], wrong)
    votes = Votes.from_arrays(
        task, worker, label, classes=classes, tasks=names("t", tasks), workers=names("w", workers)
    )
    return votes, true


def rows(votes: Votes) -> list[tuple[str, str, int]]:
    return [
        (votes.tasks[t], votes.workers[w], int(label))
        for t, w, label in zip(votes.task, votes.worker, votes.label, strict=True)
    ]


def with_army(votes: Votes, true: Ints, *, members: int, classes: int, noise: float = 0.0, seed: int = 1) -> Votes:
    """Return the votes with `members` accounts that copy one random sheet on every task that they answer (two in three)."""
    rng = np.random.default_rng(seed)
    sheet = rng.integers(0, classes, len(votes.tasks))
    more = []
    for m in range(members):
        for t, name in enumerate(votes.tasks):
            if rng.random() < 0.66:
                label = sheet[t] if rng.random() >= noise else rng.integers(0, classes)
                more.append((name, f"~sybil{m:03d}", int(label)))
    return Votes.from_rows([*rows(votes), *more], classes=classes)


def accuracy(p_label: np.ndarray, true: Ints) -> float:
    return float((p_label.argmax(axis=1) == true).mean())
