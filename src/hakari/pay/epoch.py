"""Epochs: a closed set of lines of one pool, with the tree that the chain pays by.

The operator assembles an epoch to propose it, a verifier to compare: the same due statements give the same bytes.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Malformed
from hakari.core.ids import Account, Digest
from hakari.core.money import Micros
from hakari.pay import lines as pay_lines
from hakari.pay import tree as pay_tree
from hakari.pay.lines import Debt, Line, Owed, Pull, Settlement, Work
from hakari.pay.slashes import Slash
from hakari.pay.tree import Tree
from hakari.people.statements import PULLS
from hakari.work.orders import Terms


class NothingDue(Conflict):
    """No due statement pays anyone or sets reserved money free; the chain would refuse such an epoch."""

    code = "nothing_due"


class TooManyOrders(Conflict):
    """More escrow orders are due than one epoch can pull from; a smaller size holds fewer."""

    code = "too_many_orders"


@dataclass(frozen=True, kw_only=True, eq=False)
class Epoch:
    """One epoch, complete.

    body: of the `epoch` statement. lines_file: the evidence that it names. evidence: 32 bytes for the contract's proposal.
    paid: every account's cumulative amount once this epoch is accepted, the next one's `previous`; earned: of it what is no fee.
    """

    body: Mapping[str, Json]
    lines: Sequence[Line]
    lines_file: bytes
    evidence: bytes
    pulls: Sequence[Pull]
    owed: Sequence[Owed]
    tree: Tree
    paid: Mapping[Account, Micros]
    earned: Mapping[Account, Micros]


def assemble(
    *,
    number: int,
    size: int,
    terms: Terms,
    due: Sequence[Debt],
    previous: Mapping[Account, Micros],
    earned: Mapping[Account, Micros],
) -> Epoch:
    """Return the epoch that pays the due statements of one pool and one terms version.

    number: the chain counts from 1. due: what statements of these terms with leaf < size owe that no earlier accepted
    epoch paid, in any order.
    previous: cumulative amounts of the pool's last accepted epoch, whatever its terms; earned: the same without lines that are fees.
    Raises NothingDue, TooManyOrders, and Malformed where a statement is due twice or amounts go beyond 2^96.
    """
    causes = Counter(each.cause for each in due)
    twice = [cause for cause, count in causes.items() if count > 1]
    if twice:
        raise Malformed(f"a statement is paid once, got {twice[0]} twice")
    lines = pay_lines.merged(line for each in due for line in _lines(each, terms))
    pulls = pay_lines.pulls(due, lines, terms)
    if not pulls:
        raise NothingDue(f"an epoch must pay or free something, got {len(due)} due statements that don't")
    if len(pulls) > PULLS:
        raise TooManyOrders(f"an epoch pulls from at most {PULLS} escrow orders, got {len(pulls)} below size {size}")
    owed = pay_lines.carry(previous, lines)
    tree = pay_tree.build(owed)
    lines_file = pay_lines.evidence(lines)
    named = Digest(hashlib.sha256(lines_file).hexdigest())
    weights = pay_lines.earned(earned, lines)
    return Epoch(
        body=_body(number=number, size=size, terms=terms, pulls=pulls, named=named, tree=tree),
        lines=lines,
        lines_file=lines_file,
        evidence=pay_tree.evidence_of(named, weights if terms.votes else {}),
        pulls=pulls,
        owed=owed,
        tree=tree,
        paid=pay_lines.cumulative(owed),
        earned=weights,
    )


def _lines(due: Debt, terms: Terms) -> list[Line]:
    if isinstance(due, Work):
        return pay_lines.work_lines(due, terms)
    if isinstance(due, Settlement):
        return pay_lines.settlement_lines(due, terms)
    if isinstance(due, Slash):
        return pay_lines.slash_lines(due)
    return pay_lines.sale_lines(due, terms)


def _body(*, number: int, size: int, terms: Terms, pulls: Sequence[Pull], named: Digest, tree: Tree) -> dict[str, Json]:
    return {
        "depth": tree.depth,
        "lines": named,
        "number": number,
        "pool": terms.pool,
        "pulls": [{"free": str(pull.free), "order": pull.order, "pay": str(pull.pay)} for pull in pulls],
        "root": tree.root.hex(),
        "size": size,
        "terms_version": terms.version,
        "total": str(tree.total),
    }


def fitting_size(*, sizes: Iterable[int], due: Sequence[tuple[int, Debt]]) -> int | None:
    """Return the largest of `sizes` below which at most 32 escrow orders are due, or None where even the smallest holds more.

    due: pairs of a statement's leaf and what it makes due. The sizes are those of anchored checkpoints.
    """
    first = dict[int, int]()
    for leaf, each in due:
        first[each.source] = min(leaf, first.get(each.source, leaf))
    fitting = [size for size in sizes if sum(leaf < size for leaf in first.values()) <= PULLS]
    return max(fitting, default=None)
