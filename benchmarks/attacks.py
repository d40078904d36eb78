"""Attackers for benchmarks and tests: they replace a share of the labels of a real crowd. Never imported by the product.

Every injector is a pure function of (rows, truth, seed). Attackers know the crowd's labels, the truth where the attack says so, and
nothing about which tasks will be audited.
"""

from collections.abc import Mapping, Sequence

import numpy as np

Row = tuple[str, str, str]
ATTACKS = (
    "army",
    "noisy-army",
    "wrong-army",
    "llm-sheet",
    "spam",
    "constant",
    "rings",
    "farm-defect",
    "mixed",
    "filter-aware",
)
# Roles whose answers carry no information about the task.
UNINFORMATIVE = frozenset({"army", "noisy-army", "spam", "constant", "rings"})


def inject(
    rows: Sequence[Row], truth: Mapping[str, str], attack: str, *, share: float = 0.4, seed: int = 0
) -> tuple[list[Row], dict[str, str], list[Row]]:
    """Return (rows with attackers, worker → role, the honest rows that are left). Attackers take `share` of the labels."""
    rng = np.random.default_rng([seed, ATTACKS.index(attack)])
    classes = sorted({row[2] for row in rows} | set(truth.values()))
    taken = rng.random(len(rows)) < share
    honest = [row for row, gone in zip(rows, taken, strict=True) if not gone]
    slots = [row[0] for row, gone in zip(rows, taken, strict=True) if gone]
    per_account = max(5, len(rows) // len({row[1] for row in rows}))
    accounts = _accounts(slots, per_account, rng)
    kinds = {who: _kind(attack, number) for number, who in enumerate(sorted(set(accounts)))}
    sheets = {name: _sheet(name, rows, truth, classes, rng) for name in ("random", "wrong", "llm", "filter")}
    rings: dict[tuple[int, str], str] = {}
    order = {who: number for number, who in enumerate(sorted(set(accounts)))}
    seen: dict[str, int] = {}
    total = {who: accounts.count(who) for who in order}
    out = list(honest)
    for task, who in zip(slots, accounts, strict=True):
        seen[who] = seen.get(who, 0) + 1
        any_class = classes[int(rng.integers(len(classes)))]
        match kinds[who]:
            case "army":
                label = sheets["random"][task]
            case "noisy-army":
                label = sheets["random"][task] if rng.random() > 0.1 else any_class
            case "wrong-army":
                label = sheets["wrong"][task]
            case "llm-sheet":
                label = sheets["llm"][task] if rng.random() > 0.03 else any_class
            case "constant":
                label = classes[order[who] % len(classes)]
            case "rings":
                label = rings.setdefault((order[who] // 5, task), any_class)
            case "farm-defect":
                label = truth.get(task, any_class) if seen[who] * 2 <= total[who] and rng.random() < 0.85 else any_class
            case "filter-aware":
                label = sheets["filter"][task]
            case _:
                label = any_class
        out.append((task, who, label))
    roles = {row[1]: "honest" for row in honest} | kinds
    return out, roles, honest


def _kind(attack: str, number: int) -> str:
    return ("army", "noisy-army", "spam", "rings")[number % 4] if attack == "mixed" else attack


def _accounts(slots: Sequence[str], per_account: int, rng: np.random.Generator) -> list[str]:
    """Return an attacker for each slot: no account twice on a task, about `per_account` labels each."""
    crowd = max(1, len(slots) // per_account, max((slots.count(task) for task in set(slots)), default=1))
    names = [f"~attacker {number:05d}" for number in range(crowd)]
    load = np.zeros(crowd)
    by_task: dict[str, list[int]] = {}
    for place, task in enumerate(slots):
        by_task.setdefault(task, []).append(place)
    out = [""] * len(slots)
    for _, places in sorted(by_task.items()):
        chosen = np.lexsort((rng.random(crowd), load))[: len(places)]
        load[chosen] += 1
        for place, who in zip(places, chosen, strict=True):
            out[place] = names[int(who)]
    return out


def _sheet(
    name: str, rows: Sequence[Row], truth: Mapping[str, str], classes: list[str], rng: np.random.Generator
) -> dict[str, str]:
    votes: dict[str, list[str]] = {}
    for task, _, label in rows:
        votes.setdefault(task, []).append(label)
    out: dict[str, str] = {}
    for task, given in sorted(votes.items()):
        top = max(sorted(set(given)), key=given.count)
        right = truth.get(task, top)
        others = [each for each in classes if each != right]
        wrong = others[int(rng.integers(len(others)))]
        match name:
            case "wrong":
                out[task] = wrong
            case "llm":
                out[task] = right if rng.random() < 0.65 else wrong
            case "filter":
                # Goes along where the crowd is sure, to look able, and against the truth where it is divided.
                out[task] = top if given.count(top) >= 0.8 * len(given) else wrong
            case _:
                out[task] = classes[int(rng.integers(len(classes)))]
    return out
