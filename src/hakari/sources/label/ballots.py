"""A question of a labelling configuration: who said which class of which task, and of which tasks the right class is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hakari.sources.kind import Answer
from hakari.truth.votes import UNKNOWN, Ints, Votes


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """votes: (place of the answer in its batch, the answer, its class); classes: how many; known: the right class by task."""

    votes: Sequence[tuple[int, Answer, int]]
    classes: int
    known: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def settled(self) -> bool:
        """Whether nothing can be wrong: nobody voted, or there is one class."""
        return not self.votes or self.classes < 2

    def table(self) -> tuple[Votes, Ints, list[int]]:
        """Return the votes by (task, account), each task's known class or -1, and each vote's place in the batch."""
        votes = Votes.from_rows(
            [(f"{answer.task:010d}", answer.account, label) for _, answer, label in self.votes], classes=self.classes
        )
        known = np.array([self.known.get(int(task), UNKNOWN) for task in votes.tasks], np.int32)
        # The table's order is (task, account); so is this.
        places = [place for place, _, _ in sorted(self.votes, key=lambda vote: (vote[1].task, vote[1].account))]
        return votes, known, places
