"""Roots of every size of a log, kept while it is walked once."""

from hakari.core.errors import Malformed
from hakari.core.merkle import HASH_BYTES, bag, leaf_hash, node_hash


class Roots:
    """All complete subtrees of a growing log: 64 bytes an entry, so that any earlier root costs a few hashes."""

    def __init__(self) -> None:
        self._levels = [bytearray()]

    @property
    def size(self) -> int:
        """Entries so far."""
        return len(self._levels[0]) // HASH_BYTES

    def add(self, entry: bytes) -> None:
        """Append an entry."""
        got, level = leaf_hash(entry), 0
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            run = self._levels[level]
            run += got
            if len(run) // HASH_BYTES % 2:
                return
            got = node_hash(bytes(run[-2 * HASH_BYTES : -HASH_BYTES]), got)
            level += 1

    def at(self, size: int) -> bytes:
        """Return the root of the first `size` entries. Raises Malformed beyond what was added."""
        if not 0 <= size <= self.size:
            raise Malformed(f"size must be 0 to {self.size}, got {size}")
        peaks: list[bytes] = []
        start = 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                place = (start >> level) * HASH_BYTES
                peaks.append(bytes(self._levels[level][place : place + HASH_BYTES]))
                start += 1 << level
        return bag(peaks)
