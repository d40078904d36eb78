"""Texts in numbers: letters, how varied they are, and a sketch by which near duplicates know each other.

A text is normalised first: NFKC, case folded, every run of what is neither letter nor digit one space. Its shingles are the strings of
five characters in a row. Python's Unicode tables decide what a letter is; letters that a later Unicode adds may be seen otherwise by
a later Python, and no others.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hakari.core.money import BPS

SHINGLE: Final = 5
HASHES: Final = 64
MOST: Final = 2**20
"""Characters of the normalised text from its beginning that are looked at."""

_STEP: Final = 2**16
_PRIME: Final = np.uint64(0x100000001B3)
_MIXED: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """A text in numbers. variety_bps: different shingles among all. sketch: 64 times 4 hexadecimal digits."""

    letters: int
    variety_bps: int
    sketch: str


def normalised(text: str) -> str:
    """Return the text as its shingles see it."""
    folded = unicodedata.normalize("NFKC", text[: 4 * MOST]).casefold()
    kept = "".join(letter if letter.isalnum() else " " for letter in folded)
    return " ".join(kept.split())[:MOST]


def wording(text: str) -> Wording:
    """Return a text's numbers. Cost: 64 integer operations a character of the first MOST, in memory of a few MiB."""
    plain = normalised(text)
    shingles = _shingles(plain)
    different = np.unique(shingles)
    return Wording(
        letters=sum(letter.isalnum() for letter in plain),
        variety_bps=len(different) * BPS // len(shingles) if len(shingles) else 0,
        sketch=_sketch(different),
    )


def likeness_bps(left: str, right: str) -> int:
    """Return the estimated share of common shingles (Jaccard) of two texts from their sketches, in basis points."""
    same = sum(left[at : at + 4] == right[at : at + 4] for at in range(0, 4 * HASHES, 4))
    return same * BPS // HASHES


def _shingles(plain: str) -> NDArray[np.uint64]:
    """Return a hash of every five characters in a row; of a shorter text, one of the whole."""
    points = np.frombuffer(plain.encode("utf-32-le"), "<u4").astype(np.uint64)
    width = min(SHINGLE, len(points))
    count = len(points) - width + 1 if width else 0
    # FNV-1a over code points, then mixed: every operation is one on integers modulo 2^64.
    hashed = np.full(count, 0xCBF29CE484222325, np.uint64)
    for at in range(width):
        hashed = (hashed ^ points[at : at + count]) * _PRIME
    return _mix(hashed)


def _mix(hashed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    hashed = (hashed ^ (hashed >> np.uint64(30))) * _MIXED[0]
    hashed = (hashed ^ (hashed >> np.uint64(27))) * _MIXED[1]
    return hashed ^ (hashed >> np.uint64(31))


def _sketch(different: NDArray[np.uint64]) -> str:
    """Return MinHash signatures (Broder 1997): of each of 64 orders of all shingles, the low 16 bits of the first one present."""
    if not len(different):
        return "0000" * HASHES
    least = np.full(HASHES, 2**64 - 1, np.uint64)
    salts = _mix(np.arange(1, HASHES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    for start in range(0, len(different), _STEP):
        piece = different[start : start + _STEP]
        for n in range(HASHES):
            least[n] = min(least[n], _mix(piece ^ salts[n]).min())
    return "".join(f"{int(value) & 0xFFFF:04x}" for value in least)
