"""What of a unit's bytes a judge needs, as integers and short texts: measured once at intake, again by whoever has the bytes.

| of | members |
|---|---|
| texts | language, letters, rows (0 where the type has none), sketch, variety_bps |
| pictures | fingerprint, height, width |
| sounds | milliseconds |
| others | none |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.collect import catalogue, files, language, personal, pictures, wording
from hakari.sources.collect.personal import Place

LOSSY_BITS = 2
"""Bits in which fingerprints of one lossy picture may differ between two decoders."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What is stated of a unit's bytes, and the personal data that was found in them and is never stated."""

    stated: dict[str, Json]
    personal: tuple[Place, ...]


def measure(type_: str, file: BinaryIO) -> Measured:
    """Return the numbers of a file. Raises Malformed where it is not really of its type. The file must be seekable.

    Texts and pictures are read as a whole, so the caller holds them to `catalogue.largest`; of the rest only their ends are read.
    """
    if type_ in catalogue.TEXTS:
        file.seek(0)
        return measure_text(type_, files.decoded(type_, file.read()))
    if type_ not in catalogue.TYPES:
        raise Malformed(f"type must be one of {sorted(catalogue.TYPES)}, got {type_!r}")
    files.check_beginning(type_, file)
    if type_ in catalogue.IMAGES:
        file.seek(0)
        found = pictures.picture(type_, file)
        stated: dict[str, Json] = {"fingerprint": found.fingerprint, "height": found.height, "width": found.width}
        return Measured(stated=stated, personal=(Place(kind="location", start=0, end=0),) if found.located else ())
    if type_ in catalogue.SOUNDS:
        return Measured(stated={"milliseconds": files.milliseconds(type_, file)}, personal=())
    return Measured(stated={}, personal=())


def measure_text(type_: str, text: str) -> Measured:
    """Return the numbers of a text of a type with texts."""
    found = wording.wording(text)
    return Measured(
        stated={
            "language": language.language(text),
            "letters": found.letters,
            "rows": files.rows(type_, text) if type_ in files.WITH_ROWS else 0,
            "sketch": found.sketch,
            "variety_bps": found.variety_bps,
        },
        personal=tuple(personal.places(text)),
    )


def same(type_: str, stated: Mapping[str, Json], again: Mapping[str, Json]) -> bool:
    """Return whether two measurements are of the same bytes: equal, but for the last bits of a lossy picture's fingerprint."""
    if type_ not in ("image/jpeg", "image/webp"):
        return stated == again
    prints = [cast(str, each.get("fingerprint")) for each in (stated, again)]
    rest = [{name: value for name, value in each.items() if name != "fingerprint"} for each in (stated, again)]
    return rest[0] == rest[1] and pictures.distance(*prints) <= LOSSY_BITS
