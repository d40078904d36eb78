"""Statements: the signed sentences of which everything here is made.

A statement is canonical JSON with author, body, key, kind, signature, time and version. Its id is the SHA-256 of its bytes, and
its bytes are its leaf in the log. docs/reference/formats.md gives every kind.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hakari.core import canonical, ids
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, Digest, StatementId

SIGNED_PREFIX = b"hakari.statement.v1\n"
ITEM_PREFIX = b"hakari.item.v1\n"
ANSWER_PREFIX = b"hakari.answer.v1\n"
ROW_PREFIX = b"hakari.row.v1\n"
RECEIPT_PREFIX = b"hakari.receipt.v1\n"
NOTE_PREFIX = b"hakari.note.v1\n"

LARGEST = 65_535
"""Bytes of a statement at most: an entry of a tlog-tiles bundle has a 16-bit length."""

BATCH = 500
"""Answers in one submission at most."""

ACCOUNT_KEY = "account"
"""The `key` of a statement that the account itself signed by EIP-712."""

SCOPE_OF_KIND: dict[str, str] = {
    "appeal": "work",
    "assignment": "operate",
    "bid": "work",
    "calibration": "operate",
    "call": "operate",
    "chain": "operate",
    "decision": "operate",
    "delegation": ACCOUNT_KEY,
    "draw": "operate",
    "epoch": "operate",
    "funding": "operate",
    "guideline": "buy",
    "invitation": "work",
    "node": "operate",
    "objection": "work",
    "order": "buy",
    "outcome": "operate",
    "pause": "buy",
    "qualification": "operate",
    "pool": "operate",
    "release": "operate",
    "remark": "work",
    "report": "work",
    "reveal": "work",
    "revocation": ACCOUNT_KEY,
    "sale": "operate",
    "instalment": "operate",
    "service": "work",
    "settlement": "operate",
    "slash": "operate",
    "submission": "work",
    "tasks": "operate",
    "use": "buy",
    "verdicts": "operate",
    "wave": "operate",
}
"""Every kind of statement, and the scope that its session key must hold."""

SCOPES = ("buy", "operate", "work")

_FIELDS = {"author", "body", "key", "kind", "signature", "time", "version"}
_KEY = re.compile(r"[0-9a-f]{64}|account")
_SIGNATURE = re.compile(r"[0-9a-f]{128}|[0-9a-f]{130}")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One signed sentence. `key` is the Ed25519 public key in hex, or «account»; `time` is Unix seconds; `version` is 1."""

    kind: str
    author: Account
    time: int
    body: Mapping[str, Json]
    key: str
    signature: str
    version: int = 1

    @cached_property
    def bytes(self) -> bytes:
        """The canonical bytes: what the log holds."""
        return canonical.encode({**_unsigned(self), "signature": self.signature})

    @cached_property
    def id(self) -> StatementId:
        """SHA-256 of the canonical bytes."""
        return StatementId(hashlib.sha256(self.bytes).hexdigest())


def _unsigned(statement: Statement) -> dict[str, object]:
    return {
        "author": statement.author,
        "body": statement.body,
        "key": statement.key,
        "kind": statement.kind,
        "time": statement.time,
        "version": statement.version,
    }


def signed_bytes(*, kind: str, author: Account, time: int, body: Mapping[str, Json], key: str) -> bytes:
    """Return what a session key signs: a domain prefix, then the canonical statement without its signature."""
    unsigned = Statement(kind=kind, author=author, time=time, body=body, key=key, signature="")
    return SIGNED_PREFIX + canonical.encode(_unsigned(unsigned))


def message(statement: Statement) -> bytes:
    """Return the bytes that the statement's session key must have signed."""
    return SIGNED_PREFIX + canonical.encode(_unsigned(statement))


