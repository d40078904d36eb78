"""Signed notes: a text with signatures under it, by named Ed25519 keys and by witnesses.

Sources: c2sp.org/signed-note (0x01), c2sp.org/tlog-cosignature (0x04), key texts as in Go's golang.org/x/mod/sumdb/note.
PyNaCl and not OpenSSL: OpenSSL accepts the identity point as a public key, and with it one signature for every message.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from hakari.core.errors import Forbidden, Malformed

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_SIGNATURES = 100  # the specification asks for at least 16; Go stops at 100
MAX_BYTES = 1 << 20

_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_HEX_ID = re.compile(r"[0-9a-f]{8}")


class MalformedNote(Malformed):
    """Bytes that are not a signed note."""

    code = "note_malformed"


class MalformedKey(Malformed):
    """A key text or public key that may not be used."""

    code = "key_malformed"


class BadSignature(Forbidden):
    """A known key's signature that doesn't fit the text: the whole note is refused."""

    code = "note_signature"


class Unsigned(Forbidden):
    """A note that none of the known keys signed."""

    code = "note_unsigned"


def check_public(public: bytes) -> bytes:
    """Return the 32 bytes of an Ed25519 public key if it is sound: canonical, on the curve, of prime order.

    Raises MalformedKey otherwise. A key of small order signs every message at once; one with a small-order part is judged
    differently by different libraries.
    """
    if len(public) != 32:
        raise MalformedKey(f"an Ed25519 public key must be 32 bytes, got {len(public)} bytes")
    if not crypto_core_ed25519_is_valid_point(public):
        raise MalformedKey(f"an Ed25519 public key must be a canonical point of prime order, got {public.hex()}")
    return public


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifierKey:
    """A name and a public key. kind: ED25519 for who signs the text, COSIGNATURE for a witness who adds a time."""

    name: str
    public: bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        check_public(self.public)
        if self.kind not in (ED25519, COSIGNATURE):
            raise MalformedKey(f"key type must be {ED25519:#04x} or {COSIGNATURE:#04x}, got {self.kind:#04x}")

    @property
    def key_id(self) -> bytes:
        """Return the 4 bytes that, with the name, say which key made a signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """Return the key as one line, `name+id+base64`, safe to publish."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignerKey:
    """A name and an Ed25519 seed of 32 bytes, which must stay secret and is never printed."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != 32:
            raise MalformedKey(f"an Ed25519 seed must be 32 bytes, got {len(self.seed)} bytes")

    @property
    def verifier(self) -> VerifierKey:
        """Return the public key that checks this key's signatures."""
        return VerifierKey(name=self.name, public=bytes(SigningKey(self.seed).verify_key))

    @property
    def witness(self) -> VerifierKey:
        """Return the public key that checks this key's cosignatures."""
        return VerifierKey(name=self.name, public=bytes(SigningKey(self.seed).verify_key), kind=COSIGNATURE)

    @property
    def secret_text(self) -> str:
        """Return the key as one line, `PRIVATE+KEY+name+id+base64`."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{_base64(bytes([ED25519]) + self.seed)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One signature line: who, and the bytes behind the key id."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """Return the line with its newline."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A text, ending in a newline, and its signature lines, none of them checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def raw(self) -> bytes:
        """Return the note as it is stored and sent."""
        return "".join((self.text, "\n", *(each.line for each in self.signatures))).encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A text that at least one known key signed. signers: in the order of the lines; times: of witnesses, Unix seconds."""

    text: str
    signers: tuple[VerifierKey, ...]
    times: tuple[int | None, ...]


def parse_verifier(text: str) -> VerifierKey:
    """Return the public key of a `name+id+base64` line; raises MalformedKey when a part is wrong or they disagree."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")  # base64 may itself contain «+»
    blob = _unbase64(encoded, MalformedKey)
    if not blob:
        raise MalformedKey(f"a verifier key must be name+id+base64, got {text!r}")
    key = VerifierKey(name=name, public=blob[1:], kind=blob[0])
    _check_id(key_id, key)
    return key


def parse_signer(text: str) -> SignerKey:
    """Return the secret key of a `PRIVATE+KEY+name+id+base64` line; raises MalformedKey, never repeating the text."""
    head, _, rest = text.partition("PRIVATE+KEY+")
    name, _, rest = rest.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        blob = _unbase64(encoded, MalformedKey)
        key = SignerKey(name=name, seed=blob[1:])
        _check_id(key_id, key.verifier)
    except MalformedKey:
        blob, key = b"", None
    if key is None or head or blob[0] != ED25519:
        raise MalformedKey("a signer key must be PRIVATE+KEY+name+id+base64 of an Ed25519 seed, got something else")
    return key


