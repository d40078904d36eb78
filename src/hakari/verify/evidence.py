"""Evidence read as it must be: each file streamed, held against its name, and noted as referred to."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.depth import check_depth
from hakari.core.errors import HakariError, Malformed
from hakari.verify.ports import Files

EVIDENCE = "evidence/"
LONGEST_LINE = 1 << 20
"""Bytes of one evidence line at most: more than any statement can commit to."""


class BadEvidence(HakariError):
    """Evidence that is missing, does not give its name, or is not what its place asks for. `path` names the file."""

    code = "bad_evidence"

    def __init__(self, path: str, what: str, *, expected: str, got: str) -> None:
        super().__init__(f"{path}: {what}: expected {expected}, got {got}")
        self.path = path
        self.what = what
        self.expected = expected
        self.got = got


@dataclass
class Shelf:
    """The evidence of a folder. `used` are the digests that statements refer to, met so far; `last` is the file read last."""

    files: Files
    used: set[str] = field(default_factory=set[str])
    last: str = "evidence"

    def has(self, digest: str) -> bool:
        """Return whether the file is there; it counts as referred to."""
        self.used.add(digest)
        return self.files.chunks(_path(digest)) is not None

    def check(self, digest: str) -> None:
        """Hold a file against its name without looking inside. Raises BadEvidence."""
        for _ in self._checked(digest):
            pass

    def raw_lines(self, digest: str) -> Iterator[bytes]:
        """Yield the lines of a file without their line feeds. Raises BadEvidence.

        Only when the iterator has come to its end are the lines what the statement named: use nothing of them before.
        """
        path, rest = _path(digest), b""
        for piece in self._checked(digest):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            if len(rest) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in lines):
                self.check(digest)
                raise BadEvidence(path, "length of a line", expected=f"at most {LONGEST_LINE} bytes", got="more")
            yield from lines
        if rest:
            raise BadEvidence(path, "ending", expected="a line feed", got=repr(rest[-20:]))

    def lines(self, digest: str) -> Iterator[Mapping[str, Json]]:
        """Yield the objects of a file of evidence lines. Raises BadEvidence naming the line; see `raw_lines`."""
        for number, line in enumerate(self.raw_lines(digest), 1):
            try:
                thing = canonical.decode_strict(check_depth(line))
            except Malformed as error:
                raise self.broken(digest, number, "canonical JSON", error.message) from error
            if not isinstance(thing, dict):
                raise self.broken(digest, number, "an object", repr(line[:40]))
            yield thing

    def whole(self, digest: str, limit: int) -> bytes:
        """Return a file of evidence lines of at most `limit` bytes, safe to parse. Raises BadEvidence, Malformed for deep nesting."""
        held, size = list[bytes](), 0
        for piece in self._checked(digest):
            size += len(piece)
            if size > limit:
                raise BadEvidence(_path(digest), "length", expected=f"at most {limit} bytes", got="more")
            held.append(piece)
        data = b"".join(held)
        for line in data.split(b"\n"):
            check_depth(line)
        return data

    def broken(self, digest: str, number: int, expected: str, got: str) -> BadEvidence:
        """Return the error for line `number`, counted from 1; raises it as another name's bytes where the file is not even its own."""
        self.check(digest)
        return BadEvidence(_path(digest), f"line {number}", expected=expected, got=got)

    def _checked(self, digest: str) -> Iterator[bytes]:
        self.used.add(digest)
        path = self.last = _path(digest)
        pieces = self.files.chunks(path)
        if pieces is None:
            raise BadEvidence(path, "file", expected="there", got="missing")
        state = hashlib.sha256()
        for piece in pieces:
            state.update(piece)
            yield piece
        if state.hexdigest() != digest:
            raise BadEvidence(path, "SHA-256", expected=digest, got=state.hexdigest())


def _path(digest: str) -> str:
    return EVIDENCE + digest
