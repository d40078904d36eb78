"""Sign-in sessions: a nonce, a signed message, a token until it ends."""

import hashlib
import secrets
from typing import Any

from hakari.app.node import Node
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.people import siwe

NONCE_S = 600
SESSION_S = 7 * 86_400


def nonce(node: Node) -> dict[str, Any]:
    """Return a fresh sign-in nonce with what the message must say."""
    made = secrets.token_hex(16)
    with node.store.book() as book:
        book.doorway.issue_nonce(made, node.clock() + NONCE_S)
    return {
        "nonce": made,
        "domain": node.settings.domain,
        "uri": node.settings.url,
        "chain_id": node.settings.chain_id,
        "expires": node.clock() + NONCE_S,
    }


def sign_in(node: Node, message: str, signature: str) -> dict[str, Any]:
    """Return a session for the account that signed the EIP-4361 message. Raises Malformed, WrongSignIn or WrongSignature."""
    try:
        asked = siwe.parse(message)
        account = siwe.check(
            message,
            signature,
            domain=node.settings.domain,
            uri=node.settings.url,
            chain_id=node.settings.chain_id,
            nonce=asked.nonce,
            now=node.clock(),
        )
    except HakariError as error:
        # A line of the message is no member of the request.
        if error.pointer != "/signature":
            error.pointer = "/message"
        raise
    token, expires = secrets.token_urlsafe(32), node.clock() + SESSION_S
    with node.store.book() as book:
        if not book.doorway.spend_nonce(asked.nonce, node.clock()):
            raise siwe.WrongSignIn(
                f"nonce must be one this node made in the last ten minutes, used once, got {asked.nonce!r}",
                pointer="/message",
            )
        book.doorway.open_session(_hashed(token), account, expires)
    return {"token": token, "account": account, "expires": expires}


def session(node: Node, token: str) -> Account | None:
    """Return the account of a live session, or None."""
    with node.store.reading() as book:
        return book.doorway.session(_hashed(token), node.clock())


def sign_out(node: Node, token: str) -> None:
    """End a session."""
    with node.store.book() as book:
        book.doorway.close_session(_hashed(token))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
