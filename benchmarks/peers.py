"""Who looked, where no audit is possible: `python benchmarks/peers.py [--data FOLDER] [--sets NAMES] [--seeds 3]`.

Merit, which pays under label/2, beside Correlated Agreement, on crowds among which accounts answer that look at nothing: FOLDER holds
one folder a set with labels.csv (task,worker,label) and truth.csv (task,label); without it the made-up crowds are taken. Prints one
JSON object a line. auc: the chance that a person scores above such an account (ties count half). people, blind: the share of accounts
whose mean score is above the margin, so that they are paid. The limits: `sheet`, one random sheet that several share, and `agreed`,
what the crowd says most.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hakari.truth.attacks import NAME, Row, infest
from hakari.truth.crowds import read_sets, stand_ins
from hakari.truth.judgement import judge_labels
from hakari.truth.peers import correlated_agreement
from hakari.truth.replay import numbered
from hakari.truth.votes import Floats

BLIND = ("spam", "constant", "prior")
LIMITS = ("sheet", "agreed")
MARGIN = 0.10


def mixed(rows: Sequence[Row], kind: str, *, share: float, seed: int) -> tuple[Row, ...]:
    """Return the rows with `share` of the labels by accounts of a kind. Which labels are replaced depends on the seed alone.

    spam: each label with one chance; constant: an account names one class; prior: as often as the crowd says each; sheet: all copy
    one random sheet; agreed: all say what the crowd says most.
    """
    attack = {"constant": "constant", "sheet": "army"}.get(kind, "spam")
    made = infest(rows, {}, attack, share=share, seed=seed).rows
    if kind not in {"prior", "agreed"}:
        return made
    rng = np.random.default_rng([seed, 5])
    said = [label for _, _, label in rows]
    most: dict[str, Counter[str]] = {}
    for task, _, label in rows:
        most.setdefault(task, Counter())[label] += 1

    def say(task: str) -> str:
        if kind == "prior":
            return said[int(rng.integers(len(said)))]
        return max(sorted(most[task]), key=lambda label: most[task][label])

    return tuple((task, who, say(task) if who.startswith(NAME) else label) for task, who, label in made)


def auc(people: Floats, blind: Floats) -> float:
    """Return the chance that one of `people` is above one of `blind`, ties counted half."""
    below = (people[:, None] > blind[None, :]).mean()
    return float(below + (people[:, None] == blind[None, :]).mean() / 2)


def scores(rows: Sequence[Row]) -> tuple[dict[str, Floats], Sequence[str], Floats]:
    """Return each account's mean score by method on one scale (1 for what a perfect report earns), names and numbers of labels.

    Correlated Agreement is divided by what two perfect reports earn, one less the chance that two labels are the same.
    """
    votes, _, names = numbered(rows, ())
    count = np.bincount(votes.worker, minlength=len(votes.workers)).astype(float)
    judged = judge_labels(votes, classes=len(names))
    merit = np.bincount(votes.worker, weights=judged.merit_bps / 10_000, minlength=len(count)) / count
    share = np.bincount(votes.label, minlength=len(names)) / len(votes)
    agreement = correlated_agreement(votes, classes=len(names)).score / max(1e-9, 1 - float((share**2).sum()))
    return {"merit": merit, "agreement": np.nan_to_num(agreement)}, votes.workers, count


def compared(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return what each method makes of people and of the accounts among them."""
    found, names, count = scores(rows)
    blind = np.array([name.startswith(NAME) for name in names])
    out: dict[str, dict[str, float]] = {}
    for method, score in found.items():
        paid = score > MARGIN
        out[method] = {
            "auc": auc(score[~blind], score[blind]) if blind.any() else 1.0,
            "people": float(paid[~blind].mean()),
            "blind": float(paid[blind].mean()) if blind.any() else 0.0,
            "mean": float((score * count)[blind].sum() / count[blind].sum()) if blind.any() else 0.0,
        }
    return out


def average(cells: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """Return the mean of every figure."""
    return {
        method: {name: round(float(np.mean([cell[method][name] for cell in cells])), 3) for name in cells[0][method]}
        for method in cells[0]
    }


def main() -> None:
    """Print a line for each share and kind: means over sets and seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--sets", default=None, help="names, with commas between (default: all)")
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    crowds = stand_ins() if asked.data is None else read_sets(asked.data)
    wanted = list(crowds) if asked.sets is None else asked.sets.split(",")
    for share in (0.0, 0.2, 0.4):
        for kind in (*BLIND, *LIMITS) if share else ("spam",):
            cells = [
                compared(mixed(crowds[name][0], kind, share=share, seed=seed))
                for name in wanted
                for seed in range(asked.seeds)
            ]
            print(json.dumps({"share": share, "kind": kind, **average(cells)}), flush=True)


if __name__ == "__main__":
    main()
