"""Royalties: how the income of a derived work flows to the works that it derives from.

A work names its parents, each with basis points. The graph is given from the work sold up to its roots; the caller turns a work's
part into lines by that work's own shares.

Source: Story Protocol's two policies, «liquid absolute percentage» and «liquid relative percentage»
(docs.story.foundation, royalty module). Here both round each royalty down, and what is left stays with who owes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.core import money
from hakari.core.errors import Malformed
from hakari.core.money import BPS, Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    """A work that another derives from, and its royalty in basis points."""

    work: str
    bps: int


Lineage = Mapping[str, Sequence[Parent]]
"""The parents of each work by its id; a work that is not a key has none."""


class RoyaltyTooHigh(Malformed):
    """The royalties that rest on one work exceed all of its income."""

    code = "royalty_too_high"


def absolute(amount: int, work: str, lineage: Lineage) -> dict[str, Micros]:
    """Return each work's part of `amount` where every ancestor takes its percentage of the whole income (LAP).

    An ancestor reached on several ways is owed for each of them, added before rounding. The parts sum to `amount`; works whose part
    is zero are left out, keys ascend. Raises RoyaltyTooHigh where the percentages exceed 100 %, Malformed for a cycle or a part outside
    0..10000 bps. Cost is that of the graph, not of its number of ways.
    """
    ways, owed = {work: 1}, dict[str, int]()
    for child in _descendants_first(work, lineage):
        for parent in lineage.get(child, ()):
            ways[parent.work] = ways.get(parent.work, 0) + ways[child]
            owed[parent.work] = owed.get(parent.work, 0) + ways[child] * parent.bps
    if sum(owed.values()) > BPS:
        raise RoyaltyTooHigh(f"royalties on {work} must be at most {BPS} bps, got {sum(owed.values())}")
    parts = {each: money.portion(amount, bps) for each, bps in owed.items()}
    parts[work] = Micros(amount - sum(parts.values()))
    return {each: parts[each] for each in sorted(parts) if parts[each]}


def relative(amount: int, work: str, lineage: Lineage) -> dict[str, Micros]:
    """Return each work's part of `amount` where every parent takes its percentage of what its child received (LRP).

    All that a work receives, on every way, is added before its own parents' royalties are taken. The parts sum to `amount`; works
    whose part is zero are left out, keys ascend. Raises RoyaltyTooHigh where one work's parents exceed 100 %, Malformed for a cycle or
    a part outside 0..10000 bps.
    """
    parts = {work: amount}
    for child in _descendants_first(work, lineage):
        parents, received = lineage.get(child, ()), parts[child]
        if sum(parent.bps for parent in parents) > BPS:
            raise RoyaltyTooHigh(f"royalties on {child} must be at most {BPS} bps, got {sum(p.bps for p in parents)}")
        for parent in parents:
            royalty = money.portion(received, parent.bps)
            parts[parent.work] = parts.get(parent.work, 0) + royalty
            parts[child] -= royalty
    return {each: Micros(parts[each]) for each in sorted(parts) if parts[each]}


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
        if not 0 <= parent.bps <= BPS:
            raise Malformed(f"royalty must be 0 to {BPS} bps, got {parent.bps} from {child} to {parent.work}")
        if state.get(parent.work) == "open":
            raise Malformed(f"a work can't derive from itself, got {parent.work} above {child}")
        if parent.work not in state:
            state[parent.work] = "open"
            stack.append((parent.work, iter(lineage.get(parent.work, ()))))
    return finished[::-1]
