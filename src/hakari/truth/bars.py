"""What was promised, held against what was measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hakari.truth.attacks import UNINFORMATIVE
from hakari.truth.economy import Cell, Economy


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A promise in words with its bound, and what was measured. `where` names the set or attack of an extreme value, if it is one."""

    bar: str
    goal: str
    measured: float
    met: bool
    where: str = ""


BLIND: Final = UNINFORMATIVE


def bars(found: Economy) -> tuple[Bar, ...]:
    """Return all bars that an economy can tell, in the order of the table. Those about speed are in the benchmarks."""
    plain = [cell for cell in found.cells if not cell.attack.endswith(", fresh")]
    made: list[Bar] = list(_clean(found))
    if plain:
        made += _accuracy(plain)
    if found.cells:
        made += _people(found.cells)
        made += _money(found.cells)
    return tuple([*made, *_bounds(found)])


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept) if kept else 0.0


def _at_most(bar: str, goal: float, measured: float, where: str = "", unit: str = "") -> Bar:
    return Bar(bar=bar, goal=f"≤ {goal:g}{unit}", measured=measured, met=measured <= goal, where=where)


def _at_least(bar: str, goal: float, measured: float, where: str = "", unit: str = "") -> Bar:
    return Bar(bar=bar, goal=f"≥ {goal:g}{unit}", measured=measured, met=measured >= goal, where=where)


def _clean(found: Economy) -> Iterable[Bar]:
    yield _at_least("clean, mean accuracy", 0.843, _mean(each.ours for each in found.clean))
    worst = max(found.clean, key=lambda each: max(each.majority, each.dawid_skene) - each.ours)
    below = 100 * (max(worst.majority, worst.dawid_skene) - worst.ours)
    yield _at_most("clean, points below the better of majority and Dawid-Skene, worst set", 1, below, worst.set)


def _accuracy(cells: Sequence[Cell]) -> list[Bar]:
    kinds = list(dict.fromkeys(cell.attack for cell in cells))
    each = {kind: _mean(cell.gap for cell in cells if cell.attack == kind) for kind in kinds}
    highest = max(kinds, key=lambda kind: each[kind])
    worst = max(cells, key=lambda cell: cell.gap)
    made = [_at_most("attacked, mean gap to the honest-only oracle, points", 0, _mean(each.values()))]
    blind = [each[kind] for kind in kinds if kind in BLIND or kind == "mixed"]
    if blind:
        made.append(_at_most("attacked without information, mean gap, points", 0.65, _mean(blind)))
    return [
        *made,
        _at_most("each attack, mean gap, points", 1, each[highest], highest),
        _at_most("worst set of any attack, gap, points", 4, worst.gap, f"{worst.attack}, {worst.set}"),
    ]


def _people(cells: Sequence[Cell]) -> list[Bar]:
    honest = sum(cell.honest for cell in cells)
    worst = max(cells, key=lambda cell: cell.honest_convicted / max(1, cell.honest))
    able = sum(cell.able for cell in cells)
    return [
        _at_most("honest convicted, mean, %", 0.5, 100 * sum(c.honest_convicted for c in cells) / max(1, honest)),
        _at_most(
            "honest convicted, worst set, %",
            2,
            100 * worst.honest_convicted / max(1, worst.honest),
            f"{worst.attack}, {worst.set}",
        ),
        _at_least(
            "honest above the minimum skill with positive pay, %",
            99,
            100 * sum(cell.able_paid for cell in cells) / max(1, able),
        ),
    ]


def _money(cells: Sequence[Cell]) -> list[Bar]:
    made: list[Bar] = []
    for fresh in (False, True):
        net = [
            (row["net_micros"] / row["labels"], f"{cell.attack}: {role}, {cell.set}")
            for cell in cells
            if cell.attack.endswith(", fresh") == fresh
            for role, row in cell.roles.items()
            if role in BLIND
        ]
        if net:
            most, where = max(net)
            words = "fresh identities" if fresh else "one account each"
            made.append(
                Bar(
                    bar=f"attackers without information, {words}: net micros a label, highest",
                    goal="< 0",
                    measured=most,
                    met=most < 0,
                    where=where,
                )
            )
    return made


def _bounds(found: Economy) -> list[Bar]:
    made: list[Bar] = []
    best = max(found.farmers, key=lambda name: found.farmers[name])
    made.append(_at_most("1,000 exam farmers, net micros", 0, found.farmers[best], best))
    honest = sum(each.honest for each in found.false_audits)
    gain = max(found.false_audits, key=lambda each: each.gain_micros)
    convicted = sum(each.honest_convicted for each in found.false_audits)
    made += [
        _at_most("10 % false audits: honest convicted, %", 0.5, 100 * convicted / max(1, honest)),
        _at_most("10 % false audits: the buyer's gain, micros, highest", 0, gain.gain_micros, gain.set),
    ]
    for least, most, goal in ((5.5, float("inf"), 40), (4.5, 5.5, 25)):
        here = [each for each in found.stopped if least <= each.labels_a_task < most]
        if here:
            words = "six or more labels a task" if goal == 40 else "five labels a task"
            made += [
                _at_least(f"labels saved by stopping, {words}, %", goal, 100 * _mean(each.saved for each in here)),
                _at_most(f"accuracy lost by stopping, {words}, points", 0.5, _mean(each.loss for each in here)),
            ]
    made += [
        _at_least(
            "coin flippers convicted within 60 audits at minimum skill .8, %", 90, 100 * found.coin_convicted["0.8"][59]
        ),
        _at_most(
            "workers of exactly the minimum skill ever convicted in 120 audits, %", 1, 100 * found.boundary_convicted
        ),
    ]
    return made
