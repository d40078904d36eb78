"""A whole log recomputed from its entries, file by file, against one checkpoint."""

from collections.abc import Iterable, Iterator

from hakari.log.checkpoint import Checkpoint
from hakari.log.faults import Unexpected
from hakari.log.tiles import WIDTH, implied
from hakari.log.tree import Read
from hakari.log.verified import Verified


def audit(read: Read, checkpoint: Checkpoint, names: Iterable[str]) -> Iterator[bytes]:
    """Yield every entry in order, each after its bundle and all hash tiles above it were recomputed.

    names: the files that are there, below the log's prefix, the checkpoint's own name allowed. The checkpoint's signature
    is checked before (`open_checkpoint`). Raises at the first file that is wrong and names it: Unexpected for a file that
    the checkpoint doesn't imply, Missing, Tampered. The log is sound only when the iterator has come to its end.
    Each file is read once, in order, and a handful are held. Cost: two hashes an entry.
    """
    for name in names:
        if not implied(name, checkpoint.size):
            raise Unexpected(name, size=checkpoint.size)
    source = Verified(read, checkpoint)
    for index in range(-(-checkpoint.size // WIDTH)):
        yield from source.entries(index)
