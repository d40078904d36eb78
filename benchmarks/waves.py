"""What orders save that stop where they are sure: `python benchmarks/waves.py [--data FOLDER] [--caps 5,7,9] [--sets NAMES]`.

FOLDER holds one folder a set with labels.csv (task,worker,label) and truth.csv (task,label); without it made-up crowds are taken. Of
each set the tasks that have at least as many labels as an order would buy of each, and of these the first that came. Prints one JSON
object a line; loss in points of accuracy below all labels.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from hakari.truth.consensus import consensus
from hakari.truth.crowds import read_sets, stand_ins
from hakari.truth.economy import Set
from hakari.truth.replay import arrivals, numbered
from hakari.truth.stopping import ENOUGH, bought
from hakari.truth.votes import UNKNOWN


def waves(name: str, crowd: Set, cap: int) -> dict[str, object] | None:
    """Return what an order with `cap` answers a task would have saved on a set, None where the set is too small to stop at all."""
    rows, truth = crowd
    counts = Counter(task for task, _, _ in rows)
    seen, kept = Counter[str](), []
    for row in rows:
        if counts[row[0]] >= cap and seen[row[0]] < cap:
            seen[row[0]] += 1
            kept.append(row)
    if len(kept) < ENOUGH:
        return None
    votes, true, names = numbered(kept, truth.items())
    classes = len(names)
    found = bought(votes, classes=classes, arrival=arrivals(votes, kept), seed=1)
    right = [
        float((consensus(each, classes=classes).p_label.argmax(axis=1) == true)[true != UNKNOWN].mean())
        for each in (votes, votes.keep(found.used))
    ]
    return {
        "set": name,
        "each": cap,
        "tasks": len(seen),
        "saved": round(found.saved, 3),
        "loss": round(100 * (right[0] - right[1]), 2),
        "waves": found.waves,
    }


def main() -> None:
    """Print a line for each set and number of answers."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path)
    asked.add_argument("--caps", default="5,7,9")
    asked.add_argument("--sets", help="Names, with commas between; all of them where none is named.")
    given = asked.parse_args()
    crowds = stand_ins() if given.data is None else read_sets(given.data)
    for cap in map(int, given.caps.split(",")):
        for name in crowds if given.sets is None else given.sets.split(","):
            line = waves(name, crowds[name], cap)
            if line is not None:
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
