"""Evidence on its way to the public: kept privately before the statement that names it, brought out with the leaf that holds it.

So a request that was refused, or a process that was killed, leaves nothing in the public folder that no statement refers to, and what
was published can be put back from the private copy.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.statement import Statement, parse_bytes
from hakari.work import challenges, quality

_NAMES_EVIDENCE = re.compile(rb'"kind":"(chain|draw|epoch|funding|guideline|order|release|settlement|tasks|verdicts)"')


class LostEvidence(HakariError):
    """Evidence that the log names is neither in the public folder nor in the private one, and can't be made again."""

    code = "lost_evidence"
    status = 503


def bring_out(node: Node, book: Book, entries: Sequence[bytes]) -> None:
    """Put what these log entries refer to into the public folder, before the checkpoint that covers them. Raises LostEvidence."""
    for path in named(book, entries):
        held = node.private.read(path)
        if held is None:
            if node.public.read(path) is None:
                raise LostEvidence(f"{path} must be in the private or the public folder before its leaf is published")
        elif node.public.read(path) != held:
            node.public.write(path, held)


def named(book: Book, entries: Iterable[bytes]) -> Iterator[str]:
    """Yield the paths of the public files that these entries ask for (formats §2), each as often as it is named."""
    for entry in entries:
        # Most entries name none, and parsing is what costs; a text that looks like a kind costs one parse more.
        if _NAMES_EVIDENCE.search(entry):
            said = parse_bytes(entry)
            yield from (f"evidence/{digest}" for digest in digests(book, said))
            yield from open_files(said)


def digests(book: Book, said: Statement) -> Iterator[str]:
    """Yield the digests of the public evidence that a statement names."""
    body = said.body
    if said.kind == "tasks" and _held_back(book, said):
        return
    for name in _MEMBERS.get(said.kind, ()):
        digest = body.get(name)
        if isinstance(digest, str) and not (name in ("answers", "blind") and _sealed(book, said)):
            yield digest
    if said.kind == "verdicts":
        yield from _truths(book, said)
        yield from _served(book, said)
        # What waves decided says nothing of later answers any more.
        yield from (str(wave.body["decisions"]) for wave, _ in book.statements.about("wave", str(body["order"])))
    if said.kind == "order":
        yield str(cast(Mapping[str, Json], body["guideline"])["sha256"])
        listed = cast(Mapping[str, Json], body["spec"]).get("listed")
        if isinstance(listed, str):
            yield listed


def open_files(said: Statement) -> Iterator[str]:
    """Yield the paths of a release's open files."""
    if said.kind == "release":
        for each in cast(list[Mapping[str, Json]], said.body["files"]):
            if each["access"] == "open":
                yield f"releases/{said.id}/{each['path']}"


def is_own(path: str, data: bytes) -> bool:
    """Return whether evidence is what its name says; files of releases are named by their path only."""
    return not path.startswith("evidence/") or hashlib.sha256(data).hexdigest() == path.removeprefix("evidence/")


def _truths(book: Book, verdicts: Statement) -> Iterator[str]:
    """Yield the right answers of an exam: they are public from its verdicts on."""
    order = book.statements.get(str(verdicts.body["order"]))
    exam = None if order is None else quality.exam(cast(Mapping[str, Json], order[0].body["quality"]))
    if exam is not None:
        yield exam.truths


def _held_back(book: Book, said: Statement) -> bool:
    order = book.statements.get(str(said.body["order"]))
    return order is not None and challenges.held_back(cast(Mapping[str, Json], order[0].body["quality"]))


def _served(book: Book, verdicts: Statement) -> Iterator[str]:
    """Yield the tasks of an order whose audits were sealed, or served again, and the places of these: public from its verdicts on."""
    if not _held_back(book, verdicts):
        return
    id_ = str(verdicts.body["order"])
    yield from (str(said.body["tasks"]) for said, _ in book.statements.about("tasks", id_))
    order = book.statements.get(id_)
    served = None if order is None else challenges.of(cast(Mapping[str, Json], order[0].body["quality"]))
    if served is not None:
        yield served.places


def _sealed(book: Book, verdicts: Statement) -> bool:
    order = book.statements.get(str(verdicts.body["order"]))
    return order is not None and order[0].body["evidence"] == "sealed"


_MEMBERS: Mapping[str, Sequence[str]] = {
    "chain": ("events",),
    "draw": ("panels",),
    "epoch": ("lines",),
    "funding": ("transfers",),
    "guideline": ("sha256",),
    "release": ("croissant", "manifest", "shares"),
    "settlement": ("pay",),
    "tasks": ("tasks",),
    "verdicts": ("answers", "blind", "results", "summary"),
}
