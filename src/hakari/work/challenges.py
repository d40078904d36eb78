"""Sealed audits served again: an order's audited tasks, hidden among another's, while nobody can know their right answers yet.

Two orders and not one: inside one order a task that is served again would be seen, by its content and by its number of answers. The
stock is answered and audited as any order, and its verdicts wait; orders with `challenges` hold all its tasks at places that they
commit to. docs/reference/rules.md, section 5.11.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Answer
from hakari.work import continuing, doubt, quality
from hakari.work.blind import Known
from hakari.work.intake import LONGEST_SALT, SHORTEST_SALT
from hakari.work.orders import Order
from hakari.work.quality import LONGEST_S, Challenges, Quality

MOST_SERVINGS = 30
"""Answers to a stock's task, beside its own, in all orders that serve it: then those who met it are too many."""

PLACES = "/body/quality/challenges/places"
OF = "/body/quality/challenges/of"

Sat = Collection[tuple[Account, int]]
"""Who was given which task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What a stock makes known of the tasks of an order that serves it, and who was given which of these in the stock, or in another
    order that served it and was judged before: what they answer here counts neither way in the sequential test."""

    known: Known = field(default_factory=dict[int, Mapping[str, Json]])
    sat: Sat = ()


NOTHING = Carried()
"""What every order that serves no stock has."""


def of(declared: Mapping[str, Json]) -> Challenges | None:
    """Return which stock an order serves, None where it serves none."""
    found = quality.read(declared) if "challenges" in declared else None
    return None if found is None else found.challenges


def held_back(declared: Mapping[str, Json]) -> bool:
    """Return whether an order's tasks are public from its first verdicts on, and not from their own statement: where its audits are
    sealed, or another's served again, a public list would be a key to them."""
    found = quality.read(declared)
    return found is not None and (found.challenges is not None or found.sealed_s > 0)


def check_order(order: Order, declared: Quality | None) -> None:
    """Raise Malformed where an order's sealed audits, or those that it serves again, could not be judged or not be hidden."""
    if declared is None or (declared.challenges is None and not declared.sealed_s):
        return
    what = "an order with sealed audits" if declared.sealed_s else "an order with challenges"
    if order.evidence == "sealed":
        raise Malformed(f"evidence of {what} must be open or keyed, got 'sealed'", pointer="/body/evidence")
    if order.calibration is not None:
        raise Malformed(f"{what} has one guideline from first to last, got a calibration", pointer="/body/calibration")
    allowed = ["drawn"] if declared.challenges is not None else ["drawn", "listed"]
    if order.assignment not in allowed:
        raise Malformed(
            f"assignment of {what} must be one of {allowed}, got {order.assignment!r}", pointer="/body/assignment"
        )


def no_stock(named: str) -> Malformed:
    """Return what refuses an order that names no order, or one that waits for its verdicts no longer."""
    return Malformed(
        f"challenges.of must be an order of an earlier leaf that waits for its verdicts, got {named}", pointer=OF
    )


def check_stock(order: Order, stock: Order, *, said: int, served: int) -> None:
    """Raise Malformed unless an order may serve another's sealed audits.

    said: the time of its statement, Unix seconds. served: the redundancies of all orders that named the stock before.
    """
    declared, sealed = quality.read(order.quality), quality.read(stock.quality)
    if declared is None or sealed is None or not sealed.sealed_s:
        raise Malformed("challenges.of must be an order whose audits are sealed (audits.sealed_s)", pointer=OF)
    for what, expected, got in continuing.asked_otherwise(stock, order):
        raise Malformed(f"{what} must be the stock's: expected {expected}, got {got}", pointer=OF)
    text = (stock.guideline, stock.guideline_sha256)
    if (order.guideline, order.guideline_sha256) != text:
        raise Malformed(
            f"guideline must be the stock's, version and text: expected {text}, got "
            f"{(order.guideline, order.guideline_sha256)}",
            pointer="/body/guideline",
        )
    check_servings(order.redundancy, served=served)
    last = stock.deadline + doubt.before_verdicts(sealed)
    # What an order waits for must not outlast what escrow waits for it (LONGEST_S), were it closed at once.
    if last > said + LONGEST_S:
        raise Malformed(
            f"the stock's verdicts must come within {LONGEST_S} seconds of the order, got up to {last - said}",
            pointer=OF,
        )
    decided, least = doubt.until(order), last + doubt.after_verdicts(declared) + doubt.SLACK_S
    if decided is not None and decided < least:
        raise Malformed(
            f"decided_seconds must be at least {least - order.deadline}, which waits for the stock's verdicts, got "
            f"{order.decided_seconds}",
            pointer="/body/decided_seconds",
        )


