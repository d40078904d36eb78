"""Roots, proofs and entries read from tiles, with and without a checkpoint to check them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.core.merkle import leaf_hash, leaf_hashes, verify_consistency, verify_inclusion
from hakari.core.merkle import root as merkle_root
from hakari.log.faults import Missing, Tampered, Unexpected
from hakari.log.tree import consistency, entries, growing, inclusion, leaf, root
from hakari.log.verified import Verified

from .made import batch, entry, published
from .shelf import Shelf

LARGE = 66_000  # three levels of tiles


@pytest.fixture(scope="module")
def large():
    shelf = Shelf()
    return shelf, published(shelf, LARGE)


def small(size):
    shelf = Shelf()
    return shelf, published(shelf, size)


def test_every_proof_of_every_size_up_to_70_is_accepted():
    roots = [merkle_root(leaf_hashes(batch(0, size))) for size in range(71)]
    for size in range(1, 71):
        shelf, checkpoint = small(size)
        assert root(shelf.read, size) == checkpoint.root == roots[size]
        for index in range(size):
            proof = inclusion(shelf.read, size, index)
            verify_inclusion(leaf=leaf_hash(entry(index)), index=index, size=size, proof=proof, root=roots[size])
        for old in range(size + 1):
            proof = consistency(shelf.read, old, size)
            verify_consistency(old_size=old, old_root=roots[old], new_size=size, new_root=roots[size], proof=proof)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_over_three_levels_of_tiles_are_accepted(large, data):
    shelf, checkpoint = large
    index = data.draw(st.integers(0, LARGE - 1) | st.sampled_from([0, 255, 256, 65_535, 65_536, LARGE - 1]))
    old = data.draw(st.integers(1, LARGE) | st.sampled_from([1, 255, 256, 257, 65_535, 65_536, 65_537]))
    read = Verified(shelf.read, checkpoint)
    assert leaf(read, LARGE, index) == leaf_hash(entry(index))
    proof = inclusion(read, LARGE, index)
    verify_inclusion(leaf=leaf_hash(entry(index)), index=index, size=LARGE, proof=proof, root=checkpoint.root)
    verify_consistency(
        old_size=old,
        old_root=merkle_root(leaf_hashes(batch(0, old))),
        new_size=LARGE,
        new_root=checkpoint.root,
        proof=consistency(read, old, LARGE),
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_range_of_entries_comes_back(large, data):
    shelf, checkpoint = large
    start = data.draw(st.integers(0, LARGE))
    stop = data.draw(st.integers(start, min(LARGE, start + 600)))
    assert list(entries(Verified(shelf.read, checkpoint), LARGE, start, stop)) == batch(start, stop)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (2, 1), (0, 11)])
def test_a_range_outside_the_log_is_refused(start, stop):
    shelf, _ = small(10)
    with pytest.raises(Malformed, match="range of entries"):
        list(entries(shelf.read, 10, start, stop))


def test_an_index_or_an_older_size_beyond_the_log_is_refused():
    shelf, _ = small(10)
    for index in (-1, 10):
        with pytest.raises(Malformed, match="index must be"):
            inclusion(shelf.read, 10, index)
        with pytest.raises(Malformed, match="index must be"):
            leaf(shelf.read, 10, index)
    with pytest.raises(Malformed, match="old size"):
        consistency(shelf.read, 11, 10)


def test_one_proof_reads_one_tile_of_each_level_and_the_edge(large):
    shelf, checkpoint = large
    before = shelf.reads
    inclusion(Verified(shelf.read, checkpoint), LARGE, 1000)
    assert shelf.reads - before <= 6  # 3 partial tiles, then the full ones of levels 1 and 0


def test_a_missing_file_is_named():
    shelf, _ = small(300)
    del shelf.files["tile/entries/000"]
    with pytest.raises(Missing, match="tile/entries/000"):
        list(entries(shelf.read, 300, 0, 1))


def test_a_reader_over_a_checkpoint_refuses_paths_of_another_size():
    shelf, checkpoint = small(300)
    read = Verified(shelf.read, checkpoint)
    assert read("tile/0/000") == shelf.files["tile/0/000"]
    assert read("tile/entries/001.p/44") == shelf.files["tile/entries/001.p/44"]
    for path in ("tile/0/001", "tile/0/001.p/43", "tile/0/002", "checkpoint", "other"):
        with pytest.raises(Unexpected):
            read(path)


def test_a_proof_from_a_tampered_tile_is_never_handed_out():
    shelf, checkpoint = small(300)
    changed = bytearray(shelf.files["tile/0/000"])
    changed[40] ^= 1
    shelf.files["tile/0/000"] = bytes(changed)
    with pytest.raises(Tampered, match="tile/0/000"):
        inclusion(Verified(shelf.read, checkpoint), 300, 5)
    # Unchecked, the same call answers, and only whoever verifies the proof notices.
    inclusion(shelf.read, 300, 5)


@pytest.mark.parametrize("size", [101, 256, 300], ids=["still partial", "full", "full and more"])
def test_a_reader_of_a_growing_log_takes_partial_files_out_of_wider_ones(size):
    shelf = Shelf()
    old = published(shelf, 100)
    published(shelf, 100, size)
    with pytest.raises(Missing):
        root(shelf.read, old.size)
    read = Verified(growing(shelf.read, lambda: size), old)
    assert list(entries(read, 100, 0, 100)) == batch(0, 100)
    assert root(read, 100) == old.root


def test_a_reader_of_a_growing_log_follows_it_while_it_grows_and_ends_where_a_file_is_lost():
    shelf = Shelf()
    old = published(shelf, 100)
    published(shelf, 100, 103)
    asked: list[int] = []

    def size():
        # 101 and 102 are gone again by the time that they are looked for.
        asked.append(min(101 + len(asked), 103))
        return asked[-1]

    assert root(growing(shelf.read, size), 100) == old.root
    assert asked == [101, 102, 103]
    del shelf.files["tile/0/000.p/103"]
    with pytest.raises(Missing):
        root(growing(shelf.read, lambda: 103), 100)
    with pytest.raises(Missing):
        root(growing(shelf.read, lambda: 99), 100)
