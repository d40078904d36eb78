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

NAMES = ("log", "operator", "relayer", "session")
"""What can be rotated."""


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
        raise Malformed(f"key must be one of {list(NAMES)}, got {name!r}")
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
            delegate(book, keys.secret("operator"), staged, log=log, chain_id=chain_id, at=at)
            revoke(book, keys.secret("operator"), old, log=log, chain_id=chain_id, at=at)
    keys.promote("session")


def settle_operator(store: Store, keys: Keys) -> None:
    """Take up the staged account of the operator where the log says that it operates; its session key first."""
    staged, session = keys.staged("operator"), keys.staged("session")
    if staged is None:
        return
    with store.reading() as book:
        operates = operators(book)[-1:] == [address_of(staged)]
        known = None if session is None else book.statements.key(signing.public_key(session))
    if not operates:
        return
    if known is not None and known.account == address_of(staged):
        keys.promote("session")
    keys.promote("operator")


def delegate(book: Book, operator: bytes, session: bytes, *, log: str, chain_id: int, at: int) -> None:
    """Record that the operator's account delegates a session key of scope operate. Both are given by their secrets."""
    key = signing.public_key(session)
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


def revoke(book: Book, operator: bytes, key: str, *, log: str, chain_id: int, at: int) -> None:
    """Record that the operator's account takes a session key back."""
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
