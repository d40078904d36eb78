"""Time `hakari verify` over a node's public folder: answers a second in batches of 500, and as single statements.

    python benchmarks/verify.py [--people 200] [--tasks 500] [--singles 5000]

A real node is made: funded orders, delegated session keys, signed submissions, verdicts. Then a stranger's check of the whole folder is
timed, after a warming run over a tiny one (imports, compiled judging). Goal: 17,000 answers a second in batches, so that a million take
a minute.
"""

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# In place of this folder, in which `http` is not the standard library's.
sys.path[0] = str(ROOT / "tests" / "api")

BATCH = 500


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--singles", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measured(Path(folder) / "tiny", people=3, tasks=10, size=10, profile=False)
        found["batches"] = measured(
            Path(folder) / "batches", people=options.people, tasks=options.tasks, size=BATCH, profile=options.profile
        )
        each = max(options.singles // options.people, 1)
        found["singles"] = measured(
            Path(folder) / "singles", people=options.people, tasks=each, size=1, profile=options.profile
        )
    json.dump(found, sys.stdout, indent=2)
    print()


def measured(folder: Path, *, people: int, tasks: int, size: int, profile: bool) -> dict[str, Any]:
    """Make a node in which `people` answer all `tasks` in statements of `size` answers; return how fast its folder is verified."""
    from hakari.app import checking

    made = time.perf_counter()
    public, statements = node(folder, people=people, tasks=tasks, size=size)
    made = time.perf_counter() - made
    watch = None
    if profile:
        import cProfile

        watch = cProfile.Profile()
        watch.enable()
    started, burnt = time.perf_counter(), time.process_time()
    report = checking.check(str(public))
    seconds, burnt = time.perf_counter() - started, time.process_time() - burnt
    if watch is not None:
        import pstats

        watch.disable()
        pstats.Stats(watch, stream=sys.stderr).sort_stats("tottime").print_stats(35)
    if not report.ok:
        raise SystemExit(f"{folder.name} does not verify: {report.mismatches[0].line()}")
    return {
        "answers": people * tasks,
        "statements": statements,
        "seconds": round(seconds, 2),
        "processor seconds": round(burnt, 2),
        "answers a second": round(people * tasks / seconds),
        "statements a second": round(statements / seconds),
        "made in seconds": round(made, 1),
    }


def node(folder: Path, *, people: int, tasks: int, size: int) -> tuple[Path, int]:
    """Return the public folder and how many submissions it holds."""
    from market import Market, secret, served

    from hakari.app import desk
    from hakari.core.statement import answer_commitment
    from hakari.people.book import may_sign
    from hakari.work import intake
    from hakari.work.intake import Opened

    market = Market(folder)
    count = 0
    with served(market):
        order = market.order(tasks=tasks, redundancy=people).id
        workers = [market.person(f"worker {n}", "work") for n in range(people)]
    facts = desk.running(market.node, order)
    dice = hashlib.sha256(b"bench").digest()
    for n, worker in enumerate(workers):
        with market.node.store.book() as book:
            for start in range(0, tasks, size):
                given = [
                    Opened(
                        task=task,
                        answer={"mood": "good" if (task * 7 + dice[(n + task) % 32]) % 5 else "bad"},
                        salt=secret(f"{n} {task}").hex()[:32],
                    )
                    for task in range(start, min(start + size, tasks))
                ]
                said = worker.sign(
                    "submission",
                    {
                        "commitments": [
                            answer_commitment(task=each.task, answer=each.answer, salt=each.salt) for each in given
                        ],
                        "guideline": 1,
                        "order": order,
                    },
                )
                may_sign(said, book.statements.key(said.key))
                intake.record(book, facts, said, intake.opened(facts, said, given), now=market.clock())
                count += 1
    market.until(lambda: judged(market, order), 300)
    market.rounds()
    market.close()
    return market.public, count


def judged(market: Any, order: str) -> bool:
    """Return whether the order's verdicts are in the published log."""
    with market.node.store.reading() as book:
        row = book.orders.get(order)
        waiting = book.statements.waiting()
    return row is not None and row.status == "judged" and not waiting


if __name__ == "__main__":
    main()
