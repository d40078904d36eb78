"""Whether bytes are of the type they are said to be: by how such files begin, and by reading them where that is cheap."""

import csv
import io
import json
import struct
import wave
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from hakari.core.depth import check_depth
from hakari.core.errors import Malformed

_HEAD: Final = 512


def decoded(type_: str, data: bytes) -> str:
    """Return the text that bytes spell. Raises Malformed unless they are UTF-8 without NUL, and rows where the type has rows."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"content must be UTF-8 text, got byte {data[error.start]:#04x} at {error.start}") from error
    if "\x00" in text:
        raise Malformed(f"content must be text, got a NUL at {text.index(chr(0))}")
    if not text.strip():
        raise Malformed("content must be text, got nothing but spaces")
    if type_ in _ROWS:
        rows(type_, text)
    return text


def rows(type_: str, text: str) -> int:
    """Return how many rows a text of a type with rows holds. Raises Malformed naming the line that breaks the form."""
    return _ROWS[type_](text)


def _jsonl_rows(text: str) -> int:
    count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            # Data of people's own, with fractions and all: not the canonical JSON of statements.
            thing = json.loads(check_depth(line.encode()))
        except (Malformed, json.JSONDecodeError) as error:
            raise Malformed(f"line {number} must be a JSON object: {error}") from error
        if not isinstance(thing, dict):
            raise Malformed(f"line {number} must be a JSON object, got {line[:40]!r}")
        count += 1
    return count


def _csv_rows(text: str) -> int:
    width, count = 0, -1
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            if not cells:
                continue
            width = width or len(cells)
            if len(cells) != width:
                raise Malformed(f"row {count + 1} must have {width} cells as the first line has, got {len(cells)}")
            count += 1
    except csv.Error as error:
        raise Malformed(f"row {count + 1} must be CSV: {error}") from error
    return max(count, 0)


_ROWS: Final[Mapping[str, Callable[[str], int]]] = {"application/jsonl": _jsonl_rows, "text/csv": _csv_rows}
WITH_ROWS: Final = tuple(_ROWS)


def check_beginning(type_: str, file: BinaryIO) -> None:
    """Raise Malformed unless the file begins (and ends, where that is cheap) as files of its type do. Reads a few hundred bytes."""
    file.seek(0)
    head = file.read(_HEAD)
    if not _BEGINNINGS[type_](head, file):
        raise Malformed(f"content must be {type_}, got one that begins with {head[:8].hex(' ')}")


def _ends_with(file: BinaryIO, mark: bytes, within: int) -> bool:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - within))
    return mark in file.read(within)


def _mp3(head: bytes, file: BinaryIO) -> bool:
    del file
    # An ID3 tag, or a frame header: eleven bits set, no reserved version, layer, rate.
    frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08
    return head.startswith(b"ID3") or (frame and head[1] & 0x06 != 0 and head[2] & 0xF0 != 0xF0)


_BEGINNINGS: Final[Mapping[str, Callable[[bytes, BinaryIO], bool]]] = {
    "application/pdf": lambda head, file: head.startswith(b"%PDF-") and _ends_with(file, b"%%EOF", 1024),
    "application/vnd.apache.parquet": lambda head, file: head.startswith(b"PAR1") and _ends_with(file, b"PAR1", 4),
    "application/x-tar": lambda head, _: head[257:262] == b"ustar",
    "application/zip": lambda head, file: head.startswith(b"PK\x03\x04") and _ends_with(file, b"PK\x05\x06", 65_558),
    "audio/flac": lambda head, _: head.startswith(b"fLaC"),
    "audio/mpeg": _mp3,
    "audio/ogg": lambda head, _: head.startswith(b"OggS"),
    "audio/wav": lambda head, _: head.startswith(b"RIFF") and head[8:12] == b"WAVE",
    "image/gif": lambda head, _: head.startswith((b"GIF87a", b"GIF89a")),
    "image/jpeg": lambda head, _: head.startswith(b"\xff\xd8\xff"),
    "image/png": lambda head, _: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda head, _: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
}


def milliseconds(type_: str, file: BinaryIO) -> int:
    """Return how long a sound is, from its header: WAV and FLAC. 0 for types whose header does not say. Raises Malformed."""
    file.seek(0)
    if type_ == "audio/wav":
        try:
            with wave.open(file, "rb") as sound:
                return 1000 * sound.getnframes() // max(1, sound.getframerate())
        except (wave.Error, EOFError, struct.error) as error:
            raise Malformed(f"content must be PCM in WAV: {error}") from error
    if type_ == "audio/flac":
        head = file.read(42)
        if len(head) < 42 or head[4] & 0x7F:
            raise Malformed("content must be FLAC with its STREAMINFO block first (RFC 9639)")
        # 20 bits of rate, 3 of channels, 5 of depth, 36 of samples, from byte 18 on.
        packed = int.from_bytes(head[18:26], "big")
        rate, samples = packed >> 44, packed & (2**36 - 1)
        return 1000 * samples // max(1, rate)
    return 0
