"""Boards and voters: `python benchmarks/rank.py speed|voters [--data FOLDER]`. Prints one JSON object a line.

speed: a million votes over 200 models, beside evalica and arena-rank where they are installed. voters: real people of llmfao with
random voters injected; how many of either are accepted, by number of votes.
"""

import argparse
import csv
import importlib.util
import json
import time
from pathlib import Path

import numpy as np

from hakari.truth import bradley_terry
from hakari.truth.voters import Voters, judge_voters


def speed(votes: int, models: int) -> None:
    """Print seconds for a board without and with 100 resamples, and the largest difference to other packages' scores."""
    rng = np.random.default_rng(0)
    skill = rng.normal(0, 1, models)
    left = rng.integers(0, models, votes)
    right = (left + rng.integers(1, models, votes)) % models
    chance = 1 / (1 + np.exp(skill[right] - skill[left]))
    winner = np.where(rng.random(votes) < 0.15, 2, np.where(rng.random(votes) < chance, 0, 1))
    names = [f"{i:04d}" for i in range(models)]
    bradley_terry.rank(left[:50], right[:50], winner[:50], names, resamples=1)
    for resamples in (0, 100):
        wall, cpu = time.perf_counter(), time.process_time()
        board = bradley_terry.rank(left, right, winner, names, resamples=resamples)
        took = {"wall_s": round(time.perf_counter() - wall, 3), "cpu_s": round(time.process_time() - cpu, 3)}
        print(json.dumps({"votes": votes, "models": models, "resamples": resamples, **took}))
    if importlib.util.find_spec("arena_rank"):
        import pandas as pd
        from arena_rank.models.bradley_terry import BradleyTerry
        from arena_rank.utils.data_utils import PairDataset

        words = np.array(["model_a", "model_b", "tie"])
        frame = pd.DataFrame(
            {"model_a": np.array(names)[left], "model_b": np.array(names)[right], "winner": words[winner]}
        )
        cpu = time.process_time()
        data = PairDataset.from_pandas(frame)
        theirs = BradleyTerry(n_competitors=models).compute_ratings_and_cis(data)
        took = round(time.process_time() - cpu, 2)
        apart = np.asarray(theirs["ratings"]) - np.mean(np.asarray(theirs["ratings"])) + bradley_terry.MIDDLE
        width = np.asarray(theirs["rating_upper"]) - np.asarray(theirs["rating_lower"])
        ratio = float(np.mean((board.high - board.low) / width))
        print(
            json.dumps(
                {
                    "arena_rank_cpu_s": took,
                    "largest_difference_points": float(np.abs(apart - board.score).max()),
                    "width_ratio": ratio,
                }
            )
        )


def load(folder: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the columns that `judge_voters` takes, as numbers, and the models' names."""
    rows = list(csv.DictReader((folder / "llmfao" / "comparisons.csv").read_text(encoding="utf-8").splitlines()))
    models = sorted({row["left"] for row in rows} | {row["right"] for row in rows})
    place = {name: index for index, name in enumerate(models)}
    voter = {name: index for index, name in enumerate(sorted({row["worker"] for row in rows}))}
    word = {"left": 0, "right": 1, "tie": 2}
    return {
        "comparison": np.array([int(row["id"]) for row in rows]),
        "left": np.array([place[row["left"]] for row in rows]),
        "right": np.array([place[row["right"]] for row in rows]),
        "winner": np.array([word[row["winner"]] for row in rows]),
        "voter": np.array([voter[row["worker"]] for row in rows]),
    }, models


def inject(columns: dict[str, np.ndarray], *, kind: str, each: int, share: float, seed: int) -> dict[str, np.ndarray]:
    """Return the columns with random voters appended: `each` votes a voter on comparisons of the crowd, `share` of all votes."""
    rng = np.random.default_rng([seed, each, round(share * 100)])
    first = {int(c): at for at, c in reversed(list(enumerate(columns["comparison"].tolist())))}
    count = max(1, round(len(columns["voter"]) * share / (1 - share) / each))
    base = np.bincount(columns["winner"]) / len(columns["winner"])
    at = np.concatenate([[first[int(c)] for c in rng.choice(sorted(first), each, replace=False)] for _ in range(count)])
    drawn = {
        "uniform": lambda: rng.integers(0, 3, len(at)),
        "base": lambda: rng.choice(3, len(at), p=base),
        "left": lambda: np.zeros(len(at), np.int64),
        "tie": lambda: np.full(len(at), 2),
    }[kind]()
    extra = {name: columns[name][at] for name in ("comparison", "left", "right")}
    extra |= {"winner": drawn, "voter": int(columns["voter"].max()) + 1 + np.repeat(np.arange(count), each)}
    return {name: np.concatenate([columns[name], extra[name]]) for name in columns}


def voters(folder: Path) -> None:
    """Print acceptance of people and of injected random voters."""
    columns, models = load(folder)
    people = int(columns["voter"].max()) + 1
    began = time.perf_counter()
    alone = judge_voters(**columns, models=len(models), voters=people)
    print(
        json.dumps(
            {
                "people_alone": _rates(alone, columns["voter"], 0, people),
                "wall_s": round(time.perf_counter() - began, 2),
            }
        )
    )
    for kind in ("uniform", "base", "left", "tie"):
        for each in (7, 14, 70, 343):
            for share in (0.05, 0.2, 0.4):
                mixed = inject(columns, kind=kind, each=each, share=share, seed=1)
                count = int(mixed["voter"].max()) + 1
                found = judge_voters(**mixed, models=len(models), voters=count)
                row = {"random": kind, "votes_each": each, "share": share}
                row |= {"injected": _rates(found, mixed["voter"], people, count)}
                row |= {"people": _rates(found, mixed["voter"], 0, people)}
                row |= {"people_few": _rates(found, mixed["voter"], 0, people, most=14)}
                print(json.dumps(row), flush=True)


def _rates(found: Voters, voter: np.ndarray, lo: int, hi: int, most: int = 1 << 30) -> dict[str, float]:
    here = (np.arange(len(found.votes)) >= lo) & (np.arange(len(found.votes)) < hi) & (found.votes <= most)
    words = np.array(found.decision)[here]
    out = {word: round(float((words == word).mean()), 3) for word in ("accept", "each", "refuse")}
    return out | {"votes_accepted": round(float(found.accepted[here[voter]].mean()), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "voters"), nargs="?", default="speed")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/crowd"))
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, default=200)
    args = parser.parse_args()
    if args.what == "speed":
        speed(args.votes, args.models)
    else:
        voters(args.data)


if __name__ == "__main__":
    main()
