"""Members of a release's archive from a stranger: each with the hash of its bytes, or a refusal."""

import hashlib
import io
import random
import tarfile

import pytest

from hakari.core.errors import Malformed
from hakari.data.archives import members

FILES = {f"{n}.bin": bytes([n]) * size for n, size in enumerate([0, 1, 511, 512, 513, 70_000])}


def packed(files=FILES, **more):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for field, value in more.items():
                setattr(member, field, value)
            archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


def read(data, step=1000):
    return dict(members(iter([data[at : at + step] for at in range(0, len(data), step)])))


@pytest.mark.parametrize("step", [1, 512, 700, 1 << 20])
def test_members_come_with_the_hash_of_their_bytes_however_they_are_cut(step):
    assert read(packed(), step) == {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    assert read(packed({})) == {}


def test_a_length_beyond_eight_gibibytes_is_read():
    head = tarfile.TarInfo("big")
    head.size = 9 * 2**30
    stream = members(iter([head.tobuf(tarfile.GNU_FORMAT), b"x" * 10]))
    with pytest.raises(Malformed, match="an end before"):
        next(stream)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 511,
        b"tar",
        packed()[:-9000],
        packed() + b"more",
        packed(type=tarfile.DIRTYPE),
        packed({"a" * 200: b""}),
    ],
)
def test_what_is_no_archive_of_plain_files_is_refused(data):
    with pytest.raises(Malformed):
        read(data)


def test_whatever_is_changed_in_an_archive_is_refused_or_another_member_or_no_content():
    whole, draw = packed(), random.Random(3)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        heads = {at for each in archive.getmembers() for at in range(each.offset + 100, each.offset_data)}
    for _ in range(300):
        at = draw.randrange(len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << draw.randrange(8)
        try:
            got = read(bytes(changed), 1 << 20)
        except Malformed:
            continue
        # Owner, time and such play no part.
        assert got != read(whole) or at in heads
