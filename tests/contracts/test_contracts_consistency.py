"""What an RFC 6962 consistency proof inside `anchor.post` would cost and stop; docs/decisions/0011 weighs the figures.

The contract is a test-only twin of the anchor. Here the proofs come from the RFC's own recursive definition.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from evm_chain import Chain, Contract
from money_world import LOG_ID

from hakari.core.merkle import verify_consistency

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0011-consistency-proof-in-post.md"
NOW = 1_800_000_000
# size → the sizes after it; the last one has the longest proof of all logs up to 2^20 leaves
GROWTH = {size: (size + 1, size + 1_000, 2 * size) for size in (1_000, 10_000, 100_000, 1_000_000)} | {
    2**20 - 1: (2**20,)
}


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
    if first == size:
        return [] if whole else [alike(size)]
    k = split(size)
    if first <= k:
        return [*alike_consistency(first, k, whole=whole), alike(size - k)]
    return [*alike_consistency(first - k, size - k, whole=False), alike(k)]


LEAVES = [sha256(b"\0" + bytes([i])).digest() for i in range(24)]


def anchored(chain: Chain) -> tuple[Contract, str]:
    key = chain.account("log key")
    anchor = chain.deploy_test_contract("proven_anchor")
    anchor.register(LOG_ID, key)
    return anchor, key


@pytest.fixture(scope="module")
def stage() -> tuple[Chain, Contract, str]:
    chain = Chain()
    return (chain, *anchored(chain))


def test_every_growth_of_a_small_log_is_accepted_with_its_proof(stage: tuple[Chain, Contract, str]) -> None:
    chain, anchor, key = stage
    for first in range(1, 24):
        with chain.undone():
            anchor.post(LOG_ID, first, root(LEAVES[:first]), NOW, [], sender=key)
            for second in range(first + 1, 25):
                proof = consistency(first, LEAVES[:second])
                verify_consistency(
                    old_size=first,
                    old_root=root(LEAVES[:first]),
                    new_size=second,
                    new_root=root(LEAVES[:second]),
                    proof=proof,
                )
                with chain.undone():
                    anchor.post(LOG_ID, second, root(LEAVES[:second]), NOW, proof, sender=key)
                    assert anchor.root_at(LOG_ID, second) == root(LEAVES[:second])


def test_a_rewritten_history_has_no_proof(stage: tuple[Chain, Contract, str], refuses) -> None:
    """Another leaf in the old part, with the honest proof, the other log's own proof, and each bent form of both."""
    chain, anchor, key = stage
    for first, second in ((1, 2), (3, 7), (4, 8), (6, 13), (8, 9), (12, 24), (23, 24)):
        honest = LEAVES[:second]
        rewritten = [sha256(b"\0other").digest(), *honest[1:]]
        with chain.undone():
            anchor.post(LOG_ID, first, root(honest[:first]), NOW, [], sender=key)
            proofs = [consistency(first, leaves) for leaves in (honest, rewritten)]
            bent = [form for p in proofs for form in ([], p[1:], p[:-1], p[::-1], [*p, LEAVES[0]], [LEAVES[0], *p])]
            for proof in [*proofs, *bent]:
                with refuses("fork"):
                    anchor.post(LOG_ID, second, root(rewritten), NOW, proof, sender=key)
            for proof in bent:
                if proof not in proofs:
                    with refuses("fork"):
                        anchor.post(LOG_ID, second, root(honest), NOW, proof, sender=key)
            with refuses("fork"):
                anchor.post(LOG_ID, first, root(rewritten[:first]), NOW, [], sender=key)


def measure() -> dict[tuple[int, int], tuple[int, int]]:
    """(size, size after it) → (length of the proof, gas of the post)."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for size, grown in ((size, each) for size, sizes in GROWTH.items() for each in sizes):
        chain = Chain(exact=True)
        anchor, key = anchored(chain)
        anchor.post(LOG_ID, size, alike(size), NOW, [], sender=key)
        proof = alike_consistency(size, grown)
        anchor.post(LOG_ID, grown, alike(grown), NOW + 1, proof, sender=key)
        found[size, grown] = len(proof), chain.gas_used
    return found


def test_the_decision_quotes_what_is_measured() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| (\d+) \| ([\d,]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    numbers = [[int(cell.replace(",", "")) for cell in row] for row in rows]
    assert {(size, grown): (steps, gas) for size, grown, steps, gas in numbers} == measure()


if __name__ == "__main__":
    for (size, grown), (steps, gas) in measure().items():
        print(f"| {size:,} | {grown:,} | {steps} | {gas:,} | {gas - 54_360:+,} |")
