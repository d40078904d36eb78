"""How sure the answers of tasks are, so that an order need not ask for more of them than it takes (rules.md, section 5.8)."""

from collections.abc import Collection, Sequence

import numpy as np

from hakari.sources.label.ballots import Question
from hakari.truth.stopping import stops


def sure(questions: Sequence[Question], *, full: Collection[int], first: int) -> dict[int, float]:
    """Return by task the least robust probability of its questions' answers; tasks without an answer to any are left out.

    questions: those that have votes and more than one class. full: tasks that get all answers. first: answers that each task got at
    first.
    """
    found: dict[int, float] = {}
    for question in questions:
        votes, _, _ = question.table()
        numbers = [int(task) for task in votes.tasks]
        runs = np.array([n in full for n in numbers], np.bool_)
        # Whether enough is known is the caller's to say: it knows how many answers were ordered.
        each = stops(votes, classes=question.classes, cap=len(votes), full=runs, first=first).sure
        for n, chance in zip(numbers, each.tolist(), strict=True):
            found[n] = min(chance, found.get(n, 1.0))
    return found
