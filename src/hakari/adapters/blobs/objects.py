"""Blobs in an object store, through obstore. Nothing here relies on conditional put: few S3 servers keep it."""

from collections.abc import Iterator

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from hakari.adapters.blobs.folder import StorageFull


class Objects:
    """Named bytes behind a URL such as `s3://bucket/prefix`; credentials come from the environment as the S3 tools read them."""

    def __init__(self, url: str) -> None:
        self._store = from_url(url)

    def read(self, path: str) -> bytes | None:
        """Return the bytes, or None where there is no such object."""
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Put the bytes in place, all or nothing. Raises StorageFull."""
        try:
            obstore.put(self._store, path, data)
        except BaseError as error:
            raise StorageFull(f"{path} could not be written: {error}") from error

    def delete(self, path: str) -> None:
        """Remove the object if it is there."""
        try:
            obstore.delete(self._store, path)
        except FileNotFoundError:
            return

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with the prefix, in any order."""
        for page in obstore.list(self._store):  # pyright: ignore[reportUnknownMemberType] overloads over arrow types
            for found in page:
                if found["path"].startswith(prefix):
                    yield found["path"]

    def settle(self) -> None:
        """Nothing to do: a put that returned is kept."""
