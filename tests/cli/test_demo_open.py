"""The sets that the demo leaves open: real answers, short, and compared by nobody before."""

import csv
from pathlib import Path

from hakari.doors.cli.demo_open import LONGEST, PAIRS, QUESTIONS, SETS_OPEN, sets

LLMFAO = Path(__file__).parents[2] / "examples" / "llmfao"


def compared() -> set[tuple[str, str, str]]:
    """(prompt number, left, right) of every vote, both ways round."""
    with (LLMFAO / "comparisons.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["prompt"], row["left"], row["right"]) for row in csv.DictReader(file)]
    return {*rows, *((prompt, right, left) for prompt, left, right in rows)}


def test_no_pair_was_compared_before_and_none_comes_twice() -> None:
    known = compared()
    for asked, made in zip(QUESTIONS, sets(LLMFAO), strict=True):
        pairs = [(str(each["left_model"]), str(each["right_model"])) for work in made for each in work.items]
        assert not [pair for pair in pairs if (str(asked.prompt), *pair) in known]
        assert len({frozenset(pair) for pair in pairs}) == len(pairs)


def test_each_set_is_whole_short_to_read_and_named_once() -> None:
    found = list(sets(LLMFAO))
    assert all(len(made) >= 3 * SETS_OPEN for made in found)
    works = [work for made in found for work in made]
    assert len({work.title for work in works}) == len(works)
    for work in works:
        assert len(work.items) == PAIRS
        assert all(len(str(each[side]).strip()) <= LONGEST for each in work.items for side in ("left", "right"))
