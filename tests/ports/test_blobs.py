"""Bytes by name, on a local folder and on object stores."""

import contextlib
import os
import resource
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.adapters.blobs import Folder, Objects, StorageFull, StorageUnavailable, open_blobs
from hakari.core.errors import Malformed

Blobs = Folder | Objects


@pytest.fixture(params=["folder", "file", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty storage of each sort."""
    if request.param == "memory":
        return open_blobs("memory:///")
    if request.param == "folder":
        return open_blobs(str(tmp_path / "deep" / "public"))
    (tmp_path / "public").mkdir()
    return Objects(f"file://{tmp_path / 'public'}")


on_disk = pytest.mark.parametrize("blobs", ["folder", "file"], indirect=True)


@contextlib.contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as on a disk that fills up while it is written."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_written_is_read_and_replaced_and_removed(blobs: Blobs) -> None:
    assert isinstance(blobs, Folder | Objects)
    assert blobs.read("a/b") is None
    blobs.write("a/b", b"one\x00")
    blobs.write("a/c", b"")
    assert (blobs.read("a/b"), blobs.read("a/c")) == (b"one\x00", b"")
    blobs.write("a/b", b"2")
    assert blobs.read("a/b") == b"2"
    blobs.delete("a/b")
    blobs.delete("a/b")
    assert (blobs.read("a/b"), blobs.read("a/c")) == (None, b"")
    blobs.delete("a/c")
    assert list(blobs.list()) == []


@pytest.mark.parametrize("blobs", ["folder", "memory"], indirect=True)
def test_a_folder_is_no_blob(blobs: Blobs) -> None:
    blobs.write("a/b", b"1")
    assert blobs.read("a") is None
    assert blobs.read("a/b/c") is None
    blobs.delete("a/b/c")
    assert blobs.read("a/b") == b"1"


def test_names_are_listed_by_their_beginning(blobs: Blobs) -> None:
    names = ["log/tile/0/000", "log/tile/0/001", "log/tiles", "logs", "秤/猫", "a b%20c#d"]
    assert list(blobs.list()) == list(blobs.list("log/")) == []
    for name in names:
        blobs.write(name, name.encode())
    assert sorted(blobs.list()) == sorted(names)
    assert sorted(blobs.list("log/")) == names[:3]
    assert sorted(blobs.list("log/tile/0/00")) == names[:2]
    assert sorted(blobs.list("log")) == names[:4]
    assert list(blobs.list("秤/")) == ["秤/猫"]
    assert list(blobs.list("log/tile/9/")) == list(blobs.list("x")) == []
    assert [blobs.read(name) for name in names] == [name.encode() for name in names]


BAD = [
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    "a\0b",
    "a\nb",
    "a\\b",
    "\ud800",
    ".next-1",
]


@pytest.mark.parametrize("name", [*BAD, "x" * 241, "猫" * 81, "/".join(["x" * 200] * 6)], ids=ascii)
def test_a_name_that_leads_elsewhere_or_fits_nowhere_is_refused(blobs: Blobs, tmp_path: Path, name: str) -> None:
    deeds: list[Callable[[], object]] = [
        lambda: blobs.read(name),
        lambda: blobs.write(name, b"x"),
        lambda: blobs.delete(name),
    ]
    for deed in deeds:
        with pytest.raises(Malformed):
            deed()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_longest_name_is_taken(blobs: Blobs) -> None:
    name = "/".join(["猫" * 80, "x" * 240])
    blobs.write(name, b"x")
    assert list(blobs.list()) == [name]


@given(
    st.text(st.characters(exclude_categories=[]), max_size=20)
    | st.lists(st.sampled_from(["..", ".", "", "a"])).map("/".join)
)
def test_any_name_is_refused_or_stays_inside(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    above = tmp_path_factory.mktemp("any")
    blobs = Folder(above / "root")
    try:
        blobs.write(name, b"x")
    except Malformed:
        assert list(above.iterdir()) == []
        return
    assert list(above.iterdir()) == [above / "root"]
    assert list(blobs.list()) == [name]
    assert blobs.read(name) == b"x"


@on_disk
def test_a_full_disk_leaves_the_old_bytes_and_no_debris(blobs: Blobs, tmp_path: Path) -> None:
    blobs.write("a", b"old")
    before = sorted(tmp_path.rglob("*"))
    with disk_full_after(1000):
        with pytest.raises(StorageFull):
            blobs.write("a", b"new" * 1000)
        with pytest.raises(StorageFull):
            blobs.write("b/c", b"new" * 1000)
        blobs.write("a", b"small")
    assert (blobs.read("a"), blobs.read("b/c")) == (b"small", None)
    assert list(blobs.list()) == ["a"]
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [
        path for path in before if path.is_file()
    ]
    blobs.write("b/c", b"new" * 1000)
    assert blobs.read("b/c") == b"new" * 1000


@on_disk
def test_a_name_inside_a_blob_can_not_be_written(blobs: Blobs) -> None:
    blobs.write("a", b"old")
    with pytest.raises(StorageFull, match="nothing changed"):
        blobs.write("a/b", b"x")
    blobs.write("c/d", b"x")
    with pytest.raises(StorageFull, match="nothing changed"):
        blobs.write("c", b"x")
    assert sorted(blobs.list()) == ["a", "c/d"]
    assert blobs.read("a") == b"old"


def test_a_reader_sees_one_writing_or_the_other_and_never_a_mixture(blobs: Blobs) -> None:
    pieces = [bytes([n]) * 200_000 for n in range(4)]
    blobs.write("a/shared", pieces[0])
    stop = threading.Event()
    wrong: list[object] = []

    def write(piece: bytes) -> None:
        try:
            for n in range(8):
                blobs.write("a/shared", piece)
                blobs.write(f"b/{piece[0]}.{n}", piece)
                blobs.settle()
        except Exception as error:  # noqa: BLE001 a thread has no other way to tell
            wrong.append(error)

    def look() -> None:
        while not stop.is_set():
            if blobs.read("a/shared") not in pieces:
                wrong.append("a mixture")

    reader = threading.Thread(target=look)
    writers = [threading.Thread(target=write, args=(piece,)) for piece in pieces]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert wrong == []
    assert len(list(blobs.list("b/"))) == 32


def test_one_deletes_a_folder_s_last_file_while_another_writes_there(tmp_path: Path) -> None:
    blobs = Folder(tmp_path / "root")
    wrong: list[object] = []

    def turn(name: str) -> None:
        try:
            for _ in range(200):
                blobs.write(f"a/{name}", b"x")
                blobs.delete(f"a/{name}")
        except Exception as error:  # noqa: BLE001 a thread has no other way to tell
            wrong.append(error)

    threads = [threading.Thread(target=turn, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert list((tmp_path / "root").iterdir()) == []


@pytest.mark.parametrize("count", [0, 3, 100])
def test_settling_may_come_at_any_time(tmp_path: Path, count: int) -> None:
    blobs = Folder(tmp_path / "root")
    for n in range(count):
        blobs.write(f"{n % 7}/{n}", b"x")
    if count:
        blobs.delete("0/0")
    blobs.settle()
    blobs.settle()
    assert len(list(blobs.list())) == max(0, count - 1)


def test_a_checkpoint_reaches_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        told.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def replace(old: Path, new: Path) -> None:
        told.append("moved")
        real_replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    blobs = Folder(tmp_path / "root")
    blobs.write("log/tile", b"x")
    assert told == ["moved"]
    told.clear()
    blobs.write("log/checkpoint", b"x")
    assert told[:2] == ["file", "moved"]
    assert {"folder", "file"} <= set(told[2:])


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_inside(tmp_path: Path) -> None:
    blobs = Folder(tmp_path / "root")
    blobs.write("a", b"old")
    process = os.fork()
    if process == 0:  # dies like kill -9 in the middle of its write
        os.replace = lambda *_: os._exit(9)  # type: ignore[assignment]
        with contextlib.suppress(BaseException):
            blobs.write("a", b"new")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9
    assert blobs.read("a") == b"old"
    assert list(blobs.list()) == ["a"]
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["a"]
    blobs.write("a", b"newer")
    assert blobs.read("a") == b"newer"


def test_a_storage_that_does_not_answer_is_unavailable() -> None:
    away = Objects("http://127.0.0.1:1/")
    for deed in (lambda: away.read("a"), lambda: away.delete("a"), lambda: list(away.list())):
        with pytest.raises(StorageUnavailable):
            deed()
    with pytest.raises(StorageFull):
        away.write("a", b"x")


def test_a_file_address_is_a_folder(tmp_path: Path) -> None:
    blobs = open_blobs((tmp_path / "a b").as_uri())
    assert isinstance(blobs, Folder)
    blobs.write("c", b"x")
    assert (tmp_path / "a b" / "c").read_bytes() == b"x"


@pytest.mark.parametrize("place", ["nope://x", "s3://"])
def test_a_place_that_no_store_knows_is_refused(place: str) -> None:
    with pytest.raises(Malformed):
        open_blobs(place)
