"""Strict readers of the three tables people bring: labels, known answers, preferences."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TypeVar

from hakari.core.errors import HakariError

Row = TypeVar("Row")

LABELS = ("task", "worker", "label")
ANSWERS = ("task", "label")
ROLES = ("worker", "role")
PREFERENCES = ("left", "right", "winner")
WINNERS = ("left", "right", "tie")
NOTHING: tuple[int, list[str]] = (1, [])


class BadTable(HakariError):
    """A CSV file that can't be read without guessing. The message names the line."""

    code = "bad_table"


def read_labels(data: bytes) -> list[tuple[str, str, str]]:
    """Return (task, worker, label) of a UTF-8 CSV file with these columns (others are passed over).

    A byte order mark, CRLF and blank lines are fine. Raises BadTable for a missing column, a row of another width, an empty cell,
    a second label of a worker on a task, or no row at all.
    """
    rows, again = read_first_labels(data)
    if again:
        line, task, worker, before = again[0]
        raise BadTable(f"line {line}: worker {worker!r} has labelled task {task!r} already on line {before}")
    return rows


def read_first_labels(data: bytes) -> tuple[list[tuple[str, str, str]], list[tuple[int, str, str, int]]]:
    """Return the rows of `read_labels` with a worker's first label of each task, and what was passed over.

    Passed over: (line, task, worker, line of the first). For published sets that hold repeats; otherwise raises as `read_labels`.
    """
    rows: list[tuple[str, str, str]] = []
    again: list[tuple[int, str, str, int]] = []
    first_at: dict[tuple[str, str], int] = {}
    for line, (task, worker, label) in _cells(data, LABELS):
        before = first_at.setdefault((task, worker), line)
        if before == line:
            rows.append((task, worker, label))
        else:
            again.append((line, task, worker, before))
    return _some(rows, LABELS), again


def read_answers(data: bytes) -> list[tuple[str, str]]:
    """Return (task, label) of a CSV file of known answers; one row a task. Raises BadTable as `read_labels`."""
    rows: list[tuple[str, str]] = []
    first_at: dict[str, int] = {}
    for line, (task, label) in _cells(data, ANSWERS):
        before = first_at.setdefault(task, line)
        if before != line:
            raise BadTable(f"line {line}: task {task!r} has an answer already on line {before}")
        rows.append((task, label))
    return _some(rows, ANSWERS)


def read_roles(data: bytes) -> dict[str, str]:
    """Return worker → role of a CSV file with these columns; one row a worker. Raises BadTable as `read_labels`."""
    roles: dict[str, str] = {}
    for line, (worker, role) in _cells(data, ROLES):
        if worker in roles:
            raise BadTable(f"line {line}: worker {worker!r} has a role already")
        roles[worker] = role
    return roles


def read_preferences(data: bytes) -> list[tuple[str, str, str, str]]:
    """Return (left, right, winner, worker) of a CSV file; winner is left, right or tie; worker is "" without that column.

    Equal rows are different votes. Raises BadTable as `read_labels`, and for a model against itself.
    """
    has_worker = "worker" in _header(data)
    columns = (*PREFERENCES, "worker") if has_worker else PREFERENCES
    rows: list[tuple[str, str, str, str]] = []
    for line, cells in _cells(data, columns):
        left, right, winner = cells[:3]
        if winner not in WINNERS:
            raise BadTable(f"line {line}: winner must be left, right or tie, got {winner!r}")
        if left == right:
            raise BadTable(f"line {line}: two different models expected, got {left!r} twice")
        rows.append((left, right, winner, cells[3] if has_worker else ""))
    return _some(rows, PREFERENCES)


def _some(rows: list[Row], columns: Sequence[str]) -> list[Row]:
    if not rows:
        raise BadTable(f"at least one row under {','.join(columns)} expected, got none")
    return rows


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadTable(f"line {line}: UTF-8 expected, got byte 0x{data[error.start]:02x}") from error


def _header(data: bytes) -> list[str]:
    return next(_rows(_text(data)), NOTHING)[1]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    if "\0" in text:
        raise BadTable(f"line {text[: text.index(chr(0))].count(chr(10)) + 1}: text expected, got a zero byte")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadTable(f"line {reader.line_num}: {error}") from error


def _cells(data: bytes, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    rows = _rows(_text(data))
    _, header = next(rows, NOTHING)
    if any(column not in header for column in columns):
        raise BadTable(f"line 1: columns {','.join(columns)} expected, got {','.join(header) or 'nothing'}")
    if len(set(header)) != len(header):
        raise BadTable(f"line 1: each column once expected, got {','.join(header)}")
    places = [header.index(column) for column in columns]
    for line, row in rows:
        if not row:
            continue
        if len(row) != len(header):
            raise BadTable(f"line {line}: {len(header)} cells expected, got {len(row)}")
        cells = tuple(row[place] for place in places)
        for column, cell in zip(columns, cells, strict=True):
            if not cell.strip():
                raise BadTable(f"line {line}: {column} must not be empty")
        yield line, cells
