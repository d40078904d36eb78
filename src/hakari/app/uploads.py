"""Uploads: bytes that come piece by piece, are checked when they are whole, and are kept under their SHA-256.

How long an upload is so far is the length of its file and nothing else, so a node that was killed goes on where it stopped.
"""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hakari.adapters.blobs import Tail, sha256
from hakari.adapters.sql.store import Book
from hakari.adapters.sql.uploads import UploadRow
from hakari.app.node import Node
from hakari.core.errors import Conflict, Forbidden, HakariError, Malformed, Unknown
from hakari.core.ids import Account, Digest
from hakari.sources.table import KINDS

GIB = 2**30
OPEN_S = 7 * 86_400
"""How long an upload may take, and how long what it brought is kept while no answer names it."""
REFUSED_S = 86_400

_KIND = KINDS["collect"]


class UnknownUpload(Unknown):
    """An upload that this node does not have, or that is somebody else's."""

    code = "unknown_upload"


class UploadGone(HakariError):
    """An upload that was refused; its bytes are deleted. The message says why."""

    code = "upload_gone"
    status = 410


class UnknownType(HakariError):
    """A type of content that can't be uploaded."""

    code = "unknown_type"
    status = 415


class TooLong(HakariError):
    """An upload longer than its type, its own announcement or this node allows."""

    code = "upload_too_long"
    status = 413


class OverQuota(Forbidden):
    """The account's uploads would take more than this node gives one account."""

    code = "over_quota"


class WrongOffset(Conflict):
    """An upload goes on where it stands. Ask for its offset and send from there."""

    code = "wrong_offset"


class WrongDigest(Malformed):
    """Bytes whose SHA-256 is not the one that was announced."""

    code = "wrong_digest"
    status = 422


@dataclass
class Receiving:
    """An upload that is being written to. `start` is where this request began."""

    row: UploadRow
    tail: Tail
    start: int = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.tail.length

    def write(self, data: bytes) -> None:
        """Append bytes. Raises TooLong, and then none of them is kept."""
        if self.tail.length + len(data) > self.row.length:
            raise TooLong(f"an upload must end after the {self.row.length} bytes that it announced, got more")
        self.tail.write(data)

    def undo(self) -> None:
        """Take back what this request wrote."""
        self.tail.cut(self.start)


def begin(node: Node, account: Account, *, length: int, type_: str, name: str, expected: str | None) -> UploadRow:
    """Make an upload. expected: the SHA-256 that it will have, or None. Raises UnknownType, TooLong, OverQuota, Malformed."""
    _allowed(node, type_, length)
    if len(name) > 200 or not name.isprintable():
        raise Malformed("name must be printable text of at most 200 characters", pointer="/name")
    now = node.clock()
    row = UploadRow(
        id=secrets.token_hex(16),
        account=account,
        length=length,
        type=type_,
        name=name,
        expected=expected,
        created=now,
        expires=now + OPEN_S,
    )

    def write(book: Book) -> None:
        _room(node, book, account, length)
        book.uploads.add(row)

    # The file first: an upload that is recorded can always be written to.
    node.parts.begin(row.id)
    node.store.commit(write)
    return row


def _allowed(node: Node, type_: str, length: int) -> None:
    contents = _KIND.contents
    assert contents is not None  # the kind that collects has contents
    try:
        contents.ending(type_)
    except KeyError as error:
        raise UnknownType(
            f"type must be one that can be collected (docs/reference/rules.md §4.1), got {type_[:80]!r}"
        ) from error
    most = min(contents.largest(type_), node.settings.upload_gib * GIB)
    if not 0 < length <= most:
        raise TooLong(f"an upload of {type_} must have 1 to {most} bytes, got {length}")


def _room(node: Node, book: Book, account: Account, length: int) -> None:
    quota, taken = node.settings.quota_gib * GIB, book.uploads.taken(account)
    if taken + length > quota:
        raise OverQuota(f"uploads of one account may take {quota} bytes, {taken} are taken, {length} more asked for")


def get(node: Node, account: Account, upload: str) -> UploadRow:
    """Return an upload of this account, finished where all of it has come. Raises UnknownUpload."""
    row = _own(node, account, upload)
    if row.status == "open" and node.parts.length(row.id) == row.length:
        # All bytes came, and the process ended before it looked at them.
        try:
            return finish(node, row)
        except HakariError:
            return _own(node, account, upload)
    return row


def _own(node: Node, account: Account, upload: str) -> UploadRow:
    with node.store.reading() as book:
        row = book.uploads.get(upload)
    if row is None or row.account != account:
        raise UnknownUpload(f"upload must be one of yours at this node, got {upload[:80]!r}")
    return row


