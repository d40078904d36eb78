"""Rows of a Parquet file from a stranger: read within bounds, and refused with a name where the bytes are something else."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hakari.core import canonical
from hakari.core.errors import Malformed
from hakari.core.statement import row_commitment
from hakari.data import release, table

SCHEMA = [("text", "string"), ("votes", "int64"), ("sure", "bool")]
SALTED = [*SCHEMA, ("salt", "string")]
ROWS = [{"text": f"row {n} ー 秤", "votes": n, "sure": n % 2 == 0} for n in range(700)]


def built(rows=ROWS, schema=SCHEMA):
    return release.build(rows, schema=schema, salts=[f"salt-number-{n:012d}" for n in range(len(rows))])


def read(parquet, schema=SALTED, rows=700):
    held = table.rows(io.BytesIO(parquet), schema=schema, count=rows)
    return sorted(bytes.fromhex(row_commitment(row)) for row in held)


def parquet(columns, **options):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize("count", [0, 1, 700])
def test_the_rows_of_a_release_give_its_manifest(count):
    made = built(ROWS[:count])
    digests = [str(line["row"]) for line in canonical.read_lines(made.manifest)]
    assert [each.hex() for each in read(made.parquet, rows=count)] == digests
    assert len(digests) == count


@pytest.mark.parametrize("options", [{"row_group_size": 100}, {"use_dictionary": False}, {"data_page_version": "2.0"}])
def test_how_the_file_is_laid_out_does_not_matter(options):
    made = built()
    sink = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(made.parquet)), sink, **options)
    assert read(sink.getvalue()) == read(made.parquet)


def test_other_columns_types_and_counts_are_named():
    made = built()
    with pytest.raises(Malformed, match="columns must be"):
        read(made.parquet, schema=SALTED[1:])
    with pytest.raises(Malformed, match="columns must be"):
        read(made.parquet, schema=[("text", "int64"), *SALTED[1:]])
    with pytest.raises(Malformed, match="rows must be 701, got 700"):
        read(made.parquet, rows=701)
    nested = parquet({"text": pa.array([["a"]])})
    with pytest.raises(Malformed, match="columns must be"):
        read(nested, schema=[("text", "string")], rows=1)


def test_values_that_no_row_can_have_are_named():
    beyond = parquet({"votes": pa.array([2**60])})
    with pytest.raises(Malformed):
        read(beyond, schema=[("votes", "int64")], rows=1)
    broken = parquet(
        {
            "text": pa.Array.from_buffers(
                pa.string(), 1, [None, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")]
            )
        }
    )
    with pytest.raises(Malformed):
        read(broken, schema=[("text", "string")], rows=1)


@pytest.mark.parametrize("bytes_", [b"", b"PAR1", b"PAR1 rows", b"PAR1" * 4, bytes(100)])
def test_what_is_no_parquet_is_named(bytes_):
    with pytest.raises(Malformed, match="must be Parquet"):
        read(bytes_)


def test_no_changed_or_missing_bytes_get_past_or_break_the_reader():
    """Whatever is read of a broken file is refused or gives digests: nothing else is raised."""
    made, rng, refused = built(ROWS[:20]).parquet, random.Random(5), 0
    for at in [*range(0, len(made), 7)]:
        changed = bytearray(made)
        changed[at] ^= 1 << rng.randrange(8)
        for data in (bytes(changed), made[:at]):
            try:
                got = read(data, rows=20)
            except Malformed:
                refused += 1
            else:
                assert len(got) == 20
    assert refused > len(made) // 7


def test_a_page_that_unpacks_to_more_than_a_reader_may_hold_is_refused_unread(monkeypatch):
    made = built([{**ROWS[0], "text": "a" * 300_000}]).parquet
    monkeypatch.setattr(table, "LARGEST_PAGES", 1 << 20)
    assert len(read(made, rows=1)) == 1
    monkeypatch.setattr(table, "LARGEST_PAGES", 1 << 18)
    with pytest.raises(Malformed, match="must unpack to 262144 bytes at most, got 3000"):
        read(made, rows=1)


def test_a_page_is_believed_by_its_own_head_and_not_by_the_footer(monkeypatch):
    made = parquet({"text": ["b" * 400_000]}, use_dictionary=False, compression="zstd")
    chunk = pq.ParquetFile(io.BytesIO(made)).metadata.row_group(0).column(0)
    at = chunk.data_page_offset
    # the page's length is the second number of its head: field 2, zigzag, three bytes
    assert made[at + 2] == 0x15
    lie = made[: at + 3] + b"\xfe\xff\x7f" + made[at + 6 :]
    told = pq.ParquetFile(io.BytesIO(lie)).metadata.row_group(0).column(0)
    assert told.total_uncompressed_size == chunk.total_uncompressed_size < 1 << 19
    monkeypatch.setattr(table, "LARGEST_PAGES", 1 << 19)
    assert len(read(made, schema=[("text", "string")], rows=1)) == 1
    with pytest.raises(Malformed, match="got 1048575"):
        read(lie, schema=[("text", "string")], rows=1)


def test_a_text_that_many_rows_share_is_held_once():
    """Written out for each row this batch would be 32 MiB."""
    made = parquet({"text": ["c" * (1 << 17)] * 256}, compression="zstd")
    before, held, rows = pa.total_allocated_bytes(), [], 0
    for row in table.rows(io.BytesIO(made), schema=[("text", "string")], count=256):
        rows += len(row)
        held.append(pa.total_allocated_bytes() - before)
    assert rows == 256
    assert max(held) < 1 << 23
