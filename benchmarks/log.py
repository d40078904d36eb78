"""Time the transparency log: append, open, publish, proofs, audit.

    python benchmarks/log.py [--entries 1000000] [--entry-bytes 100] [--folder DIR]

Goals on one core: a million entries appended to a local folder in 3.5 s or less, an inclusion proof in less than 1 ms. The
first line is the same work without a disk: the difference is what the file system takes for about entries / 128 new files.
That part varies by machine and by history of the folder (ext4 is slow to give out inodes that were freed seconds ago), so
use a folder in which no large log was just deleted.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hakari.adapters.blobs import Folder
from hakari.log.audit import audit
from hakari.log.checkpoint import sign_checkpoint
from hakari.log.note import SignerKey
from hakari.log.tree import consistency, inclusion
from hakari.log.verified import Verified
from hakari.log.writer import Appender

PROOFS = 200
KEY = SignerKey(name="bench.example/log", seed=bytes(32))


class Nowhere:
    """A storage that keeps nothing: what is left is hashing and packing."""

    def read(self, path: str) -> bytes | None:
        return None

    def write(self, path: str, data: bytes) -> None:
        pass

    def delete(self, path: str) -> None:
        pass

    def list(self, prefix: str) -> Iterator[str]:
        return iter(())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--entry-bytes", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    entries = [b"%0*d" % (options.entry_bytes, number) for number in range(options.entries)]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        json.dump(measure(entries, Path(folder) / "log"), sys.stdout, indent=2)
    print()


def measure(entries: list[bytes], root: Path) -> dict[str, float]:
    """Return seconds by step, milliseconds where the name says so."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str, share: float = 1.0) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[name] = round((time.perf_counter() - start) * share, 4)

    with timed("append_without_a_disk_s"):
        Appender(Nowhere(), KEY.verifier).append(entries, start=0)
    folder = Folder(root)
    writer = Appender(folder, KEY.verifier)
    with timed("append_s"):
        checkpoint = writer.append(entries, start=0)
    with timed("publish_with_sync_s"):
        writer.publish(sign_checkpoint(checkpoint, KEY))
    with timed("open_s"):
        writer = Appender(folder, KEY.verifier)
    chosen = random.Random(1).sample(range(checkpoint.size), min(PROOFS, checkpoint.size))
    with timed("inclusion_proof_ms", 1000 / len(chosen)):
        for index in chosen:
            inclusion(folder.read, checkpoint.size, index)
    with timed("inclusion_proof_from_checked_tiles_ms", 1000 / len(chosen)):
        for index in chosen:
            inclusion(Verified(folder.read, checkpoint), checkpoint.size, index)
    with timed("consistency_proof_ms", 1000 / len(chosen)):
        for index in chosen:
            consistency(folder.read, index, checkpoint.size)
    with timed("audit_of_every_file_s"):
        count = sum(1 for _ in audit(folder.read, checkpoint, folder.list("")))
    assert count == len(entries)
    with timed("append_100_more_ms", 1000):
        checkpoint = writer.append(entries[:100], start=checkpoint.size)
    with timed("publish_100_more_ms", 1000):
        writer.publish(sign_checkpoint(checkpoint, KEY))
    return seconds


if __name__ == "__main__":
    main()
