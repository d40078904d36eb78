# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (pyarrow ships no types)
"""Files that a buyer brings, read into items: tables (CSV, JSON lines, Parquet) and pictures or sounds, alone or in a zip.

What a file is follows from its bytes, never from its name or from what a browser says of it.
"""

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

from hakari.core.depth import check_depth
from hakari.core.errors import Malformed

MOST_ITEMS = 100_000
LARGEST_UNPACKED = 256 * 2**20
LONGEST_FIELD = 64 * 1024
MOST_COLUMNS = 200
MOST_CELLS = 2_000_000
"""Rows times columns: some hundred bytes of a sparse table would else be a grid that no memory holds."""

PARQUET_STEP = 64


class UnreadableUpload(Malformed):
    """A file that is none of those that can be read here, or damaged."""

    code = "unreadable_upload"


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """Items as {column: text}; media files among them by SHA-256, with their type. kinds: column → Text, Image or Audio."""

    items: tuple[Mapping[str, str], ...]
    kinds: Mapping[str, str]
    media: Mapping[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])


def media_type(data: bytes) -> str | None:
    """Return the type of a picture or sound by its first bytes, or None. SVG, HTML and all else that can hold script is none."""
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"\xff\xf3", "audio/mpeg"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
    ):
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    return None


def read(files: Sequence[tuple[str, bytes]]) -> Upload:
    """Return what (name, bytes) pairs hold: one table, or any number of pictures or sounds. Raises UnreadableUpload naming the file."""
    filled = [(name, data) for name, data in files if data]
    if len(filled) == 1 and filled[0][1][:4] == b"PK\x03\x04":
        return _unpacked(*filled[0])
    return _listed(filled)


def _listed(files: Sequence[tuple[str, bytes]]) -> Upload:
    """Return what files hold that are no zip; one in a zip is refused, for each could hold the next."""
    files = [(name, data) for name, data in files if data]
    if not files:
        raise UnreadableUpload("a file must be chosen that is not empty", pointer="/files")
    if len(files) == 1 and media_type(files[0][1]) is None:
        name, data = files[0]
        if data[:4] == b"PK\x03\x04":
            raise UnreadableUpload(f"{name[:80]} must be no zip inside a zip", pointer="/files")
        return _table(name, data)
    return _media(files)


def _unpacked(name: str, data: bytes) -> Upload:
    if data.count(b"PK\x01\x02") > 2 * MOST_ITEMS:
        # Counted in the bytes: a directory that is read takes ten times its size.
        raise UnreadableUpload(f"{name[:80]} must hold at most {MOST_ITEMS} files, got more", pointer="/files")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir() and not _hidden(each.filename)]
            if sum(each.file_size for each in members) > LARGEST_UNPACKED:
                raise UnreadableUpload(
                    f"{name[:80]} must hold at most {LARGEST_UNPACKED} bytes when unpacked", pointer="/files"
                )
            return _listed([(each.filename, _member(archive, each)) for each in members[: MOST_ITEMS + 1]])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableUpload(
            f"{name[:80]} must be a whole zip without a password, got: {error}", pointer="/files"
        ) from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The other ways unpack a block as a whole, however large it is.
        raise UnreadableUpload(f"{member.filename[:80]} must be stored or deflated in its zip", pointer="/files")
    with archive.open(member) as file:
        # Never all at once: the size that a zip states may be a lie.
        return b"".join(iter(lambda: file.read(2**16), b""))


def _hidden(path: str) -> bool:
    return path.startswith("__MACOSX/") or path.rsplit("/", 1)[-1].startswith(".")


def _media(files: Sequence[tuple[str, bytes]]) -> Upload:
    media: dict[str, tuple[str, bytes]] = {}
    items: list[Mapping[str, str]] = []
    families: set[str] = set()
    for name, data in sorted(files):
        kind = media_type(data)
        if kind is None:
            raise UnreadableUpload(
                f"{name[:80]} must be a picture (PNG, JPEG, GIF, WebP) or a sound (MP3, WAV, FLAC, Ogg), got other bytes",
                pointer="/files",
            )
        digest = hashlib.sha256(data).hexdigest()
        media[digest] = (kind, data)
        families.add(kind.split("/", 1)[0])
        items.append({"file": f"/files/{digest}"})
    if len(families) > 1:
        raise UnreadableUpload("files must be all pictures or all sounds, got both", pointer="/files")
    _few_enough(items)
    return Upload(items=tuple(items), kinds={"file": "Image" if families == {"image"} else "Audio"}, media=media)


