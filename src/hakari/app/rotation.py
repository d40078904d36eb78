"""New keys for old. A rotation is staged first and finished at once or at the next start, so that it can be cut off anywhere."""

from dataclasses import replace

from hakari.adapters.blobs import Folder, Objects
from hakari.adapters.keys import Keys
from hakari.adapters.sql.store import Book, Store
from hakari.app.logbook import hand_over
from hakari.core import typed
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.statement import ACCOUNT_KEY, Statement
from hakari.log.note import SignerKey
from hakari.people import signing
from hakari.people.book import operator_after
from hakari.people.delegation import named_key
from hakari.people.wallets import address_of, sign_typed

SESSION_SECONDS = 10 * 365 * 86_400
"""How long the operator's session key is good."""

NAMES = ("log", "relayer", "session")
"""What can be rotated here. The operator's account is in the pools' terms on chain: a vote replaces it."""


def operators(book: Book) -> list[Account]:
    """Return who operated this log, in order, the one who does now last; nobody before the log begins."""
    found: list[Account] = []
    for statement, _ in book.statements.about("node"):
        after = operator_after(statement.author, statement.body)
        if not found or found[-1] != after:
            found.append(after)
    return found


def stage(keys: Keys, name: str) -> None:
    """Make the key that is to follow; the node takes it up when it is opened next. Raises Malformed for an unknown name."""
    if name not in NAMES:
        raise Malformed(f"key must be one of {list(NAMES)}, got {name!r}; the operator is replaced by its pools' vote")
    keys.stage(name)
    if name == "relayer":
        keys.promote(name)


def log_signer(keys: Keys, public: Folder | Objects, origin: str) -> SignerKey:
    """Return the log's signer, after finishing a staged rotation: the published checkpoint is signed again by the new key."""
    old = SignerKey(name=origin, seed=keys.secret("log"))
    staged = keys.staged("log")
    if staged is None:
        return old
    new = SignerKey(name=origin, seed=staged)
    hand_over(public, old, new)
    keys.promote("log")
    return new


def finish_session(store: Store, keys: Keys, *, log: str, chain_id: int, at: int) -> None:
    """Finish a staged rotation of the operator's session key: the new one delegated, the old one revoked, in one transaction."""
    staged = keys.staged("session")
    if staged is None:
        return
    old = signing.public_key(keys.secret("session"))
    with store.book() as book:
        if book.statements.key(signing.public_key(staged)) is None:
            delegate(book, keys, log=log, chain_id=chain_id, at=at, secret=staged)
            _revoke(book, keys, old, log=log, chain_id=chain_id, at=at)
    keys.promote("session")


def delegate(book: Book, keys: Keys, *, log: str, chain_id: int, at: int, secret: bytes | None = None) -> None:
    """Record that the operator delegates a session key of scope operate: its own, or the one given."""
    operator = keys.secret("operator")
    key = signing.public_key(keys.secret("session") if secret is None else secret)
    message = typed.delegation(
        chain_id=chain_id,
        log=log,
        account=address_of(operator),
        session_key=key,
        scopes="operate",
        not_before=at,
        expires=at + SESSION_SECONDS,
        nonce=0,
    )
    body: dict[str, Json] = {
        "expires": at + SESSION_SECONDS,
        "log": log,
        "nonce": 0,
        "not_before": at,
        "scopes": "operate",
        "session_key": key,
    }
    said = _said("delegation", operator, body, message, at)
    book.statements.add(said)
    book.statements.keep_key(named_key(said))


def _revoke(book: Book, keys: Keys, key: str, *, log: str, chain_id: int, at: int) -> None:
    operator = keys.secret("operator")
    message = typed.revocation(chain_id=chain_id, log=log, account=address_of(operator), session_key=key, time=at)
    book.statements.add(_said("revocation", operator, {"log": log, "session_key": key}, message, at))
    known = book.statements.key(key)
    if known is not None:
        book.statements.keep_key(replace(known, revoked=True))


def _said(kind: str, secret: bytes, body: dict[str, Json], message: dict[str, object], at: int) -> Statement:
    return Statement(
        kind=kind,
        author=address_of(secret),
        time=at,
        body=body,
        key=ACCOUNT_KEY,
        signature=sign_typed(secret, message),
    )
