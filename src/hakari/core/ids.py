"""Names for the plain values that travel through every room."""

import re
from typing import NewType

from hakari.core.errors import Malformed

Account = NewType("Account", str)
"""An EVM address: 0x and 40 lower-case hexadecimal digits."""

Digest = NewType("Digest", str)
"""A SHA-256 or Keccak-256 value: 64 lower-case hexadecimal digits."""

StatementId = NewType("StatementId", str)
"""SHA-256 of a statement's canonical bytes, 64 lower-case hexadecimal digits."""

_ACCOUNT = re.compile(r"0x[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def account(text: object, *, pointer: str | None = None) -> Account:
    """Return `text` as an account in lower case. Raises Malformed for anything but 0x and 40 hexadecimal digits."""
    if not isinstance(text, str) or not _ACCOUNT.fullmatch(text.lower()):
        raise Malformed(f"account must be 0x and 40 hexadecimal digits, got {text!r}", pointer=pointer)
    return Account(text.lower())


def digest(text: object, *, pointer: str | None = None) -> Digest:
    """Return `text` as a digest. Raises Malformed for anything but 64 lower-case hexadecimal digits."""
    if not isinstance(text, str) or not _DIGEST.fullmatch(text):
        raise Malformed(f"digest must be 64 lower-case hexadecimal digits, got {text!r}", pointer=pointer)
    return Digest(text)
