"""Every byte of a log is under audit, and the file that is wrong is named, not its neighbour."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.core.merkle import leaf_hashes
from hakari.log.audit import audit, leftovers
from hakari.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from hakari.log.faults import LogFault, Missing, Tampered, Unexpected
from hakari.log.note import BadSignature, MalformedNote, Unsigned
from hakari.log.tiles import pack

from .made import KEY, batch, published
from .shelf import Shelf

SIZE = 66_000


@pytest.fixture(scope="module")
def large():
    shelf = Shelf()
    return shelf.files, published(shelf, SIZE)


def whole(files, key=KEY):
    """What a verifier does with a folder: open the checkpoint, then go through every file."""
    shelf = Shelf(files)
    checkpoint = open_checkpoint(shelf.files["checkpoint"], key.verifier)
    return list(audit(shelf.read, checkpoint, shelf.list("")))


def flipped(data, place, bit=0):
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def test_a_sound_log_gives_back_its_entries(large):
    assert whole(large[0]) == batch(0, SIZE)


def test_an_empty_log_is_sound():
    shelf = Shelf()
    published(shelf, 0)
    assert list(audit(shelf.read, open_checkpoint(shelf.files["checkpoint"], KEY.verifier), ["checkpoint"])) == []


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 600])
def test_any_one_flipped_byte_is_found_in_the_file_that_holds_it(size):
    shelf = Shelf()
    published(shelf, size)
    rng = random.Random(size)
    for path, data in shelf.files.items():
        for place in {0, len(data) - 1, *(rng.randrange(len(data)) for _ in range(20))}:
            files = shelf.files | {path: flipped(data, place, rng.randrange(8))}
            if path == "checkpoint":
                with pytest.raises((MalformedNote, BadSignature, Unsigned)):
                    whole(files)
            else:
                with pytest.raises(LogFault) as caught:
                    whole(files)
                assert caught.value.path == path


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_found_at_every_level_of_a_large_log(large, data):
    files, checkpoint = large
    tops = [path for path in files if path.startswith(("tile/1", "tile/2")) or ".p/" in path]
    path = data.draw(st.sampled_from(sorted(files.keys() - {"checkpoint"})) | st.sampled_from(sorted(tops)))
    place = data.draw(st.integers(0, len(files[path]) - 1))
    shelf = Shelf(files | {path: flipped(files[path], place)})
    with pytest.raises(Tampered) as caught:
        list(audit(shelf.read, checkpoint, shelf.list("")))
    assert caught.value.path == path


@pytest.mark.parametrize(
    "path",
    ["tile/entries/000", "tile/entries/257.p/208", "tile/0/100", "tile/1/000", "tile/2/000.p/1", "tile/1/001.p/1"],
)
def test_a_missing_or_shortened_file_is_named(large, path):
    files, checkpoint = large
    for shelf, fault in (
        (Shelf({name: data for name, data in files.items() if name != path}), Missing),
        (Shelf(files | {path: files[path][:-1]}), Tampered),
        (Shelf(files | {path: files[path] + b"\0"}), Tampered),
    ):
        with pytest.raises(fault) as caught:
            list(audit(shelf.read, checkpoint, shelf.list("")))
        assert caught.value.path == path


@pytest.mark.parametrize("path", ["tile/x", "tile/64/000", "tile/0/0001", "notes.txt", "tile/0/257.p/0"])
def test_a_file_too_many_is_named(large, path):
    with pytest.raises(Unexpected) as caught:
        whole(large[0] | {path: b""})
    assert caught.value.path == path


@pytest.mark.parametrize(
    "path", ["tile/0/258", "tile/0/257.p/207", "tile/3/000.p/1", "tile/entries/257.p/9", "tile/0/257"]
)
def test_a_tile_of_another_size_must_hold_hashes(large, path):
    with pytest.raises(Tampered) as caught:
        whole(large[0] | {path: b"abc"})
    assert caught.value.path == path


def test_what_a_stopped_node_leaves_beside_its_checkpoint_is_no_fault_and_must_agree_with_it():
    shelf, longer, shorter = Shelf(), Shelf(), Shelf()
    checkpoint = published(shelf, 300)
    published(longer, 520)
    published(shorter, 299)
    beside = {
        path: data for other in (longer, shorter) for path, data in other.files.items() if path not in shelf.files
    }
    assert leftovers(beside, 300) == set(beside)
    files = shelf.files | beside
    assert len(list(audit(Shelf(files).read, checkpoint, files))) == 300
    for path in ("tile/0/001", "tile/entries/001.p/43", "tile/entries/001", "tile/0/001.p/43"):
        for name, data in ((path, flipped(files[path], 5)), (path, files[path][:-1])):
            with pytest.raises(Tampered) as caught:
                list(audit(Shelf(files | {name: data}).read, checkpoint, files))
            assert caught.value.path == path


def test_an_entry_replaced_in_bundle_and_tile_alike_is_found_at_the_tile():
    shelf = Shelf()
    checkpoint = published(shelf, 600)
    entries = batch(256, 512)
    entries[7] = b"another"
    shelf.files |= {"tile/entries/001": pack(entries), "tile/0/001": leaf_hashes(entries)}
    with pytest.raises(Tampered) as caught:
        list(audit(shelf.read, checkpoint, shelf.list("")))
    assert caught.value.path == "tile/0/001"


def test_a_log_rewritten_as_a_whole_is_found_at_the_checkpoint():
    shelf = Shelf()
    checkpoint = published(shelf, 600)
    other = Shelf()
    published(other, 600)
    rewritten = Checkpoint(origin=checkpoint.origin, size=600, root=b"r" * 32)
    with pytest.raises(Tampered) as caught:
        list(audit(other.read, rewritten, other.list("")))
    assert caught.value.path == "checkpoint"
    assert checkpoint.root.hex() in caught.value.expected


def test_two_entries_swapped_are_found():
    shelf = Shelf()
    published(shelf, 300)
    entries = batch(0, 256)
    entries[1], entries[2] = entries[2], entries[1]
    shelf.files["tile/entries/000"] = pack(entries)
    with pytest.raises(Tampered, match="entry 1 "):
        whole(shelf.files)


def test_the_audit_reads_every_file_once_and_names_what_it_expected():
    shelf = Shelf()
    checkpoint = published(shelf, SIZE)
    shelf.reads = 0
    for _ in audit(shelf.read, checkpoint, shelf.list("")):
        pass
    assert shelf.reads == len(shelf.files) - 1
    bad = Shelf(shelf.files | {"tile/entries/000": flipped(shelf.files["tile/entries/000"], 9)})
    with pytest.raises(
        Tampered, match=r"tile/entries/000: expected entry 0 with leaf hash [0-9a-f]{64}, got leaf hash"
    ):
        next(audit(bad.read, checkpoint, []))


def test_an_audit_against_another_logs_checkpoint_fails():
    shelf, other = Shelf(), Shelf()
    published(shelf, 300)
    checkpoint = published(other, 301)
    for names in (shelf.list(""), []):
        with pytest.raises(Missing):
            list(audit(shelf.read, checkpoint, names))
    assert open_checkpoint(sign_checkpoint(checkpoint, KEY), KEY.verifier) == checkpoint


def test_of_two_damaged_files_the_upper_is_named_and_no_sound_one():
    shelf = Shelf()
    checkpoint = published(shelf, 300)
    for path in ("tile/entries/001.p/44", "tile/1/000.p/1"):  # between them the sound tile/0/001.p/44
        shelf.files[path] = flipped(shelf.files[path], 5)
    with pytest.raises(Tampered) as caught:
        list(audit(shelf.read, checkpoint, shelf.list("")))
    assert caught.value.path == "tile/1/000.p/1"
