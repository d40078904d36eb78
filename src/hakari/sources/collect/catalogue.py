"""What a request can ask for: types of content, rights to declare, how a unit was made. Every list is fixed by the rules' number."""

from typing import Final

TEXTS: Final = {
    "application/jsonl": "jsonl",
    "text/csv": "csv",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/x-source": "txt",
}
"""Types whose bytes are UTF-8 text, each with the ending of its file's name."""

IMAGES: Final = {"image/gif": "gif", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
SOUNDS: Final = {"audio/flac": "flac", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav"}
OTHERS: Final = {
    "application/pdf": "pdf",
    "application/vnd.apache.parquet": "parquet",
    "application/x-tar": "tar",
    "application/zip": "zip",
}

TYPES: Final = {**TEXTS, **IMAGES, **SOUNDS, **OTHERS}
"""Every type that a unit can have. None of them is run or shown by a browser as a page: no HTML, no SVG, no script."""

LARGEST_TEXT: Final = 16 * 2**20
LARGEST_IMAGE: Final = 64 * 2**20
LARGEST: Final = 10 * 2**30

INLINE: Final = 2**20
"""Bytes up to which a text stands in its dataset row; longer ones are files."""

MADE: Final = ("both", "machines", "people")
"""How a unit was made."""

RIGHTS: Final = (
    "licensed_to_me",
    "made_by_me",
    "may_be_licensed",
    "people_agreed",
    "public_domain",
)
"""What a contributor can declare: I made it; I hold a licence that allows this; it is in the public domain; it may be licensed to
others under the pool's terms; the people who are seen, heard or named in it agreed."""

PERSONAL: Final = ("mask", "refuse")
"""What happens to texts that hold personal data: each place is replaced by its kind, or the unit is refused."""


def largest(type_: str) -> int:
    """Return the most bytes that a unit of this type may have: what is decoded as a whole is smaller than what is not."""
    if type_ in TEXTS:
        return LARGEST_TEXT
    return LARGEST_IMAGE if type_ in IMAGES else LARGEST
