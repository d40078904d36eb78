"""The results of verdicts, read a hundred thousand rows a second: the plain form of a row by one pattern, all else by the slow way."""

import re
from collections.abc import Iterable, Iterator

from hakari.core.errors import Malformed
from hakari.sources.kind import Decision, Verdict
from hakari.work.judging import read_results

# What matches is canonical JSON already: members in order, no spaces, no leading zeroes, text that needs no escapes.
_ROW = re.compile(
    rb'\{"accepted":(true|false),"leaf":(0|[1-9][0-9]{0,14}),(?:"merit":(0|-?[1-9][0-9]{0,6}),)?"n":(0|[1-9][0-9]{0,2}),'
    rb'"reason":"([A-Za-z0-9_ .-]{1,64})","score":(0|[1-9][0-9]{0,4})\}'
)


def read(lines: Iterable[bytes]) -> Iterator[Decision | tuple[int, int, Verdict]]:
    """Yield decisions, then (leaf, n, verdict) rows. Raises Malformed naming the line."""
    seen: dict[tuple[bytes | None, ...], Verdict] = {}
    begun = False
    for number, line in enumerate(lines, 1):
        found = _ROW.fullmatch(line)
        if found is None or int(found[6]) > 10_000 or int(found[3] or 0) > 10_000:
            for thing in _slow(line, number):
                if isinstance(thing, Decision) and begun:
                    raise Malformed(f"line {number}: a verdict expected, got a decision")
                begun = begun or not isinstance(thing, Decision)
                yield thing
            continue
        begun = True
        key = found[1], found[3], found[5], found[6]
        verdict = seen.get(key)
        if verdict is None:
            verdict = seen[key] = Verdict(
                accepted=found[1] == b"true",
                score_bps=int(found[6]),
                reason=found[5].decode(),
                merit_bps=None if found[3] is None else int(found[3]),
            )
        yield int(found[2]), int(found[4]), verdict


def _slow(line: bytes, number: int) -> list[Decision | tuple[int, int, Verdict]]:
    try:
        decisions, verdicts = read_results(line + b"\n")
    except Malformed as error:
        raise Malformed(f"line {number}, as a file of its own: {error.message}") from error
    return [*decisions, *verdicts]
