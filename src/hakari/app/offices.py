"""Who operates a pool on chain, as far as this node heard. Only that account reserves, proposes and publishes in it.

Where a vote of the pool's people, or a hand-over, made somebody else its operator, this node takes no new work there: it could not
reserve what it promises. What is recorded is judged and said as ever, so that the new operator, or anyone, proposes what is owed.
"""

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.errors import Conflict
from hakari.core.ids import Account


class OtherOperator(Conflict):
    """The pool has another operator on chain: this node takes no orders, answers or releases in it any more."""

    code = "other_operator"


def operator(book: Book, pool: int) -> Account | None:
    """Return a pool's operator on chain, None where none was heard."""
    changed = book.chain.events(contract="pools", event="OperatorChanged", having=("pool", str(pool)))
    return Account(str(changed[-1].args["operator"])) if changed else None


def ours(node: Node, book: Book, pool: int) -> bool:
    """Tell whether this node operates a pool."""
    return operator(book, pool) in (None, node.operator)


def pass_(node: Node, book: Book, pool: int) -> None:
    """Let pass what only a pool's operator can see to. Raises OtherOperator."""
    standing = operator(book, pool)
    if standing not in (None, node.operator):
        raise OtherOperator(
            f"pool {pool} must be operated by this node, {node.operator}, its operator on chain is {standing}; what is recorded here "
            "is judged and paid, money in escrow goes back when its buyer closes the order"
        )


def give_up(node: Node) -> bool:
    """Take back what was to be sent to the chain as the operator of pools that have another one: it would wait for ever."""
    with node.store.reading() as book:
        lost = {row.pool for row in book.orders.pools() if not ours(node, book, row.pool)}
        if not lost:
            return False
        waiting = [each for each in book.chain.intents("waiting", signer="operator") if _pool(book, each) in lost]
    for intent in waiting:
        with node.store.book() as book:
            standing = book.chain.intent(intent.name)
            if standing is not None and standing.status == "waiting":
                book.chain.change(intent.name, status="reverted", note="the pool has another operator")
    return bool(waiting)


def _pool(book: Book, intent: Intent) -> int | None:
    """Return the pool whose operator alone may send an intent; None where others may too, or it can wait till the role returns."""
    if (intent.contract, intent.function) == ("payouts", "propose"):
        return int(str(intent.args[0]))
    if (intent.contract, intent.function) == ("escrow", "reserve"):
        row = book.orders.of_escrow(int(str(intent.args[0])))
        return None if row is None else row.pool
    return None
