"""Claims without gas: the relayer sends the claim, the contract pays the account itself."""

from typing import cast

from hakari.adapters.sql.chain import Intent
from hakari.app import intents, views
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import Conflict
from hakari.core.ids import Account


class NothingToClaim(Conflict):
    """The account has no unclaimed money in an accepted epoch."""

    code = "nothing_to_claim"


def claim(node: Node, account: Account, *, address: str) -> list[str]:
    """Ask the relayer to claim all that an account has coming. Returns the names of the transactions; asking again repeats nothing.

    address: where the wish comes from. Anyone may ask and each transaction costs the relayer gas, so they have a pace of their own.
    Raises NothingToClaim or TooMany.
    """
    due = list(views.claimable(node, account))
    if not due:
        raise NothingToClaim(
            f"{account} has nothing to claim: pay becomes claimable when its epoch's window has passed"
        )
    with node.store.book() as book:
        wanted = [
            Intent(
                name=f"claim:{pool}:{epoch}:{account}",
                signer="relayer",
                contract="payouts",
                function="claim",
                args=[str(pool), str(epoch), cast(Json, leaf_args(leaf))],
            )
            for pool, epoch, leaf in due
        ]
        made = sum(intents.want(book, intent) for intent in wanted)
        if made:
            node.claims_pace.take(address, made)
    return [intent.name for intent in wanted]


def leaf_args(leaf: views.pay_tree.ClaimLeaf) -> list[object]:
    """Return a claim's leaf as JSON-able arguments: numbers as decimal strings, bytes as hex."""
    return [
        leaf.account,
        str(leaf.prev),
        str(leaf.inc),
        leaf.lines_root.hex(),
        str(leaf.index),
        [[step[0].hex(), str(step[1])] for step in leaf.path],
    ]
