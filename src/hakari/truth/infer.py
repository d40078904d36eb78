"""The best answer for a table of labels: who is right, how surely, and what each worker's labels were worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from hakari.truth.judgement import judge_labels
from hakari.truth.rules import INFER_RULES
from hakari.truth.votes import UNKNOWN, BadVotes, Votes, byte_sorted


@dataclass(frozen=True, kw_only=True, slots=True)
class Inferred:
    """A task's most likely label, the probability that it is right, how many labels it had, and whether an audit fixed it."""

    task: str
    label: str
    confidence: float
    labels: int
    audited: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InferResult:
    """tasks sorted by the bytes of their ids; workers: id → what its labels were worth; summary: counts and rules."""

    tasks: tuple[Inferred, ...]
    workers: Mapping[str, Mapping[str, float | int]]
    summary: Mapping[str, str | int]


def infer(rows: Iterable[tuple[str, str, str]], audits: Iterable[tuple[str, str]] = ()) -> InferResult:
    """Return the answers for (task, worker, label) rows, with (task, label) answers known from audits held fixed.

    Labels are any text; the classes are all texts that occur. Audits of tasks without a label are counted and passed over.
    A worker's report: labels, accepted (not refused), agreement (share equal to the answer), merit (0 for content-free, about 1 for
    perfect), audited and audited_wrong. Raises EmptyVotes without a row, BadVotes for a repeated (task, worker) or audit.
    """
    kept, checked = list(rows), list(audits)
    names = byte_sorted({row[2] for row in kept} | {row[1] for row in checked})
    number = {name: index for index, name in enumerate(names)}
    votes = Votes.from_rows(((t, w, number[label]) for t, w, label in kept), classes=max(1, len(names)))
    truth = {task: number[label] for task, label in checked}
    if len(truth) != len(checked):
        raise BadVotes(f"one audit a task expected, got {len(checked)} audits of {len(truth)} tasks")
    known = votes.known(truth, classes=len(names))
    judged = judge_labels(votes, classes=len(names), known=known)
    answer = judged.label_bps.argmax(axis=1).astype(np.int32)
    per_task = np.bincount(votes.task, minlength=len(votes.tasks))
    tasks = tuple(
        Inferred(
            task=task,
            label=names[int(answer[t])],
            confidence=int(judged.label_bps[t, answer[t]]) / 10_000,
            labels=int(per_task[t]),
            audited=bool(known[t] != UNKNOWN),
        )
        for t, task in enumerate(votes.tasks)
    )
    on_audit = known[votes.task] != UNKNOWN
    count = len(votes.workers)
    total = np.bincount(votes.worker, minlength=count)
    sums = {
        "accepted": np.bincount(votes.worker, weights=judged.accepted, minlength=count),
        "agreement": np.bincount(votes.worker, weights=votes.label == answer[votes.task], minlength=count) / total,
        "merit": np.bincount(votes.worker, weights=judged.merit_bps, minlength=count) / total / 10_000,
        "audited": np.bincount(votes.worker, weights=on_audit, minlength=count),
        "audited_wrong": np.bincount(
            votes.worker, weights=on_audit & (votes.label != known[votes.task]), minlength=count
        ),
    }
    workers: dict[str, dict[str, float | int]] = {}
    for w, name in enumerate(votes.workers):
        workers[name] = {
            "labels": int(total[w]),
            "accepted": int(sums["accepted"][w]),
            "agreement": float(sums["agreement"][w]),
            "merit": float(sums["merit"][w]),
            "audited": int(sums["audited"][w]),
            "audited_wrong": int(sums["audited_wrong"][w]),
        }
    summary: dict[str, str | int] = {
        "rules": INFER_RULES,
        "tasks": len(votes.tasks),
        "workers": count,
        "labels": len(votes),
        "classes": len(names),
        "audits": int((known != UNKNOWN).sum()),
        "audits_without_labels": len(truth) - int((known != UNKNOWN).sum()),
    }
    return InferResult(tasks=tasks, workers=workers, summary=summary)
