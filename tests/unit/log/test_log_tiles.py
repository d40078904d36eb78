"""Names and bytes of the files, by the examples of the tlog-tiles text and by properties."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.log.tiles import ENTRIES, Tile, at, edge, files, implied, pack, parse, tiles, unpack

SIZES = st.integers(0, 300_000)


def test_index_1234067_is_written_as_the_specification_writes_it():
    assert Tile(level=0, index=1234067).path == "tile/0/x001/x234/067"
    assert Tile(level=ENTRIES, index=1234067, width=8).path == "tile/entries/x001/x234/067.p/8"
    assert Tile(level=63, index=0).path == "tile/63/000"


def test_a_log_of_70000_has_the_tiles_that_the_specification_counts():
    by_level = {level: [each.width for each in tiles(70_000) if each.level == level] for level in range(4)}
    assert by_level == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}


def test_a_log_of_256_has_a_full_tile_and_one_above_it():
    assert files(256) == {"checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"}
    assert files(0) == {"checkpoint"}


@settings(deadline=None)
@given(st.builds(Tile, level=st.integers(-1, 63), index=st.integers(0, 1 << 63), width=st.integers(1, 256)))
def test_a_path_leads_back_to_its_tile(tile):
    assert parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/1000",
        "tile/0/001/234",
        "tile/0/x001",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/999",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/../../secret",
        "checkpoint",
        "",
    ],
)
def test_any_other_way_to_write_a_path_is_refused(path):
    with pytest.raises(Malformed, match="path must be"):
        parse(path)


@settings(deadline=None)
@given(SIZES)
def test_the_files_of_a_size_are_named_once_and_recognised(size):
    named = [tile.path for tile in tiles(size)]
    assert len(named) == len(set(named))
    assert all(implied(path, size) for path in files(size))
    assert {tile.path for tile in edge(size)} == {p for p in files(size) if ".p/" in p and "entries" not in p}


@settings(deadline=None)
@given(SIZES, st.builds(Tile, level=st.integers(-1, 3), index=st.integers(0, 1200), width=st.integers(1, 256)))
def test_a_file_is_implied_exactly_when_it_is_one_of_the_files(size, tile):
    assert implied(tile.path, size) == (tile.path in files(size))


def test_a_tile_beyond_the_end_does_not_exist():
    assert at(0, 1, 257) == Tile(level=0, index=1, width=1)
    with pytest.raises(Malformed, match="no tile 1 at level 0"):
        at(0, 1, 256)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_a_bundle_unpacks_to_what_was_packed(entries):
    assert unpack(pack(entries), len(entries)) == entries


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=20), st.data())
def test_a_bundle_of_another_length_or_number_is_refused(entries, data):
    bundle = pack(entries)
    cut = data.draw(st.integers(0, len(bundle) - 1))
    for wrong, width in ((bundle[:cut], len(entries)), (bundle, len(entries) + 1), (bundle + b"\0", len(entries))):
        with pytest.raises(Malformed, match="bundle"):
            unpack(wrong, width)


def test_the_longest_entry_fits_and_one_byte_more_does_not():
    assert unpack(pack([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(Malformed, match="65536 bytes"):
        pack([b"x" * 65_536])
