"""Opened answers against the commitments that their authors signed: most of a verification's work, and cut into pieces for it.

Imports nothing but core, so that a fresh process is ready at once.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import TypeAlias

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.statement import ANSWER_PREFIX
from hakari.verify.depth import check_depth

PIECE = 5_000
"""Answers that go to a process at a time."""

LARGE = 20_000
"""Answers from which further processes are worth their start."""

_MEMBERS = {"answer", "leaf", "n", "salt", "task"}
_SALT = range(22, 65)

Place: TypeAlias = tuple[int, int]
"""Leaf of a submission and number of the commitment in it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines of an answers file, with the places and commitments that they must open. `first` counts lines from 1."""

    first: int
    lines: Sequence[bytes]
    places: Sequence[Place]
    commitments: bytes


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that does not open its commitment."""

    line: int
    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Task and answer of each line, None where it is wrong; and what is wrong."""

    answers: Sequence[tuple[int, Json] | None]
    wrong: Sequence[Wrong]


def check(piece: Piece) -> Opened:
    """Return the answers of a piece, each held against its commitment: about 15 µs an answer."""
    answers: list[tuple[int, Json] | None] = []
    wrong: list[Wrong] = []
    for at, (line, place) in enumerate(zip(piece.lines, piece.places, strict=True)):
        answer, fault = _open(line, place, piece.commitments[32 * at : 32 * at + 32])
        answers.append(answer)
        if fault is not None:
            wrong.append(Wrong(piece.first + at, *fault))
    return Opened(answers, wrong)


def _open(line: bytes, place: Place, commitment: bytes) -> tuple[tuple[int, Json] | None, tuple[str, str, str] | None]:
    try:
        thing = canonical.decode_strict(check_depth(line))
    except Malformed as error:
        return None, ("form", "canonical JSON", error.message)
    if not isinstance(thing, dict) or set(thing) != _MEMBERS:
        return None, ("form", f"an object with members {sorted(_MEMBERS)}", repr(line[:80]))
    task, salt = thing["task"], thing["salt"]
    if not isinstance(task, int) or isinstance(task, bool) or task < 0:
        return None, ("task", "a whole number", repr(task))
    if not isinstance(salt, str) or len(salt) not in _SALT:
        return None, ("salt", f"text of {_SALT[0]} to {_SALT[-1]} characters", repr(salt))
    # Canonical bytes are unique, so the preimage is the line without `leaf` and `n`. A quote inside text is escaped, so this
    # separator stands only between members, and its last one belongs to the line's own object.
    head, found, tail = line.rpartition(b',"leaf":%d,"n":%d,"salt":' % place)
    if not found or (thing["leaf"], thing["n"]) != place:
        return None, ("place", f"leaf {place[0]}, n {place[1]}", f"leaf {thing['leaf']!r}, n {thing['n']!r}")
    preimage = head + b',"salt":' + tail
    got = hashlib.sha256(ANSWER_PREFIX + preimage).digest()
    if got != commitment:
        return None, (f"answer {place[1]} of leaf {place[0]}", f"commitment {commitment.hex()}", got.hex())
    return (task, thing["answer"]), None


def pieces(lines: Iterable[bytes], places: Iterable[Place], commitments: bytes) -> Iterator[Piece]:
    """Yield the lines in pieces, as many as there are commitments; a missing or further line is for the caller, who counts."""
    held: list[bytes] = []
    where: list[Place] = []
    start = 0
    # places first: a line beyond the last place stays in `lines`, for the caller to count
    for place, line in zip(places, lines, strict=False):
        held.append(line)
        where.append(place)
        if len(held) == PIECE:
            yield Piece(start + 1, held, where, commitments[32 * start : 32 * (start + PIECE)])
            start, held, where = start + PIECE, [], []
    if held:
        yield Piece(start + 1, held, where, commitments[32 * start : 32 * (start + len(held))])


class Crew(AbstractContextManager["Crew"]):
    """Checks pieces one after another here, or many at a time in fresh processes where there is much to do."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._alone = processes < 2

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def check(self, given: Iterable[Piece], *, large: bool) -> Iterator[Opened]:
        """Yield what `check` gives for each piece, in order. At most two pieces a process are held at a time."""
        if self._alone or not large:
            yield from map(check, given)
            return
        waiting: list[tuple[Piece, Future[Opened]]] = []
        for piece in given:
            waiting.append((piece, self._send(piece)))
            if len(waiting) >= 2 * self._processes:
                yield self._done(*waiting.pop(0))
        for each in waiting:
            yield self._done(*each)

    def _send(self, piece: Piece) -> "Future[Opened]":
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"))
        try:
            return self._pool.submit(check, piece)
        except BrokenProcessPool as error:
            failed: Future[Opened] = Future()
            failed.set_exception(error)
            return failed

    def _done(self, piece: Piece, future: "Future[Opened]") -> Opened:
        try:
            return future.result()
        except BrokenProcessPool:
            # a caller whose main module can't be imported again, or a machine that killed a process: the work is still ours
            self._alone = True
            return check(piece)
