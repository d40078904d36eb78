"""Bytes by name: a local folder, or any object store that obstore knows (`s3://…`)."""

from urllib.parse import unquote, urlsplit

from hakari.adapters.blobs.faults import StorageFull, StorageUnavailable
from hakari.adapters.blobs.folder import Folder
from hakari.adapters.blobs.objects import Objects
from hakari.adapters.blobs.parts import InUse, Parts, Tail, sha256


def open_blobs(place: str) -> "Folder | Objects":
    """Return the storage at a local path or an object store's URL. Raises Malformed for a URL that no store knows."""
    if place.startswith("file://"):
        return Folder(unquote(urlsplit(place).path))
    return Objects(place) if "://" in place else Folder(place)


__all__ = [
    "Folder",
    "InUse",
    "Objects",
    "Parts",
    "StorageFull",
    "StorageUnavailable",
    "Tail",
    "open_blobs",
    "sha256",
]
