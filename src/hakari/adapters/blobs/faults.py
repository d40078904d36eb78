"""What every storage says when it can't, and the names that every storage takes."""

import re

from hakari.core.errors import HakariError, Malformed

LONGEST_PART, LONGEST = 240, 1024
"""Bytes of UTF-8: of one part of a name, as file systems take it with a suffix, and of a whole name, as S3 does."""

NEXT = ".next-"
"""How the files begin that a folder is still writing, where they must lie inside it; no blob's name."""

_NEVER = re.compile(r"[\x00-\x1f\x7f\\]")


class StorageFull(HakariError):
    """The disk or the object store took nothing more. What was there is unchanged."""

    code = "storage_full"
    status = 507


class StorageUnavailable(HakariError):
    """The storage did not answer, or not to us. The request can be repeated."""

    code = "storage_unavailable"
    status = 503


def parts(path: str) -> list[str]:
    """Return the parts of a blob's name: relative, without dots, control characters or backslashes. Raises Malformed.

    No name leads out of the storage, and a name that one storage takes is taken by all.
    """
    found = path.split("/")
    try:
        lengths = [len(part.encode()) for part in found]
    except UnicodeEncodeError as error:
        raise Malformed(f"a blob's name must be Unicode without lone surrogates, got {path[:80]!a}") from error
    if any(part in ("", ".", "..") for part in found) or path.startswith(NEXT) or _NEVER.search(path):
        raise Malformed(f"a blob's name must be a relative path without dots, got {path[:80]!a}")
    if max(lengths) > LONGEST_PART or sum(lengths) + len(found) - 1 > LONGEST:
        raise Malformed(f"a blob's name must be at most {LONGEST} bytes, {LONGEST_PART} a part, got {path[:80]!a}")
    return found
