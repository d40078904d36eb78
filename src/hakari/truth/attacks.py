"""Attackers put among the labels of a real crowd: what `hakari economy` and the tests measure the rules against.

Every injector is a pure function of (rows, truth, seed). Attackers know the crowd's labels, the truth where the attack says so, and
nothing about which tasks will be audited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hakari.truth.sweeps import Longs
from hakari.truth.votes import BadVotes, byte_sorted

Row = tuple[str, str, str]

ATTACKS: Final = (
    "army",
    "noisy-army",
    "wrong-army",
    "llm-sheet",
    "spam",
    "constant",
    "rings",
    "farm-right",
    "farm-defect",
    "mixed",
    "filter-aware",
    "contrary",
    "shadow",
    "stray-army",
    "cousins",
    "biased",
    "sleeper",
)
"""army: all copy one random sheet; noisy-army: a tenth of each copy is random; wrong-army: the sheet is wrong everywhere; llm-sheet:
65 % right, 3 % noise; spam: each answers at random; constant: each names one class; rings: fives share a random sheet;
farm-right: right with .85 in the first half of the career, random after; farm-defect: copies the crowd's majority in the first half,
random after; mixed: army, noisy-army, spam and rings; filter-aware: one sheet, with the crowd where four in five agree, else wrong;
contrary: each wrong three times in four; shadow: each copies one honest worker where that one has answered, else random;
stray-army: three in ten of each copy are random; cousins: six sheets that share 70 % of one; biased: one class for all, four times in
five, else random; sleeper: right with a chance that falls from .9 to that of a guess over the career."""

UNINFORMATIVE: Final = frozenset({"army", "noisy-army", "spam", "constant", "rings", "stray-army", "cousins", "biased"})
"""Roles whose answers carry no information about the task."""

MIXED: Final = ("army", "noisy-army", "spam", "rings")
RING: Final = 5
COUSINS: Final = 6
NAME: Final = "~attacker"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Infested:
    """rows: honest labels that are left and attackers' labels, in the order of arrival. roles: worker → «honest» or the attack's kind.

    honest: only what honest workers said.
    """

    rows: tuple[Row, ...]
    roles: Mapping[str, str]
    honest: tuple[Row, ...]


def infest(
    rows: Sequence[Row],
    truth: Mapping[str, str],
    attack: str,
    *,
    share: float = 0.4,
    seed: int = 0,
    career: int | None = None,
) -> Infested:
    """Return the rows with `share` of the labels given by attackers instead. Which labels are replaced depends on the seed alone.

    career: labels of one attacker (default: as many as the mean honest worker has, at least 5). Raises BadVotes for an unknown attack,
    a share outside 0..1 or a career below 1.
    """
    if attack not in ATTACKS or not 0 <= share <= 1 or (career is not None and career < 1):
        raise BadVotes(
            f"one of {', '.join(ATTACKS)}, a share of 0 to 1 and a career of 1 or more expected, got {attack!r}, {share}, {career}"
        )
    taken = np.random.default_rng([seed, 77]).random(len(rows)) < share
    rng = np.random.default_rng([seed, ATTACKS.index(attack)])
    length = career or max(5, len(rows) // max(1, len({row[1] for row in rows})))
    honest = tuple(row for row, gone in zip(rows, taken, strict=True) if not gone)
    slots = [row[0] for row, gone in zip(rows, taken, strict=True) if gone]
    who = _accounts(slots, length, rng)
    kinds = [MIXED[n % len(MIXED)] if attack == "mixed" else attack for n in range(int(who.max(initial=-1)) + 1)]
    labels = iter(_labels(slots, who, kinds, _Known.of(rows, truth), rng))
    names = [f"{NAME} {n:05d}" for n in range(len(kinds))]
    placed = iter(who.tolist())
    mixed = tuple(
        (row[0], names[next(placed)], next(labels)) if gone else row for row, gone in zip(rows, taken, strict=True)
    )
    present = {row[1] for row in mixed}
    roles = {row[1]: "honest" for row in honest} | {n: k for n, k in zip(names, kinds, strict=True) if n in present}
    return Infested(rows=mixed, roles=roles, honest=honest)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Known:
    """What attackers know: classes, truth, and for each task the labels of the crowd, its leader and the leader's share."""

    classes: tuple[str, ...]
    right: Mapping[str, str]
    leader: Mapping[str, str]
    lead: Mapping[str, float]
    said: Mapping[tuple[str, str], str]
    people: tuple[str, ...]

    @staticmethod
    def of(rows: Sequence[Row], truth: Mapping[str, str]) -> "_Known":
        votes: dict[str, list[str]] = {}
        for task, _, label in rows:
            votes.setdefault(task, []).append(label)
        leader = {task: max(byte_sorted(set(given)), key=given.count) for task, given in votes.items()}
        return _Known(
            classes=byte_sorted({row[2] for row in rows} | set(truth.values())),
            right={task: truth.get(task, leader[task]) for task in votes},
            leader=leader,
            lead={task: given.count(leader[task]) / len(given) for task, given in votes.items()},
            said={(row[0], row[1]): row[2] for row in rows},
            people=byte_sorted({row[1] for row in rows}),
        )

    def wrong(self, task: str, rng: np.random.Generator) -> str:
        others = [each for each in self.classes if each != self.right[task]] or list(self.classes)
        return others[int(rng.integers(len(others)))]

    def any(self, rng: np.random.Generator) -> str:
        return self.classes[int(rng.integers(len(self.classes)))]


