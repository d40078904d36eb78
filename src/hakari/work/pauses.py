"""Pauses: while a buyer has paused an order nothing of it is given out; what was given may still be handed in.

A pause moves no deadline and keeps no money: recorded answers are reserved, and judged at the deadline at the latest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from hakari.core.errors import Conflict, Forbidden, Malformed
from hakari.core.ids import StatementId
from hakari.core.statement import Statement
from hakari.work.orders import Order

LONGEST_S = 7 * 86_400
"""All pauses of an order together: who keeps people's answers from being judged by pausing again and again wins a week at most."""


class OrderPaused(Conflict):
    """The order's buyer has paused it: nothing new is given out. What was given before may be handed in."""

    code = "order_paused"


class PausesSpent(Conflict):
    """The order was paused for as long as an order may be."""

    code = "pauses_spent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A pause, from `start` until before `until`, Unix seconds."""

    start: int
    until: int


class StatementsPart(Protocol):
    """What is asked of statements."""

    def about(self, kind: str, subject: str | None = None, /) -> list[tuple[Statement, int | None]]: ...


def said(statements: StatementsPart, order: StatementId) -> list[tuple[int, int]]:
    """Return an order's pauses as (time, until), in order of intake."""
    return [(each.time, cast(int, each.body["until"])) for each, _ in statements.about("pause", order)]


def spans(said: Iterable[tuple[int, int]]) -> list[Span]:
    """Return when an order was paused.

    said: its pauses as (time, until) in the log's order. `until` 0 ends what runs, another takes its place.
    """
    made: list[Span] = []
    for time, until in said:
        if made and made[-1].until > time:
            made[-1] = Span(start=made[-1].start, until=time)
        if until:
            made.append(Span(start=time, until=until))
    return [each for each in made if each.until > each.start]


def running(paused: Sequence[Span], now: int) -> Span | None:
    """Return the pause that runs at a time, or None."""
    return next((each for each in paused if each.start <= now < each.until), None)


def takes(order: Order, paused: Sequence[Span], at: int) -> bool:
    """Tell whether an order takes an answer at a time as far as pauses go.

    What was assigned may be handed in whenever it does not lapse. Of an open order, where nothing is assigned, what was shown before a
    pause may be handed in for as long as an assignment would last.
    """
    span = running(paused, at) if order.assignment == "open" else None
    return span is None or at < span.start + order.answer_seconds


def check(order: Order, said: Sequence[tuple[int, int]], statement: Statement) -> None:
    """Check a `pause` against its order and the pauses said before it, as (time, until).

    Raises Forbidden, Malformed or PausesSpent.
    """
    until = cast(int, statement.body["until"])
    if statement.author != order.buyer:
        raise Forbidden(f"author must be the order's buyer {order.buyer}, got {statement.author}", pointer="/author")
    if said and statement.time < said[-1][0]:
        raise Malformed(
            f"time must not be before that of the order's newest pause, {said[-1][0]}, got {statement.time}",
            pointer="/time",
        )
    if until == 0:
        if running(spans(said), statement.time) is None:
            raise Malformed("until 0 ends a pause, and none runs", pointer="/body/until")
        return
    if not statement.time < until <= order.deadline:
        raise Malformed(
            f"until must lie after {statement.time} and at most at the order's deadline {order.deadline}, got {until}",
            pointer="/body/until",
        )
    length = sum(each.until - each.start for each in spans([*said, (statement.time, until)]))
    if length > LONGEST_S:
        raise PausesSpent(
            f"all pauses of an order must last {LONGEST_S} s at most, with this one they would last {length}",
            pointer="/body/until",
        )
