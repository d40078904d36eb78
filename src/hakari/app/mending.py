"""Public files that the log names and a disk lost or damaged: put back, or named loudly."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from hakari.adapters.blobs import Folder
from hakari.adapters.sql.store import Book
from hakari.app import desk, evidence, exams
from hakari.app.judgement import batch_of, openings
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.statement import Statement
from hakari.pay import lines as pay_lines
from hakari.work import judging

log = logging.getLogger("hakari.mending")

STEP = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Mended:
    """What was put back, and what is lost for good, as paths below the public folder."""

    back: tuple[str, ...]
    lost: tuple[str, ...]


def mend(node: Node) -> Mended:
    """Make sure that every file which the log's statements name is public, from the private copy or made again from the database.

    Files in a local folder are read and held against their names; of an object store only the presence is looked at. What can't be
    put back is logged as an error by its name: verification will fail until somebody brings it from a backup.
    """
    back: list[str] = []
    lost: list[str] = []
    with node.store.reading() as book:
        size = book.statements.size()
        for first in range(0, size, STEP):
            entries = book.statements.entries(first, min(first + STEP, size))
            for path in dict.fromkeys(evidence.named(book, entries)):
                if _stands(node, path):
                    continue
                data = _kept(node, book, path)
                if data is None:
                    lost.append(path)
                    log.error("%s is lost or damaged and could not be made again: bring it from a backup", path)
                else:
                    node.public.write(path, data)
                    back.append(path)
                    log.warning("%s was lost or damaged; put back", path)
    return Mended(back=tuple(back), lost=tuple(lost))


def _stands(node: Node, path: str) -> bool:
    if not isinstance(node.public, Folder):
        return path in node.public.list(path)
    held = node.public.read(path)
    return held is not None and evidence.is_own(path, held)


def _kept(node: Node, book: Book, path: str) -> bytes | None:
    held = node.private.read(path)
    if held is not None and evidence.is_own(path, held):
        return held
    digest = path.removeprefix("evidence/")
    for kind, again in (("tasks", _tasks), ("epoch", _lines), ("chain", _events), ("verdicts", _judged)):
        for said, _ in book.statements.about(kind):
            # Tasks that are public from the verdicts on are named by these, and made from what their own statement says.
            if digest in [*evidence.digests(book, said), said.body.get("tasks")]:
                for made in again(node, book, said):
                    if hashlib.sha256(made).hexdigest() == digest:
                        return made
    return None


def _tasks(_node: Node, book: Book, said: Statement) -> Iterator[bytes]:
    order = book.statements.get(str(said.body["order"]))
    if order is not None:
        tasks = book.orders.tasks(order[0].id)
        yield canonical.lines({"item": task.item, "n": task.n, "public": dict(task.public)} for task in tasks)


def _lines(_node: Node, book: Book, said: Statement) -> Iterator[bytes]:
    pool, number = cast(int, said.body["pool"]), cast(int, said.body["number"])
    yield pay_lines.evidence(book.payouts.lines(pool, number))


def _events(_node: Node, book: Book, said: Statement) -> Iterator[bytes]:
    events = book.chain.events(first=cast(int, said.body["from"]), last=cast(int, said.body["to"]))
    yield canonical.lines(event.line() for event in events)


def _judged(node: Node, book: Book, said: Statement) -> Iterator[bytes]:
    """Judge again: the rules are pure, so the same answers give the same bytes, or bytes that the caller refuses."""
    facts = desk.running(node, str(said.body["order"]))
    rows = [row for row in book.answers.judged(facts.order.id) if row.verdicts == said.id]
    rows.sort(key=lambda row: (row.leaf or 0, row.n))
    given = openings(rows)
    size = cast(int, said.body["size"])
    batch = batch_of(book, facts, given, size, known=exams.truths(node, facts))
    made = judging.sentence(
        order=facts.order.id,
        size=size,
        reward=facts.order.reward,
        openings=given,
        judgement=facts.kind.judge(batch, None),
    )
    yield from made.evidence
