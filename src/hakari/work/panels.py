"""Who answers blind: tasks and panels drawn by randomness that did not exist when the last answer was given.

The seed mixes the log's root at the first anchored checkpoint over all answers with the hash of the block that holds the anchor.
docs/reference/rules.md, section 5.2.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId, account
from hakari.work import aim
from hakari.work.quality import REVIEWERS, SEATS, Quality

PREFIX = b"hakari.draw.v1\n"

PLACES = 4
"""Accounts on a panel of auditors: two seats, and two who step in."""
REVIEW_PLACES = REVIEWERS[-1] + 2
"""Accounts on a panel of reviewers: all who may be asked, and two who step in."""

Kin = Mapping[Account, frozenset[str]]
"""The copy groups that accounts were found in, by any names that tell groups apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """The accounts that may answer a task blind: seats first, then who steps in."""

    task: int
    accounts: tuple[Account, ...]

    def line(self) -> dict[str, Json]:
        """Return the evidence line of this panel."""
        return {"panel": list[Json](self.accounts), "task": self.task}


def seed(*, root: bytes, block_hash: str, order: StatementId, role: str) -> bytes:
    """Return the 32 bytes from which everything of a draw follows."""
    return hashlib.sha256(PREFIX + root + bytes.fromhex(block_hash) + bytes.fromhex(order) + role.encode()).digest()


def tasks(drawn_by: bytes, among: Iterable[int], count: int) -> list[int]:
    """Return the `count` tasks with the smallest hashes, ascending by number."""
    placed = sorted((hashlib.sha256(drawn_by + _word(n)).digest(), n) for n in among)
    return sorted(n for _, n in placed[:count])


def panel(drawn_by: bytes, task: int, *, roster: Collection[Account], seats: int, kin: Kin, workers: Kin) -> Panel:
    """Return a task's panel: of the roster the accounts with the smallest hashes, none of a group with another or with a worker.

    roster: who is in service and not barred. kin: groups of the roster's accounts. workers: groups of the order's workers.
    """
    placed = sorted((hashlib.sha256(drawn_by + _word(task) + bytes.fromhex(who[2:])).digest(), who) for who in roster)
    taken = frozenset[str]().union(*workers.values())
    chosen: list[Account] = []
    for _, who in placed:
        groups = kin.get(who, frozenset())
        if groups & taken:
            continue
        chosen.append(who)
        taken |= groups
        if len(chosen) == seats:
            break
    return Panel(task=task, accounts=tuple(chosen))


def draw(
    drawn_by: bytes,
    *,
    among: Collection[int],
    count: int,
    roster: Collection[Account],
    seats: int,
    kin: Kin,
    workers: Iterable[Account],
    weights: Sequence[int] = (),
    by_weight: int = 0,
) -> list[Panel]:
    """Return the panels of a draw, ascending by task. by_weight: how many of its tasks are drawn by `weights` (aim.weights)."""
    theirs = {who: kin[who] for who in workers if who in kin}
    evenly = tasks(drawn_by, among, count - by_weight)
    rest = set(among) - set(evenly)
    chosen = sorted([*evenly, *aim.aimed(drawn_by, weights, among=rest, count=by_weight)]) if by_weight else evenly
    return [panel(drawn_by, n, roster=roster, seats=seats, kin=kin, workers=theirs) for n in chosen]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """What a role's draw is over: its tasks, how many of them, how many accounts a panel has, and how many tasks by weight."""

    role: str
    among: tuple[int, ...]
    count: int
    places: int
    aimed: int = 0


def lot(declared: Quality, role: str, *, tasks: int, appealed: Collection[int], audited: Collection[int] = ()) -> Lot:
    """Return what is drawn for a role. tasks: how many the order has. appealed: those that somebody appealed of. audited: those that
    are drawn for audits; no reviewer is asked of them. Raises Malformed."""
    if role == "audit" and declared.audits is not None:
        count = declared.audits.count(tasks)
        aimed = declared.audits.aimed(tasks)
        return Lot(role=role, among=tuple(range(tasks)), count=count, places=PLACES, aimed=aimed)
    if role == "review" and declared.reviews is not None:
        among = tuple(task for task in range(tasks) if task not in audited)
        count = declared.reviews.count(tasks, declared.audits)
        return Lot(role=role, among=among, count=count, places=REVIEW_PLACES)
    if role == "jury" and declared.appeals is not None:
        among = tuple(sorted(appealed))
        count = min(len(among), declared.appeals.tasks)
        return Lot(role=role, among=among, count=count, places=declared.appeals.jurors + PLACES - SEATS)
    raise Malformed(f"the order asks for no answers in the role {role!r}", pointer="/body/role")


def read_panels(lines: Iterable[Mapping[str, Json]]) -> list[Panel]:
    """Return the panels of evidence lines. Raises Malformed naming the line."""
    found: list[Panel] = []
    for number, line in enumerate(lines, 1):
        task, members = line.get("task"), line.get("panel")
        if set(line) != {"panel", "task"} or not isinstance(task, int) or not isinstance(members, list):
            raise Malformed(f'line {number}: {{"panel":[account,…],"task":n}} expected, got {line}')
        found.append(Panel(task=task, accounts=tuple(account(each) for each in members)))
    return found


def open_seats(panel: Panel, answered: Collection[Account], *, wanted: int, late: bool) -> list[Account]:
    """Return who of a panel may answer its task now.

    answered: who has. wanted: answers that the task wants in all, given those so far. late: half of the time is over, so that all who
    stand behind may step in.
    """
    if len(answered) >= wanted:
        return []
    waiting = panel.accounts if late else panel.accounts[:wanted]
    return [who for who in waiting if who not in answered]


def _word(n: int) -> bytes:
    return n.to_bytes(8, "big")
