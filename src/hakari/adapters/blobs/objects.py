"""Blobs in an object store, through obstore. Nothing here relies on conditional put: few S3 servers keep it."""

from collections.abc import Iterator

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from hakari.adapters.blobs.faults import StorageFull, StorageUnavailable, parts
from hakari.core.errors import Malformed


class Objects:
    """Named bytes behind a URL such as `s3://bucket/prefix`; credentials come from the environment as the S3 tools read them."""

    def __init__(self, url: str) -> None:
        try:
            self._store = from_url(url)
        except (BaseError, ValueError) as error:
            raise Malformed(
                f"storage must be a path or a URL such as s3://bucket/prefix: {_first_line(error)}"
            ) from error

    def read(self, path: str) -> bytes | None:
        """Return the bytes, or None where there is no such object. Raises StorageUnavailable."""
        parts(path)
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise StorageUnavailable(f"{path} could not be read: {_first_line(error)}") from error

    def write(self, path: str, data: bytes) -> None:
        """Put the bytes in place, all or nothing. Raises StorageFull."""
        parts(path)
        try:
            obstore.put(self._store, path, data)
        except (BaseError, OSError) as error:
            raise StorageFull(f"{path} could not be written, nothing changed: {_first_line(error)}") from error

    def delete(self, path: str) -> None:
        """Remove the object if it is there. Raises StorageUnavailable."""
        parts(path)
        try:
            obstore.delete(self._store, path)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise StorageUnavailable(f"{path} could not be removed: {_first_line(error)}") from error

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with the prefix, in any order. Raises StorageUnavailable."""
        # Stores list whole folders only; the rest of the prefix is ours to compare.
        folder = "/".join(parts(prefix.rpartition("/")[0])) if "/" in prefix else None
        try:
            for page in obstore.list(self._store, prefix=folder):
                for found in page:
                    if found["path"].startswith(prefix):
                        yield found["path"]
        except BaseError as error:
            raise StorageUnavailable(f"{prefix!a} could not be listed: {_first_line(error)}") from error

    def settle(self) -> None:
        """Nothing to do: a put that returned is kept."""


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0]
