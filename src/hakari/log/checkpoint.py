"""Checkpoints: a log's name, size and root, signed. Source: c2sp.org/tlog-checkpoint."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from hakari.core.errors import Forbidden
from hakari.core.merkle import EMPTY_ROOT, HASH_BYTES
from hakari.log.note import (
    COSIGNATURE,
    MalformedKey,
    MalformedNote,
    SignerKey,
    Unsigned,
    Verified,
    VerifierKey,
    sign,
    verify,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NO_LINE = re.compile(r"[\x00-\x1f]")


class MalformedCheckpoint(MalformedNote):
    """A text that is not a checkpoint."""

    code = "checkpoint_malformed"


class WrongLog(Forbidden):
    """A checkpoint of another log."""

    code = "checkpoint_origin"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """origin: the log's name; size: number of entries, below 2^63; root: 32 bytes; extensions: further lines, for no use of ours."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or _NO_LINE.search(line):
                raise MalformedCheckpoint(
                    f"a checkpoint's lines must be non-empty and without control characters, got {line!r}"
                )
        if not 0 <= self.size < 1 << 63:
            raise MalformedCheckpoint(f"a checkpoint's size must be in 0..2^63-1, got {self.size}")
        if len(self.root) != HASH_BYTES:
            raise MalformedCheckpoint(f"a checkpoint's root must be {HASH_BYTES} bytes, got {len(self.root)} bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise MalformedCheckpoint(f"the root of an empty log must be {EMPTY_ROOT.hex()}, got {self.root.hex()}")

    @property
    def text(self) -> str:
        """Return the lines that are signed, with the last newline."""
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, b64encode(self.root).decode(), *self.extensions)
        )


def parse(text: str) -> Checkpoint:
    """Return the checkpoint of an already verified note text; raises MalformedCheckpoint unless written the canonical way."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise MalformedCheckpoint(f"a checkpoint must be 3 or more lines, each ended by a newline, got {text[:200]!r}")
    origin, size, encoded, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise MalformedCheckpoint(f"a checkpoint's size must be decimal without leading zeroes, got {size[:40]!r}")
    try:
        root = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedCheckpoint(f"a checkpoint's root must be base64, got {encoded[:80]!r}") from None
    checkpoint = Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(extensions))
    if checkpoint.text != text:
        raise MalformedCheckpoint(f"a checkpoint's root must be canonical base64, got {encoded[:80]!r}")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signer: SignerKey) -> bytes:
    """Return the signed note of a checkpoint. The caller signs no two checkpoints of which one is not the other's beginning."""
    return sign(checkpoint.text, signer)


def open_checkpoint(raw: bytes, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint that the log's own key signed; its origin must be the key's name.

    Raises MalformedNote, BadSignature, Unsigned, MalformedCheckpoint, WrongLog.
    """
    return _of_log(verify(raw, [key]), key)


def open_witnessed(raw: bytes, key: VerifierKey, witnesses: Iterable[VerifierKey], *, quorum: int) -> Checkpoint:
    """Return the checkpoint that the log's key signed and at least `quorum` of the witnesses cosigned.

    Raises as open_checkpoint does, and Unsigned when too few witnesses cosigned. Times are not judged here.
    """
    trusted = set(witnesses)
    if strange := [each.name for each in trusted if each.kind != COSIGNATURE]:
        raise MalformedKey(f"a witness must have a cosignature key, got another kind for {strange}")
    verified = verify(raw, [key, *trusted])
    # One public key may hide behind several names, since a cosignature doesn't sign its name: count keys, not lines.
    got = {each.public for each in verified.signers if each in trusted}
    if len(got) < quorum:
        raise Unsigned(f"at least {quorum} known witnesses must cosign, got {len(got)}")
    return _of_log(verified, key)


def _of_log(verified: Verified, key: VerifierKey) -> Checkpoint:
    if key not in verified.signers:
        raise Unsigned(
            f"the log's own key {key.text} must sign its checkpoint, got {[e.name for e in verified.signers]}"
        )
    checkpoint = parse(verified.text)
    if checkpoint.origin != key.name:
        raise WrongLog(f"the checkpoint must be of log {key.name!r}, got {checkpoint.origin!r}")
    return checkpoint
