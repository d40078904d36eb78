"""Quality of answers and of pay on real crowds: `python benchmarks/truth.py clean|attack|speed|latency --data FOLDER [...]`.

FOLDER holds one folder a set with labels.csv (task,worker,label) and truth.csv (task,label). Prints one JSON object a line.
"""

import argparse
import importlib.util
import json
import resource
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hakari.truth.attacks import ATTACKS, UNINFORMATIVE, Row, infest
from hakari.truth.consensus import consensus
from hakari.truth.dawid_skene import Prior, dawid_skene
from hakari.truth.evidence import min_skill
from hakari.truth.judgement import judge_labels
from hakari.truth.majority import majority
from hakari.truth.provisional import Provisional
from hakari.truth.replay import drawn, replay
from hakari.truth.tables import read_answers, read_first_labels
from hakari.truth.votes import UNKNOWN, Floats, Votes

SETS = ("bluebird", "dog", "rte", "web", "weather_amt", "music", "sp", "sp_amt", "face", "barzan")


def load(folder: Path, name: str) -> tuple[list[Row], dict[str, str]]:
    """Return a set's rows (a worker's first label of a task) and its truth."""
    rows, _ = read_first_labels((folder / name / "labels.csv").read_bytes())
    return rows, dict(read_answers((folder / name / "truth.csv").read_bytes()))


def numbered(rows: list[Row], truth: dict[str, str]) -> tuple[Votes, "np.ndarray", int]:
    """Return votes, true classes (T,) and the number of classes."""
    classes = sorted({row[2] for row in rows} | set(truth.values()))
    number = {name: index for index, name in enumerate(classes)}
    votes = Votes.from_rows([(t, w, number[label]) for t, w, label in rows], classes=len(classes))
    true = votes.known({task: number[label] for task, label in truth.items()}, classes=len(classes))
    return votes, true, len(classes)


def clean(folder: Path, names: list[str]) -> None:
    """Print accuracy without attackers or audits, beside majority and plain Dawid-Skene."""
    table = []
    for name in names:
        votes, true, classes = numbered(*load(folder, name))
        began = time.process_time()
        ours = consensus(votes, classes=classes).p_label
        seconds = time.process_time() - began
        plain = dawid_skene(votes, classes=classes, prior=Prior(each=0.01, right=0.0)).p_label
        row = [_accuracy(each, true) for each in (majority(votes, classes).p_label, plain, ours)]
        table.append(row)
        print(
            json.dumps(
                {"set": name, "majority": row[0], "dawid_skene": row[1], "ours": row[2], "cpu_s": round(seconds, 2)}
            )
        )
    means = np.mean(table, axis=0)
    print(
        json.dumps({"mean": dict(zip(("majority", "dawid_skene", "ours"), np.round(means, 4).tolist(), strict=True))})
    )


def attack(folder: Path, names: list[str], attacks: list[str], *, share: float, rate: float, seed: int) -> None:
    """Print accuracy under each attack against an oracle that sees honest labels only (no audits), and what each role earned."""
    gaps: list[float] = []
    able = {"workers": 0, "positive": 0, "convicted": 0, "honest": 0, "honest_convicted": 0}
    for kind in attacks:
        for name in names:
            rows, truth = load(folder, name)
            infested = infest(rows, truth, kind, share=share, seed=seed)
            mixed, roles = list(infested.rows), infested.roles
            began = time.process_time()
            result = replay(mixed, truth.items(), {w: w for w in roles}, seed=seed, audit_rate=rate)
            seconds = time.process_time() - began
            votes, true, classes = numbered(mixed, truth)
            # The oracle answers the same tasks; where no honest label is left it can only guess.
            kept = votes.keep(np.array([roles[w] == "honest" for w in votes.workers])[votes.worker])
            asked = np.where(drawn(votes, true, seed=seed, rate=rate), UNKNOWN, true)
            oracle = _accuracy(consensus(kept, classes=classes).p_label, asked)
            gaps.append(oracle - result["accuracy"])
            _honest(votes, true, classes, roles, result["roles"], able)
            net = _net(result["roles"], roles)
            worst = max((each for role, each in net.items() if role in UNINFORMATIVE), default=None)
            print(
                json.dumps(
                    {
                        "attack": kind,
                        "set": name,
                        "ours": round(result["accuracy"], 4),
                        "oracle": round(oracle, 4),
                        "gap": round(gaps[-1], 4),
                        "groups": result["groups"],
                        "uninformative_net_per_label": worst,
                        "cpu_s": round(seconds, 2),
                    }
                ),
                flush=True,
            )
        part = gaps[-len(names) :]
        print(
            json.dumps({"attack": kind, "mean_gap": round(float(np.mean(part)), 4), "worst": round(max(part), 4)}),
            flush=True,
        )
    print(json.dumps({"mean_gap": round(float(np.mean(gaps)), 4), "honest": able}))


def _net(accounts: dict[str, dict[str, int]], roles: Mapping[str, str]) -> dict[str, float]:
    """Return micros a label by role."""
    sums: dict[str, list[int]] = {}
    for name, row in accounts.items():
        both = sums.setdefault(roles[name], [0, 0])
        both[0] += row["net_micros"]
        both[1] += row["labels"]
    return {role: round(net / labels, 1) for role, (net, labels) in sums.items()}


