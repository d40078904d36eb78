"""How long people take for an answer, from the times of their submissions: what «pay per hour» rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from hakari.adapters.sql.figures import Sent
from hakari.core.money import UNIT

BREAK_S = 1800
"""A longer pause between two submissions is no work."""
QUICKEST_S = 1
"""Nobody reads and answers within a second: such submissions were sent by a program, or all at once."""
FEWEST = 10
"""Answers that a pace needs at least."""
HOUR_S = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """The median seconds for one answer, over `answers` answers of `people` accounts."""

    seconds: float
    answers: int
    people: int

    def hourly(self, reward: int) -> int:
        """Return what an hour at this pace pays, in micro-units, rounded down."""
        return int(reward * HOUR_S / self.seconds)

    def below(self, reward: int, floor: int) -> bool:
        """Tell whether an hour at this pace pays less than `floor` whole tokens; a floor of 0 is none."""
        return self.hourly(reward) < floor * UNIT


def pace(sent: Sequence[Sent]) -> Pace | None:
    """Return the pace of submissions in order of time, None where fewer than FEWEST answers tell.

    An answer's time is that since the account's submission before, divided by the answers of this one.
    """
    before: dict[str, int] = {}
    times: list[float] = []
    people: defaultdict[str, int] = defaultdict(int)
    for each in sent:
        last = before.get(each.account)
        before[each.account] = each.time
        if last is None or not each.answers:
            continue
        seconds = (each.time - last) / each.answers
        if seconds >= QUICKEST_S and each.time - last <= BREAK_S:
            times += [seconds] * each.answers
            people[each.account] += each.answers
    if len(times) < FEWEST:
        return None
    return Pace(seconds=median(times), answers=len(times), people=len(people))


def worked_s(sent: Sequence[Sent]) -> int:
    """Return the seconds between one account's submissions, breaks left out."""
    times = [each.time for each in sent]
    return sum(after - before for before, after in pairwise(times) if after - before <= BREAK_S)