def check_servings(redundancy: int, *, served: int) -> None:
    """Raise Malformed where a stock would be answered too often. served: the redundancies of all orders that named it before."""
    if served + redundancy > MOST_SERVINGS:
        raise Malformed(
            f"a stock is served {MOST_SERVINGS} times at most: redundancy must be at most {MOST_SERVINGS - served}, got {redundancy}",
            pointer="/body/redundancy",
        )


def places(lines: Iterable[Mapping[str, Json]], *, stock: int, tasks: int) -> dict[int, int]:
    """Return the stock's task at each of an order's own that serves one, from lines `{"of":m,"salt":"…","task":n}` ascending by n.

    stock, tasks: how many tasks the stock and the order have. Raises Malformed naming the line. Salts keep the places from being
    guessed from their hash; at least half of the tasks are the order's own, else a place would be no secret.
    """
    found: dict[int, int] = {}
    last = -1
    for number, line in enumerate(lines, 1):
        task, of, salt = line.get("task"), line.get("of"), line.get("salt")
        if set(line) != {"of", "salt", "task"} or not _whole(task, last + 1, tasks) or not _whole(of, 0, stock):
            raise Malformed(
                f'line {number}: {{"of":m,"salt":"…","task":n}} expected, n from {last + 1} below {tasks}, m below {stock}, got '
                f"{sorted(line)} of task {task!r} and {of!r}",
                pointer="/extra",
            )
        if not isinstance(salt, str) or not SHORTEST_SALT <= len(salt) <= LONGEST_SALT:
            raise Malformed(
                f"line {number}: salt must be {SHORTEST_SALT} to {LONGEST_SALT} characters, got {salt!r}",
                pointer="/extra",
            )
        assert isinstance(task, int)
        assert isinstance(of, int)
        found[task] = of
        last = task
    if sorted(found.values()) != list(range(stock)):
        raise Malformed(
            f"every task of the stock must have one place, {stock} of them, got {len(set(found.values()))} at {len(found)}",
            pointer="/extra",
        )
    if tasks < 2 * stock:
        raise Malformed(
            f"at least half of the tasks must be the order's own: expected {2 * stock} tasks or more, got {tasks}",
            pointer="/items",
        )
    return found


def mixed(
    own: Sequence[Json], stock: Sequence[Json], *, shuffled: Sequence[int], salts: Sequence[str]
) -> tuple[list[Json], list[dict[str, Json]]]:
    """Return the items of an order that serves a stock among its own, and the lines of its places.

    shuffled: the numbers of all items, own ones first and the stock's behind them, in the order in which the order shall have them.
    salts: one for each item of the stock.
    """
    every = [*own, *stock]
    lines: list[dict[str, Json]] = [
        {"of": at - len(own), "salt": salts[at - len(own)], "task": n}
        for n, at in enumerate(shuffled)
        if at >= len(own)
    ]
    return [every[at] for at in shuffled], lines


def _whole(value: Json, low: int, end: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value < end


def unlike(at: Mapping[int, int], mine: Sequence[Json], theirs: Sequence[Json]) -> list[tuple[int, int]]:
    """Return the (task, stock's task) whose contents differ. mine, theirs: what each task shows, or commits to."""
    return [(n, m) for n, m in sorted(at.items()) if canonical.encode(mine[n]) != canonical.encode(theirs[m])]


def carried(at: Mapping[int, int], known: Known, sat: Iterable[Sat]) -> Carried:
    """Return what a stock's audits and juries make known in an order that serves it.

    at: the stock's task by the order's. known: by the stock's task. sat: who was given which of the stock's tasks, there and wherever
    it was judged before.
    """
    there = {m: n for n, m in at.items()}
    return Carried(
        known={n: known[m] for n, m in sorted(at.items()) if m in known},
        sat={(account, there[m]) for each in sat for account, m in each if m in there},
    )


def counted(answer: Answer, carried: Carried) -> bool:
    """Return whether an answer may count in the sequential test: not what its author was given before with the same content, for that
    is no fresh sign of skill, and they may have heard what is right."""
    return (answer.account, answer.task) not in carried.sat
