"""Does honest work pay and fraud lose? Crowds with attackers among them, judged and paid by the rules, beside plain methods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from hakari.truth.attacks import ATTACKS, Row, infest
from hakari.truth.audits import doubted
from hakari.truth.careers import convicted_by, ever_convicted, exam_farm
from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import Prior, dawid_skene
from hakari.truth.evidence import min_skill
from hakari.truth.majority import majority
from hakari.truth.replay import Played, Terms, accuracy, arrivals, by_role, drawn, numbered, played_votes
from hakari.truth.rules import signed_bps
from hakari.truth.stopping import bought
from hakari.truth.votes import UNKNOWN, BadVotes, Floats, Ints

Set = tuple[Sequence[Row], Mapping[str, str]]

# Attackers that throw an account away after this many answers and come back as somebody else.
FRESH: Final = 5
FRESH_ATTACKS: Final = ("spam", "constant", "army", "rings", "stray-army")
CLASSIC: Final = Prior(each=0.01, right=0.0)
# An account is opened, joined and closed: what its transactions cost, in micros.
OPENING: Final = 2_000
# What an order asks to be at stake for each answer: its reward once more.
STAKE: Final = 40_000
# Two blind auditors and a juror look again at a doubted audit; the buyer pays them if his answer was wrong.
SECOND_LOOK: Final = 3
FALSE: Final = 0.10


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One attack on one set. Accuracies on tasks that were not audited; the oracle sees what honest workers said and no audit.

    able: honest workers whose labels are right as often as the minimum skill asks; able_paid: those with a positive net.
    """

    attack: str
    set: str
    ours: float
    majority: float
    dawid_skene: float
    oracle: float
    groups: int
    roles: Mapping[str, Mapping[str, int | float]]
    honest: int
    honest_convicted: int
    able: int
    able_paid: int

    @property
    def gap(self) -> float:
        """Points below the oracle; negative is better than it."""
        return 100 * (self.oracle - self.ours)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clean:
    """A set without attackers or audits."""

    set: str
    labels: int
    tasks: int
    ours: float
    majority: float
    dawid_skene: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """A set whose labels were bought one by one. loss: points of accuracy below all labels."""

    set: str
    labels_a_task: float
    saved: float
    loss: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FalseAudits:
    """A buyer answers a tenth of the audits wrongly. noticed: how many of them were doubted, and answered again by others.

    withheld_micros: what honest workers were paid less because of those that nobody doubted. What rests on a buyer's own answer alone
    never comes back to him (it pays those who look again), so his gain is the cost of the second look: nothing or less.
    """

    set: str
    audits: int
    false: int
    noticed: int
    honest: int
    honest_convicted: int
    withheld_micros: int
    gain_micros: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Economy:
    """Everything measured, before it is held against the bars."""

    clean: tuple[Clean, ...]
    cells: tuple[Cell, ...]
    stopped: tuple[Stopped, ...]
    false_audits: tuple[FalseAudits, ...]
    farmers: Mapping[str, int]
    coin_convicted: Mapping[str, tuple[float, ...]]
    boundary_convicted: float


