"""The book of session keys: which key may sign what, as the log stands.

Pure: it takes good statements in log order and answers for the next one. Intake and verification ask the same book.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hakari.core import statement as statements
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Forbidden
from hakari.core.ids import Account
from hakari.core.statement import SCOPE_OF_KIND, Statement
from hakari.people import signing
from hakari.people.delegation import SessionKey, check_delegation, check_revocation, named_key
from hakari.people.signing import WrongSignature


class UnknownKey(Forbidden):
    """A session key that the author has not delegated."""

    code = "unknown_key"


class EarlyKey(Forbidden):
    """A statement of a time before its key becomes good."""

    code = "early_key"


class ExpiredKey(Forbidden):
    """A statement of a time at or after the end of its key."""

    code = "expired_key"


class RevokedKey(Forbidden):
    """A session key that its account took back."""

    code = "revoked_key"


class WrongScope(Forbidden):
    """A session key that was not delegated for this kind of statement."""

    code = "wrong_scope"


class NotOperator(Forbidden):
    """A statement that only the operator of this log may make."""

    code = "not_operator"


class TakenKey(Conflict):
    """A session key that belongs to another account, or a second delegation that is not newer than the first."""

    code = "taken_key"


def may_sign(statement: Statement, session: SessionKey | None) -> None:
    """Check that `session` (what the log says of the statement's key, or None) lets it sign, and that it did.

    Raises UnknownKey, RevokedKey, WrongScope, EarlyKey, ExpiredKey or WrongSignature, the first that holds in this order.
    """
    may_use(statement, session)
    if not signed(statement):
        raise WrongSignature(f"signature is not that of key {statement.key}", pointer="/signature")


def signed(statement: Statement) -> bool:
    """Return whether the session key that the statement names made its signature. Needs no log: whose key it is, is `may_use`."""
    return signing.verify(statement.key, statements.message(statement), statement.signature)


def may_use(statement: Statement, session: SessionKey | None) -> None:
    """Check all of `may_sign` but the signature itself, and raise what it raises."""
    if session is None or session.account != statement.author:
        raise UnknownKey(f"key must be delegated by {statement.author} first, got {statement.key}", pointer="/key")
    if session.revoked:
        raise RevokedKey(f"key {statement.key} was revoked by {session.account}", pointer="/key")
    scope = SCOPE_OF_KIND[statement.kind]
    if scope not in session.scopes:
        raise WrongScope(
            f"key must hold the scope {scope!r} for a {statement.kind}, got {list(session.scopes)}", pointer="/key"
        )
    if statement.time < session.not_before:
        raise EarlyKey(
            f"time must be at or after the key's not_before {session.not_before}, got {statement.time}", pointer="/time"
        )
    if statement.time >= session.expires:
        raise ExpiredKey(
            f"time must be before the key's expires {session.expires}, got {statement.time}", pointer="/time"
        )


def operator_after(author: Account, body: Mapping[str, Json]) -> Account:
    """Return who operates a log from the leaf after a good `node` statement on: whom it names, or else its author."""
    return Account(str(body.get("operator", author)))


class KeyBook:
    """Session keys and the operator of one log, after the statements taken so far.

    `keys` and `operator` restore a book from stored state; a new log begins with neither.
    """

    def __init__(
        self, *, chain_id: int, origin: str, keys: Iterable[SessionKey] = (), operator: Account | None = None
    ) -> None:
        self.chain_id = chain_id
        self.origin = origin
        self.operator = operator
        self._keys = {session.key: session for session in keys}

    def key(self, key: str) -> SessionKey | None:
        """Return what is known of a session key, or None."""
        return self._keys.get(key)

    def may(self, statement: Statement) -> None:
        """Check that the statement may be the next leaf as far as keys and signatures go; its body is not looked at otherwise.

        Raises the errors of `may_sign`; NotOperator for a kind of scope operate by another author; for a delegation or revocation
        Malformed, WeakKey, WrongSignature, TakenKey, UnknownKey or RevokedKey.
        """
        if statement.kind == "delegation":
            self._may_delegate(check_delegation(statement, chain_id=self.chain_id, origin=self.origin))
        elif statement.kind == "revocation":
            self._may_revoke(statement, check_revocation(statement, chain_id=self.chain_id, origin=self.origin))
        else:
            self._may_operate(statement)
            may_sign(statement, self._keys.get(statement.key))

    def take(self, statement: Statement, leaf: int | None = None) -> None:
        """Record a statement that `may` let pass, as leaf `leaf`. Only delegations, revocations and node statements change the book."""
        if statement.kind == "delegation":
            self._keys[str(statement.body["session_key"])] = replace(named_key(statement), leaf=leaf)
        elif statement.kind == "revocation":
            key = str(statement.body["session_key"])
            self._keys[key] = replace(self._keys[key], revoked=True)
        elif statement.kind == "node":
            self.operator = operator_after(statement.author, statement.body)

    def _may_delegate(self, session: SessionKey) -> None:
        known = self._keys.get(session.key)
        if known is None:
            return
        if known.account != session.account:
            raise TakenKey(f"key {session.key} belongs to another account", pointer="/body/session_key")
        if known.revoked:
            # A key is taken back because it may be in other hands; whoever holds it could have kept an unlogged delegation.
            raise RevokedKey(f"key {session.key} was revoked; delegate a new one", pointer="/body/session_key")
        if session.nonce <= known.nonce:
            raise TakenKey(
                f"nonce must be above {known.nonce} to delegate the key again, got {session.nonce}",
                pointer="/body/nonce",
            )

    def _may_revoke(self, statement: Statement, key: str) -> None:
        known = self._keys.get(key)
        if known is None or known.account != statement.author:
            raise UnknownKey(
                f"session_key must be one that {statement.author} delegated, got {key}", pointer="/body/session_key"
            )
        if known.revoked:
            raise RevokedKey(f"key {key} was revoked before", pointer="/body/session_key")

    def _may_operate(self, statement: Statement) -> None:
        if SCOPE_OF_KIND[statement.kind] != "operate":
            return
        if self.operator is None and statement.kind != "node":
            raise NotOperator(f"the log must have a node statement before a {statement.kind}", pointer="/kind")
        if self.operator is not None and statement.author != self.operator:
            raise NotOperator(
                f"author of a {statement.kind} must be the operator {self.operator}, got {statement.author}",
                pointer="/author",
            )
