"""Random voters beside real people, judged as in production: `python benchmarks/voters.py [--seeds 5] [--kind uniform|alike]`.

The 8,931 votes of examples/llmfao are judged by sources.table.KINDS["rank"] together with injected voters who look at nothing. Each
injected voter answers `each` tasks of the crowd, drawn without repetition; they cast `share` of all votes. uniform: left, right and tie
with one chance in three each. alike: with the crowd's own frequencies, so that the mixture of words gives nothing away. Prints one JSON
object a line, then the table of docs/explain/judging.md. Seeds are 1 to --seeds; a cell is the mean over them.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch, Judgement
from hakari.sources.table import KINDS

EXAMPLE = Path(__file__).parents[1] / "examples" / "llmfao" / "comparisons.csv"
SHARES = (0.05, 0.20, 0.40)
EACH = (7, 14, 70, 343)
WINNERS = ("left", "right", "tie")
INJECTED = 1 << 32
"""Accounts from this number on are injected."""


def crowd(file: Path) -> Batch:
    """Return the real votes in the file's order; each shown comparison is one task."""
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    models = sorted({row[side] for row in rows for side in ("left", "right")})
    prompts: dict[str, int] = {}
    tasks: dict[str, int] = {}
    publics: list[dict[str, int]] = []
    answers: list[Answer] = []
    for row in rows:
        if row["id"] not in tasks:
            tasks[row["id"]] = len(tasks)
            prompt = prompts.setdefault(row["prompt"], len(prompts))
            publics.append({"left": models.index(row["left"]), "prompt": prompt, "right": models.index(row["right"])})
        answers.append(_vote(int(row["worker"]), tasks[row["id"]], row["winner"]))
    return Batch(spec={"models": models, "pairs": 0}, quality={}, tasks=publics, answers=answers)


def inject(real: Batch, *, share: float, each: int, kind: str, seed: int) -> Batch:
    """Return the batch with random voters behind the real ones: as many as make `share` of all votes, at least one."""
    draw = np.random.default_rng([seed, each, round(share * 1000)])
    said = Counter(str(answer.answer["winner"]) for answer in real.answers)  # type: ignore[index, call-overload]
    chances = [1 / 3] * 3 if kind == "uniform" else [said[word] / said.total() for word in WINNERS]
    voters = max(1, round(len(real.answers) * share / (1 - share) / each))
    added = [
        _vote(INJECTED + voter, int(task), WINNERS[draw.choice(3, p=chances)])
        for voter in range(voters)
        for task in draw.choice(len(real.tasks), size=each, replace=False)
    ]
    return Batch(spec=real.spec, quality=real.quality, tasks=real.tasks, answers=[*real.answers, *added])


def rates(batch: Batch, judged: Judgement, *, injected: bool) -> dict[str, float]:
    """Return how many voters of a side are accepted, refused or judged vote by vote, and the share of their votes that count."""
    words = [each.decision for each in judged.decisions if (int(each.account, 16) >= INJECTED) == injected]
    counted = [
        verdict.accepted
        for answer, verdict in zip(batch.answers, judged.verdicts, strict=True)
        if (int(answer.account, 16) >= INJECTED) == injected
    ]
    shares = {word: words.count(word) / len(words) for word in ("accept", "refuse", "each")}
    return {"voters": len(words), **shares, "votes_counted": sum(counted) / len(counted)}


def _vote(voter: int, task: int, winner: str) -> Answer:
    return Answer(account=Account(f"0x{voter:040x}"), task=task, answer={"winner": winner}, leaf=0, n=0)


def _mean(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}


def main() -> None:
    """Run every cell and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kind", choices=("uniform", "alike"), default="uniform")
    parser.add_argument("--file", type=Path, default=EXAMPLE)
    options = parser.parse_args()
    real = crowd(options.file)
    judge = KINDS["rank"].judge
    alone = rates(real, judge(real, None), injected=False)
    print(json.dumps({"injected": "none", "people": alone}))
    table = [
        "| random voters cast | votes each | random voters | refused | vote by vote | accepted | their votes counted "
    ]
    table[0] += "| people accepted | people refused | people's votes counted |"
    table.append("|" + " --- |" * 10)
    for share in SHARES:
        for each in EACH:
            runs = []
            for seed in range(1, options.seeds + 1):
                batch = inject(real, share=share, each=each, kind=options.kind, seed=seed)
                judged = judge(batch, None)
                runs.append((rates(batch, judged, injected=True), rates(batch, judged, injected=False)))
            bad, good = _mean([run[0] for run in runs]), _mean([run[1] for run in runs])
            print(json.dumps({"kind": options.kind, "share": share, "each": each, "injected": bad, "people": good}))
            cells = [bad["refuse"], bad["each"], bad["accept"], bad["votes_counted"]]
            cells += [good["accept"], good["refuse"], good["votes_counted"]]
            text = [f"{share:.0%}", str(each), f"{bad['voters']:.0f}", *(f"{cell:.1%}" for cell in cells)]
            table.append("| " + " | ".join(text) + " |")
    print("\n".join(table))


if __name__ == "__main__":
    main()
