"""A running estimate that each answer updates at once. It is shown and decides what to ask next; it never pays."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from hakari.truth.dawid_skene import Prior
from hakari.truth.votes import UNKNOWN, BadVotes, Floats, Votes

MOST_CLASSES: Final = 256
FIRST_ROOM: Final = 64


class Provisional:
    """Beliefs about tasks and confusions of workers, one answer at a time: incremental EM (Neal & Hinton 1998), one task a step.

    An answer re-estimates its own task from the present confusions, then moves the counts of everybody who answered that task by the
    difference. Other tasks keep their beliefs until they are touched; `settle` goes through all of them again. What it holds depends
    on the order of arrival, so it is for showing and for choosing tasks: pay and verdicts come from `judge_labels` alone.
    Cost of an answer: O(answers of its task * K + K²). Memory: 16 W K² bytes and 8 K bytes a task.
    """

    def __init__(self, *, classes: int, prior: Prior | None = None) -> None:
        if not 1 <= classes <= MOST_CLASSES:
            raise BadVotes(f"1 to {MOST_CLASSES} classes expected, got {classes}")
        held = prior or Prior()
        self.classes = classes
        self._pseudo = held.each + held.right * np.eye(classes)
        self._shares = np.ones(classes)
        self._worker_of: dict[str, int] = {}
        self._counts = np.zeros((FIRST_ROOM, classes, classes))
        self._logs = np.zeros((FIRST_ROOM, classes, classes))
        self._answers: dict[str, dict[int, int]] = {}
        self._belief: dict[str, Floats] = {}
        self._known: dict[str, int] = {}

    def add(self, task: str, worker: str, label: int) -> Floats:
        """Return the new (K,) belief about the task. Raises BadVotes for a class out of range or a second answer of the worker."""
        self._class(label)
        answers = self._answers.setdefault(task, {})
        number = self._worker(worker)
        if number in answers:
            raise BadVotes(f"one label of a worker on a task expected, got two of worker {worker!r} on task {task!r}")
        answers[number] = label
        if task in self._belief:
            # The answer counts as its task is believed now; `_update` then moves it with all others.
            self._counts[number, label] += self._belief[task]
            self._refresh(np.array([number]))
        return self._update(task)

    def audit(self, task: str, label: int) -> Floats:
        """Hold the task at a known class from now on; return its belief. Raises BadVotes for a class out of range."""
        self._class(label)
        self._known[task] = label
        self._answers.setdefault(task, {})
        return self._update(task)

    def belief(self, task: str) -> Floats:
        """Return the (K,) belief about a task; that of an untouched one is the class shares."""
        found = self._belief.get(task)
        return self._shares / self._shares.sum() if found is None else found.copy()

    def settle(self, rounds: int = 1) -> float:
        """Go through all tasks again `rounds` times, in order of arrival; return the largest change of the last round."""
        change = 0.0
        for _ in range(rounds):
            change = 0.0
            for task in self._answers:
                before = self.belief(task)
                change = max(change, float(np.abs(self._update(task) - before).max()))
        return change

    @staticmethod
    def of(votes: Votes, *, classes: int, known: Iterable[int] = (), prior: Prior | None = None) -> "Provisional":
        """Return the estimate after these votes in their order. known: each task's audited class or -1, in the order of votes.tasks."""
        made = Provisional(classes=classes, prior=prior)
        for task, label in zip(votes.tasks, known, strict=False):
            if label != UNKNOWN:
                made.audit(task, int(label))
        for t, w, label in zip(votes.task.tolist(), votes.worker.tolist(), votes.label.tolist(), strict=True):
            made.add(votes.tasks[t], votes.workers[w], label)
        return made

    def _class(self, label: object) -> None:
        if isinstance(label, bool) or not isinstance(label, int | np.integer) or not 0 <= label < self.classes:
            raise BadVotes(f"label must be 0 to {self.classes - 1}, got {label!r}")

    def _worker(self, name: str) -> int:
        number = self._worker_of.setdefault(name, len(self._worker_of))
        if number == len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
            self._logs = np.concatenate([self._logs, np.zeros_like(self._logs)])
        if number == len(self._worker_of) - 1 and not self._logs[number].any():
            self._refresh(np.array([number]))
        return number

    def _refresh(self, numbers: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> None:
        weight = self._counts[numbers] + self._pseudo
        self._logs[numbers] = np.log(weight / weight.sum(axis=1, keepdims=True))

    def _update(self, task: str) -> Floats:
        answers = self._answers[task]
        who = np.fromiter(answers.keys(), np.intp, len(answers))
        said = np.fromiter(answers.values(), np.intp, len(answers))
        if task in self._known:
            new = np.zeros(self.classes)
            new[self._known[task]] = 1.0
        else:
            logs = np.log(self._shares / self._shares.sum()) + self._logs[who, said].sum(axis=0)
            new = np.exp(logs - logs.max())
            new /= new.sum()
        before = self._belief.get(task)
        move = new if before is None else new - before
        self._belief[task] = new
        self._shares = np.maximum(self._shares + move, 1e-9)
        self._counts[who, said] += move
        self._refresh(who)
        return new.copy()
