"""Receipts: the log key's promise at intake that a statement will be a leaf by a stated time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from hakari.core import canonical, ids
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import StatementId
from hakari.core.statement import RECEIPT_PREFIX
from hakari.log.note import ED25519, SignerKey, parse_verifier
from hakari.people import signing
from hakari.people.signing import WrongSignature

_FIELDS = {"include_by", "key", "log", "signature", "statement", "time"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """`statement` will be a leaf of the log `log` by `include_by` (Unix seconds); said at `time` by the verifier key `key`."""

    statement: StatementId
    log: str
    key: str
    time: int
    include_by: int
    signature: str

    @property
    def json(self) -> dict[str, Json]:
        """The object that is sent and kept."""
        return {**_promise(self), "signature": self.signature}


def make(signer: SignerKey, *, statement: StatementId, time: int, include_by: int) -> Receipt:
    """Return the receipt for a statement, signed by the log's key. Times are Unix seconds."""
    unsigned = Receipt(
        statement=statement,
        log=signer.name,
        key=signer.verifier.text,
        time=time,
        include_by=include_by,
        signature="",
    )
    signature = signing.sign(signer.seed, RECEIPT_PREFIX + canonical.encode(_promise(unsigned)))
    return Receipt(
        statement=statement, log=signer.name, key=unsigned.key, time=time, include_by=include_by, signature=signature
    )


def check(thing: object) -> Receipt:
    """Return the receipt that a JSON object spells, after checking that the key it names signed it.

    Raises Malformed, MalformedKey or WrongSignature. That the key is the log's own is for the caller, who knows the log.
    """
    if not isinstance(thing, Mapping) or set(cast(Mapping[object, object], thing)) != _FIELDS:
        raise Malformed(f"receipt must be an object with exactly the members {sorted(_FIELDS)}")
    given = cast(Mapping[str, object], thing)
    for name in ("time", "include_by"):
        if not isinstance(given[name], int) or isinstance(given[name], bool) or cast(int, given[name]) < 0:
            raise Malformed(f"{name} must be Unix seconds, got {given[name]!r}", pointer=f"/{name}")
    for name in ("key", "log", "signature"):
        if not isinstance(given[name], str):
            raise Malformed(f"{name} must be text, got {given[name]!r}", pointer=f"/{name}")
    receipt = Receipt(
        statement=StatementId(ids.digest(given["statement"], pointer="/statement")),
        log=cast(str, given["log"]),
        key=cast(str, given["key"]),
        time=cast(int, given["time"]),
        include_by=cast(int, given["include_by"]),
        signature=cast(str, given["signature"]),
    )
    verifier = parse_verifier(receipt.key)
    if verifier.kind != ED25519 or verifier.name != receipt.log:
        raise Malformed(f"key must be the Ed25519 key of log {receipt.log!r}, got {receipt.key!r}", pointer="/key")
    message = RECEIPT_PREFIX + canonical.encode(_promise(receipt))
    if not signing.verify(verifier.public.hex(), message, receipt.signature):
        raise WrongSignature("receipt must be signed by the key that it names", pointer="/signature")
    return receipt


def _promise(receipt: Receipt) -> dict[str, Json]:
    return {
        "include_by": receipt.include_by,
        "key": receipt.key,
        "log": receipt.log,
        "statement": receipt.statement,
        "time": receipt.time,
    }
