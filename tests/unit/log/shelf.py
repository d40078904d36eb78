"""A log's storage in memory, for tests: the same promises as a folder, and it can break at a chosen write."""

from collections.abc import Iterator


class Broken(Exception):
    """The power went out."""


class Shelf:
    """Files by name. `writes_left` writes and deletions succeed, the next one raises; None means all do."""

    def __init__(self, files: dict[str, bytes] | None = None, *, writes_left: int | None = None) -> None:
        self.files = dict(files or {})
        self.writes_left = writes_left
        self.reads = 0

    def read(self, path: str) -> bytes | None:
        self.reads += 1
        return self.files.get(path)

    def write(self, path: str, data: bytes) -> None:
        self._spend()
        self.files[path] = data

    def delete(self, path: str) -> None:
        self._spend()
        self.files.pop(path, None)

    def list(self, prefix: str) -> Iterator[str]:
        return iter([path for path in self.files if path.startswith(prefix)])

    def _spend(self) -> None:
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise Broken
            self.writes_left -= 1