def economy(
    sets: Mapping[str, Set],
    *,
    attacks: Sequence[str] = ATTACKS,
    share: float = 0.4,
    audit_rate: float = 0.1,
    seed: int = 0,
    terms: Terms | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Economy:
    """Return what the rules make of each set, clean and with `share` of its labels given by each kind of attacker.

    Kinds without information also run with fresh identities, five answers an account. progress is told what comes next. The same
    arguments give the same figures. Raises BadVotes without a set or for a set without labels or truth. Cost: about 20 consensus fits a
    set and attack.
    """
    if not sets:
        raise BadVotes("at least one set expected, got none")
    ruled = terms or Terms(stake=STAKE)
    clean: list[Clean] = []
    cells: list[Cell] = []
    stopped: list[Stopped] = []
    false: list[FalseAudits] = []
    for name, (rows, truth) in sets.items():
        progress(f"{name}: clean")
        clean.append(_clean(name, rows, truth))
        stopped.append(_stopped(name, rows, truth, seed=seed))
        progress(f"{name}: a buyer with false audits")
        false.append(_false_audits(name, rows, truth, rate=audit_rate, seed=seed, terms=ruled))
        # What honest workers said is the same under every attack, so one oracle serves all.
        told = oracle(rows, truth, share=share, seed=seed)
        for attack, career in _attacks(attacks):
            progress(f"{name}: {attack}{', fresh' if career else ''}")
            cells.append(
                cell(
                    attack, name, rows, truth, told,
                    share=share, audit_rate=audit_rate, seed=seed, career=career, terms=ruled,
                )
            )  # fmt: skip
    return Economy(
        clean=tuple(clean),
        cells=tuple(cells),
        stopped=tuple(stopped),
        false_audits=tuple(false),
        farmers=_farmers(ruled, seed=seed),
        coin_convicted={
            f"{skill:g}": tuple(convicted_by(wrong=0.5, skill=skill, answers=120, alpha=ruled.alpha).tolist())
            for skill in (0.8, 0.65)
        },
        boundary_convicted=ever_convicted(skill=0.65, workers=10_000, answers=120, alpha=ruled.alpha, seed=seed),
    )


def _attacks(attacks: Sequence[str]) -> Iterable[tuple[str, int | None]]:
    yield from ((attack, None) for attack in attacks)
    yield from ((attack, FRESH) for attack in FRESH_ATTACKS if attack in attacks)


def _right(p_label: Floats, true: Ints) -> float:
    return accuracy(p_label.argmax(axis=1), true, true != UNKNOWN) or 0.0


def _clean(name: str, rows: Sequence[Row], truth: Mapping[str, str]) -> Clean:
    votes, true, names = numbered(rows, truth.items())
    if not bool((true != UNKNOWN).any()):
        raise BadVotes(f"set {name}: the truth of at least one labelled task expected, got none")
    return Clean(
        set=name,
        labels=len(votes),
        tasks=len(votes.tasks),
        ours=_right(consensus(votes, classes=len(names)).p_label, true),
        majority=_right(majority(votes, len(names)).p_label, true),
        dawid_skene=_right(dawid_skene(votes, classes=len(names), prior=CLASSIC).p_label, true),
    )


def _stopped(name: str, rows: Sequence[Row], truth: Mapping[str, str], *, seed: int) -> Stopped:
    votes, true, names = numbered(rows, truth.items())
    found = bought(votes, classes=len(names), arrival=arrivals(votes, rows), seed=seed)
    part, whole = (
        _right(consensus(each, classes=len(names)).p_label, true) for each in (votes.keep(found.used), votes)
    )
    return Stopped(set=name, labels_a_task=len(votes) / len(votes.tasks), saved=found.saved, loss=100 * (whole - part))


def oracle(rows: Sequence[Row], truth: Mapping[str, str], *, share: float, seed: int) -> dict[str, str]:
    """Return task → label as answered from what honest workers say who are left when attackers take `share` of the labels."""
    return _oracle(infest(rows, truth, ATTACKS[0], share=share, seed=seed).honest, truth)


def cell(
    attack: str,
    name: str,
    rows: Sequence[Row],
    truth: Mapping[str, str],
    told: Mapping[str, str],
    *,
    share: float = 0.4,
    audit_rate: float = 0.1,
    seed: int = 0,
    career: int | None = None,
    terms: Terms | None = None,
) -> Cell:
    """Return what the rules make of one attack on one set. told: the `oracle` of the same share and seed."""
    infested = infest(rows, truth, attack, share=share, seed=seed, career=career)
    found = _cell(
        attack,
        name,
        infested.rows,
        truth,
        infested.roles,
        told,
        rate=audit_rate,
        seed=seed,
        terms=terms or Terms(stake=STAKE),
    )
    return replace(found, attack=f"{attack}, fresh") if career else found


def _oracle(honest: Sequence[Row], truth: Mapping[str, str]) -> dict[str, str]:
    if not honest:
        return {}
    votes, _, names = numbered(honest, truth.items())
    label = consensus(votes, classes=len(names)).label
    return {task: names[int(k)] for task, k in zip(votes.tasks, label, strict=True)}


def _cell(  # noqa: PLR0917 one attack on one set
    attack: str,
    name: str,
    rows: Sequence[Row],
    truth: Mapping[str, str],
    roles: Mapping[str, str],
    oracle: Mapping[str, str],
    *,
    rate: float,
    seed: int,
    terms: Terms,
) -> Cell:
    votes, true, names = numbered(rows, truth.items())
    known = np.where(drawn(votes, true, seed=seed, rate=rate), true, UNKNOWN).astype(np.int32)
    found = played_votes(votes, true, known, classes=len(names), terms=terms)
    asked = np.where(found.asked, true, UNKNOWN).astype(np.int32)
    # Where no honest label is left the oracle says the first class, as every method would.
    told = [oracle.get(task, names[0]) == names[int(k)] for task, k in zip(votes.tasks, true, strict=True)]
    able, paid, honest, convicted = _honest(found, roles, terms)
    return Cell(
        attack=attack,
        set=name,
        ours=found.accuracy or 0.0,
        majority=_right(majority(votes, len(names), known).p_label, asked),
        dawid_skene=_right(dawid_skene(votes, classes=len(names), prior=CLASSIC, known=known).p_label, asked),
        oracle=float(np.array(told)[found.asked].mean()) if found.asked.any() else 0.0,
        groups=len({each.decision for each in found.judged.decisions}),
        roles=by_role(found, roles),
        honest=honest,
        honest_convicted=convicted,
        able=able,
        able_paid=paid,
    )


def _honest(found: Played, roles: Mapping[str, str], terms: Terms) -> tuple[int, int, int, int]:
    """Return how many honest workers are truly able, how many of those are paid, how many there are and how many are convicted."""
    skill = min_skill(found.classes) if terms.min_skill is None else terms.min_skill
    votes, count = found.votes, len(found.votes.workers)
    told = found.true[votes.task] != UNKNOWN
    right = told & (votes.label == found.true[votes.task])
    seen, hit = (np.bincount(votes.worker, weights=each, minlength=count) for each in (told, right))
    able = paid = honest = convicted = 0
    for w, (name, account) in enumerate(zip(votes.workers, found.accounts, strict=True)):
        if roles.get(name, "honest") == "honest":
            honest += 1
            convicted += account.convicted
            if seen[w] and hit[w] >= skill * seen[w]:
                able += 1
                paid += account.net > 0
    return able, paid, honest, convicted


def _false_audits(
    name: str, rows: Sequence[Row], truth: Mapping[str, str], *, rate: float, seed: int, terms: Terms
) -> FalseAudits:
    """Return what a buyer gains who answers a tenth of the audits wrongly. Doubted audits are answered again, then rightly."""
    votes, true, names = numbered(rows, truth.items())
    mask = drawn(votes, true, seed=seed, rate=rate)
    known = np.where(mask, true, UNKNOWN).astype(np.int32)
    rng = np.random.default_rng([seed, 13])
    wrong = np.flatnonzero(mask)
    wrong = rng.permutation(wrong)[: int(FALSE * len(wrong) + 0.5)] if len(names) > 1 else wrong[:0]
    lied = known.copy()
    if len(names) > 1:
        lied[wrong] = (true[wrong] + rng.integers(1, len(names), len(wrong))) % len(names)
    looked = doubted(votes, classes=len(names), known=lied)
    settled = np.where(looked, known, lied).astype(np.int32)
    honest, cheated = (
        played_votes(votes, true, each, classes=len(names), terms=terms).accounts for each in (known, settled)
    )
    noticed = int(looked[wrong].sum())
    saved = sum(account.net for account in honest) - sum(account.net for account in cheated)
    return FalseAudits(
        set=name,
        audits=int(mask.sum()),
        false=len(wrong),
        noticed=noticed,
        honest=len(cheated),
        honest_convicted=sum(account.convicted for account in cheated),
        withheld_micros=saved,
        gain_micros=-SECOND_LOOK * terms.reward * noticed,
    )


def _farmers(terms: Terms, *, seed: int) -> dict[str, int]:
    """Return the net micros of 1,000 accounts that only come for the exam, that guess as long as the deposit binds, and that go on."""
    out: dict[str, int] = {}
    for name, work in (("exam only", 0), ("exam and deposit", terms.hold), ("exam and four deposits", 4 * terms.hold)):
        out[name] = exam_farm(
            accounts=1_000,
            questions=10,
            pass_bps=7_000,
            exam_pay=10 * terms.reward,
            reward=terms.reward,
            margin_bps=signed_bps(terms.margin),
            cost=OPENING,
            right=0.9,
            work=work,
            seed=seed,
        ).net_micros
    return out


def as_json(found: Economy) -> dict[str, Any]:
    """Return everything measured and the bars, as JSON values."""
    from hakari.truth.bars import bars  # noqa: PLC0415 the bars are about this module's results

    return {
        "clean": [_fields(each) for each in found.clean],
        "attacks": [_fields(each) | {"gap": each.gap} for each in found.cells],
        "stopped": [_fields(each) for each in found.stopped],
        "false_audits": [_fields(each) for each in found.false_audits],
        "farmers_net_micros": dict(found.farmers),
        "coin_convicted_by_answer": {skill: list(curve) for skill, curve in found.coin_convicted.items()},
        "boundary_convicted": found.boundary_convicted,
        "bars": [_fields(each) for each in bars(found)],
    }


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
