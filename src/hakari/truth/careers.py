"""Accounts over a whole career: who is convicted after how many audits, and what whitewashing and exam farming earn."""

from dataclasses import dataclass
from math import log

import numpy as np

from hakari.truth.evidence import ALPHA, log_e
from hakari.truth.rules import FULL
from hakari.truth.settlement import entry_pay, settle
from hakari.truth.votes import BadVotes, Floats


def convicted_by(*, wrong: float, skill: float, answers: int, alpha: float = ALPHA) -> Floats:
    """Return (answers,): the chance that an account which errs with chance `wrong` is convicted by its n-th audited answer, n = 1, 2, …

    Exact: all paths are summed, and the test looks after every answer. Cost O(answers²).
    """
    if not 0 <= wrong <= 1 or answers < 1:
        raise BadVotes(f"a chance of error in 0..1 and an answer or more expected, got {wrong} and {answers}")
    bar = -log(alpha)
    alive = np.zeros(answers + 1)
    alive[0] = 1.0
    out = np.zeros(answers)
    gone = 0.0
    for n in range(1, answers + 1):
        alive = alive * (1 - wrong) + np.concatenate([[0.0], alive[:-1] * wrong])
        for missed in range(n + 1):
            if alive[missed] > 0 and log_e(missed, n - missed, skill=skill) >= bar:
                gone += float(alive[missed])
                alive[missed] = 0.0
        out[n - 1] = gone
    return out


def ever_convicted(*, skill: float, workers: int, answers: int, alpha: float = ALPHA, seed: int = 0) -> float:
    """Return the share of simulated workers of exactly the declared minimum skill who are convicted at any of `answers` audits."""
    rng = np.random.default_rng(seed)
    bar = -log(alpha)
    table = np.array(
        [
            [missed <= n and log_e(missed, max(0, n - missed), skill=skill) >= bar for missed in range(answers + 1)]
            for n in range(answers + 1)
        ]
    )
    missed = np.cumsum(rng.random((workers, answers)) < 1 - skill, axis=1)
    return float(table[np.arange(1, answers + 1)[None, :], missed].any(axis=1).mean())


@dataclass(frozen=True, kw_only=True, slots=True)
class Farmed:
    """accounts: how many; net_micros: earned by all after costs; passed: share that passed the exam; paid: share ever paid."""

    accounts: int
    net_micros: int
    passed: float
    paid: float


def exam_farm(
    *,
    accounts: int,
    questions: int,
    pass_bps: int,
    exam_pay: int,
    reward: int,
    margin_bps: int,
    cost: int,
    right: float,
    work: int,
    seed: int = 0,
) -> Farmed:
    """Return what accounts earn that sit a paid exam (chance `right` an answer) and then guess at `work` tasks of two classes.

    Nothing is staked: the exam's pay and the first rewards are the deposit. They become payable as `settlement.entry_pay` says, so no
    sooner than production answers prove content; a guess on a known answer has merit +1 or -1. cost: micros that opening one account
    takes (its transactions).
    """
    rng = np.random.default_rng(seed)
    passed = rng.binomial(questions, right, accounts) * FULL >= pass_bps * questions
    hits = rng.binomial(work, 0.5, accounts) if work else np.zeros(accounts, np.int64)
    net = paid = 0
    for ok, good in zip(passed.tolist(), hits.tolist(), strict=True):
        net -= cost
        if not ok or not work:
            continue
        merits = [FULL] * good + [-FULL] * (work - good)
        money = settle(
            reward=reward, accepted=work, answers=work, merit_bps=sum(merits), margin_bps=margin_bps, deposit=exam_pay
        )
        due = max(0, exam_pay - money.lost) + money.paid
        earned = min(due, entry_pay(cost=cost, merits_bps=merits, margin_bps=margin_bps, least_bps=-FULL))
        paid += earned > 0
        net += earned
    return Farmed(accounts=accounts, net_micros=net, passed=float(passed.mean()), paid=paid / accounts)