def parse(raw: bytes) -> Note:
    """Return the text and signature lines of a note, unchecked; raises MalformedNote.

    Stricter than Go in one point: base64 must be written the one canonical way, so that no byte of a note can change unseen.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedNote(f"a note must be at most {MAX_BYTES} bytes, got {len(raw)} bytes")
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedNote(f"a note must be UTF-8, got byte {raw[error.start]:#04x} at {error.start}") from None
    if found := _CONTROL.search(whole):
        raise MalformedNote(f"a note must hold no control character but newline, got {found.group()!r}")
    text, blank, under = whole.rpartition("\n\n")
    if not blank or not under.endswith("\n"):
        raise MalformedNote("a note must be a text, an empty line and signature lines, each ended by a newline")
    lines = under[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNote(f"a note must have at most {MAX_SIGNATURES} signatures, got {len(lines)}")
    return Note(text=text + "\n", signatures=tuple(_signature(line) for line in lines))


def sign(text: str, *signers: SignerKey) -> bytes:
    """Return the note of this text with one signature of each signer; raises MalformedNote when the text can't be one."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedNote("the text of a note must end with a newline and hold no other control character")
    message = text.encode()
    signatures = tuple(
        Signature(name=key.name, key_id=key.verifier.key_id, value=SigningKey(key.seed).sign(message).signature)
        for key in signers
    )
    return Note(text=text, signatures=signatures).raw


def cosign(raw: bytes, witness: SignerKey, *, time_unix_s: int) -> bytes:
    """Return the note with a witness's cosignature line added. The caller has checked consistency: that is what it states."""
    note = parse(raw)
    signed = SigningKey(witness.seed).sign(_cosigned(note.text, time_unix_s)).signature
    line = Signature(name=witness.name, key_id=witness.witness.key_id, value=time_unix_s.to_bytes(8, "big") + signed)
    return Note(text=note.text, signatures=(*note.signatures, line)).raw


def verify(raw: bytes, keys: Iterable[VerifierKey]) -> Verified:
    """Return the text and who of the known keys signed it.

    Signatures of unknown keys are ignored, also when only the name or only the id is known. Raises MalformedNote,
    BadSignature when a known key's signature doesn't fit, Unsigned when no known key signed, MalformedKey for ambiguous keys.
    """
    note = parse(raw)
    distinct = set(keys)
    known = {(key.name, key.key_id): key for key in distinct}
    if len(known) != len(distinct):  # a name and an id must name one key; Go calls this ambiguous
        raise MalformedKey("known keys must differ in name or id, got two of the same")
    held: dict[VerifierKey, int | None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            # Every line of a known key must hold, repeats too: otherwise a changed repeat would pass unseen.
            held[key] = _check(note.text, signature, key)
    if not held:
        names = ", ".join(sorted(key.text for key in known.values())) or "none"
        raise Unsigned(f"a note must be signed by a known key ({names}), got {[each.name for each in note.signatures]}")
    return Verified(text=note.text, signers=tuple(held), times=tuple(held.values()))


def _check(text: str, signature: Signature, key: VerifierKey) -> int | None:
    value, message, time_unix_s = signature.value, text.encode(), None
    if key.kind == COSIGNATURE:
        time_unix_s = int.from_bytes(value[:8], "big")
        if time_unix_s >= 1 << 63:
            raise BadSignature(f"the time of a cosignature by {key.name} must be below 2^63, got {time_unix_s}")
        value, message = value[8:], _cosigned(text, time_unix_s)
    if len(value) != 64:
        raise BadSignature(f"a signature by {key.name} must be 64 bytes, got {len(value)} bytes")
    try:
        VerifyKey(key.public).verify(message, value)
    except BadSignatureError:
        raise BadSignature(f"the signature by {key.name}+{key.key_id.hex()} must fit the text, it does not") from None
    return time_unix_s


def _cosigned(text: str, time_unix_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_unix_s}\n{text}".encode()


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    blob = _unbase64(encoded, MalformedNote)
    if not line.startswith(_DASH) or not _is_name(name) or len(blob) < 5:
        raise MalformedNote(f"a signature line must be «{_DASH}name base64», got {line[:120]!r}")
    return Signature(name=name, key_id=blob[:4], value=blob[4:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(each.isspace() for each in name) and not _CONTROL.search(name)


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise MalformedKey(f"a key name must be non-empty, without spaces and «+», got {name!r}")


def _check_id(text: str, key: VerifierKey) -> None:
    if not _HEX_ID.fullmatch(text) or bytes.fromhex(text) != key.key_id:
        raise MalformedKey(f"the id of key {key.name} must be {key.key_id.hex()}, got {text!r}")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _unbase64(text: str, error: type[Malformed]) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error("base64 must be of RFC 4648 section 4, got something else") from None
    if _base64(data) != text:  # stray bits behind the last byte: two texts for the same bytes
        raise error("base64 must be canonical, got stray bits")
    return data