def _honest(  # noqa: PLR0917 what one replay gave
    votes: Votes,
    true: "np.ndarray",
    classes: int,
    roles: Mapping[str, str],
    accounts: dict[str, dict[str, int]],
    able: dict[str, int],
) -> None:
    """Add up honest workers: convicted of all, and with positive pay of those truly above the declared minimum skill."""
    for w, name in enumerate(votes.workers):
        if roles[name] != "honest":
            continue
        mine = votes.worker == w
        known = true[votes.task[mine]] >= 0
        right = (votes.label[mine] == true[votes.task[mine]])[known]
        able["honest"] += 1
        able["honest_convicted"] += accounts[name]["convicted"]
        if len(right) and right.mean() >= min_skill(classes):
            able["workers"] += 1
            able["positive"] += accounts[name]["positive"]
            able["convicted"] += accounts[name]["convicted"]


def speed(labels: int, classes: int) -> None:
    """Print seconds of 20 rounds of Dawid-Skene on made-up labels (five a task), and the memory that the process took."""
    tasks, workers = labels // 5, max(100, labels // 200)
    rng = np.random.default_rng(0)
    task = np.repeat(np.arange(tasks, dtype=np.int32), 5)
    worker = (rng.integers(0, workers // 5, labels) * 5 + np.tile(np.arange(5), tasks)).astype(np.int32)
    true = rng.integers(0, classes, tasks)
    label = np.where(rng.random(labels) < 0.7, true[task], rng.integers(0, classes, labels)).astype(np.int32)
    votes = Votes.from_arrays(
        task,
        worker,
        label,
        classes=classes,
        tasks=[f"{i:09d}" for i in range(tasks)],
        workers=[f"{i:09d}" for i in range(workers)],
    )
    del task, worker, label
    dawid_skene(votes, classes=classes, rounds=1)  # compiled on the first run: not what is measured
    wall, cpu = time.perf_counter(), time.process_time()
    found = dawid_skene(votes, classes=classes, rounds=20)
    print(
        json.dumps(
            {
                "labels": labels,
                "classes": classes,
                "rounds": found.rounds,
                "wall_s": round(time.perf_counter() - wall, 3),
                "cpu_s": round(time.process_time() - cpu, 3),
                "accuracy": round(float((found.label == true).mean()), 4),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )
    if importlib.util.find_spec("crowdkit") and labels <= 2_000_000:
        import pandas as pd
        from crowdkit.aggregation import DawidSkene

        frame = pd.DataFrame({"task": votes.task, "worker": votes.worker, "label": votes.label})
        took = []
        for rounds in (1, 6):
            cpu = time.process_time()
            DawidSkene(n_iter=rounds).fit(frame)
            took.append(time.process_time() - cpu)
        print(json.dumps({"crowd_kit_cpu_s_a_round": round((took[1] - took[0]) / 5, 3)}))
    if labels <= 200_000:
        wall = time.perf_counter()
        judge_labels(votes, classes=classes)
        print(json.dumps({"judge_labels_wall_s": round(time.perf_counter() - wall, 2)}))


def latency(labels: int, classes: int) -> None:
    """Print how long one more answer takes to update the provisional estimate, after `labels` answers (ten a task)."""
    rng = np.random.default_rng(0)
    tasks, workers = labels // 10, max(100, labels // 200)
    running = Provisional(classes=classes)
    true = rng.integers(0, classes, tasks)
    took = []
    for n in range(labels):
        task, worker = n % tasks, int(rng.integers(0, workers // 10)) * 10 + n // tasks
        label = int(true[task]) if rng.random() < 0.7 else int(rng.integers(0, classes))
        began = time.perf_counter()
        running.add(f"t{task}", f"w{worker}", label)
        took.append(time.perf_counter() - began)
    p50, p99 = np.percentile(np.array(took) * 1000, (50, 99))
    right = np.mean([running.belief(f"t{t}").argmax() == true[t] for t in range(tasks)])
    print(
        json.dumps(
            {
                "one_answer_ms_p50": round(p50, 3),
                "one_answer_ms_p99": round(p99, 3),
                "labels": labels,
                "accuracy": round(float(right), 4),
            }
        )
    )


def _accuracy(p_label: Floats, true: "np.ndarray") -> float:
    at = true >= 0
    return float((p_label[at].argmax(axis=1) == true[at]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("clean", "attack", "speed", "latency"), nargs="?", default="speed")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/crowd"))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--share", type=float, default=0.4)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=4)
    args = parser.parse_args()
    if args.what == "clean":
        clean(args.data, args.sets.split(","))
    elif args.what == "attack":
        attack(
            args.data, args.sets.split(","), args.attacks.split(","), share=args.share, rate=args.rate, seed=args.seed
        )
    elif args.what == "latency":
        latency(min(args.labels, 100_000), args.classes)
    else:
        speed(args.labels, args.classes)
        latency(min(args.labels, 100_000), args.classes)


if __name__ == "__main__":
    main()
