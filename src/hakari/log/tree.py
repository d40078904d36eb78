"""Roots, proofs and entries read from a log's files through `read(path) -> bytes | None`.

Nothing here trusts or checks by itself: give `verified.Verified(read, checkpoint)` as the reader and every byte that is used
was checked against the checkpoint first. Source of the proofs: RFC 6962 sections 2.1.1 and 2.1.2.
"""

from collections.abc import Callable, Iterator

from hakari.core.errors import Malformed
from hakari.core.merkle import HASH_BYTES, bag, parents
from hakari.log.faults import Missing, Tampered
from hakari.log.tiles import ENTRIES, WIDTH, Tile, at, count, hashes, pack, parse, unpack

Read = Callable[[str], bytes | None]


def root(read: Read, size: int) -> bytes:
    """Return the root of the first `size` entries. Reads the O(log size) partial tiles of that size."""
    return _Nodes(read, size).over(0, size)


def root_before(read: Read, size: int, old_size: int) -> bytes:
    """Return the root that the first `old_size` entries of a log of `size` have; only files of `size` are read."""
    if not 0 < old_size <= size:
        raise Malformed(f"old size must be in 1..{size}, got {old_size}")
    return _Nodes(read, size).over(0, old_size)


def leaf(read: Read, size: int, index: int) -> bytes:
    """Return the leaf hash at an index below `size`. Reads one tile."""
    return _Nodes(read, size).at(0, _within(index, size))


def inclusion(read: Read, size: int, index: int) -> list[bytes]:
    """Return the proof that the entry at `index` is in the tree of `size`: siblings from the leaf upwards."""
    nodes = _Nodes(read, size)
    low, high, proof = 0, size, list[bytes]()
    _within(index, size)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(nodes.over(middle, high))
            high = middle
        else:
            proof.append(nodes.over(low, middle))
            low = middle
    return proof[::-1]


def consistency(read: Read, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the tree of `size` begins with the tree of `old_size`; empty for 0 and for equal sizes.

    Only files of `size` are read: those of the older size may be gone.
    """
    if not 0 <= old_size <= size:
        raise Malformed(f"old size must be in 0..{size}, got {old_size}")
    if old_size in (0, size):
        return []
    nodes = _Nodes(read, size)
    low, high, proof = 0, size, list[bytes]()
    while old_size < high:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(nodes.over(middle, high))
            high = middle
        else:
            proof.append(nodes.over(low, middle))
            low = middle
    if low:  # otherwise the old tree is this very node, whose root the checker has
        proof.append(nodes.over(low, high))
    return proof[::-1]


def entries(read: Read, size: int, start: int, stop: int) -> Iterator[bytes]:
    """Yield the entries start..stop-1 of a log of `size`. Reads only the bundles that hold them."""
    if not 0 <= start <= stop <= size:
        raise Malformed(f"a range of entries must be within 0..{size}, got {start}..{stop}")
    if start == stop:
        return
    for index in range(start // WIDTH, -(-stop // WIDTH)):
        held = bundle(read, at(ENTRIES, index, size))
        first = index * WIDTH
        yield from held[max(0, start - first) : stop - first]


def bundle(read: Read, tile: Tile) -> list[bytes]:
    """Return the entries of one bundle; raises Missing, or Tampered when it holds another number of them."""
    data = _file(read, tile)
    try:
        return unpack(data, tile.width)
    except Malformed as error:
        raise Tampered(tile.path, expected=f"{tile.width} entries", got=error.message) from None


def run(read: Read, tile: Tile) -> bytes:
    """Return the hashes of one tile; raises Missing, or Tampered when it holds another number of them."""
    data = _file(read, tile)
    try:
        return hashes(tile, data)
    except Malformed:
        raise Tampered(tile.path, expected=f"{tile.width * HASH_BYTES} bytes", got=f"{len(data)} bytes") from None


PATIENCE = 20
"""How often a wider file is looked for in a log that has grown again each time."""


def growing(read: Read, size: Callable[[], int]) -> Read:
    """Return a reader that takes a missing partial file out of the wider one that replaced it while the log grew.

    size: the size published at the moment it is asked. It is asked again while the log grows faster than it is read.
    """

    def read_or_cut(path: str) -> bytes | None:
        data = read(path)
        if data is not None or ".p/" not in path:
            return data
        tile, seen = parse(path), -1
        for _ in range(PATIENCE):
            seen, before = size(), seen
            if seen == before or count(tile.level, seen) < tile.index * WIDTH + tile.width:
                return None
            wider = at(tile.level, tile.index, seen)
            if (found := read(wider.path)) is not None:
                return _cut(found, wider, tile.width)
        return None

    return read_or_cut


def _cut(data: bytes, wider: Tile, width: int) -> bytes:
    """Return what a narrower file of the same place holds."""
    if wider.level == ENTRIES:
        return pack(bundle(lambda _: data, wider)[:width])
    return run(lambda _: data, wider)[: width * HASH_BYTES]


class _Nodes:
    """Hashes of complete subtrees, each tile read and folded once."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self._levels: dict[tuple[int, int], list[bytes]] = {}

    def at(self, height: int, index: int) -> bytes:
        """Return the hash over the leaves index * 2^height .. (index + 1) * 2^height - 1."""
        level, inner = divmod(height, 8)
        per_tile = 8 - inner
        place = (index & (1 << per_tile) - 1) * HASH_BYTES
        return self._tile(level, index >> per_tile, inner)[place : place + HASH_BYTES]

    def over(self, low: int, high: int) -> bytes:
        """Return the tree hash over leaves low..high-1; low is a multiple of every subtree size that fits."""
        peaks: list[bytes] = []
        while low < high:
            height = (high - low).bit_length() - 1
            peaks.append(self.at(height, low >> height))
            low += 1 << height
        return bag(peaks)

    def _tile(self, level: int, index: int, inner: int) -> bytes:
        levels = self._levels.get((level, index))
        if levels is None:
            levels = self._levels[level, index] = [run(self._read, at(level, index, self._size))]
        while len(levels) <= inner:  # folded only as high as someone asks
            levels.append(parents(levels[-1]))
        return levels[inner]


def _split(width: int) -> int:
    """Return the largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _within(index: int, size: int) -> int:
    if not 0 <= index < size:
        raise Malformed(f"index must be in 0..{size - 1}, got {index}")
    return index


def _file(read: Read, tile: Tile) -> bytes:
    data = read(tile.path)
    if data is None:
        raise Missing(tile.path)
    return data
