"""RFC 6962 trees against the RFC's own recursive definition, and against the known roots of Certificate Transparency."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.core.merkle import (
    EMPTY_ROOT,
    InvalidProof,
    leaf_hash,
    leaf_hashes,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight inputs and roots of the Certificate Transparency reference tests, reused by transparency-dev/merkle.
CT_LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(70)]


def mth(leaves):
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = split(len(leaves))
    return node_hash(mth(leaves[:half]), mth(leaves[half:]))


def path(index, leaves):
    """PATH of RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*path(index, leaves[:half]), mth(leaves[half:])]
    return [*path(index - half, leaves[half:]), mth(leaves[:half])]


def subproof(old, leaves, complete=True):
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if old == len(leaves):
        return [] if complete else [mth(leaves)]
    half = split(len(leaves))
    if old <= half:
        return [*subproof(old, leaves[:half], complete), mth(leaves[half:])]
    return [*subproof(old - half, leaves[half:], False), mth(leaves[:half])]


def split(count):
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def flipped(data, bit):
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def test_the_known_roots_of_certificate_transparency_come_out():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for count, want in enumerate(CT_ROOTS, 1):
        assert root(leaf_hashes(CT_LEAVES[:count])).hex() == want


def test_the_root_is_that_of_the_rfc_for_every_size_up_to_70():
    for size in range(71):
        assert root(b"".join(LEAVES[:size])) == mth(LEAVES[:size])


def test_a_run_that_ends_within_a_hash_has_no_root():
    with pytest.raises(Malformed, match="33 bytes"):
        root(b"0" * 33)


def test_every_inclusion_proof_of_every_size_up_to_70_holds():
    for size in range(1, 71):
        whole = mth(LEAVES[:size])
        for index in range(size):
            verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=path(index, LEAVES[:size]), root=whole)


def test_every_consistency_proof_of_every_size_up_to_70_holds():
    roots = [mth(LEAVES[:size]) for size in range(71)]
    for size in range(1, 71):
        for old in range(1, size + 1):
            proof = subproof(old, LEAVES[:size])
            verify_consistency(old_size=old, old_root=roots[old], new_size=size, new_root=roots[size], proof=proof)


def test_the_empty_tree_begins_every_tree_but_only_with_its_own_root():
    new = {"new_size": 3, "new_root": mth(LEAVES[:3])}
    verify_consistency(old_size=0, old_root=EMPTY_ROOT, proof=[], **new)
    with pytest.raises(InvalidProof, match="root of size 0"):
        verify_consistency(old_size=0, old_root=LEAVES[0], proof=[], **new)
    with pytest.raises(InvalidProof, match="must be empty"):
        verify_consistency(old_size=0, old_root=EMPTY_ROOT, proof=[LEAVES[0]], **new)


def test_one_size_has_one_root():
    one, other = mth(LEAVES[:3]), mth(LEAVES[1:4])
    verify_consistency(old_size=3, old_root=one, new_size=3, new_root=one, proof=[])
    with pytest.raises(InvalidProof, match="one size, one root"):
        verify_consistency(old_size=3, old_root=one, new_size=3, new_root=other, proof=[])


@settings(deadline=None)
@given(st.data())
def test_an_inclusion_proof_changed_in_any_one_way_is_refused(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    good = {"leaf": LEAVES[index], "index": index, "size": size, "proof": path(index, LEAVES[:size])}
    good["root"] = mth(LEAVES[:size])
    verify_inclusion(**good)
    with pytest.raises(InvalidProof):
        verify_inclusion(**one_change(data, good, ("leaf", "root")))


@settings(deadline=None)
@given(st.data())
def test_a_consistency_proof_changed_in_any_one_way_is_refused(data):
    size = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, size - 1))
    good = {"old_size": old, "new_size": size, "proof": subproof(old, LEAVES[:size])}
    good |= {"old_root": mth(LEAVES[:old]), "new_root": mth(LEAVES[:size])}
    verify_consistency(**good)
    with pytest.raises(InvalidProof):
        verify_consistency(**one_change(data, good, ("old_root", "new_root")))


def one_change(data, good, hashes):
    """A copy of the arguments with one bit of a hash, or the length of the proof, changed."""
    proof = good["proof"]
    ways = [*hashes, "longer", "first", "wide"] + (["shorter", "bit"] if proof else [])
    way = data.draw(st.sampled_from(ways))
    bit = data.draw(st.integers(0, 255))
    if way in hashes:
        return good | {way: flipped(good[way], bit)}
    if way == "longer":
        return good | {"proof": [*proof, LEAVES[0]]}
    if way == "first":
        return good | {"proof": [LEAVES[0], *proof]}
    if way == "wide":
        return good | {"proof": [*proof, b""]}
    if way == "shorter":
        return good | {"proof": proof[:-1]}
    place = data.draw(st.integers(0, len(proof) - 1))
    return good | {"proof": [*proof[:place], flipped(proof[place], bit), *proof[place + 1 :]]}


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_an_index_outside_the_tree_is_refused(index, size):
    with pytest.raises(InvalidProof, match="index must be"):
        verify_inclusion(leaf=LEAVES[0], index=index, size=size, proof=[], root=LEAVES[0])


def test_an_older_tree_larger_than_the_newer_is_refused():
    with pytest.raises(InvalidProof, match="old size"):
        verify_consistency(old_size=4, old_root=LEAVES[0], new_size=3, new_root=LEAVES[0], proof=[])


def test_an_entry_can_not_be_passed_off_as_a_node():
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_proof_of_one_size_is_not_taken_for_another_size_with_the_same_root():
    # The hashes lead to the root all the same: only their number tells the sizes apart.
    two, four = mth(LEAVES[:2]), mth(LEAVES[:4])
    good = {"leaf": LEAVES[0], "index": 0, "proof": path(0, LEAVES[:2]), "root": two}
    verify_inclusion(size=2, **good)
    for size, words in ((1, "too many"), (3, "too few")):
        with pytest.raises(InvalidProof, match=words):
            verify_inclusion(size=size, **good)
    grown = {"old_size": 1, "old_root": LEAVES[0], "proof": subproof(1, LEAVES[:4]), "new_root": four}
    verify_consistency(new_size=4, **grown)
    for size, words in ((2, "too many"), (5, "too few")):
        with pytest.raises(InvalidProof, match=words):
            verify_consistency(new_size=size, **grown)
