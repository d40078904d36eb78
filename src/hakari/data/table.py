# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (pyarrow ships no types)
"""The rows of a Parquet file that a stranger made: read batch by batch, whatever the bytes are."""

import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.data.release import ARROW

LARGEST_PAGES: Final = 1 << 29
"""Bytes that the largest pages of a row group's columns, and their dictionaries, may have together when they are unpacked. A reader
holds one of each; pages of a release that `release.build` made are of a few MiB unless single values are as large."""

_ROWS = 256
_HEAD = 1 << 16
"""Bytes in which a page's head must end: it holds numbers, and at most the least and greatest value."""


def rows(file: BinaryIO, *, schema: Sequence[tuple[str, str]], count: int) -> Iterator[dict[str, Json]]:
    """Yield the rows of a Parquet file in their order, by column.

    schema: the columns that it must have, names and types («string», «int64», «bool»); count: how many rows it must hold. Raises
    Malformed naming what is otherwise: only when the iterator has come to its end is the file what it must be. Memory: LARGEST_PAGES
    and a batch of _ROWS rows.
    """
    try:
        read = 0
        for row in _rows(file, schema, _check_shape(file, schema=schema, rows=count)):
            read += 1
            yield row
    except Malformed:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise Malformed(f"content must be Parquet with rows of its columns, got {str(error)[:120]!r}") from error
    if read != count:
        raise Malformed(f"rows must be {count}, got {read}")


def _rows(file: BinaryIO, schema: Sequence[tuple[str, str]], groups: Sequence[int]) -> Iterator[dict[str, Json]]:
    names = [name for name, _ in schema]
    # A text that a dictionary has once is not written out for each row that names it: else a small file fills the memory.
    texts = [name for name, kind in schema if kind == "string"]
    file.seek(0)
    held: Any = pq.ParquetFile(file, read_dictionary=texts)
    for batch in held.iter_batches(batch_size=_ROWS, row_groups=groups, use_threads=False):
        for at in range(batch.num_rows):
            row = {name: column[at].as_py() for name, column in zip(names, batch.columns, strict=True)}
            yield row


def _check_shape(file: BinaryIO, *, schema: Sequence[tuple[str, str]], rows: int) -> list[int]:
    """Return the row groups that hold rows. Raises Malformed."""
    file.seek(0)
    table: Any = pq.ParquetFile(file)
    columns = [(field.name, field.type) for field in table.schema_arrow]
    if columns != [(name, ARROW.get(kind)) for name, kind in schema]:
        got = [(name, str(kind)) for name, kind in columns]
        raise Malformed(f"columns must be {[*schema]}, got {got}")
    known: Any = table.metadata
    if known.num_rows != rows:
        raise Malformed(f"rows must be {rows}, got {known.num_rows}")
    size = file.seek(0, os.SEEK_END)
    groups = [number for number in range(known.num_row_groups) if known.row_group(number).num_rows]
    for number in groups:
        group = known.row_group(number)
        chunks = [group.column(column) for column in range(group.num_columns)]
        if any(chunk.num_values != group.num_rows for chunk in chunks):
            raise Malformed(f"columns of row group {number} must have {group.num_rows} values each")
        largest = sum(_largest_pages(file, chunk, size) for chunk in chunks)
        if largest > LARGEST_PAGES:
            raise Malformed(f"pages of row group {number} must unpack to {LARGEST_PAGES} bytes at most, got {largest}")
    return groups


def _largest_pages(file: BinaryIO, chunk: Any, size: int) -> int:
    """Return the unpacked bytes of a column chunk's largest page and of its dictionaries, as the pages themselves say.

    What the file's footer says of them binds nobody: a reader makes room for what stands in the page's own head.
    """
    at = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < (chunk.dictionary_page_offset or 0) < at:
        at = chunk.dictionary_page_offset
    end, largest, dictionaries, pages = at + chunk.total_compressed_size, 0, 0, 0
    if not 0 <= at <= end <= size:
        raise Malformed(f"a column must lie within the file's {size} bytes, got {at} to {end}")
    while at < end:
        file.seek(at)
        head = file.read(_HEAD)
        numbers, length = _struct(head, 0, 0)
        kind, unpacked, packed = (numbers.get(field, -1) for field in (1, 2, 3))
        if unpacked < 0 or packed < 0:
            raise Malformed(f"a page at {at} must say its lengths, got {unpacked} and {packed}")
        if kind == _DICTIONARY:
            dictionaries += unpacked
        else:
            largest = max(largest, unpacked)
        at += length + packed
        pages += 1
        if pages > chunk.num_values + 2:
            raise Malformed(f"a column of {chunk.num_values} values must have as many pages at most, got more")
    return largest + dictionaries


_DICTIONARY = 2
_DEEPEST = 8


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, int], int]:
    """Return the whole numbers of a struct in Thrift's compact protocol by field, and where it ends. Raises IndexError, ValueError."""
    if depth > _DEEPEST:
        raise ValueError("a page's head is nested too deeply")
    numbers: dict[int, int] = {}
    field = 0
    while True:
        head, at = data[at], at + 1
        if head == 0:
            return numbers, at
        if head >> 4:
            field += head >> 4
        else:
            coded, at = _varint(data, at)
            field = _signed(coded)
        kind = head & 15
        if kind in (4, 5, 6):
            coded, at = _varint(data, at)
            numbers[field] = _signed(coded)
        elif kind == 3:
            at += 1
        elif kind == 7:
            at += 8
        elif kind == 8:
            length, at = _varint(data, at)
            at += length
        elif kind == 12:
            _, at = _struct(data, at, depth + 1)
        elif kind not in (1, 2):
            raise ValueError(f"a page's head has a field of type {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        byte, at = data[at], at + 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise ValueError("a number in a page's head is too long")


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
