"""How answers to the same task split: what a guideline left open shows there first. Nothing is paid or decided by these figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

from hakari.core.money import BPS


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """What a task's answers say to one question. counts: (value, answers), the most frequent first, then by value."""

    task: int
    control: str
    counts: tuple[tuple[str, int], ...]

    @property
    def answers(self) -> int:
        """How many answers there are."""
        return sum(count for _, count in self.counts)

    @property
    def agreeing(self) -> int:
        """Pairs of answers that say the same."""
        return sum(comb(count, 2) for _, count in self.counts)

    @property
    def pairs(self) -> int:
        """Pairs of answers."""
        return comb(self.answers, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixed:
    """Two values that were given for the same tasks: `pairs` pairs of answers, on `tasks` tasks. one, other: ascending."""

    control: str
    one: str
    other: str
    pairs: int
    tasks: int


def splits(answers: Iterable[tuple[int, Mapping[str, str]]]) -> list[Split]:
    """Return how answers split, by task and question. answers: (task, question → value)."""
    said: dict[tuple[int, str], Counter[str]] = {}
    for task, values in answers:
        for control, value in values.items():
            said.setdefault((task, control), Counter())[value] += 1
    return [
        Split(task=task, control=control, counts=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))))
        for (task, control), counts in sorted(said.items())
    ]


def agreement_bps(found: Iterable[Split]) -> dict[str, int]:
    """Return by question the share of pairs of answers to the same task that agree; questions without a pair are left out."""
    agreeing, pairs = Counter[str](), Counter[str]()
    for each in found:
        agreeing[each.control] += each.agreeing
        pairs[each.control] += each.pairs
    return {control: agreeing[control] * BPS // count for control, count in sorted(pairs.items()) if count}


def mixed(found: Iterable[Split], *, most: int) -> list[Mixed]:
    """Return which values are given for the same tasks, the most frequent pairs first, at most `most`."""
    pairs, tasks = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for each in found:
        for (one, left), (other, right) in combinations(sorted(each.counts), 2):
            pairs[each.control, one, other] += left * right
            tasks[each.control, one, other] += 1
    frequent = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return [Mixed(control=key[0], one=key[1], other=key[2], pairs=count, tasks=tasks[key]) for key, count in frequent]
