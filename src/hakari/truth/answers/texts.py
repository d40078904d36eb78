"""Transcripts and free text: edit distance where one right text exists, else people who read it."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hakari.truth.answers.judged import Measure
from hakari.truth.compiled import compiled

# Texts longer than this are compared by their words.
LONG = 4_000


def transcript() -> Measure[str]:
    """Return the measure of texts of which one is right. Unit: a character after normalisation (NFKC, folded case, single spaces).
    Likeness: 1 - edit distance / length of the longer. Consensus: the answer closest to all others, so it is one that a person gave."""
    return Measure(unit="character", likeness=alike, merged=medoid, enough=0.9)


def free_text() -> Measure[str]:
    """Return the measure of texts that may rightly differ: as `transcript`, but where they differ the reason is `needs_review`:
    people have to read them (whose ratings of an answer are judged by `plain.rating`)."""
    return Measure(unit="character", likeness=alike, merged=medoid, enough=0.8, reviewed=True)


def alike(one: str, other: str) -> float:
    """Return 1 - edit distance / length of the longer, of normalised texts; by words above 4,000 characters."""
    a, b = normal(one), normal(other)
    if a == b:
        return 1.0
    parts: tuple[Sequence[str], Sequence[str]] = (a, b)
    if max(len(a), len(b)) > LONG:
        parts = (a.split(), b.split())
    number = {part: n for n, part in enumerate(dict.fromkeys([*parts[0], *parts[1]]))}
    codes = [np.array([number[part] for part in text], np.int32) for text in parts]
    longest = max(len(each) for each in codes)
    return 1 - distance(codes[0], codes[1]) / longest


def normal(text: str) -> str:
    """Return the text as it is compared: NFKC, case folded, runs of white space as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@compiled
def distance(one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> int:
    """Return the edit distance (Levenshtein 1966): insertions, deletions and replacements at 1 each. Cost O(length²), one row kept."""
    row = np.arange(len(other) + 1)
    for i in range(len(one)):
        before = row[0]
        row[0] = i + 1
        for j in range(len(other)):
            cost = before if one[i] == other[j] else before + 1
            before = row[j + 1]
            row[j + 1] = min(cost, before + 1, row[j] + 1)
    return int(row[len(other)])


def medoid(given: Sequence[Any], weights: Sequence[float], alike: Sequence[Sequence[float]]) -> Any:
    """Return the answer with the largest weighted likeness to all; ties go to the first, in order of workers."""
    sums = [round(sum(w * near for w, near in zip(weights, row, strict=True)), 9) for row in alike]
    return given[max(range(len(given)), key=lambda n: sums[n])]
