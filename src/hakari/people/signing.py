"""Ed25519 for session keys: sign, verify strictly, refuse keys that sign for everybody."""

import re

from nacl.exceptions import BadSignatureError, ValueError
from nacl.signing import SigningKey, VerifyKey

from hakari.core.errors import Forbidden, Malformed
from hakari.log.note import MalformedKey, check_public

_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


class WrongSignature(Forbidden):
    """A signature that the named key or account did not make over these bytes."""

    code = "wrong_signature"


class WeakKey(Malformed):
    """Bytes that are no Ed25519 key, or one under which a signature can be made without a secret."""

    code = "weak_key"


def sign(secret: bytes, message: bytes) -> str:
    """Return the signature, 128 hex digits, of `message` by the 32-byte seed `secret`."""
    return SigningKey(secret).sign(message).signature.hex()


def public_key(secret: bytes) -> str:
    """Return the public key, 64 hex digits, of the 32-byte seed `secret`."""
    return bytes(SigningKey(secret).verify_key).hex()


def verify(key: str, message: bytes, signature: str) -> bool:
    """Return whether `signature` (128 hex digits) is that of `key` (64 hex digits) over `message`.

    RFC 8032 without the cofactor: libsodium refuses a scalar S that is not reduced, and points of small order for key and R.
    Other libraries accept the identity as a key with a signature that fits any message. About 70 µs.
    """
    if not _KEY.fullmatch(key) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        VerifyKey(bytes.fromhex(key)).verify(message, bytes.fromhex(signature))
    except (BadSignatureError, ValueError):
        return False
    return True


def check_key(key: object, *, pointer: str | None = None) -> str:
    """Return `key` (64 hex digits) where it is the canonical encoding of a point of prime order, as the log's keys must be.

    Raises WeakKey for the eight points of small order in every encoding, for coordinates not below 2^255 - 19, for points with a
    small-order part (made by no key generator) and for bytes that are no point at all.
    """
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise WeakKey(f"key must be 64 lower-case hexadecimal digits, got {key!r}", pointer=pointer)
    try:
        check_public(bytes.fromhex(key))
    except MalformedKey as error:
        raise WeakKey(error.message, pointer=pointer) from error
    return key