def offset(node: Node, row: UploadRow) -> int:
    """Return how many bytes have come. Raises UploadGone for an upload that was refused."""
    if row.note is not None:
        raise UploadGone(f"{row.note[0]}: {row.note[1]}")
    return row.length if row.status == "held" else node.parts.length(row.id) or 0


@contextmanager
def receiving(node: Node, row: UploadRow, at: int) -> Generator[Receiving]:
    """Write to an upload from byte `at` on; what was written when the block ends, however it ends, is on the disk.

    Raises WrongOffset unless it stands there, UploadGone, InUse.
    """
    if row.status != "open":
        raise WrongOffset(f"offset must be {offset(node, row)}: the upload is whole")
    with node.parts.tail(row.id) as tail:
        if tail.length != at:
            raise WrongOffset(f"offset must be {tail.length}, where the upload stands, got {at}")
        found = Receiving(row=row, tail=tail)
        try:
            yield found
        finally:
            tail.settle()


def finish(node: Node, row: UploadRow) -> UploadRow:
    """Check an upload whose bytes have all come, and keep it under its SHA-256. Whoever does it twice does it once.

    Raises WrongDigest, Malformed or what the measuring raises; the upload is then refused and its bytes are deleted.
    """
    contents = _KIND.contents
    assert contents is not None  # the kind that collects has contents
    now = node.clock()
    try:
        with node.parts.open(row.id) as file:
            digest = sha256(file)
            if row.expected is not None and digest != row.expected:
                raise WrongDigest(f"SHA-256 must be {row.expected} as announced, got {digest}")
            stated = contents.measure(row.type, file)
    except HakariError as error:
        if error.status < 500:
            with node.store.book() as book:
                book.uploads.refuse(row.id, note=(error.code, error.message), expires=now + REFUSED_S)
            node.parts.delete(row.id)
        raise
    # First the bytes, then what speaks of them.
    node.contents.take(path(Digest(digest)), node.parts.place(row.id))
    node.contents.settle()

    def write(book: Book) -> None:
        book.uploads.hold(row.id, sha256=digest, stated=stated, expires=now + OPEN_S)

    node.store.commit(write)
    return _own(node, row.account, row.id)


def keep(
    node: Node, account: Account, *, data: bytes, type_: str, name: str, stated: dict[str, Any], digest: Digest
) -> None:
    """Keep small content that came whole and is measured already; what the account holds already is not kept again."""
    now = node.clock()
    with node.store.reading() as book:
        if digest in book.uploads.held(account, [digest]):
            return
        _room(node, book, account, len(data))
    node.contents.write(path(digest), data)
    row = UploadRow(
        id=secrets.token_hex(16),
        account=account,
        length=len(data),
        type=type_,
        name=name,
        sha256=digest,
        stated=stated,
        status="held",
        created=now,
        expires=now + OPEN_S,
    )
    node.contents.settle()

    def write(book: Book) -> None:
        if digest not in book.uploads.held(account, [digest]):
            book.uploads.add(row)

    node.store.commit(write)


def terminate(node: Node, row: UploadRow) -> None:
    """Forget an upload and delete its bytes. Raises Conflict where an answer names them."""
    if row.status == "held" and row.expires is None:
        raise Conflict("an answer in the log names this content; it can't be taken back this way")
    _drop(node, row)


def expire(node: Node) -> bool:
    """Delete uploads whose time is over. Returns whether there may be more."""
    with node.store.reading() as book:
        due = book.uploads.expired(node.clock(), 100)
    for row in due:
        _drop(node, row)
    return len(due) == 100


def _drop(node: Node, row: UploadRow) -> None:
    def write(book: Book) -> bool:
        book.uploads.delete(row.id)
        return row.sha256 is not None and book.uploads.holders(row.sha256) == 0

    last = node.store.commit(write)
    node.parts.delete(row.id)
    if last and row.sha256 is not None:
        node.contents.delete(path(Digest(row.sha256)))


def path(digest: Digest) -> str:
    """Return where content lies among the node's contents."""
    return f"{digest[:2]}/{digest}"


def content(node: Node, account: Account, digest: Digest) -> tuple[UploadRow, BinaryIO]:
    """Return content that the account uploaded, and its open file. Raises Unknown."""
    with node.store.reading() as book:
        row = book.uploads.held(account, [digest]).get(digest)
    file = None if row is None else node.contents.open(path(digest))
    if row is None or file is None:
        raise Unknown(f"content must be one that you uploaded here, got {digest}")
    return row, file
