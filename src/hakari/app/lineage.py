"""Lineage: what a release derives from, what derives from it, and who has which part of its income."""

from collections.abc import Sequence
from typing import cast

from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Book
from hakari.app import versions
from hakari.app.node import Node
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.errors import Malformed, Unknown
from hakari.core.ids import Account, StatementId
from hakari.data import lineages
from hakari.pay import lines as pay_lines
from hakari.pay import royalties
from hakari.pay.lines import Owners
from hakari.pay.royalties import Lineage, Parent
from hakari.people.statements import PARENTS
from hakari.work.orders import Terms


class UnknownRelease(Unknown):
    """A release that this node does not have."""

    code = "unknown_release"


class ShareTooLow(Malformed):
    """The terms of a parent ask for a larger share of what derives from it."""

    code = "share_too_low"


def known(book: Book, release: str, *, pointer: str | None = None) -> ReleaseRow:
    """Return a release of this node. Raises UnknownRelease."""
    found = book.releases.get(release)
    if found is None:
        raise UnknownRelease(f"release must be one of this node's, got {release[:80]!r}", pointer=pointer)
    return found


def upwards(book: Book, release: str) -> Lineage:
    """Return a release with all that it derives from, and of what each is asked."""
    return royalties.lineage(release, lambda each: _parents(book, lineages.parents(known(book, each).body)))


def _parents(book: Book, named: list[tuple[str, int]]) -> list[Parent]:
    return [Parent(work=each, bps=bps, of=_terms(book, known(book, each)).derive_of) for each, bps in named]


def owners(book: Book, release: str) -> Owners:
    """Return whose a release's income is: the terms of its order, its buyer, its shares."""
    row = known(book, release)
    order = book.orders.get(row.order)
    assert order is not None  # a release is made of an order
    verdicts = cast(list[str], cast(dict[str, Json], row.body["lineage"])["verdicts"])
    terms = _terms(book, row)
    weights = shares(book, [StatementId(each) for each in verdicts], terms)
    return Owners(terms=terms, originator=order.buyer, weights=weights)


def shares(book: Book, verdicts: Sequence[StatementId], terms: Terms) -> dict[Account, int]:
    """Return the shares of a release of these verdicts under its order's terms."""
    early = terms.early
    accepted = [book.answers.accepted_by_account(each) for each in verdicts]
    first = [] if early is None else [book.answers.first_by_account(each, early.answers) for each in verdicts]
    return pay_lines.early_shares(accepted, first, early)


def _terms(book: Book, row: ReleaseRow) -> Terms:
    return versions.of_order(book, row.order)


def check_parents(book: Book, named: list[tuple[str, int]]) -> None:
    """Raise unless a new release may name these parents with these shares (basis points).

    UnknownRelease, ShareTooLow where a parent's terms ask for more, RoyaltyTooHigh where all of them leave nothing, Malformed.
    """
    if len(named) > PARENTS or len({each for each, _ in named}) < len(named):
        raise Malformed(f"parents must be at most {PARENTS}, each once, got {len(named)}", pointer="/parents")
    for number, (each, bps) in enumerate(named):
        row = known(book, each, pointer=f"/parents/{number}/release")
        # The log's rule looks at the terms that the parent's order is under, `licences.offer` at the pool's newest.
        least = max(_terms(book, row).derive_bps, max(versions.of(book, row.pool).items())[1].derive_bps)
        if bps < least:
            raise ShareTooLow(
                f"bps must be at least {least}, as the terms of pool {row.pool} ask of what derives from it, got {bps}",
                pointer=f"/parents/{number}/bps",
            )
    above: dict[str, list[Parent]] = {"": _parents(book, named)}
    graph = royalties.lineage("", lambda each: above[each] if each in above else upwards(book, each)[each])
    royalties.parts(money.BPS, "", graph)


def show(node: Node, release: str) -> dict[str, Json]:
    """Return a release's lineage: every release above and below it with its edges, and the parts of 1,000,000 units of income."""
    with node.store.reading() as book:
        known(book, release)
        above = upwards(book, release)
        below = _downwards(book, release)
        names = {each: known(book, each) for each in {*above, *below}}
    parts = royalties.parts(money.UNIT, release, above)
    edges = [
        {"bps": parent.bps, "child": child, "of": parent.of, "parent": parent.work}
        for child, parents in sorted(above.items())
        for parent in parents
    ]
    return {
        "release": release,
        "releases": {each: {"name": row.body["name"], "pool": row.pool} for each, row in sorted(names.items())},
        "parents": cast(Json, edges),
        "derived": list[Json](below),
        "parts": {each: str(amount) for each, amount in parts.items()},
    }


def _downwards(book: Book, release: str) -> list[str]:
    """Return the releases that name this one as a parent, oldest first."""
    found: list[str] = []
    after = 0
    while page := book.releases.page(after=after, limit=200):
        found += [row.id for _, row in page if release in {each for each, _ in lineages.parents(row.body)}]
        after = page[-1][0]
    return found
