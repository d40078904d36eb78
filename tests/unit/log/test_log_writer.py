"""Appending: the same bytes however it is cut, crash or not; never another entry at an index; exactly the implied files."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.adapters.blobs import Folder
from hakari.core.errors import Conflict, Malformed
from hakari.core.merkle import leaf_hashes
from hakari.core.merkle import root as merkle_root
from hakari.log.checkpoint import Checkpoint, sign_checkpoint
from hakari.log.faults import Fork, Missing, Tampered
from hakari.log.note import SignerKey, Unsigned
from hakari.log.tiles import files
from hakari.log.writer import Appender

from .made import KEY, batch, published
from .shelf import Broken, Shelf


def grow(shelf, stop):
    """What a sequencer does at every tick, crash or not: open, append from where the checkpoint is, sign, publish."""
    writer = Appender(shelf, KEY.verifier)
    start = writer.checkpoint.size
    checkpoint = writer.append(batch(start, stop), start=start)
    return writer.publish(sign_checkpoint(checkpoint, KEY))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_a_log_is_the_same_however_its_entries_were_cut_into_batches(steps):
    total = sum(steps)
    at_once, in_steps = Shelf(), Shelf()
    checkpoint = published(at_once, total)
    published(in_steps, *(sum(steps[: place + 1]) for place in range(len(steps))))
    assert in_steps.files == at_once.files
    assert set(at_once.files) == files(total)
    assert checkpoint.root == merkle_root(leaf_hashes(batch(0, total)))


def test_a_log_of_three_levels_has_exactly_its_files():
    shelf = Shelf()
    published(shelf, 65_535, 65_536, 65_800)
    assert set(shelf.files) == files(65_800)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 600), (100, 300), (250, 256), (256, 257), (65_530, 65_540)])
def test_a_crash_at_any_write_resumes_to_the_same_bytes(old, new):
    before, whole = Shelf(), Shelf()
    published(before, *([old] if old else []))
    published(whole, *([old, new] if old else [new]))
    for writes in range(40):
        shelf = Shelf(before.files, writes_left=writes)
        try:
            grow(shelf, new)
        except Broken:
            # Whoever looks now still sees a whole log: the old checkpoint and every file that it implies, or the new one.
            held = new if shelf.files.get("checkpoint") == whole.files["checkpoint"] else old
            if held:
                assert files(held) <= set(shelf.files)
        else:
            break
        shelf.writes_left = None
        grow(shelf, new)
        assert shelf.files == whole.files
    assert writes >= 3
    assert shelf.files == whole.files


def test_a_second_crash_during_the_resume_does_no_harm():
    before, whole = Shelf(), Shelf()
    published(before, 200)
    published(whole, 200, 900)
    for first in range(0, 20, 3):
        for second in range(0, 20, 3):
            shelf = Shelf(before.files)
            for shelf.writes_left in (first, second):
                with suppress(Broken):  # the later ones come to their end before the crash
                    grow(shelf, 900)
            shelf.writes_left = None
            grow(shelf, 900)
            assert shelf.files == whole.files


def test_a_crash_before_the_deletions_is_finished_when_the_log_is_opened():
    shelf = Shelf()
    published(shelf, 100)
    old = dict(shelf.files)
    published(shelf, 300)
    shelf.files = old | shelf.files
    assert set(shelf.files) > files(300)
    Appender(shelf, KEY.verifier)
    assert set(shelf.files) == files(300)


def test_a_rerun_with_fewer_entries_ends_with_exactly_the_files_of_its_own_size():
    shelf = Shelf()
    published(shelf, 200)
    Appender(shelf, KEY.verifier).append(batch(200, 2000), start=200)
    grow(shelf, 300)
    assert set(shelf.files) == files(300)


def test_a_rerun_with_other_entries_is_refused_before_a_byte_is_written():
    shelf = Shelf()
    published(shelf, 200)
    Appender(shelf, KEY.verifier).append(batch(200, 700), start=200)
    held = dict(shelf.files)
    writer = Appender(shelf, KEY.verifier)
    for place in (200, 255, 256, 699):
        changed = batch(200, 700)
        changed[place - 200] += b"!"
        with pytest.raises(Fork, match="earlier run"):
            writer.append(changed, start=200)
        assert shelf.files == held
    assert writer.append(batch(200, 700), start=200).size == 700


def test_a_storage_error_leaves_the_writer_as_it_was():
    shelf = Shelf()
    writer = Appender(shelf, KEY.verifier)
    shelf.writes_left = 3
    with pytest.raises(Broken):
        writer.append(batch(0, 600), start=0)
    shelf.writes_left = None
    assert writer.checkpoint.size == 0
    with pytest.raises(Fork):
        writer.append(batch(1, 601), start=0)
    writer.publish(sign_checkpoint(writer.append(batch(0, 500), start=0), KEY))
    assert set(shelf.files) == files(500)


def test_entries_given_again_are_compared_and_only_new_ones_added():
    shelf = Shelf()
    published(shelf, 300)
    writer = Appender(shelf, KEY.verifier)
    assert writer.append(batch(0, 310), start=0).size == 310
    assert writer.append(batch(250, 260), start=250).size == 310
    assert writer.checkpoint.root == merkle_root(leaf_hashes(batch(0, 310)))


@pytest.mark.parametrize("place", [0, 255, 256, 299])
def test_a_published_entry_is_never_replaced(place):
    shelf = Shelf()
    published(shelf, 300)
    held = dict(shelf.files)
    with pytest.raises(Fork, match=f"entry {place} must stay"):
        Appender(shelf, KEY.verifier).append([b"another"], start=place)
    assert shelf.files == held


@pytest.mark.parametrize("start", [-1, 301])
def test_a_gap_is_refused(start):
    shelf = Shelf()
    published(shelf, 300)
    with pytest.raises(Malformed, match=r"within 0\.\.300"):
        Appender(shelf, KEY.verifier).append(batch(0, 1), start=start)


def test_an_entry_too_long_is_refused_before_a_byte_is_written():
    shelf = Shelf()
    with pytest.raises(Malformed, match="entry 299"):
        Appender(shelf, KEY.verifier).append([*batch(0, 299), b"x" * 65_536], start=0)
    assert shelf.files == {}


def test_an_empty_batch_and_an_empty_log_can_be_published():
    shelf = Shelf()
    writer = Appender(shelf, KEY.verifier)
    writer.publish(sign_checkpoint(writer.append([], start=0), KEY))
    assert set(shelf.files) == {"checkpoint"}
    assert Appender(shelf, KEY.verifier).checkpoint.size == 0


def test_only_the_signed_state_of_this_writer_is_published():
    shelf = Shelf()
    writer = Appender(shelf, KEY.verifier)
    checkpoint = writer.append(batch(0, 10), start=0)
    wrong = Checkpoint(origin=KEY.name, size=10, root=b"r" * 32)
    with pytest.raises(Conflict, match="size 10"):
        writer.publish(sign_checkpoint(wrong, KEY))
    stranger = SignerKey(name=KEY.name, seed=b"s" * 32)
    with pytest.raises(Unsigned):
        writer.publish(sign_checkpoint(checkpoint, stranger))
    assert "checkpoint" not in shelf.files


def test_a_second_writer_is_noticed():
    shelf = Shelf()
    one, two = Appender(shelf, KEY.verifier), Appender(shelf, KEY.verifier)
    one.publish(sign_checkpoint(one.append(batch(0, 10), start=0), KEY))
    checkpoint = two.append(batch(0, 20), start=0)
    with pytest.raises(Conflict, match="second writer"):
        two.publish(sign_checkpoint(checkpoint, KEY))


def test_a_log_that_this_key_did_not_sign_is_not_continued():
    shelf = Shelf()
    published(shelf, 10)
    with pytest.raises(Unsigned):
        Appender(shelf, SignerKey(name=KEY.name, seed=b"s" * 32).verifier)


def test_a_log_whose_edge_is_damaged_is_not_continued():
    for path in ("tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"):
        shelf = Shelf()
        published(shelf, 300)
        whole = shelf.files[path]
        shelf.files[path] = bytes([whole[0]]) + bytes([whole[1] ^ 1]) + whole[2:]
        with pytest.raises(Tampered, match=path):
            Appender(shelf, KEY.verifier)
        del shelf.files[path]
        with pytest.raises(Missing, match=path):
            Appender(shelf, KEY.verifier)


def test_appending_costs_the_batch_and_not_the_log():
    shelf = Shelf()
    published(shelf, 66_000)
    writer = Appender(shelf, KEY.verifier)
    shelf.reads, shelf.writes_left = 0, 6  # one full bundle and tile, then the partial ones of four kinds
    writer.append(batch(66_000, 66_100), start=66_000)
    assert shelf.reads == 0


def test_a_folder_holds_the_same_bytes_as_memory(tmp_path):
    shelf, folder = Shelf(), Folder(tmp_path / "log")
    published(shelf, 100, 700)
    for size in (100, 700):
        grow(folder, size)
    names = set(folder.list(""))
    assert names == files(700)
    assert {name: folder.read(name) for name in names} == shelf.files
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log"]
    assert not list(tmp_path.rglob("*.p/100"))
    assert set(folder.list("tile/entries/")) == {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"}
