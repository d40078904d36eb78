"""Where audits tell most: how doubtful each account's answers are by what the log says, and tasks drawn by that weight.

Whole numbers from public statements alone, so that anyone draws the same. Signs of one person behind many accounts only ever raise
the weight with which a task is audited: they refuse nothing and convict nobody. docs/reference/rules.md, section 5.2.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hakari.core.ids import Account
from hakari.core.money import BPS

PREFIX = b"aim"
EVEN = 100
"""Weight of every task: none is ever out of reach, and none is ever sure to be drawn."""

NEVER = 30
"""An account that was never settled in the pool: nothing is known of it."""
DOUBT = 100
"""At most, for audited answers below the declared skill and half a tenth."""
MARGIN_BPS, BELOW_BPS = 500, 2000
ENOUGH = 10
"""Audited answers from which doubt counts in full."""
SURPLUS, MOST_SURPLUS = 30, 5
"""For each wrong audited answer beyond what the bound on wrong ones expects, and how many of these count."""
KIN = 100
"""An account that verdicts of the pool found in a copy group: its sheet overlapped with another's where both were wrong."""
LINKED = 50
"""An account that money ties to another one with answers in the order (work/funding.py), where the order asks for it."""
HASTE, HASTY = 50, 4
"""An account that answers so many times faster than the median one of the order."""
FEWEST = 3
"""Accounts that a median of paces needs at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What the log says of an account's part in an order: the tasks that were assigned to it, the times of its first assignment and of
    its newest submission (Unix seconds), its answers in number."""

    tasks: Collection[int]
    first: int
    last: int
    answers: int

    @property
    def pace(self) -> int:
        """Milliseconds an answer."""
        return 1000 * max(0, self.last - self.first) // self.answers if self.answers else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What settlements and verdicts of the pool left of an account. right, wrong: audited answers under the order's own bound. linked:
    whether money ties it to another account of the order."""

    judged: int
    right: int
    wrong: int
    kin: bool
    linked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A draw's inputs beside its seed: what each account of the order did, what it is known for, and the declared minimum skill."""

    given: Mapping[Account, Given]
    past: Mapping[Account, Past]
    min_skill_bps: int


def gathered(
    assigned: Iterable[tuple[Account, int, Iterable[int]]], sent: Iterable[tuple[Account, int, int]]
) -> dict[Account, Given]:
    """Return each account's part in an order. assigned: (account, time, tasks) of assignments as work; sent: (account, time, number of
    answers) of submissions. In any order."""
    tasks: dict[Account, set[int]] = {}
    first: dict[Account, int] = {}
    for account, time, given in assigned:
        tasks.setdefault(account, set()).update(given)
        first[account] = min(first.get(account, time), time)
    last: dict[Account, int] = {}
    answers: dict[Account, int] = {}
    for account, time, count in sent:
        last[account] = max(last.get(account, time), time)
        answers[account] = answers.get(account, 0) + count
    return {
        account: Given(
            tasks=theirs,
            first=first[account],
            last=last.get(account, first[account]),
            answers=answers.get(account, 0),
        )
        for account, theirs in tasks.items()
    }


def answering(given: Mapping[Account, Given]) -> frozenset[Account]:
    """Return the accounts that have answers in the order."""
    return frozenset(account for account, part in given.items() if part.answers)


def weights(parts: Parts, tasks: int) -> list[int]:
    """Return each task's weight: EVEN, and the suspicion of every account that it was assigned to, by the part that it answered."""
    found = [EVEN] * tasks
    median = _median([each.pace for each in parts.given.values() if each.answers])
    for account, given in parts.given.items():
        if not given.answers:
            continue
        doubt = suspicion(given, parts.past[account], min_skill_bps=parts.min_skill_bps, median=median)
        # Who lets tasks lapse, or answers few of many, draws no audits to others by it.
        share = doubt * min(given.answers, len(given.tasks)) // max(1, len(given.tasks))
        for task in given.tasks:
            found[task] += share
    return found


def suspicion(given: Given, past: Past, *, min_skill_bps: int, median: int | None) -> int:
    """Return how doubtful an account's answers are: 0 for who is known to be good."""
    audited = past.right + past.wrong
    skill = (past.right * BPS + 2 * min_skill_bps) // (audited + 2)
    below = min(BELOW_BPS, max(0, min_skill_bps + MARGIN_BPS - skill)) if audited else 0
    expected = audited * (BPS - min_skill_bps) // BPS
    return (
        NEVER * (past.judged == 0)
        + DOUBT * below * min(audited, ENOUGH) // (BELOW_BPS * ENOUGH)
        + SURPLUS * min(MOST_SURPLUS, max(0, past.wrong - expected))
        + KIN * past.kin
        + LINKED * past.linked
        + HASTE * (median is not None and given.pace * HASTY < median)
    )


def _median(paces: Sequence[int]) -> int | None:
    return sorted(paces)[len(paces) // 2] if len(paces) >= FEWEST else None


def aimed(drawn_by: bytes, weights: Sequence[int], *, among: Iterable[int], count: int) -> list[int]:
    """Return `count` of these tasks drawn by weight, one after another without putting back, ascending by number.

    The i-th draw takes r = H(seed ‖ «aim» ‖ i) modulo what is left of the weights, and the first task, ascending, at which their
    running total exceeds r. Cost O((tasks + count) log tasks).
    """
    left = sorted(among)
    sums = _Sums([weights[task] for task in left])
    chosen: list[int] = []
    for i in range(min(count, len(left))):
        hashed = hashlib.sha256(drawn_by + PREFIX + i.to_bytes(8, "big")).digest()
        chosen.append(left[sums.take(int.from_bytes(hashed, "big") % sums.total)])
    return sorted(chosen)


class _Sums:
    """Running totals of positive whole numbers of which some are taken away (a Fenwick tree)."""

    def __init__(self, each: Sequence[int]) -> None:
        self._each = list(each)
        self._tree = [0, *each]
        for place in range(1, len(self._tree)):
            above = place + (place & -place)
            if above < len(self._tree):
                self._tree[above] += self._tree[place]
        self.total = sum(each)

    def take(self, under: int) -> int:
        """Remove and return the first place at which the running total exceeds `under`, which is below the total."""
        place = 0
        step = 1 << (len(self._each).bit_length())
        while step:
            if place + step < len(self._tree) and self._tree[place + step] <= under:
                place += step
                under -= self._tree[place]
            step >>= 1
        gone, at = self._each[place], place + 1
        self._each[place] = 0
        self.total -= gone
        while at < len(self._tree):
            self._tree[at] -= gone
            at += at & -at
        return place
