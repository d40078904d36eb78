"""Our log as Go sees it: golang.org/x/mod/sumdb/tlog and note, from Debian's golang-golang-x-mod-dev, built without a network.

HAKARI_GO names the go command, HAKARI_GOPATH the folder with the library's source; without them `go` on PATH or unpacked
below .cache/debian, and Debian's /usr/share/gocode in the same place.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hakari.adapters.blobs import Folder
from hakari.log.checkpoint import Checkpoint, sign_checkpoint
from hakari.log.note import SignerKey
from hakari.log.tree import consistency, inclusion
from hakari.log.writer import Appender

HERE = Path(__file__).parent
UNPACKED = HERE.parents[2] / ".cache" / "debian" / "usr"
KEY = SignerKey(name="log.example/hakari", seed=bytes(range(32)))
OLD, SIZE = 66_000, 66_600
INDEXES = [0, 255, 256, 65_535, 65_536, 65_999, 66_000, 66_599]


def found(name, choices, inside=""):
    """The first of the choices that exists; what the environment names must exist."""
    if named := os.environ.get(name):
        assert Path(named, inside).exists(), f"{name} names {named}, which is not there"
        return named
    return next((str(each) for each in choices if each and Path(each, inside).exists()), None)


@pytest.fixture(scope="session")
def check(tmp_path_factory):
    """The Go program, built once."""
    go = found("HAKARI_GO", [shutil.which("go"), UNPACKED / "bin/go", UNPACKED / "lib/go-1.19/bin/go"])
    path = found("HAKARI_GOPATH", ["/usr/share/gocode", UNPACKED / "share/gocode"], "src/golang.org/x/mod/sumdb/tlog")
    if go is None or path is None:
        pytest.skip("needs Debian's golang-go and golang-golang-x-mod-dev")
    program = tmp_path_factory.mktemp("go") / "check"
    settings = {"GO111MODULE": "off", "GOPATH": path, "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0"}
    settings["GOCACHE"] = str(HERE.parents[2] / ".cache" / "go-build")
    subprocess.run([go, "build", "-o", program, HERE / "check.go"], env=os.environ | settings, check=True)

    def run(folder, older, indexes=INDEXES, key=KEY):
        words = [program, folder, key.verifier.text, older, *map(str, indexes)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A log of three levels, written in two steps, and the note of the first."""
    root = tmp_path_factory.mktemp("written")
    folder, older = Folder(root / "log"), root / "older"
    writer = Appender(folder, KEY.verifier)
    for start, stop in ((0, OLD), (OLD, SIZE)):
        checkpoint = writer.append([b"statement %d" % number for number in range(start, stop)], start=start)
        writer.publish(sign_checkpoint(checkpoint, KEY))
        if stop == OLD:
            older.write_bytes((root / "log" / "checkpoint").read_bytes())
    return root


@pytest.fixture
def log(written, tmp_path):
    """A copy to damage."""
    shutil.copytree(written, tmp_path / "copy")
    return tmp_path / "copy"


def flip(path, place=0):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_go_accepts_the_log_and_makes_the_same_proofs(check, written):
    got = check(written / "log", written / "older")
    assert (got.returncode, got.stderr) == (0, "")
    read = Folder(written / "log").read
    ours = [["inclusion", str(index), *(each.hex() for each in inclusion(read, SIZE, index))] for index in INDEXES]
    ours.append(["consistency", str(OLD), *(each.hex() for each in consistency(read, OLD, SIZE))])
    assert [line.split() for line in got.stdout.splitlines()] == ours


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("tile/0/000", 0),
        ("tile/1/000", 0),
        ("tile/2/000.p/1", 0),
        ("tile/0/260.p/40", 66_599),
        ("tile/entries/000", 0),
        ("tile/entries/260.p/40", 66_560),
    ],
)
def test_go_refuses_a_changed_file_on_the_way_of_a_record(check, log, path, index):
    flip(log / "log" / path, place=4)
    got = check(log / "log", log / "older", [index])
    assert got.returncode == 1
    assert got.stderr


def test_go_refuses_an_edited_checkpoint(check, log):
    path = log / "log" / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n66600\n", b"\n66601\n"))
    got = check(log / "log", log / "older")
    assert (got.returncode, "invalid signature" in got.stderr) == (1, True)


def test_go_refuses_another_key_of_the_same_name(check, log):
    got = check(log / "log", log / "older", key=SignerKey(name=KEY.name, seed=b"x" * 32))
    assert (got.returncode, "no verifiable signatures" in got.stderr) == (1, True)


def test_go_refuses_an_older_checkpoint_of_another_history(check, log):
    forked = Checkpoint(origin=KEY.name, size=OLD, root=b"r" * 32)
    (log / "older").write_bytes(sign_checkpoint(forked, KEY))
    got = check(log / "log", log / "older")
    assert (got.returncode, "consistency of 66000" in got.stderr) == (1, True)
