"""Royalties: how the income of a derived work flows to the works that it derives from.

A work names its parents, each with basis points; the parent's own terms say of what they are. The graph is given from the work sold
up to its roots; the caller turns a work's part into lines by that work's own terms and shares.

Source: Story Protocol's two policies, «liquid absolute percentage» and «liquid relative percentage»
(docs.story.foundation, royalty module). Here both round each royalty down, and what is left stays with who owes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.money import BPS, Micros

ALL, RECEIVED = "all", "received"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    """A work that another derives from, and its royalty in basis points.

    of: `all`, of whatever is sold anywhere below it (LAP); `received`, of what its child received (LRP).
    """

    work: str
    bps: int
    of: str = RECEIVED


Lineage = Mapping[str, Sequence[Parent]]
"""The parents of each work by its id; a work that is not a key has none."""


class RoyaltyTooHigh(Malformed):
    """The royalties that rest on one work exceed all of its income."""

    code = "royalty_too_high"


def lineage(work: str, parents: Callable[[str], Sequence[Parent]]) -> Lineage:
    """Return the graph from `work` up to its roots, each work asked for its parents once."""
    found: dict[str, Sequence[Parent]] = {}
    waiting = [work]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = parents(each)
            waiting += [parent.work for parent in found[each]]
    return found


def parts(amount: int, work: str, lineage: Lineage) -> dict[str, Micros]:
    """Return each work's part of `amount`, the income of `work`.

    First every ancestor that asks of all takes its percentage of the whole amount, for each way on which it is reached, added before
    rounding. Then, descendants first, every parent that asks of what was received takes its percentage of what its child has by then:
    all that came to it on every way. The parts sum to `amount`; works whose part is zero are left out, keys ascend.
    Raises RoyaltyTooHigh where the parents of one work, or those that ask of all, exceed 100 %; Malformed for a cycle or a part
    outside 0..10000 bps. Cost is that of the graph, not of its number of ways.
    """
    ordered = _descendants_first(work, lineage)
    ways, owed = {work: 1}, dict[str, int]()
    for child in ordered:
        named = lineage.get(child, ())
        _check_sum(child, sum(parent.bps for parent in named))
        for parent in named:
            ways[parent.work] = ways.get(parent.work, 0) + ways[child]
            if parent.of == ALL:
                owed[parent.work] = owed.get(parent.work, 0) + ways[child] * parent.bps
    _check_sum(work, sum(owed.values()))
    found = {each: money.portion(amount, bps) for each, bps in owed.items()}
    found[work] = Micros(amount - sum(found.values()))
    for child in ordered:
        received = found.get(child, 0)
        for parent in lineage.get(child, ()):
            if parent.of != ALL:
                royalty = money.portion(received, parent.bps)
                found[parent.work] = Micros(found.get(parent.work, 0) + royalty)
                found[child] = Micros(found[child] - royalty)
    return {each: found[each] for each in sorted(found) if found[each]}


def _check_sum(work: str, bps: int) -> None:
    if bps > BPS:
        raise RoyaltyTooHigh(f"royalties on {work} must be at most {BPS} bps, got {bps}")


def _descendants_first(work: str, lineage: Lineage) -> list[str]:
    """Return `work` and its ancestors so that each comes after all that derive from it (depth first, reversed finishing order)."""
    finished: list[str] = []
    state: dict[str, str] = {work: "open"}
    # an explicit stack: a lineage may be longer than Python's recursion limit
    stack = [(work, iter(lineage.get(work, ())))]
    while stack:
        child, parents = stack[-1]
        parent = next(parents, None)
        if parent is None:
            state[child] = "done"
            finished.append(child)
            stack.pop()
            continue
        if not 0 <= parent.bps <= BPS or parent.of not in (ALL, RECEIVED):
            raise Malformed(f"royalty must be 0 to {BPS} bps of all or received, got {parent} from {child}")
        if state.get(parent.work) == "open":
            raise Malformed(f"a work can't derive from itself, got {parent.work} above {child}")
        if parent.work not in state:
            state[parent.work] = "open"
            stack.append((parent.work, iter(lineage.get(parent.work, ()))))
    return finished[::-1]
