"""A whole job again: audits drawn, labels judged, accounts paid, by the functions that production calls."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hakari.truth.evidence import ALPHA, convicts
from hakari.truth.evidence import min_skill as declared_skill
from hakari.truth.judgement import Judged, judge_labels
from hakari.truth.rules import REPLAY_RULES, signed_bps
from hakari.truth.settlement import deposit, guess_spread_bps, settle
from hakari.truth.votes import UNKNOWN, Ints, Votes, byte_sorted


def replay(
    labels: Iterable[tuple[str, str, str]],
    truth: Iterable[tuple[str, str]],
    roles: Mapping[str, str] | None = None,
    *,
    seed: int,
    audit_rate: float,
    reward: int = 40_000,
    margin: float = 0.10,
    hold: int = 20,
    min_skill: float | None = None,
    alpha: float = ALPHA,
) -> dict[str, Any]:
    """Return what a job with these (task, worker, label) rows would have answered and paid.

    truth: (task, label) rows; a share `audit_rate` of them is drawn by hash of (seed, task) as audits, the rest measures accuracy.
    roles: worker → role («honest» where absent). reward: micros an accepted label. Every worker's labels are one batch, against a
    deposit for `hold` answers. A role's row: workers, labels, accepted, audited, paid_micros, lost_micros (taken from deposits),
    net_micros, positive (share of its workers with pay), convicted. min_skill: skill below which audits convict (default: 30 % of
    the way from guessing to perfect).
    """
    kept = list(labels)
    right = dict(truth)
    names = byte_sorted({row[2] for row in kept} | set(right.values()))
    number = {name: index for index, name in enumerate(names)}
    classes = len(names)
    votes = Votes.from_rows(((t, w, number[label]) for t, w, label in kept), classes=classes)
    true = votes.known({task: number[label] for task, label in right.items()}, classes=classes)
    known = np.where(drawn(votes, seed=seed, rate=audit_rate), true, UNKNOWN).astype(np.int32)
    judged = judge_labels(votes, classes=classes, known=known)
    asked = (true != UNKNOWN) & (known == UNKNOWN)
    answer = judged.label_bps.argmax(axis=1)
    skill = declared_skill(classes) if min_skill is None else min_skill
    accounts = _accounts(votes, judged, known, reward=reward, margin=margin, hold=hold, skill=skill, alpha=alpha)
    by_role: dict[str, dict[str, int | float]] = {}
    for name, account in zip(votes.workers, accounts, strict=True):
        row = by_role.setdefault((roles or {}).get(name, "honest"), dict.fromkeys(("workers", *account), 0))
        row["workers"] += 1
        for key, value in account.items():
            row[key] += value
    for row in by_role.values():
        row["positive"] /= row["workers"]
    return {
        "rules": REPLAY_RULES,
        "accuracy": float((answer[asked] == true[asked]).mean()) if bool(asked.any()) else None,
        "tasks": len(votes.tasks),
        "asked": int(asked.sum()),
        "labels": len(votes),
        "audits": int((known != UNKNOWN).sum()),
        "groups": len({each.decision for each in judged.decisions}),
        "roles": dict(sorted(by_role.items())),
    }


def drawn(votes: Votes, *, seed: int, rate: float) -> npt.NDArray[np.bool_]:
    """Return (T,) which tasks are audited: each independently with chance `rate`, a fixed function of (seed, task id)."""
    points = [
        int.from_bytes(hashlib.sha256(f"{seed}\n{task}".encode()).digest()[:6], "big") / 2**48 for task in votes.tasks
    ]
    return np.array(points) < rate


def _accounts(
    votes: Votes, judged: Judged, known: Ints, *, reward: int, margin: float, hold: int, skill: float, alpha: float
) -> list[dict[str, int]]:
    count = len(votes.workers)
    audited = known[votes.task] != UNKNOWN
    wrong = audited & (votes.label != known[votes.task])
    margin_bps = signed_bps(margin)
    shares = (judged.label_bps.sum(axis=0) / judged.label_bps.sum()).tolist()
    held = deposit(reward=reward, hold=hold, margin_bps=margin_bps, spread_bps=guess_spread_bps(shares))
    sums = [
        np.bincount(votes.worker, weights=each, minlength=count).astype(np.int64).tolist()
        for each in (np.ones(len(votes)), judged.accepted, judged.merit_bps, audited, wrong)
    ]
    out: list[dict[str, int]] = []
    for answers, accepted, merit, checked, missed in zip(*sums, strict=True):
        money = settle(
            reward=reward, accepted=accepted, answers=answers, merit_bps=merit, margin_bps=margin_bps, deposit=held
        )
        out.append(
            {
                "labels": answers,
                "accepted": accepted,
                "audited": checked,
                "paid_micros": money.paid,
                "lost_micros": money.lost,
                "net_micros": money.paid - money.lost,
                "positive": int(money.paid > 0),
                "convicted": int(convicts(missed, checked - missed, skill=skill, alpha=alpha)),
            }
        )
    return out
