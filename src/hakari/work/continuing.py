"""Orders that continue another: more money for the same definition, with more tasks, more answers or better pay. Pure.

An order's budget can't be raised in escrow: what it pays for was signed and funded once. What is wanted beyond that is an order
of its own, which names the first; each is judged and paid by itself, and their figures are shown together.
"""

from collections.abc import Iterator, Mapping

from hakari.core.canonical import Json
from hakari.work.orders import Order

OWN_SPEC = ("listed", "target")
"""Members of a spec that say who may answer and how many: each order's own."""


def differences(first: Order, order: Order) -> Iterator[tuple[str, object, object]]:
    """Yield (what, expected, got) for each point in which an order does not continue the first. Reward and tasks are free."""
    for what, expected, got in asked_otherwise(first, order):
        yield f"{what} of an order that continues", expected, got
    if order.guideline < first.guideline:
        yield "guideline version of an order that continues", f"at least {first.guideline}", order.guideline
    if "exam" in first.quality or "exam" in order.quality:
        # Its right answers are sealed once and public after: a second sitting would be for who has read them.
        yield "order that continues", "no exam", "an exam"


def asked_otherwise(first: Order, order: Order) -> Iterator[tuple[str, object, object]]:
    """Yield (what, expected, got) for each point in which an order is another buyer's than the first, or asks for something else."""
    for what, expected, got in (
        ("author", first.buyer, order.buyer),
        ("pool", first.pool, order.pool),
        ("source", first.source, order.source),
        ("evidence", first.evidence, order.evidence),
        ("rules", first.quality.get("rules"), order.quality.get("rules")),
        ("spec", definition(first.spec), definition(order.spec)),
    ):
        if expected != got:
            yield what, expected, got


def definition(spec: Mapping[str, Json]) -> dict[str, Json]:
    """Return the part of a spec that continuing orders share."""
    return {name: value for name, value in spec.items() if name not in OWN_SPEC}
