"""Answers that are committed first, as the log tells it: who committed to which task, when they were called for, what was opened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.verify.openings import Place
from hakari.verify.placed import Misplaced, Placed, Submission
from hakari.work import blind, reveals
from hakari.work.blind import REVIEW
from hakari.work.quality import CALLS, Quality
from hakari.work.records import WORK


@dataclass(kw_only=True, slots=True)
class Commit:
    """One committed answer. called: the time of its newest call; revealed: the leaf of the statement that opened it."""

    account: Account
    task: int
    place: Place
    called: int | None = None
    calls: int = 0
    revealed: int | None = None

    def open_until(self, within_s: int) -> int | None:
        """Return the Unix second from which it can't be opened any more, None while nobody called for it."""
        return reveals.open_until(self.called, within_s)

    def lapsed(self, time: int, within_s: int) -> bool:
        """Return whether it was called for and not opened by `time`."""
        return reveals.lapsed(self.called, within_s, opened=self.revealed is not None, now=time)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wave:
    """A call for what reviewers of a task committed, before their time was over. stands: how many had; opened: the places of those that
    were opened before, which say how many more were to commit first."""

    call: Placed
    task: int
    stands: int
    opened: tuple[Place, ...]


@dataclass
class Commits:
    """What was committed in one order, by role and task. over: roles of which a call was said when their time was over.

    submissions: those that committed, by id. early: calls for work before all of a task had committed: its buyer was closing. waves:
    calls for reviews, which wait for more where those opened before differ.
    """

    by_task: dict[tuple[str, int], list[Commit]] = field(default_factory=dict[tuple[str, int], list[Commit]])
    by_place: dict[Place, Commit] = field(default_factory=dict[Place, Commit])
    over: set[str] = field(default_factory=set[str])
    submissions: dict[StatementId, Submission] = field(default_factory=dict[StatementId, Submission])
    early: list[Placed] = field(default_factory=list[Placed])
    waves: list[Wave] = field(default_factory=list[Wave])

    def take(self, submission: Submission) -> None:
        """Place what a submission commits to. Raises Misplaced."""
        if submission.role in self.over:
            raise Misplaced(f"commitments as {submission.role}", expected="before the last call", got="after")
        if len(submission.tasks) != len(submission):
            raise Misplaced("tasks of commitments", expected=f"{len(submission)} of them", got=len(submission.tasks))
        for n, task in enumerate(submission.tasks):
            rows = self.by_task.setdefault((submission.role, task), [])
            if submission.role == WORK and any(each.called is not None for each in rows):
                raise Misplaced(f"commitment to task {task}", expected="before its call", got="after")
            if any(each.account == submission.author for each in rows):
                raise Misplaced("committed task", expected=f"once by {submission.author}", got=f"{task} again")
            made = Commit(account=submission.author, task=task, place=(submission.leaf, n))
            rows.append(made)
            self.by_place[made.place] = made
        self.submissions[submission.id] = submission

    def call(self, placed: Placed, declared: Quality, *, ends: int, places: int) -> None:
        """Place a call. ends: the Unix second in which the role's time is over. places: answers that a task has before a call.

        Raises Misplaced where it comes before the places of a task are committed and the role's time is over. Work may be called for
        earlier, where its buyer closes: that is for the chain to show.
        """
        role, within_s = placed.text("role"), declared.reveal.within_s if declared.reveal else 0
        over = placed.time >= ends
        for task in cast(list[int], placed.body["tasks"]):
            rows = self.by_task.get((role, task), [])
            if placed.number("turn") > 1:
                chosen = [each for each in rows if each.lapsed(placed.time, within_s) and each.calls < CALLS]
            else:
                chosen = [each for each in rows if each.called is None]
                stands = sum(not each.lapsed(placed.time, within_s) for each in rows)
                if not over and stands < places and role == WORK:
                    self.early.append(placed)
                elif not over and stands < places:
                    raise Misplaced(
                        f"call of task {task}",
                        expected=f"after {places} commitments, or at {ends}",
                        got=f"{stands} at {placed.time}",
                    )
                if not over and role == REVIEW:
                    before = tuple(each.place for each in rows if each.revealed is not None)
                    self.waves.append(Wave(call=placed, task=task, stands=stands, opened=before))
            if not chosen:
                raise Misplaced(f"call of task {task}", expected="of an answer that waits to be opened", got="none")
            for each in chosen:
                each.called, each.calls = placed.time, each.calls + 1
        if over:
            self.over.add(role)

    def reveal(self, placed: Placed, submission: Submission, within_s: int) -> None:
        """Place a reveal. Raises Misplaced where it is of somebody else's answer, of one not called for, too late or said before."""
        if submission.author != placed.author:
            raise Misplaced("submission of a reveal", expected=f"one of {placed.author}", got=submission.author)
        for n in cast(list[int], placed.body["n"]):
            found = self.by_place.get((submission.leaf, n))
            if found is None or found.revealed is not None:
                raise Misplaced("revealed answer", expected="one that is committed and not opened yet", got=n)
            until = found.open_until(within_s)
            if until is None or placed.time >= until:
                expected = "after a call" if until is None else f"before {until}"
                raise Misplaced("time of a reveal", expected=expected, got=placed.time)
            found.revealed = placed.leaf

    def last(self, role: str) -> int:
        """Return the newest leaf in which an answer of a role was opened, -1 where none was."""
        return max((each.revealed for each in self._of(role) if each.revealed is not None), default=-1)

    def _of(self, role: str) -> Iterator[Commit]:
        return (each for (of, _), rows in self.by_task.items() if of == role for each in rows)

    def opened(self, place: Place, size: int) -> bool:
        """Return whether an answer was opened in a leaf < size."""
        found = self.by_place.get(place)
        return found is not None and found.revealed is not None and found.revealed < size

    def torn(self, given: Mapping[Place, Json], seats: int) -> list[tuple[Wave, int]]:
        """Return the calls for reviews that came before all whom a task wanted by then had committed, each with how many those are.

        given: what was opened, by place. seats: reviewers who are asked at once.
        """
        found: list[tuple[Wave, int]] = []
        for each in self.waves:
            before = [given[place] for place in each.opened if place in given]
            wanted = blind.wanted(REVIEW, before, seats=seats)
            found += [(each, wanted)] if each.stands < wanted else []
        return found

    def pending(self, time: int, size: int, within_s: int) -> list[Commit]:
        """Return what was committed in leaves < size and at `time` could still be opened, or was never called for."""
        return [
            each
            for each in self.by_place.values()
            if each.place[0] < size and each.revealed is None and not each.lapsed(time, within_s)
        ]