def parse(thing: Json) -> Statement:
    """Return the statement that a JSON object spells. Raises Malformed naming the field.

    Checks form only: fields, kind, version, hexadecimal lengths. Body and signature are checked by who knows the kind and the key.
    """
    if not isinstance(thing, dict):
        raise Malformed(f"statement must be an object, got {type(thing).__name__}")
    if set(thing) != _FIELDS:
        missing, surplus = sorted(_FIELDS - set(thing)), sorted(set(thing) - _FIELDS)
        raise Malformed(
            f"statement must have exactly the fields {sorted(_FIELDS)}; missing {missing}, not known {surplus}"
        )
    kind, time, version, key, signature = (thing[name] for name in ("kind", "time", "version", "key", "signature"))
    if not isinstance(kind, str) or kind not in SCOPE_OF_KIND:
        raise Malformed(f"kind must be one of {sorted(SCOPE_OF_KIND)}, got {kind!r}", pointer="/kind")
    if version != 1 or isinstance(version, bool):
        raise Malformed(f"version must be 1, got {version!r}", pointer="/version")
    if not isinstance(time, int) or isinstance(time, bool) or time < 0:
        raise Malformed(f"time must be Unix seconds, got {time!r}", pointer="/time")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Malformed(f"key must be 64 hexadecimal digits or «account», got {key!r}", pointer="/key")
    if (key == ACCOUNT_KEY) != (SCOPE_OF_KIND[kind] == ACCOUNT_KEY):
        raise Malformed(
            f"key of a {kind} must be {'«account»' if key != ACCOUNT_KEY else 'a session key'}", pointer="/key"
        )
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise Malformed("signature must be 128 hexadecimal digits, or 130 from an account", pointer="/signature")
    body = thing["body"]
    if not isinstance(body, dict):
        raise Malformed(f"body must be an object, got {type(body).__name__}", pointer="/body")
    author = ids.account(thing["author"], pointer="/author")
    if author != thing["author"]:
        raise Malformed("author must be in lower case", pointer="/author")
    return Statement(kind=kind, author=author, time=time, body=body, key=key, signature=signature)


def parse_bytes(data: bytes) -> Statement:
    """Return the statement of a log leaf. Raises Malformed where the bytes are too long or not canonical."""
    if len(data) > LARGEST:
        raise Malformed(f"statement must be at most {LARGEST} bytes, got {len(data)}")
    return parse(canonical.decode_strict(data))


def answer_commitment(*, task: int, answer: Json, salt: str) -> Digest:
    """Return the salted commitment to one answer: SHA-256(prefix ‖ canonical {answer, salt, task})."""
    return written_answer_commitment(task=task, answer=canonical.encode(answer), salt=salt)


def written_answer_commitment(*, task: int, answer: bytes, salt: str) -> Digest:
    """Return `answer_commitment` of an answer that is canonical JSON already. A batch makes 500 of these."""
    quoted = b'"%b"' % salt.encode() if salt.isascii() and salt.isalnum() else canonical.encode(salt)
    opened = b'{"answer":%b,"salt":%b,"task":%b}' % (answer, quoted, canonical.encode(task))
    return Digest(hashlib.sha256(ANSWER_PREFIX + opened).hexdigest())


def item_commitment(*, data: Json, salt: str) -> Digest:
    """Return the salted content hash of one item: SHA-256(prefix ‖ canonical {data, salt})."""
    return Digest(hashlib.sha256(ITEM_PREFIX + canonical.encode({"data": data, "salt": salt})).hexdigest())


def row_commitment(row: Mapping[str, Json]) -> Digest:
    """Return the salted content hash of one dataset row, its `salt` included: SHA-256(prefix ‖ canonical row)."""
    return Digest(hashlib.sha256(ROW_PREFIX + canonical.encode(row)).hexdigest())


def note_commitment(*, note: str, salt: str) -> Digest:
    """Return the salted hash of a note that the log does not hold: SHA-256(prefix ‖ canonical {note, salt})."""
    return Digest(hashlib.sha256(NOTE_PREFIX + canonical.encode({"note": note, "salt": salt})).hexdigest())
