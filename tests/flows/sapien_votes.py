"""Two hundred real items with the answers of honest people.

Real votes where shared/data/crowd lies beside the checkout, else texts of examples/llmfao with a question whose answer can be counted.

The crowd sets are for tests only and are not part of this repository; Rodrigues et al. 2013 (sentence polarity, Mechanical Turk).
"""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hakari.core.canonical import Json

ROOT = Path(__file__).parents[2]
CROWD = next(
    (
        up / "shared" / "data" / "crowd" / "sp"
        for up in ROOT.parents
        if (up / "shared" / "data" / "crowd" / "sp").exists()
    ),
    ROOT / "absent",
)
EXAMPLE = ROOT / "examples" / "llmfao" / "results.jsonl"
TASKS, PEOPLE = 200, 10
LEAST_RIGHT = 0.86
"""Share of right answers from which on we call a worker of the crowd set honest: the order asks for a skill of 0.8."""


@dataclass(frozen=True, kw_only=True)
class Votes:
    """items: what workers see. truth: the right class of each. honest: by worker the tasks they answered, and what they said."""

    items: Sequence[Json]
    classes: tuple[str, str]
    truth: Sequence[str]
    honest: Mapping[str, Mapping[int, str]]
    real: bool


def votes() -> Votes:
    """Return the votes that this machine has."""
    return crowd() if CROWD.exists() else counted()


def crowd() -> Votes:
    """Return 200 sentences with most labels of ten real workers."""
    right = dict(_rows(CROWD / "truth.csv"))
    by_worker: dict[str, dict[str, str]] = defaultdict(dict)
    for task, worker, label in _rows(CROWD / "labels.csv"):
        by_worker[worker][task] = label
    able = [
        who
        for who, said in by_worker.items()
        if sum(said[task] == right.get(task) for task in said) >= LEAST_RIGHT * len(said)
    ]
    people = sorted(able, key=lambda who: (-len(by_worker[who]), who))[:PEOPLE]
    counts = Counter(task for who in people for task in by_worker[who] if task in right)
    chosen = sorted(sorted(counts), key=lambda task: -counts[task])[:TASKS]
    at = {task: n for n, task in enumerate(chosen)}
    return Votes(
        items=[{"text": f"Sentence {task} of the polarity set."} for task in chosen],
        classes=("0", "1"),
        truth=[right[task] for task in chosen],
        honest={f"honest {who}": {at[t]: label for t, label in by_worker[who].items() if t in at} for who in people},
        real=True,
    )


def counted() -> Votes:
    """Return 200 replies of language models; whether each is longer than the middle one, said by people who slip now and then."""
    replies = [
        str(json.loads(line)["result"]).strip() or "-" for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
    ][:TASKS]
    middle = sorted(len(each) for each in replies)[TASKS // 2]
    truth = ["long" if len(each) >= middle else "short" for each in replies]
    honest: dict[str, dict[int, str]] = {}
    for person in range(PEOPLE):
        mine = [n for n in range(TASKS) if _share(f"does {person} {n}") < 0.6]
        honest[f"honest {person}"] = {
            n: truth[n] if _share(f"slip {person} {n}") > 0.07 else _other(truth[n]) for n in mine
        }
    return Votes(
        items=[{"text": each} for each in replies],
        classes=("long", "short"),
        truth=truth,
        honest=honest,
        real=False,
    )


def _other(label: str) -> str:
    return "short" if label == "long" else "long"


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def _rows(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]
