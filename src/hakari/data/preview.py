# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (pyarrow ships no types)
"""What a dataset looks like before it is bought: its first rows, and how each column is distributed."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from hakari.core.statement import row_commitment

BARS = 8
MOST_CLASSES = 8
TOP = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """How a column is distributed. shape: classes (few distinct texts), text (by length), number, empty.

    counts: bars from left to right; low and high: least and largest number, or length in characters; top: most frequent texts.
    """

    name: str
    type: str
    shape: str
    counts: tuple[int, ...]
    low: int
    high: int
    distinct: int
    top: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """Columns in their order (without the salts), the first rows with their digests, and how many rows there are."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    digests: tuple[str, ...]
    of: int


def preview(parquet: bytes, *, rows: int) -> Preview:
    """Return the preview of a release's Parquet file with its first `rows` rows. Cost is that of reading the whole file."""
    table: Any = pq.read_table(io.BytesIO(parquet))
    fields = [(str(field.name), str(field.type)) for field in table.schema if field.name != "salt"]
    columns = tuple(column(name, kind, table.column(name).to_pylist()) for name, kind in fields)
    shown = table.slice(0, rows).to_pylist()
    kept = tuple({name: row[name] for name, _ in fields} for row in shown)
    digests = tuple(row_commitment(row) for row in shown)
    return Preview(columns=columns, rows=kept, digests=digests, of=int(table.num_rows))


def column(name: str, kind: str, values: Sequence[Any]) -> Column:
    """Return how values are distributed: numbers by size, few distinct texts by class, other texts by length."""
    filled = [value for value in values if value is not None]
    numbers = [int(value) for value in filled if isinstance(value, int) and not isinstance(value, bool)]
    if filled and len(numbers) == len(filled):
        return _made(name, kind, "number", numbers, ())
    texts = [str(value) for value in filled]
    common = Counter(texts)
    top = tuple(sorted(common.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP])
    if texts and len(common) <= MOST_CLASSES:
        counts = tuple(count for _, count in sorted(common.items(), key=lambda pair: (-pair[1], pair[0])))
        lengths = [len(text) for text in texts]
        return Column(
            name=name,
            type=kind,
            shape="classes",
            counts=counts,
            low=min(lengths),
            high=max(lengths),
            distinct=len(common),
            top=top,
        )
    return _made(name, kind, "text" if texts else "empty", [len(text) for text in texts], top, distinct=len(common))


def _made(
    name: str,
    kind: str,
    shape: str,
    sizes: Sequence[int],
    top: tuple[tuple[str, int], ...],
    *,
    distinct: int | None = None,
) -> Column:
    low, high = (min(sizes), max(sizes)) if sizes else (0, 0)
    bars = [0] * min(BARS, high - low + 1) if sizes else []
    for size in sizes:
        bars[(size - low) * len(bars) // (high - low + 1)] += 1
    return Column(
        name=name,
        type=kind,
        shape=shape,
        counts=tuple(bars),
        low=low,
        high=high,
        distinct=len(set(sizes)) if distinct is None else distinct,
        top=top,
    )
