"""The votes of examples/llmfao as a batch of the rank kind."""

import csv
from pathlib import Path

import pytest

from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch

FILE = Path(__file__).parents[1] / "examples" / "llmfao" / "comparisons.csv"


def batch(votes: int) -> Batch:
    """Return the first `votes` votes; each shown comparison is one task. Skips the test where the file is absent."""
    if not FILE.exists():
        pytest.skip("examples/llmfao/comparisons.csv is absent")
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:votes]
    models = sorted({row[side] for row in rows for side in ("left", "right")})
    prompts: dict[str, int] = {}
    tasks: dict[tuple[int, int, int], int] = {}
    answers: list[Answer] = []
    for leaf, row in enumerate(rows):
        shown = (
            prompts.setdefault(row["prompt"], len(prompts)),
            models.index(row["left"]),
            models.index(row["right"]),
        )
        answers.append(
            Answer(
                account=Account(f"0x{int(row['worker']):040x}"),
                task=tasks.setdefault(shown, len(tasks)),
                answer={"winner": row["winner"]},
                leaf=leaf,
                n=0,
            )
        )
    return Batch(
        spec={"models": list(models), "pairs": 0},
        quality={},
        tasks=[{"left": left, "prompt": prompt, "right": right} for prompt, left, right in tasks],
        answers=answers,
    )
