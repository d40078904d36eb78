"""Which process of a node's folder is its worker: told by a lock that the kernel takes back from a process that is killed."""

import fcntl
import os
import secrets
from pathlib import Path


class Seat:
    """A name under which leases are taken, until `close`.

    The first process over a folder has the folder's own name, which stays the same over restarts: so a node that was killed takes its
    lease up again at once. A further process has a name of its own and waits like a stranger.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = (folder / "worker.lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.name = secrets.token_hex(8)
        else:
            self.name = _kept(folder / "worker")

    def close(self) -> None:
        """Leave the seat to others."""
        self._lock.close()


def _kept(place: Path) -> str:
    """Return the name in a file, made and kept where there is none."""
    if place.exists() and (name := place.read_text()):
        return name
    fresh = place.with_suffix(".new")
    fresh.write_text(secrets.token_hex(8))
    os.replace(fresh, place)
    return place.read_text()
