"""Who may sign for an account: delegations and revocations, signed by the account itself as EIP-712 typed data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from eth_account import Account as Wallet
from eth_account.messages import SignableMessage, encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from hakari.core import typed
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.people.signing import WrongSignature, check_key
from hakari.people.statements import check_body

_SIGNATURE = re.compile(r"[0-9a-f]{130}")
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Number of points of secp256k1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionKey:
    """An Ed25519 key that signs for `account` in not_before ≤ time < expires (Unix seconds), for the kinds of its scopes.

    `leaf` is the position of its delegation in the log, None before that is known.
    """

    account: Account
    key: str
    scopes: tuple[str, ...]
    not_before: int
    expires: int
    nonce: int
    leaf: int | None = None
    revoked: bool = False


def recover(message: SignableMessage, signature: str) -> Account:
    """Return the account whose key made the 65-byte `signature` (130 hex digits: r ‖ s ‖ v) over `message`.

    Raises WrongSignature unless v is 27 or 28, s is in the lower half and r names a point: one message and key then have one form
    of each signature, so that nobody can log a second copy of a statement by flipping s.
    """
    if not _SIGNATURE.fullmatch(signature):
        raise WrongSignature("signature of an account must be 65 bytes, 130 hexadecimal digits", pointer="/signature")
    raw = bytes.fromhex(signature)
    r, s, v = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]
    if v not in (27, 28) or not 0 < s <= _ORDER // 2 or not 0 < r < _ORDER:
        raise WrongSignature("signature must have v 27 or 28 and s in the lower half", pointer="/signature")
    try:
        return Account(Wallet.recover_message(message, vrs=(v, r, s)).lower())
    except (BadSignature, ValidationError) as error:
        raise WrongSignature("signature names no key", pointer="/signature") from error


def signable(message: Mapping[str, object]) -> SignableMessage:
    """Return typed data (in the form of eth_signTypedData_v4) ready to be signed or recovered."""
    return encode_typed_data(full_message=cast(dict[str, Any], message))


def check_delegation(statement: Statement, *, chain_id: int, origin: str) -> SessionKey:
    """Return the session key that a `delegation` statement names, after checking its form, its log and the account's signature.

    Raises Malformed, WeakKey or WrongSignature. Whether the key is another account's already is for the key book. About 0.4 ms.
    """
    session = named_key(statement)
    body = statement.body
    _check_log(body, origin)
    if statement.time != session.not_before:
        raise Malformed(f"time of a delegation must be its not_before, got {statement.time}", pointer="/time")
    message = typed.delegation(
        chain_id=chain_id,
        log=origin,
        account=statement.author,
        session_key=session.key,
        scopes=cast(str, body["scopes"]),
        not_before=session.not_before,
        expires=session.expires,
        nonce=session.nonce,
    )
    _check_signer(statement, message)
    return session


def check_revocation(statement: Statement, *, chain_id: int, origin: str) -> str:
    """Return the session key (64 hex digits) that a `revocation` statement takes back, after checking the account's signature.

    Raises Malformed or WrongSignature.
    """
    check_body("revocation", statement.body)
    _check_log(statement.body, origin)
    key = cast(str, statement.body["session_key"])
    message = typed.revocation(
        chain_id=chain_id, log=origin, account=statement.author, session_key=key, time=statement.time
    )
    _check_signer(statement, message)
    return key


def named_key(statement: Statement) -> SessionKey:
    """Return the session key that a `delegation` describes, form checked and signature not. Raises Malformed or WeakKey."""
    check_body("delegation", statement.body)
    body = statement.body
    not_before, expires = cast(int, body["not_before"]), cast(int, body["expires"])
    if expires <= not_before:
        raise Malformed(f"expires must be later than not_before {not_before}, got {expires}", pointer="/body/expires")
    try:
        scopes = typed.scopes(body["scopes"])
    except Malformed as error:
        raise Malformed(error.message, pointer="/body/scopes") from error
    return SessionKey(
        account=statement.author,
        key=check_key(body["session_key"], pointer="/body/session_key"),
        scopes=scopes,
        not_before=not_before,
        expires=expires,
        nonce=cast(int, body["nonce"]),
    )


def _check_log(body: Mapping[str, Json], origin: str) -> None:
    if body["log"] != origin:
        raise Malformed(f"log must be {origin!r}, got {body['log']!r}", pointer="/body/log")


def _check_signer(statement: Statement, message: Mapping[str, object]) -> None:
    signer = recover(signable(message), statement.signature)
    if signer != statement.author:
        raise WrongSignature(
            f"{statement.kind} must be signed by its author {statement.author}, got {signer}", pointer="/signature"
        )
