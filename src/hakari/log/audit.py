"""A whole log recomputed from its entries, file by file, against one checkpoint."""

from collections.abc import Iterable, Iterator

from hakari.core.errors import Malformed
from hakari.core.merkle import leaf_hashes
from hakari.log.checkpoint import Checkpoint
from hakari.log.faults import Missing, Tampered, Unexpected
from hakari.log.tiles import ENTRIES, WIDTH, Tile, count, implied, parse
from hakari.log.tree import Read, bundle, run
from hakari.log.verified import Verified


def audit(read: Read, checkpoint: Checkpoint, names: Iterable[str]) -> Iterator[bytes]:
    """Yield every entry in order, each after its bundle and all hash tiles above it were recomputed.

    names: the files that are there, below the log's prefix, the checkpoint's own name allowed. The checkpoint's signature
    is checked before (`open_checkpoint`). A tile of a smaller or larger size of this log may be there, since a node that is stopped
    between two writes leaves it (`leftovers`); it must agree with this size as far as that goes. Raises at the first file that is
    wrong and names it: Unexpected for any other file that the checkpoint doesn't imply, Missing, Tampered. The log is sound only
    when the iterator has come to its end. Each file is read once, in order, and a handful are held. Cost: two hashes an entry.
    """
    listed = list(names)
    left = leftovers(listed, checkpoint.size)
    for name in listed:
        if name not in left and not implied(name, checkpoint.size):
            raise Unexpected(name, size=checkpoint.size)
    source = Verified(read, checkpoint)
    for index in range(-(-checkpoint.size // WIDTH)):
        yield from source.entries(index)
    for path in sorted(left):
        _agree(read, source, path, checkpoint.size)


def leftovers(names: Iterable[str], size: int) -> set[str]:
    """Return the names of tiles and bundles that only another size of a log has."""
    return {name for name in names if not implied(name, size) and _parsed(name) is not None}


def _agree(read: Read, source: Verified, path: str, size: int) -> None:
    """Hold a file of another size against the one that the checkpoint implies in its place, as far as both go."""
    tile = parse(path)
    try:
        given = leaf_hashes(bundle(read, tile)) if tile.level == ENTRIES else run(read, tile)
    except Missing:
        return  # deleted since the names were listed: a node that runs does that
    level = max(tile.level, 0)
    if tile.index * WIDTH >= count(level, size):
        return
    held = source.hashes(level, tile.index)
    common = min(len(given), len(held))
    if given[:common] != held[:common]:
        raise Tampered(path, expected="what the checkpoint implies in this place", got="other hashes or entries")


def _parsed(name: str) -> Tile | None:
    try:
        return parse(name)
    except Malformed:
        return None
