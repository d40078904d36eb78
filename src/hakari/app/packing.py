"""What a release is made of where answers name bytes: rows filled with their texts, and archives of the files that are none."""

import io
import os
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from hakari.adapters.blobs import sha256
from hakari.app import uploads
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Unknown
from hakari.core.ids import Digest
from hakari.sources.kind import Contents

ARCHIVE_BYTES = 256 * 2**20
"""An archive ends with the file that passes this size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A finished file of a release, not in its place yet: its path in the release, where it lies, its bytes and SHA-256."""

    path: str
    place: Path
    bytes: int
    sha256: Digest


def fill(node: Node, contents: Contents, rows: Sequence[dict[str, Json]]) -> list[tuple[Digest, str]]:
    """Fill the column `text` or `file` of each row. Returns (digest, name) of the files, each once, in order of the rows."""
    files: dict[str, tuple[Digest, str]] = {}
    for row in rows:
        digest, type_ = Digest(cast(str, row["sha256"])), cast(str, row["type"])
        if contents.inline(type_, cast(int, row["bytes"])):
            data = node.contents.read(uploads.path(digest))
            if data is None:
                raise Unknown(f"content {digest} is not here any more")
            row["text"] = data.decode()
        else:
            row["file"] = f"{digest}.{contents.ending(type_)}"
            files[digest] = digest, row["file"]
    return list(files.values())


def archives(node: Node, files: Sequence[tuple[Digest, str]]) -> list[Archive]:
    """Write files into archives of some 256 MiB, the same bytes for the same files. Nothing is held in memory as a whole.

    The caller moves them into place, or deletes them.
    """
    made: list[Archive] = []
    left = list(files)
    while left:
        place = node.parts.fresh()
        with place.open("w+b") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
                while left and out.tell() < ARCHIVE_BYTES:
                    _add(node, archive, *left.pop(0))
            out.flush()
            os.fsync(out.fileno())
            made.append(
                Archive(
                    path=f"files-{len(made):05d}.tar",
                    place=place,
                    bytes=out.seek(0, io.SEEK_END),
                    sha256=Digest(sha256(out)),
                )
            )
    return made


def _add(node: Node, archive: Any, digest: Digest, name: str) -> None:
    file = node.contents.open(uploads.path(digest))
    if file is None:
        raise Unknown(f"content {digest} is not here any more")
    with file:
        member = tarfile.TarInfo(name)
        member.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        archive.addfile(member, file)
