"""Ending a licence before its time, because the data is withdrawn: the operator asks, the chain decides, the next use is refused.

The unvested part of the price becomes the buyer's on chain; what had vested is paid as ever. A breach is the arbiter's to say.
"""

import hashlib
from typing import Any

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.sql.chain import Intent
from hakari.app import intents, offices, shelf
from hakari.app.node import Node
from hakari.core.errors import Conflict, Forbidden, Unknown
from hakari.core.ids import Account

WITHDRAWAL = "1"
"""The contract's scope of a revocation by the operator."""


class UnknownLicence(Unknown):
    """A licence that nobody bought, or of another node's pool."""

    code = "unknown_licence"


class LicenceRevoked(Conflict):
    """The licence was revoked before."""

    code = "licence_revoked"


def revoke(node: Node, account: Account, number: int, *, reason: str) -> dict[str, Any]:
    """Have the operator's key revoke a licence of this node on chain. From now on no use of it is taken and no file of it opened.

    reason: its SHA-256 goes on chain. The same again asks for nothing more. Raises Forbidden, UnknownLicence or LicenceRevoked.
    """
    if account != node.operator:
        raise Forbidden(f"licences are withdrawn by the operator, {node.operator}, got {account}")
    told = hashlib.sha256(reason.encode()).hexdigest()
    with node.store.book() as book:
        held = shelf.licence(book, number)
        if held is None or book.releases.get(held.release) is None:
            raise UnknownLicence(f"licence must be one of a release of this node, got {number}")
        if shelf.ended(book, number):
            raise LicenceRevoked(f"licence {number} must not be revoked yet, it is")
        release = book.releases.get(held.release)
        assert release is not None  # asked above
        offices.pass_(node, book, release.pool)
        intents.want(
            book,
            Intent(
                name=f"{shelf.REVOKE}{number}",
                signer="operator",
                contract="licences",
                function="revoke",
                args=[str(number), told, WITHDRAWAL],
            ),
        )
    return {"licence": number, "reason_hash": told}


def overtaken(intent: Intent, error: Reverted) -> bool:
    """Tell whether the arbiter has revoked the licence before us, for a breach: ours will never be taken, and nobody misses it."""
    return (intent.contract, intent.function, error.reason) == ("licences", "revoke", "revoked")
