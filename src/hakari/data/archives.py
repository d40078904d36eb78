"""Archives of a release that a stranger made: what each member holds, read as a stream in bounded memory."""

import hashlib
from collections.abc import Iterator

from hakari.core.errors import Malformed

_BLOCK = 512
_NAME, _SIZE, _TYPE = slice(0, 100), slice(124, 136), 156
_PIECE = 1 << 16
_FILES = (0, ord("0"))
"""Types of a member that is a plain file."""


def members(pieces: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    """Yield (name, SHA-256 of its bytes) of each member of a tar archive. Raises Malformed.

    Plain files with names of at most 100 bytes are all that a release's archives hold: anything else is refused.
    """
    stream = _Stream(pieces)
    while any(head := stream.take(_BLOCK)):
        if head[_TYPE] not in _FILES:
            raise Malformed(f"a member must be a plain file, got type {head[_TYPE]}")
        left = _size(head[_SIZE])
        padding, state = -left % _BLOCK, hashlib.sha256()
        while left:
            piece = stream.take(min(left, _PIECE))
            left -= len(piece)
            state.update(piece)
        if any(stream.take(padding)):
            raise Malformed("a member must be filled up with zeros, got more")
        yield head[_NAME].rstrip(b"\0").decode("ascii", "backslashreplace"), state.hexdigest()
    if any(any(piece) for piece in stream.rest()):
        raise Malformed("an archive must end with zeros, got more")


def _size(field: bytes) -> int:
    """Return a member's length: octal digits, or from 8 GiB on binary after a mark."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = field.rstrip(b"\0 ")
    if not digits or digits.strip(b"01234567"):
        raise Malformed(f"a member must say its length in octal digits, got {field!r}")
    return int(digits, 8)


class _Stream:
    """Bytes taken one after another from pieces of any length."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held, self._at = b"", 0

    def take(self, count: int) -> bytes:
        """Return the next bytes. Raises Malformed where fewer are left."""
        found = b""
        while len(found) < count:
            if self._at == len(self._held):
                self._held, self._at = next(self._pieces, b""), 0
                if not self._held:
                    raise Malformed("an archive must end with a block of zeros, got an end before it")
            piece = self._held[self._at : self._at + count - len(found)]
            found += piece
            self._at += len(piece)
        return found

    def rest(self) -> Iterator[bytes]:
        """Yield all that is left."""
        yield self._held[self._at :]
        yield from self._pieces
