"""Files that arrive piece by piece: as long on disk as they have come, so that a killed process loses nothing it acknowledged."""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from hakari.adapters.blobs.faults import StorageFull, StorageUnavailable
from hakari.core.errors import Conflict

_NAME = re.compile(r"[0-9a-z-]{1,64}")
_STEP = 2**20


class InUse(Conflict):
    """Somebody else is writing this upload at the moment. Ask where it stands, then go on from there."""

    code = "in_use"
    status = 423


@dataclass
class Tail:
    """The end of one file, held by one writer."""

    file: IO[bytes] = field(repr=False)
    length: int

    def write(self, data: bytes) -> None:
        """Append bytes. Raises StorageFull; what was written of them is cut off again."""
        try:
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            self.cut(self.length)
            raise StorageFull(f"an upload could not be written, nothing changed: {error.strerror}") from error
        self.length += len(data)

    def cut(self, length: int) -> None:
        """Take back everything after the first `length` bytes."""
        os.ftruncate(self.file.fileno(), length)
        self.file.seek(length)
        self.length = length

    def settle(self) -> None:
        """Make what was written survive a power loss."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise StorageFull(f"what was written may not survive a power loss: {error.strerror}") from error


class Parts:
    """Growing files in a local folder. Names are given by who made them: small letters, digits, dashes."""

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root)

    def begin(self, name: str) -> None:
        """Make an empty file. Raises StorageFull."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self.place(name).touch(exist_ok=False)
        except OSError as error:
            raise StorageFull(f"upload {name} could not be begun: {error.strerror}") from error

    def length(self, name: str) -> int | None:
        """Return how many bytes have come, or None where there is no such file."""
        try:
            return self.place(name).stat().st_size
        except FileNotFoundError:
            return None

    @contextmanager
    def tail(self, name: str) -> Generator[Tail]:
        """Hold the end of a file for writing. Raises InUse while somebody else does, StorageUnavailable where it is gone."""
        try:
            file = self.place(name).open("r+b")
        except OSError as error:
            raise StorageUnavailable(f"upload {name} is not here: {error.strerror}") from error
        with file:
            try:
                # The lock goes with the process: whoever was killed holds nothing.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise InUse(f"upload {name} is being written by another request") from error
            yield Tail(file=file, length=file.seek(0, os.SEEK_END))

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading. Raises StorageUnavailable where it is gone."""
        try:
            return self.place(name).open("rb")
        except OSError as error:
            raise StorageUnavailable(f"upload {name} is not here: {error.strerror}") from error

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        self.place(name).unlink(missing_ok=True)

    def fresh(self) -> Path:
        """Return a path for a file to be made here and moved away."""
        self._root.mkdir(parents=True, exist_ok=True)
        return self.place(f"made-{secrets.token_hex(8)}")

    def place(self, name: str) -> Path:
        """Return where a file lies."""
        if not _NAME.fullmatch(name):
            raise StorageUnavailable(f"upload must be named by small letters and digits, got {name[:80]!a}")
        return self._root / name


def sha256(file: Any) -> str:
    """Return the SHA-256 of an open file from its beginning, read in pieces."""
    file.seek(0)
    state = hashlib.sha256()
    while piece := file.read(_STEP):
        state.update(piece)
    return state.hexdigest()
