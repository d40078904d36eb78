"""What the RFC 6962 consistency proof inside `anchor.post` stops and costs; docs/decisions/0011 weighs the figures."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
from evm_chain import Chain, Contract
from log_trees import alike, alike_consistency, consistency, root
from money_world import LOG_ID, World

from hakari.core.merkle import verify_consistency

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0011-consistency-proof-in-post.md"
NOW = 1_800_000_000
# size → the sizes after it; the last one has the longest proof of all logs up to 2^20 leaves
GROWTH = {size: (size + 1, size + 1_000, 2 * size) for size in (1_000, 10_000, 100_000, 1_000_000)} | {
    2**20 - 1: (2**20,)
}
LEAVES = [sha256(b"\0" + bytes([i])).digest() for i in range(24)]


def anchored(chain: Chain) -> tuple[Contract, str]:
    key = chain.account("log key")
    anchor = chain.deploy("anchor")
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


@pytest.mark.parametrize("largest", [9, pytest.param(24, marks=pytest.mark.soak)])
def test_every_proof_with_one_bit_of_one_hash_flipped_is_refused(
    stage: tuple[Chain, Contract, str], refuses, largest: int
) -> None:
    chain, anchor, key = stage
    for first in range(1, largest):
        with chain.undone():
            anchor.post(LOG_ID, first, root(LEAVES[:first]), NOW, [], sender=key)
            for second in range(first + 1, largest + 1):
                new, proof = root(LEAVES[:second]), consistency(first, LEAVES[:second])
                for i, step in enumerate(proof):
                    flipped = (int.from_bytes(step, "big") ^ 1 << 37 * second % 256).to_bytes(32, "big")
                    with refuses("fork"):
                        anchor.post(LOG_ID, second, new, NOW, [*proof[:i], flipped, *proof[i + 1 :]], sender=key)


def test_a_proof_is_given_where_one_is_due_and_nowhere_else(world: World, refuses) -> None:
    size, grown = 5, 9
    proof = consistency(size, LEAVES[:grown])

    def post(at: int, given: list[bytes]) -> None:
        world.anchor.post(LOG_ID, at, root(LEAVES[:at]), world.chain.time, given, sender=world.log_key)

    with refuses("fork"):
        post(size, proof)
    post(size, [])
    with refuses("fork"):
        post(size, proof)
    post(size, [])
    with refuses("fork"):
        post(grown, [])
    with refuses("fork"):  # the proof of another pair of sizes
        post(grown + 1, proof)
    post(grown, proof)


def test_a_proof_that_waited_behind_another_post_is_built_anew(world: World, refuses) -> None:
    """Two posts from 5 on: whichever is mined second has the wrong base, and nothing but its proof must change."""

    def post(at: int, given: list[bytes]) -> None:
        world.anchor.post(LOG_ID, at, root(LEAVES[:at]), world.chain.time, given, sender=world.log_key)

    post(5, [])
    waits = consistency(5, LEAVES[:13])
    post(9, consistency(5, LEAVES[:9]))
    with refuses("fork"):
        post(13, waits)
    post(13, consistency(9, LEAVES[:13]))


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
