"""Small logs for tests, made only through the writer."""

from hakari.log.checkpoint import Checkpoint, sign_checkpoint
from hakari.log.note import SignerKey
from hakari.log.writer import Appender

from .shelf import Shelf

KEY = SignerKey(name="log.example/hakari", seed=bytes(range(32)))


def entry(number: int) -> bytes:
    return b"entry %d " % number + b"." * (number % 7)


def batch(start: int, stop: int) -> list[bytes]:
    return [entry(number) for number in range(start, stop)]


def published(shelf: Shelf, *sizes: int) -> Checkpoint:
    """Grow the log to each size in turn, with a checkpoint at each; return the last."""
    writer = Appender(shelf, KEY.verifier)
    checkpoint = writer.checkpoint
    for size in sizes:
        checkpoint = writer.append(batch(checkpoint.size, size), start=checkpoint.size)
        writer.publish(sign_checkpoint(checkpoint, KEY))
    return checkpoint
