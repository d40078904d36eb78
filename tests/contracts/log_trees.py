"""Logs to anchor, by the RFC's own recursive definition: roots and consistency proofs, of real leaves and of a million equal ones."""

from __future__ import annotations

from functools import cache
from hashlib import sha256


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def consistency(first: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if first <= k:
        return [*consistency(first, leaves[:k], whole=whole), root(leaves[k:])]
    return [*consistency(first - k, leaves[k:], whole=False), root(leaves[:k])]


@cache
def alike(size: int) -> bytes:
    """The root over equal leaves: of a million, without a million hashes."""
    if size == 1:
        return sha256(b"\0leaf").digest()
    return node(alike(split(size)), alike(size - split(size)))


def alike_consistency(first: int, size: int, *, whole: bool = True) -> list[bytes]:
    """The proof that a log of equal leaves grew; empty for its first post and for the same size."""
    if first in (0, size):
        return [] if whole else [alike(size)]
    k = split(size)
    if first <= k:
        return [*alike_consistency(first, k, whole=whole), alike(size - k)]
    return [*alike_consistency(first - k, size - k, whole=False), alike(k)]
