"""Summaries of verdicts compared: equal line by line, boards of ratings within the tolerance of docs/reference/rules.md, section 1."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from hakari.core.canonical import Json

MILLI_POINTS = 2
"""How far a recorded score or edge of an interval may lie from ours."""

_BOARD = {"high", "low", "model", "rank", "score", "votes"}

Line: TypeAlias = Mapping[str, Json]


def differences(mine: Sequence[Line], recorded: Sequence[Line]) -> Iterator[tuple[int, Line, Line]]:
    """Yield (number from 1, ours, the recorded one) of each line that differs; both have as many lines."""
    boards = all(_is_board(line) for line in (*mine, *recorded))
    for number, (ours, given) in enumerate(zip(mine, recorded, strict=True), 1):
        if ours != given and not (boards and _near(ours, given, mine)):
            yield number, ours, given


def _is_board(line: Line) -> bool:
    numbers = (line.get(name) for name in ("high", "low", "rank", "score", "votes"))
    return set(line) == _BOARD and all(isinstance(each, int) and not isinstance(each, bool) for each in numbers)


def _near(ours: Line, given: Line, mine: Sequence[Line]) -> bool:
    if any(ours[name] != given[name] for name in ("model", "votes")):
        return False
    if any(abs(_number(ours, name) - _number(given, name)) > MILLI_POINTS for name in ("high", "low", "score")):
        return False
    # Rank is 1 + the number of models whose interval lies above. Edges may move by the tolerance, each towards or away.
    gaps = [_number(other, "low") - _number(ours, "high") for other in mine if other is not ours]
    best = 1 + sum(gap > 2 * MILLI_POINTS for gap in gaps)
    worst = 1 + sum(gap > -2 * MILLI_POINTS for gap in gaps)
    return ours["rank"] == given["rank"] or best <= _number(given, "rank") <= worst


def _number(line: Line, name: str) -> int:
    return cast(int, line[name])
