# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (pyarrow ships no types)
"""Releases: an immutable version of a dataset, with a manifest that commits to every row."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hakari.core import canonical, merkle
from hakari.core.canonical import Json
from hakari.core.ids import Digest
from hakari.core.statement import row_commitment

DATA_FILE = "data.parquet"

ARROW: dict[str, pa.DataType] = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}
"""Types of columns by the name that a release statement gives them."""

_ROWS_A_STEP = 64
"""Rows after which the writer looks whether a page is full: so a page stays small where single values are large."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A release's bytes: Parquet with one row for each item and its `salt`, the manifest, and its Merkle root (64 hex digits)."""

    parquet: bytes
    manifest: bytes
    root: Digest
    rows: int


def build(rows: Sequence[Mapping[str, Json]], *, schema: Sequence[tuple[str, str]], salts: Sequence[str]) -> Built:
    """Return the release of these rows in their order; row i is salted with salts[i].

    schema: column names and types («string», «int64», «bool»), without `salt`, which becomes the last column. The manifest holds the
    row digests in ascending order; its root is RFC 6962 over the 32-byte digests.
    """
    salted: list[dict[str, Json]] = [{**row, "salt": salt} for row, salt in zip(rows, salts, strict=True)]
    digests = sorted(row_commitment(row) for row in salted)
    fields = [pa.field(name, ARROW[kind]) for name, kind in [*schema, ("salt", "string")]]
    table: Any = pa.Table.from_pylist(salted, schema=pa.schema(fields))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", write_batch_size=_ROWS_A_STEP)
    return Built(
        parquet=sink.getvalue(),
        manifest=canonical.lines({"row": digest} for digest in digests),
        root=Digest(merkle.root(merkle.leaf_hashes(bytes.fromhex(digest) for digest in digests)).hex()),
        rows=len(salted),
    )


def row_digests(parquet: bytes) -> list[Digest]:
    """Return the digests of a Parquet file's rows, ascending: what a licensee compares with the manifest."""
    table: Any = pq.read_table(io.BytesIO(parquet))
    return sorted(row_commitment(row) for row in table.to_pylist())


def sha256(data: bytes) -> Digest:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    return Digest(hashlib.sha256(data).hexdigest())
