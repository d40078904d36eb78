"""Files that a buyer brings to break the node: each is small, and none may become large."""

import io
import json
import struct
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hakari.data import uploads
from hakari.data.uploads import UnreadableUpload

PNG = b"\x89PNG\r\n\x1a\n"
MIB = 2**20


def zipped(data: bytes, *, way: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", way) as archive:
        archive.writestr("1.png", data)
    return sink.getvalue()


def lying() -> bytes:
    """A zip that states 100 bytes for 100 MiB."""
    made = bytearray(zipped(PNG + bytes(100 * MIB)))
    place = made.rfind(b"PK\x01\x02")
    made[place + 24 : place + 28] = struct.pack("<I", 100)
    return bytes(made)


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lying(), "must be a whole zip"),
        (zipped(zipped(PNG)), "no zip inside a zip"),
        (zipped(PNG + bytes(MIB), way=zipfile.ZIP_BZIP2), "stored or deflated"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 200_001, "files, got more"),
        (b"".join(b'{"k%d":1}\n' % n for n in range(20_000)), "200 columns"),
        (b",".join(b"c%d" % n for n in range(20_000)) + b"\n" + b"x,y\n" * 20_000, "200 columns"),
        (b",".join(b"c%d" % n for n in range(100)) + b"\n" + b"x,y\n" * 20_001, "2000000 cells"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "must be one JSON object"),
        (parquet(pa.table({"a": pa.array(["x" * 10 * MIB] * 100)})), "characters a field"),
        (parquet(pa.table({"a": pa.array([[0] * 2_000_001])})), "2000000 values"),
        (parquet(pa.table({"a": pa.nulls(100_001, pa.int8())})), "100000 rows"),
        (b'{"a":"\\ud800"}', "lone surrogates"),
    ],
)
def test_a_small_file_never_becomes_a_large_one(data: bytes, why: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableUpload, match=why):
            uploads.read([("a", data)])
        # The most cells that a table may have take about 34 bytes each.
        assert tracemalloc.get_traced_memory()[1] < 80 * MIB
    finally:
        tracemalloc.stop()


def test_an_honest_table_is_read_as_it_is() -> None:
    texts = ["a", None, "é" * 60_000]
    table = pa.table({"t": texts, "n": [1, 2, None], "l": [["x"], [], None], "m": [{"a": 1}, None, {"a": 2}]})
    found = uploads.read([("a.parquet", parquet(table))])
    assert [each["t"] for each in found.items] == ["a", "", "é" * 60_000]
    assert [each["n"] for each in found.items] == ["1", "2", ""]
    assert [each["l"] for each in found.items] == ['["x"]', "[]", ""]
    assert json.loads(found.items[0]["m"]) == {"a": 1}
