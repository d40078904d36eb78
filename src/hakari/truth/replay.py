"""A whole job again: audits drawn, labels judged, accounts paid, by the functions that production calls."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from hakari.truth.evidence import ALPHA, log_e, threshold
from hakari.truth.evidence import min_skill as declared_skill
from hakari.truth.judgement import Judged, judge_labels
from hakari.truth.rules import REPLAY_RULES, bps, signed_bps
from hakari.truth.settlement import SHORT, Settlement, deposit, guess_spread_bps, settle, settle_short
from hakari.truth.stopping import bought
from hakari.truth.sweeps import Longs
from hakari.truth.votes import UNKNOWN, BadVotes, EmptyVotes, Ints, Votes, byte_sorted


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Money parameters of a replay. reward: micros an accepted label; margin: merit a label must exceed to pay; hold: answers that the
    deposit covers; min_skill: skill below which audits convict (None: 30 % of the way from guessing to perfect); alpha: bound on false
    convictions; stake: micros at stake for each label. Raises BadVotes for a value out of range."""

    reward: int = 40_000
    margin: float = 0.10
    hold: int = 20
    min_skill: float | None = None
    alpha: float = ALPHA
    stake: int = 0

    def __post_init__(self) -> None:
        if min(self.reward, self.hold, self.stake) < 0:
            raise BadVotes(f"reward, hold and stake must be 0 or more, got {self.reward}, {self.hold} and {self.stake}")
        if not (isfinite(self.margin) and 0 <= self.margin < 1):
            raise BadVotes(f"margin must be 0 or more and below 1, got {self.margin}")
        if not 0 < self.alpha <= 1:
            raise BadVotes(f"alpha must be above 0 and at most 1, got {self.alpha}")
        if self.min_skill is not None and not 0 < self.min_skill < 1:
            raise BadVotes(f"min_skill must be between 0 and 1, got {self.min_skill}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One worker at the end of a job. wrong: audited labels that were wrong; paid, lost: micros."""

    labels: int
    accepted: int
    audited: int
    wrong: int
    paid: int
    lost: int
    convicted: bool

    @property
    def net(self) -> int:
        return self.paid - self.lost


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Played:
    """A job played to its end. true, known: (T,) class or -1; accounts: one a worker, in the order of votes.workers.

    votes: the labels that were used; given: how many there were.
    """

    votes: Votes
    given: int
    classes: int
    true: Ints
    known: Ints
    judged: Judged
    accounts: tuple[Account, ...]

    @property
    def asked(self) -> npt.NDArray[np.bool_]:
        """(T,) tasks whose truth is known but was not audited: what accuracy is measured on."""
        return (self.true != UNKNOWN) & (self.known == UNKNOWN)

    @property
    def accuracy(self) -> float | None:
        """Share of the asked tasks that are answered rightly; None without one."""
        return accuracy(self.judged.label_bps.argmax(axis=1), self.true, self.asked)


def accuracy(answer: npt.NDArray[Any], true: Ints, asked: npt.NDArray[np.bool_]) -> float | None:
    """Return the share of asked tasks whose answer is the true one; None without one."""
    return float((answer[asked] == true[asked]).mean()) if bool(asked.any()) else None


def replay(
    labels: Iterable[tuple[str, str, str]],
    truth: Iterable[tuple[str, str]],
    roles: Mapping[str, str] | None = None,
    *,
    seed: int,
    audit_rate: float,
    terms: Terms | None = None,
    stop: bool = False,
) -> dict[str, Any]:
    """Return what a job with these (task, worker, label) rows, in order of arrival, would have answered and paid.

    truth: (task, label) rows; audit_rate is the share of all tasks that is audited (drawn among those with a truth), the rest
    measures accuracy. stop: labels are bought one by one until `stopping.bought` has enough. roles: worker → role («honest» where
    absent). Every worker's labels are one batch. A role's row: workers, labels, accepted, audited, paid_micros, lost_micros (from
    deposits and stakes), net_micros, positive (share with a net above 0), convicted. Raises EmptyVotes without a label, BadVotes
    for a repeated (task, worker), two truths of a task, or a rate outside 0..1.
    """
    found = played(labels, truth, seed=seed, audit_rate=audit_rate, terms=terms or Terms(), stop=stop)
    return {
        "rules": REPLAY_RULES,
        "accuracy": found.accuracy,
        "tasks": len(found.votes.tasks),
        "asked": int(found.asked.sum()),
        "labels": len(found.votes),
        "labels_given": found.given,
        "audits": int((found.known != UNKNOWN).sum()),
        "groups": len({each.decision for each in found.judged.decisions if each.decision.startswith("group ")}),
        "roles": by_role(found, roles or {}),
    }


def by_role(found: Played, roles: Mapping[str, str]) -> dict[str, dict[str, int | float]]:
    """Return the sums of each role, sorted by its name."""
    members: dict[str, list[Account]] = {}
    for name, account in zip(found.votes.workers, found.accounts, strict=True):
        if account.labels:
            members.setdefault(roles.get(name, "honest"), []).append(account)
    return {
        role: {
            "workers": len(each),
            "labels": sum(a.labels for a in each),
            "accepted": sum(a.accepted for a in each),
            "audited": sum(a.audited for a in each),
            "paid_micros": sum(a.paid for a in each),
            "lost_micros": sum(a.lost for a in each),
            "net_micros": sum(a.net for a in each),
            "positive": sum(a.net > 0 for a in each) / len(each),
            "convicted": sum(a.convicted for a in each),
        }
        for role, each in sorted(members.items())
    }


def numbered(
    labels: Iterable[tuple[str, str, str]], truth: Iterable[tuple[str, str]]
) -> tuple[Votes, Ints, tuple[str, ...]]:
    """Return the votes of text rows, each task's true class or -1, and the classes' names in byte order."""
    kept, rows = list(labels), list(truth)
    if not kept:
        raise EmptyVotes("at least one label expected, got none")
    right = dict(rows)
    if len(right) != len(rows):
        raise BadVotes(f"one truth a task expected, got {len(rows)} rows for {len(right)} tasks")
    names = byte_sorted({row[2] for row in kept} | set(right.values()))
    number = {name: index for index, name in enumerate(names)}
    votes = Votes.from_rows(((t, w, number[label]) for t, w, label in kept), classes=len(names))
    return votes, votes.known({task: number[label] for task, label in right.items()}, classes=len(names)), names


def played(
    labels: Iterable[tuple[str, str, str]],
    truth: Iterable[tuple[str, str]],
    *,
    seed: int,
    audit_rate: float,
    terms: Terms,
    stop: bool = False,
) -> Played:
    """Return the job played to its end: drawn, judged and settled. Raises as `replay`."""
    rows = list(labels)
    votes, true, names = numbered(rows, truth)
    known = np.where(drawn(votes, true, seed=seed, rate=audit_rate), true, UNKNOWN).astype(np.int32)
    if not stop:
        return played_votes(votes, true, known, classes=len(names), terms=terms)
    # Audits are drawn after submission, so they don't stop a task.
    used = bought(votes, classes=len(names), arrival=arrivals(votes, rows), seed=seed).used
    found = played_votes(votes.keep(used), true, known, classes=len(names), terms=terms)
    return replace(found, given=len(votes))


def arrivals(votes: Votes, rows: Sequence[tuple[str, str, str]]) -> Longs:
    """Return (V,): the place of each vote's row among the rows."""
    at = {(task, worker): place for place, (task, worker, _) in enumerate(rows)}
    return np.array(
        [at[votes.tasks[t], votes.workers[w]] for t, w in zip(votes.task.tolist(), votes.worker.tolist(), strict=True)],
        np.int64,
    )


def played_votes(votes: Votes, true: Ints, known: Ints, *, classes: int, terms: Terms) -> Played:
    """Return the job of these votes played to its end; known: (T,) what the audits say, or -1."""
    judged = judge_labels(votes, classes=classes, known=known)
    accounts = settled(votes, judged, known, classes=classes, terms=terms)
    return Played(
        votes=votes, given=len(votes), classes=classes, true=true, known=known, judged=judged, accounts=accounts
    )


def drawn(votes: Votes, true: Ints, *, seed: int, rate: float) -> npt.NDArray[np.bool_]:
    """Return (T,) which tasks are audited: of the tasks with a truth the first by hash of (seed, task id), as many as `rate` of all
    tasks is (rounded, halves up). Raises BadVotes for a rate outside 0..1."""
    if not 0 <= rate <= 1:
        raise BadVotes(f"a rate of 0 to 1 expected, got {rate}")
    order = sorted(
        np.flatnonzero(true != UNKNOWN).tolist(),
        key=lambda t: hashlib.sha256(f"{seed}\n{votes.tasks[t]}".encode("utf-8", "surrogatepass")).digest(),
    )
    mask = np.zeros(len(votes.tasks), np.bool_)
    mask[order[: int(rate * len(votes.tasks) + 0.5)]] = True
    return mask


def settled(votes: Votes, judged: Judged, known: Ints, *, classes: int, terms: Terms) -> tuple[Account, ...]:
    """Return every worker's account after the verdicts became money and audits were counted.

    Whom audits convict is paid nothing, and loses the deposit and what was at stake for each of its labels, as a settlement and the
    slash that follows it take.
    """
    count = len(votes.workers)
    audited = known[votes.task] != UNKNOWN
    wrong = audited & (votes.label != known[votes.task])
    margin_bps = signed_bps(terms.margin)
    shares = (judged.label_bps.sum(axis=0) / judged.label_bps.sum()).tolist()
    held = deposit(reward=terms.reward, hold=terms.hold, margin_bps=margin_bps, spread_bps=guess_spread_bps(shares))
    rate = bps(float((known != UNKNOWN).mean()))
    skill = declared_skill(classes) if terms.min_skill is None else terms.min_skill
    sums = [
        np.bincount(votes.worker, weights=each, minlength=count).astype(np.int64).tolist()
        for each in (np.ones(len(votes)), judged.accepted, judged.merit_bps, audited, wrong)
    ]
    convicted = _convicted(sums[3], sums[4], skill=skill, alpha=terms.alpha)
    out: list[Account] = []
    for answers, accepted, merit, checked, missed, guilty in zip(*sums, convicted, strict=True):
        if guilty:
            money = Settlement(paid=0, lost=held + terms.stake * answers)
        elif answers <= SHORT and rate and held:
            # What others alone refuse of a career this short is accepted in doubt; the buyer pays for doubt.
            accepted = answers - missed  # noqa: PLW2901
            money = settle_short(
                reward=terms.reward,
                answers=answers,
                merit_bps=merit,
                audited_wrong=missed,
                audit_bps=rate,
                top_bps=bps(max(shares)),
                margin_bps=margin_bps,
                deposit=held,
            )
        else:
            money = settle(
                reward=terms.reward,
                accepted=accepted,
                answers=answers,
                merit_bps=merit,
                margin_bps=margin_bps,
                deposit=held,
            )
        out.append(
            Account(
                labels=answers,
                accepted=accepted,
                audited=checked,
                wrong=missed,
                paid=money.paid,
                lost=money.lost,
                convicted=guilty,
            )
        )
    return tuple(out)


def _convicted(checked: Sequence[int], missed: Sequence[int], *, skill: float, alpha: float) -> list[bool]:
    """Return which accounts their audits convict. With one class nothing can be wrong: no skill below certainty is there to declare."""
    if skill >= 1:
        return [False] * len(checked)
    found = [
        log_e(wrong, every - wrong, skill=skill) if every else None
        for every, wrong in zip(checked, missed, strict=True)
    ]
    least = threshold([each for each in found if each is not None], alpha=alpha)
    return [each is not None and each >= least for each in found]
