"""Opened answers against the commitments that their authors signed: most of a verification's work.

One process does it. Handing lines to others and taking answers back was measured: with two cores it took longer than the work.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.depth import check_depth
from hakari.core.errors import Malformed
from hakari.core.statement import ANSWER_PREFIX

_MEMBERS = {"answer", "leaf", "n", "salt", "task"}
_SALT = range(22, 65)
_LINE = re.compile(
    rb'\{"answer":(.+),"leaf":(0|[1-9][0-9]{0,14}),"n":(0|[1-9][0-9]{0,14}),'
    rb'"salt":"([ !#-\[\]-~]{22,64})","task":(0|[1-9][0-9]{0,14})\}',
    re.DOTALL,
)
_SHORT, _MANY = 256, 4096

Place: TypeAlias = tuple[int, int]
"""Leaf of a submission and number of the commitment in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """A line, counted from 1, that does not open its commitment."""

    line: int
    what: str
    expected: str
    got: str


def opened(lines: Iterable[bytes], places: Iterable[Place], commitments: bytes) -> Iterator[tuple[int, Json] | Wrong]:
    """Yield task and answer of each line, held against the commitment at its place; ends with the shorter of both.

    commitments: 32 bytes for each place. A line beyond the last place stays in `lines`, for the caller to count. Cost: 5 µs an answer
    that was seen before, some 20 µs a new one.
    """
    known: dict[bytes, Json] = {}
    for at, (place, line) in enumerate(zip(places, lines, strict=False)):
        try:
            task, answer, got_place, preimage = _plain(line, known) or _any(line)
        except Malformed as error:
            yield Wrong(line=at + 1, what="form", expected="a canonical opening", got=error.message)
            continue
        if got_place != place:
            yield Wrong(line=at + 1, what="place", expected=f"leaf {place[0]}, n {place[1]}", got=str(got_place))
            continue
        got, commitment = hashlib.sha256(ANSWER_PREFIX + preimage).digest(), commitments[32 * at : 32 * at + 32]
        if got != commitment:
            what = f"answer {place[1]} of leaf {place[0]}"
            yield Wrong(line=at + 1, what=what, expected=f"commitment {commitment.hex()}", got=got.hex())
            continue
        yield task, answer


def _plain(line: bytes, known: dict[bytes, Json]) -> tuple[int, Json, Place, bytes] | None:
    """Return task, answer, place and preimage of a line whose salt needs no escapes, None where it does or the form is another.

    The whole line is canonical where its answer is: the pattern fixes every other byte. Answers that were read before are not read
    again; there are few different ones in most orders.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    written, leaf, n, salt, task = found.groups()
    if written in known:
        answer = known[written]
    else:
        answer = canonical.decode_strict(check_depth(written))
        if len(written) <= _SHORT and len(known) < _MANY:
            known[written] = answer
    preimage = b'{"answer":%b,"salt":"%b","task":%b}' % (written, salt, task)
    return int(task), answer, (int(leaf), int(n)), preimage


def _any(line: bytes) -> tuple[int, Json, Place, bytes]:
    thing = canonical.decode_strict(check_depth(line))
    if not isinstance(thing, dict) or set(thing) != _MEMBERS:
        raise Malformed(f"members must be {sorted(_MEMBERS)}, got {line[:80]!r}")
    answer, salt = thing["answer"], thing["salt"]
    numbers = [thing[name] for name in ("task", "leaf", "n")]
    if not isinstance(salt, str) or len(salt) not in _SALT:
        raise Malformed(f"salt must be text of {_SALT[0]} to {_SALT[-1]} characters, got {salt!r}")
    if any(not isinstance(number, int) or isinstance(number, bool) or number < 0 for number in numbers):
        raise Malformed(f"task, leaf and n must be whole numbers, got {numbers}")
    task, leaf, n = cast(list[int], numbers)
    return task, answer, (leaf, n), canonical.encode({"answer": answer, "salt": salt, "task": task})
