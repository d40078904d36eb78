"""Real files made in the test: pictures, sounds, texts."""

import io
import wave
from collections.abc import Sequence

import pytest

TEXTS = [
    "The ferry leaves the old harbour at six, and the men on the quay have been there since four with their nets and their coffee.",
    "My grandmother kept seeds in tins with the names of streets on them, for she had found each plant on a walk through the town.",
    "When the lift is broken you learn who lives on the ninth floor, because they are the ones that rest on the sixth with you.",
    "There was a piano in the waiting room of the station, and nobody had ever played it until the night that the trains stood still.",
    "He counts the steps to the bakery each morning and writes the number on the wall, though it has been the same for years.",
    "The rain came in from the west with the smell of hay, and for an hour we had nothing to do but look at the road.",
]


def picture(
    *, seed: int, size: tuple[int, int] = (96, 72), kind: str = "PNG", quality: int = 90, gps: bool = False
) -> bytes:
    """A picture of coloured blocks that follow from the seed."""
    images = pytest.importorskip("PIL.Image")
    import random

    draw = random.Random(seed)
    small = images.new("RGB", (12, 9))
    small.putdata([tuple(draw.randrange(256) for _ in range(3)) for _ in range(108)])
    out = io.BytesIO()
    more = {}
    if gps:
        exif = images.Exif()
        exif.get_ifd(0x8825)[1] = "N"
        more["exif"] = exif
    small.resize(size, 0).save(out, kind, **({"quality": quality} if kind in ("JPEG", "WEBP") else {}), **more)
    return out.getvalue()


def sound(*, milliseconds: int, rate: int = 8000) -> bytes:
    """A WAV of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\0" * (rate * milliseconds // 1000))
    return out.getvalue()


SPEC = {
    "largest_bytes": 1_000_000,
    "languages": ["en"],
    "made": ["machines", "people"],
    "minimum": {"letters": 40, "milliseconds": 0, "side": 32, "variety_bps": 3000},
    "near_bps": 7000,
    "paid": "unit",
    "personal": "refuse",
    "rights": ["made_by_me", "may_be_licensed"],
    "target": 8,
    "types": ["image/jpeg", "image/png", "text/plain"],
}


def edited(text: str, words: Sequence[str] = ("the",)) -> str:
    """The text with one word changed."""
    return text.replace(f" {words[0]} ", " that ", 1)
