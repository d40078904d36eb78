"""Who was paid by whom, looked up on the chain and said in the log before an order's audits are aimed by it."""

from collections.abc import Collection, Iterator
from typing import cast

from hakari.adapters.evm.chain import ChainUnavailable
from hakari.adapters.sql.store import Book
from hakari.app import careers
from hakari.app.node import Node
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Conflict
from hakari.core.ids import Account, StatementId
from hakari.core.statement import Statement
from hakari.work import funding, quality
from hakari.work.funding import Paid, Transfer
from hakari.work.intake import Running
from hakari.work.records import OrderRow


class PastUnseen(Conflict):
    """The chain node answers, but does not show the token's transfers so many blocks back; another may (HAKARI_CHAIN_URL)."""

    code = "past_unseen"


def asked(facts: Running) -> bool:
    """Return whether who was paid by whom counts in an order's draw."""
    declared = quality.read(facts.order.quality)
    audits = None if declared is None else declared.audits
    return audits is not None and audits.asks_funding(len(facts.publics))


def said(book: Book, order: StatementId) -> tuple[Statement, int | None] | None:
    """Return the `funding` statement of an order with its leaf, None where there is none yet."""
    found = book.statements.about("funding", order)
    return found[0] if found else None


def say(node: Node, order: OrderRow) -> bool:
    """Say which transfers touch an order's accounts, up to the last block that the log tells of. Returns whether it was said. Raises
    PastUnseen."""
    with node.store.reading() as book:
        block = book.chain.mark("reported")
        sent = book.statements.about("submission", order.id)
    accounts = {each.author for each, _ in sent if "role" not in each.body}
    if block is None:
        return False
    before = node.chain.block_hash(block)
    seen = _transfers(node, accounts, block)
    if before is None or node.chain.block_hash(block) != before:
        return False  # it was rewritten while it was read: the next round sees what came of it
    found = funding.recorded(seen, accounts=accounts, contracts=node.contracts.named().values())
    body: dict[str, Json] = {
        "block": block,
        "order": order.id,
        "transfers": node.evidence(canonical.lines(each.line() for each in found)),
    }
    with node.store.book() as book:
        if said(book, order.id) is not None or book.chain.mark("reported") != block:
            return False
        book.statements.add(node.sentence("funding", body), subject=order.id)
    return True


def _transfers(node: Node, accounts: Collection[Account], block: int) -> list[Transfer]:
    first = funding.first(block)
    try:
        return node.chain.transfers(node.contracts.payment_token, accounts, first, block)
    except ChainUnavailable as error:
        node.chain.block_number()  # where the node is away altogether, that is what is raised
        raise PastUnseen(
            f"the chain node must show transfers of the payment token in blocks {first} to {block}, got: {error.message}"
        ) from error


def linked(node: Node, book: Book, facts: Running, among: Collection[Account]) -> frozenset[Account]:
    """Return which accounts of an order money ties to another one: by its `funding` and the newest before it in its pool, and by the
    claims to another account that came before its own."""
    own = said(book, facts.order.id) if asked(facts) else None
    if own is None:
        return frozenset()
    paid = list(claims(book, among, cast(int, own[0].body["block"])))
    for each in _recent(book, own[0], facts.order.pool):
        lines = canonical.read_lines(node.kept(str(each.body["transfers"])))
        paid += [(made.payer, made.payee) for made in map(funding.read, lines)]
    return funding.linked(paid, among)


def _recent(book: Book, own: Statement, pool: int) -> list[Statement]:
    """Return an order's `funding` statement and those before it in its pool, RECENT at most."""
    told = [each for each, _ in book.statements.about("funding")]
    found: list[Statement] = []
    for each in reversed(told[: 1 + [one.id for one in told].index(own.id)]):
        if careers.order_of(book, str(each.body["order"])).pool == pool:
            found.append(each)
        if len(found) == funding.RECENT:
            break
    return found


def claims(book: Book, accounts: Collection[Account], block: int) -> Iterator[Paid]:
    """Yield what these accounts claimed straight to another one, up to a block."""
    for account in sorted(accounts):
        for event in book.chain.events(contract="payouts", event="Claimed", last=block, having=("account", account)):
            recipient = Account(str(event.args["recipient"]))
            if recipient != account:
                yield account, recipient
