"""A log in a local folder, to be served as static files; the one file of this room that touches the disk."""

import os
from collections.abc import Iterator
from pathlib import Path

from hakari.log.tiles import CHECKPOINT, parse

_FEW = 64  # measured: one fsync 0.4 ms, one sync of the whole machine 90 ms after 65 MB


class Folder:
    """Storage in a folder that is made when first written. One writer; readers may be any.

    Each file is written beside the folder, as `<folder>.next`, and moved in, so that a reader sees all of it or nothing
    and a crash leaves no stray file inside.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._next = root.with_name(root.name + ".next")
        self._unsafe: list[Path] = []

    def read(self, path: str) -> bytes | None:
        """Return the file's bytes, or None; raises Malformed for what is no name of a log's file."""
        try:
            return self._place(path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Put the file in place; with the checkpoint all earlier files reach the disk first."""
        place = self._place(path)
        if path == CHECKPOINT:
            self._settle()
        try:
            self._next.write_bytes(data)
            self._next.replace(place)
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._next.write_bytes(data)
            self._next.replace(place)
        self._unsafe.append(place)
        if path == CHECKPOINT:
            self._settle()

    def delete(self, path: str) -> None:
        """Remove the file if it is there, and its `.p` folder if that is empty now."""
        place = self._place(path)
        place.unlink(missing_ok=True)
        parent = place.parent
        if parent.suffix == ".p" and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the names of all files that begin with the prefix, also of such as are no part of a log."""
        for folder, _, names in os.walk(self._root):
            inside = Path(folder).relative_to(self._root)
            for name in names:
                path = (inside / name).as_posix()
                if path.startswith(prefix):
                    yield path

    def _place(self, path: str) -> Path:
        if path != CHECKPOINT:
            parse(path)  # also what keeps «..» out
        return self._root / path

    def _settle(self) -> None:
        """Make everything written so far survive a power loss."""
        if len(self._unsafe) > _FEW:
            os.sync()
        else:
            places = {
                *self._unsafe,
                *(above for place in self._unsafe for above in place.parents if self._holds(above)),
            }
            for place in places:
                descriptor = os.open(place, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        self._unsafe.clear()

    def _holds(self, folder: Path) -> bool:
        return folder == self._root or self._root in folder.parents or folder == self._root.parent
