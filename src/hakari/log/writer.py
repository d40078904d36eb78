"""Appending to a log: tiles first, the checkpoint last, then the partial files that it made stale.

A crash at any write leaves the old checkpoint with its files, and perhaps newer files that nothing signed points to. A rerun
with the same entries writes the same bytes; a rerun with others is refused, since a checkpoint over the first ones may have
been signed and shown to someone before the crash.

One step off tlog-tiles: it keeps the partial files of every checkpoint until the full ones exist; here they go with the next
checkpoint, so that a verifier can tell what should be in the folder. Whoever holds an older checkpoint fetches the newest and
proves consistency, which needs files of the newest only.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from hakari.core.errors import Conflict, Malformed
from hakari.core.merkle import EMPTY_ROOT, leaf_hash, leaf_hashes
from hakari.core.merkle import root as merkle_root
from hakari.log.checkpoint import Checkpoint, open_checkpoint
from hakari.log.faults import Fork
from hakari.log.note import VerifierKey
from hakari.log.tiles import CHECKPOINT, ENTRIES, MAX_ENTRY_BYTES, WIDTH, Tile, count, edge, implied, pack, parse
from hakari.log.tree import entries
from hakari.log.verified import Verified, edge_root, trusted_edge


class Storage(Protocol):
    """Where a log's files live. One writer at a time is the caller's duty; any number of readers may watch.

    write: all or nothing, replaces. A write to `checkpoint` survives a power loss, and so does all that was written before it.
    read: None when there is no such file, and what was last written otherwise (S3 and local folders both keep this).
    delete: no error when there is none. list: every name that begins with the prefix, in any order.
    """

    def read(self, path: str) -> bytes | None: ...
    def write(self, path: str, data: bytes) -> None: ...
    def delete(self, path: str) -> None: ...
    def list(self, prefix: str) -> Iterable[str]: ...


class Appender:
    """The one writer of a log. Holds the right edge (at most one partial tile of each level), not the log.

    Opening reads the edge and lists the names once; appending costs O(batch), whatever the size.
    """

    def __init__(self, storage: Storage, key: VerifierKey) -> None:
        """Continue from the stored checkpoint, which `key` must have signed; from nothing when there is none.

        Raises what open_checkpoint raises, and Missing or Tampered when the stored edge doesn't give the signed root.
        """
        self._storage = storage
        self._key = key
        self._note = storage.read(CHECKPOINT)
        empty = Checkpoint(origin=key.name, size=0, root=EMPTY_ROOT)
        published = empty if self._note is None else open_checkpoint(self._note, key)
        self._size = published.size
        partial = trusted_edge(storage.read, published)
        self._edge: list[bytes] = [partial.get(level, b"") for level in range(max(partial, default=0) + 1)]
        self._bundle = b""
        if self._size % WIDTH:
            self._bundle = pack(Verified(storage.read, published).entries(self._size // WIDTH))
        # Partial files that a next checkpoint may make stale.
        self._stale = {tile.path for tile in _partials(self._size)}
        # Files that no checkpoint implies: of a crashed run, or of an append that a storage error cut short.
        self._left: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self._sweep()

    @property
    def checkpoint(self) -> Checkpoint:
        """Return size and root including all that was appended: what the caller signs next."""
        root = edge_root(dict(enumerate(self._edge)))
        return Checkpoint(origin=self._key.name, size=self._size, root=root)

    def append(self, batch: Sequence[bytes], *, start: int) -> Checkpoint:
        """Write entries from index `start` on and return the new, unsigned checkpoint.

        start: at most the size. Entries below the size must equal what is there (a repeated call after a crash adds only
        what is new). Raises Malformed for an entry above 65,535 bytes or a gap, Fork when an entry differs from one
        written before at its index; then nothing was written. A storage error leaves the appender as it was.
        """
        if not 0 <= start <= self._size:
            raise Malformed(f"entries must start within 0..{self._size}, got {start}")
        for place, entry in enumerate(batch, start):
            if len(entry) > MAX_ENTRY_BYTES:
                raise Malformed(f"entry {place} must be at most {MAX_ENTRY_BYTES} bytes, got {len(entry)} bytes")
        known = min(self._size - start, len(batch))
        self._compare(batch[:known], start)
        work, fresh = self._copy(), batch[known:]
        if self._left:
            # A dry pass, so that a fork is refused before the first byte of it is written.
            for tile, data in self._copy().extend(fresh):
                self._refuse_other(tile, data)
        written: list[Tile] = []
        try:
            for tile, data in work.extend(fresh):
                written.append(tile)
                self._storage.write(tile.path, data)
        except BaseException:
            for tile in written:
                self._left[tile.level, tile.index].add(tile.path)
            raise
        self._stale.update(tile.path for tile in _partials(work.size))
        self._size, self._bundle, self._edge = work.size, work.bundle, work.levels
        return self.checkpoint

    def publish(self, note: bytes) -> Checkpoint:
        """Write the signed checkpoint, then delete the files that it doesn't imply.

        The note must be signed by the log's key over exactly `checkpoint` (extension lines and cosignatures may be added).
        Raises Conflict when it is over something else, or when another writer changed the stored checkpoint meanwhile.
        """
        signed, own = open_checkpoint(note, self._key), self.checkpoint
        if (signed.size, signed.root) != (own.size, own.root):
            raise Conflict(
                f"the checkpoint must be of size {own.size} and root {own.root.hex()}, got {signed.size} and {signed.root.hex()}"
            )
        # A crash right after a write can't be told from one right before it, so an equal note is fine too.
        if self._storage.read(CHECKPOINT) not in (self._note, note):
            raise Conflict(
                "the stored checkpoint must be the one that was continued, got another: is there a second writer?"
            )
        self._storage.write(CHECKPOINT, note)
        self._note = note
        gone = self._stale.union(*self._left.values())
        for path in sorted(gone):
            if not implied(path, own.size):
                self._storage.delete(path)
        self._stale = {tile.path for tile in _partials(own.size)}
        self._left.clear()
        return signed

    def _copy(self) -> "_Edge":
        return _Edge(size=self._size, bundle=self._bundle, levels=list(self._edge))

    def _compare(self, batch: Sequence[bytes], start: int) -> None:
        stored = entries(self._storage.read, self._size, start, start + len(batch))
        for place, (given, held) in enumerate(zip(batch, stored, strict=True), start):
            if given != held:
                raise Fork(f"entry {place} must stay what it is (leaf hash {leaf_hash(held).hex()}), got another")

    def _refuse_other(self, tile: Tile, data: bytes) -> None:
        """Refuse data unless every file left at its place is its beginning or its continuation."""
        for path in self._left.get((tile.level, tile.index), ()):
            left = self._storage.read(path)
            if left is not None and not data.startswith(left) and not left.startswith(data):
                raise Fork(
                    f"{path}: an unpublished file of an earlier run holds other entries than those given now. "
                    "Append the same entries again, or delete it if no checkpoint over it was ever signed"
                )

    def _sweep(self) -> None:
        """Delete what a crash between a checkpoint and its deletions left; remember what lies beyond the checkpoint.

        Other names are not ours to judge or delete; an audit names them.
        """
        for path in list(self._storage.list("tile/")):
            tile = _parsed(path)
            if tile is None or implied(path, self._size):
                continue
            if tile.index * WIDTH + tile.width <= count(tile.level, self._size):
                self._storage.delete(path)
            else:
                self._left[tile.level, tile.index].add(path)


class _Edge:
    """The right edge of a log while it grows; yields files and touches nothing."""

    def __init__(self, *, size: int, bundle: bytes, levels: list[bytes]) -> None:
        self.size = size
        self.bundle = bundle
        self.levels = levels

    def extend(self, batch: Sequence[bytes]) -> Iterable[tuple[Tile, bytes]]:
        """Yield the bundles and tiles that the batch fills, then the partial ones that it leaves."""
        done = 0
        while done < len(batch):
            part = batch[done : done + WIDTH - self.size % WIDTH]
            done += len(part)
            self.size += len(part)
            self.bundle += pack(part)
            self.levels[0] += leaf_hashes(part)
            if self.size % WIDTH == 0:
                yield Tile(level=ENTRIES, index=self.size // WIDTH - 1), self.bundle
                self.bundle = b""
                yield from self._carry()
        if batch:
            for tile in _partials(self.size):
                yield tile, self.bundle if tile.level == ENTRIES else self.levels[tile.level]

    def _carry(self) -> Iterable[tuple[Tile, bytes]]:
        level = 0
        while self.size % WIDTH ** (level + 1) == 0:
            full = self.levels[level]
            yield Tile(level=level, index=(self.size >> 8 * (level + 1)) - 1), full
            self.levels[level] = b""
            level += 1
            if level == len(self.levels):
                self.levels.append(b"")
            self.levels[level] += merkle_root(full)


def _parsed(path: str) -> Tile | None:
    try:
        return parse(path)
    except Malformed:
        return None


def _partials(size: int) -> list[Tile]:
    hashes = edge(size)
    if size % WIDTH:
        return [Tile(level=ENTRIES, index=size // WIDTH, width=size % WIDTH), *hashes]
    return hashes
