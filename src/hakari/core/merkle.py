"""RFC 6962 Merkle trees: hashing, roots, and the checking of inclusion and consistency proofs.

A run of hashes is one `bytes` of 32-byte pieces: a tile of the log is such a run, and slicing it costs nothing but a copy.
Source: RFC 6962 section 2.1 (tree), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (the two checks).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from hakari.core.errors import HakariError, Malformed

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class InvalidProof(HakariError):
    """A proof that doesn't lead from what is claimed to the stated root."""

    code = "proof_invalid"


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry); the prefix keeps a leaf from being passed off as a node."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> bytes:
    """Return the run of the entries' leaf hashes, 32 bytes each, in order."""
    return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def parents(run: bytes) -> bytes:
    """Return the run one level up: one hash for each complete pair; an odd last hash has no parent yet and is left out."""
    # One slice holds both children, so each node costs one concatenation and one SHA-256 of 65 bytes.
    return b"".join([sha256(b"\x01" + run[at : at + 64]).digest() for at in range(0, len(run) // 64 * 64, 64)])


def bag(peaks: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees given left to right, the largest first; EMPTY_ROOT of none."""
    if not peaks:
        return EMPTY_ROOT
    total = peaks[-1]
    for peak in reversed(peaks[:-1]):
        total = node_hash(peak, total)
    return total


def root(run: bytes) -> bytes:
    """Return the Merkle tree hash over a run of leaf hashes of any number; EMPTY_ROOT of none. Cost O(n) hashes.

    Raises Malformed when the run is not a whole number of hashes.
    """
    if len(run) % HASH_BYTES:
        raise Malformed(f"a run of hashes must be a multiple of {HASH_BYTES} bytes, got {len(run)} bytes")
    peaks: list[bytes] = []
    while run:
        if len(run) // HASH_BYTES % 2:
            peaks.append(run[-HASH_BYTES:])
        run = parents(run)
    return bag(peaks[::-1])


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the entry with this leaf hash stands at `index` (from 0) of the tree of `size` leaves with this root.

    proof: sibling hashes from the leaf upwards. Raises InvalidProof. Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise InvalidProof(f"index must be in 0..{size - 1}, got {index}")
    _only_hashes([leaf, root, *proof])
    place, last, got = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InvalidProof(f"proof for index {index} of {size} has too many hashes, got {len(proof)}")
        if place & 1 or place == last:
            got = node_hash(sibling, got)
            place, last = _climb(place, last)
        else:
            got = node_hash(got, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof(f"proof for index {index} of {size} has too few hashes, got {len(proof)}")
    if got != root:
        raise InvalidProof(f"proof for index {index} of {size} must lead to root {root.hex()}, got {got.hex()}")


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `new_size` leaves begins with exactly the leaves of the older tree.

    Equal sizes need equal roots and an empty proof; a tree of size 0 begins every tree, with an empty proof.
    Raises InvalidProof. Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        raise InvalidProof(f"old size must be in 0..{new_size}, got {old_size}")
    _only_hashes([old_root, new_root, *proof])
    if old_size in (0, new_size):
        _trivial(old_size, old_root, new_size, new_root, proof)
        return
    # A complete old tree is itself a node of the new one; the prover then leaves its root out of the proof.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not proof:
        raise InvalidProof(f"proof from {old_size} to {new_size} must not be empty")
    old_got = new_got = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidProof(f"proof from {old_size} to {new_size} has too many hashes, got {len(proof)}")
        if place & 1 or place == last:
            old_got, new_got = node_hash(sibling, old_got), node_hash(sibling, new_got)
            place, last = _climb(place, last)
        else:
            new_got = node_hash(new_got, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidProof(f"proof from {old_size} to {new_size} has too few hashes, got {len(proof)}")
    for name, want, got in (("old", old_root, old_got), ("new", new_root, new_got)):
        if got != want:
            raise InvalidProof(
                f"proof from {old_size} to {new_size} must lead to {name} root {want.hex()}, got {got.hex()}"
            )


def _trivial(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise InvalidProof(f"proof from {old_size} to {new_size} must be empty, got {len(proof)} hashes")
    for size, got in ((old_size, old_root), (new_size, new_root)):
        if size == 0 and got != EMPTY_ROOT:
            raise InvalidProof(f"the root of size 0 must be {EMPTY_ROOT.hex()}, got {got.hex()}")
    if old_size == new_size and old_root != new_root:
        raise InvalidProof(f"one size, one root: size {old_size} has root {old_root.hex()}, got {new_root.hex()}")


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels at which a rightmost node stands alone and is carried up unhashed."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _only_hashes(hashes: Iterable[bytes]) -> None:
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise InvalidProof(f"a hash must be {HASH_BYTES} bytes, got {len(each)} bytes")
