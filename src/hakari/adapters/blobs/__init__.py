"""Bytes by name: a local folder, or any object store that obstore knows (`s3://…`)."""

from hakari.adapters.blobs.folder import Folder
from hakari.adapters.blobs.objects import Objects


def open_blobs(place: str) -> "Folder | Objects":
    """Return the storage at a local path or an object store's URL."""
    return Objects(place) if "://" in place else Folder(place)


__all__ = ["Folder", "Objects", "open_blobs"]
