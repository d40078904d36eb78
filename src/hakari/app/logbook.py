"""The node's log: numbered statements become tiles, and a signed checkpoint tells the world."""

import threading
from collections.abc import Callable, Sequence

from hakari.adapters.blobs import Folder, Objects
from hakari.adapters.sql.store import Book, Store
from hakari.core.errors import Conflict, HakariError
from hakari.log import tree
from hakari.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from hakari.log.note import SignerKey
from hakari.log.tiles import CHECKPOINT, implied
from hakari.log.writer import Appender

STEP = 4096


class LogDiverged(Conflict):
    """The database is not the one that the published log was made of: going on would sign two logs under one name."""

    code = "log_diverged"


class Logbook:
    """Publishes the log under `log/` of the public files: `append`, then `sign` under the database's lease of the log."""

    def __init__(self, public: Folder | Objects, signer: SignerKey) -> None:
        self._files = Under(public, "log/")
        self._public = public
        self._signer = signer
        self._appender: Appender | None = None
        self._begun: tuple[Appender, int] | None = None
        self.numbering = threading.RLock()
        """Held while statements get leaves and are published: this process's threads take turns, processes take the lease."""
        self.introduced = False
        """Whether this process has made sure that `node.json` is the newest and that no public file is missing."""

    def read(self, path: str) -> bytes | None:
        """Return a file of the log as it lies there: `checkpoint`, a tile or a bundle."""
        return self._files.read(path)

    def grown(self, path: str) -> bytes | None:
        """Return a file of the log at its published size or an earlier one, though a wider file has taken its place meanwhile."""
        return tree.growing(self._files.read, self._size)(path)

    def checkpoint(self) -> Checkpoint | None:
        """Return the published checkpoint, or None before the first."""
        note = self._files.read(CHECKPOINT)
        return None if note is None else open_checkpoint(note, self._signer.verifier)

    def root_at(self, size: int) -> bytes:
        """Return the log's root over its first `size` leaves, published already."""
        return tree.root_before(self.grown, self._size(), size)

    def _size(self) -> int:
        published = self.checkpoint()
        return published.size if published else 0

    def agree(self, store: Store, *, anchored: tuple[int, bytes] | None) -> list[str]:
        """Hold the published log, and what is anchored on chain as (size, root), against the database before anything is signed.

        Files of the log that are lost or damaged are written again. Returns their paths. Raises LogDiverged where the database is
        older or another one; then nothing is written. Cost: one pass over all statements.
        """
        published = self.checkpoint()
        sizes = {
            each[0]: each[1] for each in ((published.size, published.root) if published else None, anchored) if each
        }
        with store.reading() as book:
            size = book.statements.size()
            if max(sizes, default=0) > size:
                raise LogDiverged(
                    f"the database must hold the {max(sizes)} statements that were published, got {size}: is it an older copy, or "
                    "another node's? Bring back the newest database; nothing is published from this one"
                )
            wanted = Wanted(self._there(), published.size if published else 0)
            again = Appender(wanted, self._signer.verifier)
            # The root is needed where the log stood, so the steps end there.
            ends = sorted({*sizes, *range(STEP, size, STEP), size})
            for first, last in zip([0, *ends], ends, strict=False):
                root = again.append(book.statements.entries(first, last), start=first).root
                if last in sizes and root != sizes[last]:
                    raise LogDiverged(
                        f"the first {last} statements of the database must give the published root {sizes[last].hex()}, got "
                        f"{root.hex()}: is it another node's database, or was it changed? Nothing is published from it"
                    )
        if self.checkpoint() != published:
            return []  # another process is publishing at this moment: it has just written them
        for path, data in wanted.missing.items():
            self._files.write(path, data)
        return [f"log/{path}" for path in wanted.missing]

    def _there(self) -> Callable[[str, bytes], bool]:
        """Return a test of whether a file is stored: by its bytes in a local folder, by its name in an object store, which is far."""
        if isinstance(self._public, Folder):
            return lambda path, data: self._files.read(path) == data
        names = set(self._files.list("tile/"))
        return lambda path, _: path in names

    def append(self, store: Store, bring_out: Callable[[Book, Sequence[bytes]], None]) -> None:
        """Write the tiles of what is numbered and not published yet, to the disk. Nothing signed points to them before `sign`.

        bring_out: makes public what these entries refer to. It reaches the disk before the checkpoint that covers them.
        """
        appender, self._appender = self._appender, None
        if appender is None or appender.checkpoint.size != self._size():
            appender = Appender(self._files, self._signer.verifier)
        start = appender.checkpoint.size
        with store.reading() as book:
            size = book.statements.size()
            for first in range(start, size, STEP):
                entries = book.statements.entries(first, min(first + STEP, size))
                bring_out(book, entries)
                appender.append(entries, start=first)
        if size > start:
            self._public.settle()
        self._begun = appender, start

    def sign(self) -> bool:
        """Sign and write the checkpoint over what was appended. Returns False where nothing was new, or another publisher was first.

        The caller holds the log's lease until this has returned: of two that both saw the old checkpoint each would write its own, and
        the smaller could come last, over tiles that the larger has deleted.
        """
        begun, self._begun = self._begun, None
        assert begun is not None  # `append` came before
        appender, start = begun
        if self._size() != start:
            return False
        size = appender.checkpoint.size
        if size > start or self._files.read(CHECKPOINT) is None:
            appender.publish(sign_checkpoint(appender.checkpoint, self._signer))
        # Kept only where nothing failed and what it appended stands: else the next call opens the stored edge again.
        self._appender = appender
        return size > start


def hand_over(public: Folder | Objects, old: SignerKey, new: SignerKey) -> None:
    """Sign the published checkpoint again with the log's new key, so that the log can go on under it. Repeating it is harmless."""
    files = Under(public, "log/")
    note = files.read(CHECKPOINT)
    if note is None:
        return
    try:
        open_checkpoint(note, new.verifier)
    except HakariError:
        files.write(CHECKPOINT, sign_checkpoint(open_checkpoint(note, old.verifier), new))


class Wanted:
    """A storage that a whole log is written to again, to see which files of the stored one are not what they should be."""

    def __init__(self, there: Callable[[str, bytes], bool], size: int) -> None:
        self._there = there
        self._size = size
        self.missing: dict[str, bytes] = {}

    def read(self, path: str) -> None:
        """Return None: the log is written from its beginning."""

    def write(self, path: str, data: bytes) -> None:
        """Note the file if a log of this size has it and it is not there like this."""
        if implied(path, self._size) and not self._there(path, data):
            self.missing[path] = data

    def delete(self, path: str) -> None:
        """Nothing is ever deleted: no checkpoint is published here."""

    def list(self, prefix: str) -> list[str]:
        """Return nothing."""
        del prefix
        return []


class Under:
    """The part of a storage below a prefix."""

    def __init__(self, blobs: Folder | Objects, prefix: str) -> None:
        self._blobs = blobs
        self._prefix = prefix

    def read(self, path: str) -> bytes | None:
        """Return the bytes, or None."""
        return self._blobs.read(self._prefix + path)

    def write(self, path: str, data: bytes) -> None:
        """Put the bytes in place."""
        self._blobs.write(self._prefix + path, data)

    def delete(self, path: str) -> None:
        """Remove the file if it is there."""
        self._blobs.delete(self._prefix + path)

    def list(self, prefix: str) -> list[str]:
        """Return the names below this part that begin with the prefix."""
        return [path.removeprefix(self._prefix) for path in self._blobs.list(self._prefix + prefix)]
