"""Names and bytes of the files of a log: hash tiles, entry bundles, and which of them a log of a given size has.

Source: c2sp.org/tlog-tiles. A tile holds up to 256 hashes of one level, a bundle the entries of one level-0 tile.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct

from hakari.core.errors import Malformed
from hakari.core.merkle import HASH_BYTES

WIDTH = 256
ENTRIES = -1  # the «level» of an entry bundle: it stands right below the level-0 tile of the same index
CHECKPOINT = "checkpoint"
MAX_ENTRY_BYTES = 0xFFFF

_LENGTH = Struct(">H")
_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One file: level 0..63 or ENTRIES, index within the level, width 1..256 (fewer than 256 is a partial file)."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return the file's name below the log's prefix, e.g. tile/0/x001/x234/067.p/8."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{suffix}"


def parse(path: str) -> Tile:
    """Return the tile or bundle that a path names; raises Malformed unless it is written the one canonical way."""
    match = _PATH.fullmatch(path)
    if match is not None:
        level, index, width = match.groups()
        tile = Tile(
            level=ENTRIES if level == "entries" else int(level),
            index=int(index.replace("x", "").replace("/", "")),
            width=WIDTH if width is None else int(width),
        )
        if tile.path == path and tile.width <= WIDTH:
            return tile
    raise Malformed(f"path must be like tile/0/x001/234 or tile/entries/000.p/8, got {path!r}")


def count(level: int, size: int) -> int:
    """Return how many hashes (or entries) a log of `size` entries has at a level."""
    return size if level == ENTRIES else size >> 8 * level


def at(level: int, index: int, size: int) -> Tile:
    """Return the tile as a log of `size` has it, full or partial; raises Malformed when such a log has no such tile."""
    width = min(WIDTH, count(level, size) - index * WIDTH)
    if width < 1 or index < 0:
        raise Malformed(f"a log of size {size} has no tile {index} at level {level}")
    return Tile(level=level, index=index, width=width)


def edge(size: int) -> list[Tile]:
    """Return the partial hash tiles of a log of `size`, lowest level first: together they give its root.

    The highest is always partial, so this is empty only for the empty log.
    """
    tiles: list[Tile] = []
    level = 0
    while held := count(level, size):
        if held % WIDTH:
            tiles.append(Tile(level=level, index=held // WIDTH, width=held % WIDTH))
        level += 1
    return tiles


def tiles(size: int) -> Iterator[Tile]:
    """Yield every bundle and hash tile of a log of `size`: bundles, then level by level, by index."""
    level = ENTRIES
    while held := count(level, size):
        for index in range(-(-held // WIDTH)):
            yield at(level, index, size)
        level += 1


def files(size: int) -> set[str]:
    """Return the names of exactly the files that a published log of `size` has. About size / 128 strings."""
    return {CHECKPOINT, *(tile.path for tile in tiles(size))}


def implied(path: str, size: int) -> bool:
    """Return whether a log of `size` has this file: `path in files(size)` without building the set."""
    if path == CHECKPOINT:
        return True
    try:
        tile = parse(path)
        return at(tile.level, tile.index, size) == tile
    except Malformed:
        return False


def pack(entries: Iterable[bytes]) -> bytes:
    """Return the entries as a bundle: each behind its length as two bytes, big-endian.

    Raises Malformed for an entry above 65,535 bytes.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise Malformed(f"an entry must be at most {MAX_ENTRY_BYTES} bytes, got {len(entry)} bytes")
        parts += (_LENGTH.pack(len(entry)), entry)
    return b"".join(parts)


def unpack(bundle: bytes, width: int) -> list[bytes]:
    """Return the `width` entries of a bundle; raises Malformed when it holds fewer, more, or ends within one."""
    starts, end = [0], len(bundle)
    while starts[-1] < end and len(starts) <= width:
        start = starts[-1]
        if start + 2 > end:
            raise Malformed(f"a bundle must end after an entry, got a lone byte at {start}")
        starts.append(start + 2 + (bundle[start] << 8 | bundle[start + 1]))
    if starts[-1] != end or len(starts) != width + 1:
        raise Malformed(
            f"a bundle of {width} entries must take up {starts[-1]} bytes or more, got {end} bytes with {len(starts) - 1}"
        )
    return [bundle[start + 2 : stop] for start, stop in pairwise(starts)]


def hashes(tile: Tile, data: bytes) -> bytes:
    """Return the tile's bytes unchanged if their number fits its width; raises Malformed otherwise."""
    if len(data) != tile.width * HASH_BYTES:
        raise Malformed(f"a tile of {tile.width} hashes must be {tile.width * HASH_BYTES} bytes, got {len(data)} bytes")
    return data


def _index_path(index: int) -> str:
    text = f"{index % 1000:03d}"
    while index := index // 1000:
        text = f"x{index % 1000:03d}/{text}"
    return text
