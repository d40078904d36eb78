"""A reader that hands out only bytes which lead to a checkpoint's root, and names the file where they don't.

Trust goes down from the root: the partial tiles together give the root; each full tile is given by one hash of the tile
above it; each bundle by the hashes of the level-0 tile above it. So it is always clear which of two files is wrong.
"""

from hakari.core.errors import Malformed
from hakari.core.merkle import HASH_BYTES, bag, leaf_hashes, parents
from hakari.core.merkle import root as merkle_root
from hakari.log.checkpoint import Checkpoint
from hakari.log.faults import LogFault, Tampered, Unexpected
from hakari.log.tiles import CHECKPOINT, ENTRIES, WIDTH, Tile, at, edge, pack, parse
from hakari.log.tree import Read, bundle, run


class Verified:
    """`read(path)` over another reader, for the files of one checkpoint. Holds one tile of each level, whatever the size."""

    def __init__(self, read: Read, checkpoint: Checkpoint) -> None:
        self._read = read
        self._checkpoint = checkpoint
        self._edge: dict[int, bytes] | None = None
        self._held: dict[int, tuple[int, bytes]] = {}

    def __call__(self, path: str) -> bytes | None:
        """Return the bytes of a tile or bundle of this checkpoint. Raises Missing, Tampered, or Unexpected for other paths."""
        size = self._checkpoint.size
        try:
            tile = parse(path)
            fits = at(tile.level, tile.index, size) == tile
        except Malformed:
            raise Unexpected(path, size=size) from None
        if not fits:
            raise Unexpected(path, size=size)
        return pack(self.entries(tile.index)) if tile.level == ENTRIES else self.hashes(tile.level, tile.index)

    def hashes(self, level: int, index: int) -> bytes:
        """Return the checked hashes of a tile."""
        if self._edge is None:
            self._edge = trusted_edge(self._read, self._checkpoint)
        tile = at(level, index, self._checkpoint.size)
        if tile.width < WIDTH:
            return self._edge[level]
        held = self._held.get(level)
        if held is not None and held[0] == index:
            return held[1]
        above, place = self.hashes(level + 1, index // WIDTH), index % WIDTH * HASH_BYTES
        want = above[place : place + HASH_BYTES]
        got = run(self._read, tile)
        folded = merkle_root(got)
        if folded != want:
            raise Tampered(tile.path, expected=f"a tile with root {want.hex()}", got=f"root {folded.hex()}")
        self._held[level] = index, got
        return got

    def entries(self, index: int) -> list[bytes]:
        """Return the checked entries of a bundle."""
        want = self.hashes(0, index)
        tile = at(ENTRIES, index, self._checkpoint.size)
        got = bundle(self._read, tile)
        leaves = leaf_hashes(got)
        if leaves != want:
            place = next(
                at
                for at in range(0, len(want), HASH_BYTES)
                if want[at : at + HASH_BYTES] != leaves[at : at + HASH_BYTES]
            )
            number = index * WIDTH + place // HASH_BYTES
            raise Tampered(
                tile.path,
                expected=f"entry {number} with leaf hash {want[place : place + HASH_BYTES].hex()}",
                got=f"leaf hash {leaves[place : place + HASH_BYTES].hex()}",
            )
        return got


def trusted_edge(read: Read, checkpoint: Checkpoint) -> dict[int, bytes]:
    """Return the partial tiles by level after checking that together they give the checkpoint's root.

    Raises Missing or Tampered. To name the one wrong tile, each is recomputed from the files below it and put in its place:
    the one whose replacement gives the root was wrong; if every tile agrees with its files, the checkpoint itself is.
    """
    tiles = edge(checkpoint.size)
    shapes = {tile.level: _shape(read, tile) for tile in tiles}
    stored = {level: shape for level, shape in shapes.items() if isinstance(shape, bytes)}
    if len(stored) == len(tiles) and edge_root(stored) == checkpoint.root:
        return stored
    for shape in shapes.values():
        if isinstance(shape, LogFault):
            raise shape
    first: Tampered | None = None
    for tile in tiles:
        rebuilt = _rebuilt(read, tile)
        if rebuilt in (None, stored[tile.level]):
            continue
        fault = Tampered(tile.path, expected=_short(rebuilt), got=_short(stored[tile.level]))
        if edge_root({**stored, tile.level: rebuilt}) == checkpoint.root:
            raise fault
        first = first or fault
    if first is not None:
        raise first
    got = edge_root(stored)
    raise Tampered(CHECKPOINT, expected=f"the root of the tiles {got.hex()}", got=f"root {checkpoint.root.hex()}")


def edge_root(partials: dict[int, bytes]) -> bytes:
    """Return the root that the partial tiles give together, by level."""
    peaks: list[bytes] = []
    for level in sorted(partials):
        part = partials[level]
        while part:
            if len(part) // HASH_BYTES % 2:
                peaks.append(part[-HASH_BYTES:])
            part = parents(part)
    return bag(peaks[::-1])


def _shape(read: Read, tile: Tile) -> bytes | LogFault:
    try:
        return run(read, tile)
    except LogFault as fault:
        return fault


def _rebuilt(read: Read, tile: Tile) -> bytes | None:
    """Return the tile computed from the files right below it, or None when one of those is missing or misshapen."""
    try:
        if tile.level == 0:
            return leaf_hashes(bundle(read, Tile(level=ENTRIES, index=tile.index, width=tile.width)))
        first = tile.index * WIDTH
        below = (Tile(level=tile.level - 1, index=index) for index in range(first, first + tile.width))
        return b"".join([merkle_root(run(read, each)) for each in below])
    except LogFault:
        return None


def _short(part: bytes | None) -> str:
    return "nothing" if part is None else f"hashes with root {merkle_root(part).hex()}"