def _labels(
    slots: Sequence[str], who: Longs, kinds: Sequence[str], crowd: _Known, rng: np.random.Generator
) -> list[str]:
    sheets = {name: _sheet(name, crowd, rng) for name in ("army", "wrong-army", "llm-sheet", "filter-aware")}
    rings: dict[tuple[int, str], str] = {}
    total = np.bincount(who, minlength=len(kinds))
    seen = np.zeros(len(kinds), np.int64)
    out: list[str] = []
    numbers: list[int] = who.tolist()
    for task, number in zip(slots, numbers, strict=True):
        seen[number] += 1
        farming = bool(seen[number] * 2 <= total[number])
        chance, anything = float(rng.random()), crowd.any(rng)
        match kinds[number]:
            case "army" | "wrong-army" | "filter-aware":
                label = sheets[kinds[number]][task]
            case "noisy-army":
                label = anything if chance < 0.1 else sheets["army"][task]
            case "stray-army":
                label = anything if chance < 0.3 else sheets["army"][task]
            case "llm-sheet":
                label = anything if chance < 0.03 else sheets["llm-sheet"][task]
            case "constant":
                label = crowd.classes[number % len(crowd.classes)]
            case "rings":
                label = rings.setdefault((number // RING, task), anything)
            case "cousins":
                mine = anything if chance < 0.3 else sheets["army"][task]
                label = rings.setdefault((number % COUSINS, task), mine)
            case "biased":
                label = anything if chance < 0.2 else crowd.classes[0]
            case "sleeper":
                awake = 1 - seen[number] / total[number]
                label = crowd.right[task] if chance < 0.9 * awake else anything
            case "farm-right":
                label = crowd.right[task] if farming and chance < 0.85 else anything
            case "farm-defect":
                label = crowd.leader[task] if farming else anything
            case "contrary":
                label = crowd.wrong(task, rng) if chance < 0.75 else crowd.right[task]
            case "shadow":
                label = crowd.said.get((task, crowd.people[number % len(crowd.people)]), anything)
            case _:
                label = anything
        out.append(label)
    return out


def _sheet(name: str, crowd: _Known, rng: np.random.Generator) -> dict[str, str]:
    out: dict[str, str] = {}
    for task in sorted(crowd.right):
        wrong = crowd.wrong(task, rng)
        match name:
            case "wrong-army":
                out[task] = wrong
            case "llm-sheet":
                out[task] = crowd.right[task] if rng.random() < 0.65 else wrong
            case "filter-aware":
                # Goes along where the crowd is sure, to look able, and against the truth where it is divided.
                out[task] = crowd.leader[task] if crowd.lead[task] >= 0.8 else wrong
            case _:
                out[task] = crowd.any(rng)
    return out


def _accounts(slots: Sequence[str], career: int, rng: np.random.Generator) -> Longs:
    """Return (slots,) an attacker's number for each slot: no account twice on a task, about `career` labels each."""
    places: dict[str, list[int]] = {}
    for place, task in enumerate(slots):
        places.setdefault(task, []).append(place)
    crowd = max(1, len(slots) // career, max(map(len, places.values()), default=1))
    load = np.zeros(crowd)
    out = np.zeros(len(slots), np.int64)
    for _, here in sorted(places.items()):
        chosen = np.lexsort((rng.random(crowd), load))[: len(here)]
        load[chosen] += 1
        out[here] = chosen
    return out