def _table(name: str, data: bytes) -> Upload:
    rows: list[Mapping[str, Any]] = []
    columns: dict[str, None] = {}
    for row in _parquet(name, data) if data[:4] == b"PAR1" else _text_rows(name, data):
        rows.append(row)
        columns.update(dict.fromkeys(row))
        _small_enough(rows=len(rows), columns=len(columns))
    if not rows or not columns:
        raise UnreadableUpload(
            f"{name[:80]} must hold at least one row with a named column, got none", pointer="/files"
        )
    items = tuple({column: _field(row.get(column)) for column in columns} for row in rows)
    return Upload(items=items, kinds={column: _kind(items, column) for column in columns})


def _few_enough(items: Sequence[object]) -> None:
    if len(items) > MOST_ITEMS:
        raise UnreadableUpload(f"a file must hold at most {MOST_ITEMS} items, got more", pointer="/files")


def _small_enough(*, rows: int, columns: int) -> None:
    if rows > MOST_ITEMS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise UnreadableUpload(
            f"a table must have at most {MOST_ITEMS} rows, {MOST_COLUMNS} columns and {MOST_CELLS} cells, got more",
            pointer="/files",
        )


def _parquet(name: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    functions: Any = compute
    try:
        file: Any = pq.ParquetFile(io.BytesIO(data))
        told: Any = file.metadata
        _small_enough(rows=told.num_rows, columns=told.num_columns)
        groups = [told.row_group(n) for n in range(told.num_row_groups)]
        stated = [each.column(n) for each in groups for n in range(each.num_columns)]
        if sum(each.total_uncompressed_size for each in stated) > LARGEST_UNPACKED:
            raise _too_much(name)
        if sum(each.num_values for each in stated) > MOST_CELLS:
            raise _too_much(name)
        texts = [each.name for each in file.schema_arrow if _is_text(each.type)]
        # A text that every row repeats is kept once, so that its length is known before a row is made of it.
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        taken = 0
        for batch in file.iter_batches(batch_size=PARQUET_STEP):
            for column in batch.columns:
                if pa.types.is_dictionary(column.type):
                    longest = functions.max(functions.binary_length(column.dictionary)).as_py() or 0
                    # As many bytes as the most characters can have.
                    if longest > 4 * LONGEST_FIELD:
                        raise _too_much(name)
            for row in batch.to_pylist():
                taken += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
                if taken > LARGEST_UNPACKED:
                    raise _too_much(name)
                yield row
    except (pa.ArrowException, OSError) as error:
        raise UnreadableUpload(f"{name[:80]} must be a whole Parquet file: {error}", pointer="/files") from error


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _too_much(name: str) -> UnreadableUpload:
    return UnreadableUpload(
        f"{name[:80]} must hold at most {LARGEST_UNPACKED} bytes when unpacked, {MOST_CELLS} values, "
        f"and {LONGEST_FIELD} characters a field",
        pointer="/files",
    )


def _text_rows(name: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableUpload(
            f"{name[:80]} must be UTF-8 text (CSV or JSON lines), Parquet, a zip, pictures or sounds; byte {error.start} is none",
            pointer="/files",
        ) from error
    if text.lstrip()[:1] == "{":
        yield from _json_rows(name, text)
        return
    try:
        dialect = csv.Sniffer().sniff(text[:8192], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
        _small_enough(rows=0, columns=len(reader.fieldnames or ()))
        for row in reader:
            if None in row:
                raise UnreadableUpload(
                    f"{name[:80]}, line {reader.line_num}: a row must have as many fields as the first line, got more",
                    pointer="/files",
                )
            yield row
    except csv.Error as error:
        raise UnreadableUpload(f"{name[:80]} must be CSV: {error}", pointer="/files") from error


def _json_rows(name: str, text: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(check_depth(line.encode("utf-8", "surrogatepass")))
        except (ValueError, Malformed) as error:
            raise UnreadableUpload(
                f"{name[:80]}, line {number}: must be one JSON object, got: {error}", pointer="/files"
            ) from error
        if not isinstance(row, dict):
            raise UnreadableUpload(f"{name[:80]}, line {number}: must be one JSON object", pointer="/files")
        yield row


def _field(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > LONGEST_FIELD:
        raise UnreadableUpload(
            f"a field must have at most {LONGEST_FIELD} characters, got {len(text)}", pointer="/files"
        )
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UnreadableUpload("a field must be Unicode without lone surrogates", pointer="/files")
    return text


_ENDINGS = {
    "Image": (".png", ".jpg", ".jpeg", ".gif", ".webp"),
    "Audio": (".mp3", ".wav", ".flac", ".ogg", ".m4a"),
}


def _kind(items: Sequence[Mapping[str, str]], column: str) -> str:
    """Return what a column of addresses shows by how they all end; Text for everything else."""
    for kind, endings in _ENDINGS.items():
        if all(
            item[column].startswith(("https://", "http://")) and item[column].split("?")[0].lower().endswith(endings)
            for item in items
        ):
            return kind
    return "Text"
