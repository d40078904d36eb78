"""Pictures in numbers: size, and a fingerprint by which near duplicates know each other. Pillow, an extra, decodes them."""

from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any, BinaryIO, Final

from hakari.core.errors import HakariError, Malformed

MOST_PIXELS: Final = 100_000_000

_NAMES: Final = {"image/gif": "GIF", "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_PLACE: Final = 0x8825
"""The EXIF tag under which the place lies where a picture was taken."""


class CantDecode(HakariError):
    """Pictures can't be decoded here: Pillow is not installed."""

    code = "cant_decode"
    status = 503


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Pixels of the first frame as stored; fingerprint: 16 hexadecimal digits; located: whether it says where it was taken."""

    width: int
    height: int
    fingerprint: str
    located: bool


def picture(type_: str, file: BinaryIO) -> Picture:
    """Return a picture's numbers. Raises Malformed where it does not decode as its type, CantDecode without Pillow.

    The fingerprint is dHash (Krawetz 2013): grey values averaged over 9 columns and 8 rows of the picture, a bit for each neighbour to
    the right that is brighter. Averages are sums of whole numbers; decoders of lossy types may differ in a last bit of them.
    """
    images, broken = _pillow()
    try:
        with images.open(file, formats=[_NAMES[type_]]) as image:
            width, height = int(image.width), int(image.height)
            if width * height > MOST_PIXELS:
                raise Malformed(f"a picture must have at most {MOST_PIXELS} pixels, got {width} × {height}")
            located = bool(image.getexif().get_ifd(_PLACE))
            grey: bytes = image.convert("L").tobytes()
    except broken as error:
        raise Malformed(f"content must be {type_}, which this does not decode as: {error}") from error
    return Picture(width=width, height=height, fingerprint=_fingerprint(grey, width, height), located=located)


def distance(left: str, right: str) -> int:
    """Return in how many of 64 bits two fingerprints differ."""
    return (int(left, 16) ^ int(right, 16)).bit_count()


def _pillow() -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        images = import_module("PIL.Image")
    except ImportError as error:
        raise CantDecode("pictures are measured with Pillow: pip install 'hakari[images]'") from error
    # A bomb is an error of its own in Pillow; every other broken file is one of these.
    bombs = (images.DecompressionBombError, images.DecompressionBombWarning)
    return images, (OSError, SyntaxError, ValueError, EOFError, *bombs)


def _fingerprint(grey: bytes, width: int, height: int) -> str:
    import numpy as np  # noqa: PLC0415 wording needs it too, a reader of words does not need this room

    if not width or not height:
        return "0" * 16
    field = np.frombuffer(grey, np.uint8).reshape(height, width)
    rows = [(n * height // 8, max(n * height // 8 + 1, (n + 1) * height // 8)) for n in range(8)]
    columns = [(n * width // 9, max(n * width // 9 + 1, (n + 1) * width // 9)) for n in range(9)]
    bits = 0
    for top, bottom in rows:
        band = field[top:bottom].sum(axis=0, dtype=np.int64)
        sums = [(int(band[left:right].sum()), (right - left) * (bottom - top)) for left, right in columns]
        for (one, of_one), (next_, of_next) in pairwise(sums):
            bits = bits << 1 | (next_ * of_one > one * of_next)
    return f"{bits:016x}"
