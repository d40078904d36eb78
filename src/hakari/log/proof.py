"""One file that proves, offline, that an entry is in a log. Source: c2sp.org/tlog-proof, version 1 (`.tlog-proof`)."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from hakari.core.errors import Malformed
from hakari.core.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from hakari.log.checkpoint import Checkpoint, open_witnessed
from hakari.log.note import VerifierKey
from hakari.log.tree import Read, inclusion
from hakari.log.verified import Verified

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 63


class MalformedLogProof(Malformed):
    """Bytes that are not a proof file."""

    code = "log_proof_malformed"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogProof:
    """index of the entry; path: sibling hashes upwards; checkpoint: the signed note; extra: bytes that nothing vouches for."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @property
    def raw(self) -> bytes:
        """Return the file's bytes."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines.extend(b64encode(each).decode() for each in self.path)
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint


def prove(read: Read, checkpoint: Checkpoint, note: bytes, index: int) -> LogProof:
    """Return the proof for the entry at `index`, from tiles that are checked against the checkpoint of this note."""
    path = inclusion(Verified(read, checkpoint), checkpoint.size, index)
    return LogProof(index=index, path=tuple(path), checkpoint=note)


def parse(raw: bytes) -> LogProof:
    """Return the parts of a proof file, unchecked; raises MalformedLogProof unless written the canonical way."""
    head, blank, note = raw.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedLogProof("the lines of a proof must be ASCII, got other bytes") from None
    if not blank or header != _HEADER:
        raise MalformedLogProof(f"a proof must begin with {_HEADER!r}, got {header[:80]!r}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _unbase64(lines.pop(0).removeprefix("extra "))
    match = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if match is None:
        raise MalformedLogProof("a proof must state «index N» in decimal, got something else")
    path = tuple(_unbase64(line) for line in lines)
    if len(path) > _MAX_HASHES or any(len(each) != HASH_BYTES for each in path):
        raise MalformedLogProof(f"a proof must hold at most {_MAX_HASHES} hashes of {HASH_BYTES} bytes, got others")
    return LogProof(index=int(match[1]), path=path, checkpoint=note, extra=extra)


def verify_entry(
    proof: LogProof, entry: bytes, key: VerifierKey, *, witnesses: Iterable[VerifierKey] = (), quorum: int = 0
) -> Checkpoint:
    """Return the checkpoint that holds the entry at the proof's index, signed by the log's key and a quorum of witnesses.

    Raises InvalidProof and what open_witnessed raises.
    """
    checkpoint = open_witnessed(proof.checkpoint, key, witnesses, quorum=quorum)
    verify_inclusion(
        leaf=leaf_hash(entry), index=proof.index, size=checkpoint.size, proof=proof.path, root=checkpoint.root
    )
    return checkpoint


def _unbase64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or b64encode(data).decode() != text:
        raise MalformedLogProof(f"a line of a proof must be canonical base64, got {text[:80]!r}")
    return data
