"""The body of every kind of statement: exact members and types, as docs/reference/formats.md section 4 gives them.

Form only. Whether an order exists or an amount is right is for who holds the log.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias, cast

from hakari.core import ids, money, typed
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.money import BPS
from hakari.core.purposes import PURPOSES
from hakari.core.statement import BATCH

Check: TypeAlias = Callable[[Json, str], None]
"""Takes a value and its JSON pointer. Raises Malformed with that pointer."""

EVIDENCE = ("keyed", "open", "sealed")
ROLES = ("audit", "jury", "review")
"""What an account may be drawn for beside work."""
APPEAL_REASONS = ("answer", "audit", "guideline", "item")
"""What an appeal says is wrong: the verdict on a right answer, the audit, the guideline, or the item itself."""
RESULTS = ("accepted", "refused", "undecided")
"""What becomes of an appealed answer."""
WRONGS = ("copyright", "illegal", "private", "unsafe")
"""What a report says is wrong with something."""
RESULTS_OF_REPORTS = ("quarantined", "dismissed", "restored", "upheld")
"""What becomes of something that was reported, or of an objection."""
DEPTH = 24
"""Levels of a payout tree at most."""
PULLS = 32
"""Orders that one epoch may pull from at most."""
PARENTS = 16
"""Releases that one may derive from at most: an offer on chain names no more."""

_CONTRACTS = ("anchor", "escrow", "licences", "payment_token", "payouts", "pools")
_OPTIONAL_CONTRACTS = ("proofs", "stakes")
_PATH = re.compile(r"(?!\.{1,2}(?:/|$))[^/\x00-\x1f\\]+(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f\\]+)*")


_SUBJECT = re.compile(
    r"(release|order):[0-9a-f]{64}|row:[0-9a-f]{64}:[0-9a-f]{64}|task:[0-9a-f]{64}:(0|[1-9][0-9]{0,9})|account:0x[0-9a-f]{40}"
)


def check_body(kind: str, body: Mapping[str, Json]) -> None:
    """Check that `body` has exactly the members of its kind, each of its type. Raises Malformed with a JSON pointer (/body/…)."""
    _BODIES[kind](dict(body), "/body")


def check_terms(terms: Json, pointer: str = "/terms") -> None:
    """Check the terms of a pool: exact members, split of sales summing to 10000. Raises Malformed."""
    _TERMS(terms, pointer)


def _whole(low: int = 0, high: int | None = None) -> Check:
    def check(value: Json, pointer: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
            span = f"at least {low}" if high is None else f"{low}..{high}"
            raise Malformed(f"{_name(pointer)} must be a whole number {span}, got {_shown(value)}", pointer=pointer)

    return check


def _text(value: Json, pointer: str) -> None:
    if not isinstance(value, str):
        raise Malformed(f"{_name(pointer)} must be text, got {_shown(value)}", pointer=pointer)


def _filled(value: Json, pointer: str) -> None:
    if not isinstance(value, str) or not value:
        raise Malformed(f"{_name(pointer)} must be text and not empty, got {_shown(value)}", pointer=pointer)


def _truth(value: Json, pointer: str) -> None:
    if not isinstance(value, bool):
        raise Malformed(f"{_name(pointer)} must be true or false, got {_shown(value)}", pointer=pointer)


def _digest(value: Json, pointer: str) -> None:
    ids.digest(value, pointer=pointer)


def _account(value: Json, pointer: str) -> None:
    if ids.account(value, pointer=pointer) != value:
        raise Malformed(f"{_name(pointer)} must be in lower case, got {_shown(value)}", pointer=pointer)


def _amount(value: Json, pointer: str) -> None:
    money.parse(value, pointer=pointer)


def _scopes(value: Json, pointer: str) -> None:
    try:
        typed.scopes(value)
    except Malformed as error:
        raise Malformed(error.message, pointer=pointer) from error


def _path(value: Json, pointer: str) -> None:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise Malformed(
            f"{_name(pointer)} must be a relative path without «.», «..» or empty parts, got {_shown(value)}",
            pointer=pointer,
        )


def _subject(value: Json, pointer: str) -> None:
    if not isinstance(value, str) or not _SUBJECT.fullmatch(value):
        raise Malformed(
            f"{_name(pointer)} must be release:<id>, row:<release>:<row>, order:<id>, task:<order>:<n> or account:<address>, "
            f"got {_shown(value)}",
            pointer=pointer,
        )


def is_subject(text: str) -> bool:
    """Tell whether a text names something that can be reported."""
    return _SUBJECT.fullmatch(text) is not None


def _any_object(value: Json, pointer: str) -> None:
    if not isinstance(value, dict):
        raise Malformed(f"{_name(pointer)} must be an object, got {_shown(value)}", pointer=pointer)


def _one_of(*choices: str | int) -> Check:
    def check(value: Json, pointer: str) -> None:
        if isinstance(value, bool) or value not in choices:
            raise Malformed(f"{_name(pointer)} must be one of {list(choices)}, got {_shown(value)}", pointer=pointer)

    return check


def _nullable(inner: Check) -> Check:
    def check(value: Json, pointer: str) -> None:
        if value is not None:
            inner(value, pointer)

    return check


def _list(inner: Check, *, least: int = 0, most: int | None = None) -> Check:
    def check(value: Json, pointer: str) -> None:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            span = f"at least {least}" if most is None else f"{least}..{most}"
            got = len(value) if isinstance(value, list) else _shown(value)
            raise Malformed(f"{_name(pointer)} must be a list of {span}, got {got}", pointer=pointer)
        for index, entry in enumerate(value):
            inner(entry, f"{pointer}/{index}")

    return check


def _object(members: Mapping[str, Check], *, optional: Collection[str] = ()) -> Check:
    def check(value: Json, pointer: str) -> None:
        _any_object(value, pointer)
        given = cast(dict[str, Json], value)
        missing = sorted(set(members) - set(given) - set(optional))
        surplus = sorted(set(given) - set(members))
        if missing or surplus:
            raise Malformed(
                f"{_name(pointer)} must have exactly the members {sorted(members)}; missing {missing}, "
                f"not known {[_shown(name) for name in surplus]}",
                pointer=pointer,
            )
        for name, inner in members.items():
            if name in given:
                inner(given[name], f"{pointer}/{name}")

    return check


def _rules(value: Json, pointer: str) -> None:
    _any_object(value, pointer)
    _filled(cast(dict[str, Json], value).get("rules"), f"{pointer}/rules")


def _split(value: Json, pointer: str) -> None:
    _object({"contributors": _BPS, "fee": _BPS, "originator": _BPS})(value, pointer)
    total = sum(cast(dict[str, int], value).values())
    if total != BPS:
        raise Malformed(f"sale_split must sum to {BPS}, got {total}", pointer=pointer)


def _name(pointer: str) -> str:
    return pointer.rsplit("/", 1)[-1] or "value"


def _shown(value: Json) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:80] + "…"


_NUMBER = _whole()
_POSITIVE = _whole(1)
_BPS = _whole(0, BPS)
_ROLE = _one_of(*ROLES)
_PURPOSE = _one_of(*PURPOSES.values())
_MASK = _whole(1, sum(PURPOSES.values()))

_TERMS = _object(
    {
        "derivatives": _object({"bps": _BPS, "of": _one_of("all", "received")}),
        "early": _object({"answers": _whole(1, 10**6), "extra_bps": _whole(1, BPS), "most": _whole(1, 10**6)}),
        "evidence": _one_of(*EVIDENCE),
        "fee_account": _account,
        "fee_bps": _BPS,
        "invites": _object({"bps": _whole(1, 2000), "seconds": _whole(86_400, 366 * 86_400)}),
        "licence": _text,
        "operator": _account,
        "sale_split": _split,
        "votes": _one_of("earned"),
    },
    optional=("derivatives", "early", "invites", "votes"),
)

_WRONGS = _one_of(*WRONGS)

_BODIES: dict[str, Check] = {
    "report": _object({"note": _digest, "reason": _WRONGS, "subject": _subject}),
    "decision": _object(
        {
            "about": _list(_digest, most=100),
            "reason": _WRONGS,
            "result": _one_of(*RESULTS_OF_REPORTS),
            "subject": _subject,
        }
    ),
    "objection": _object({"decision": _digest, "note": _digest, "subject": _subject}),
    "delegation": _object(
        {
            "expires": _NUMBER,
            "log": _filled,
            "nonce": _NUMBER,
            "not_before": _NUMBER,
            "scopes": _scopes,
            "session_key": _digest,
        }
    ),
    "revocation": _object({"log": _filled, "session_key": _digest}),
    "node": _object(
        {
            "chain": _object(
                {
                    "chain_id": _POSITIVE,
                    "contracts": _object(
                        dict.fromkeys(_CONTRACTS + _OPTIONAL_CONTRACTS, _account), optional=_OPTIONAL_CONTRACTS
                    ),
                    "from_block": _NUMBER,
                    "profile": _one_of("local", "real"),
                }
            ),
            "formats": _one_of(1),
            "log": _object({"key": _filled, "origin": _filled}),
            "name": _text,
            "operator": _account,
            "randomness": _one_of("operator", "chain"),
        },
        optional=("operator",),
    ),
    "calibration": _object({"order": _digest}),
    "guideline": _object({"order": _digest, "sha256": _digest, "version": _NUMBER}),
    "remark": _object({"note": _digest, "order": _digest, "task": _NUMBER}),
    "pause": _object({"order": _digest, "until": _NUMBER}),
    "pool": _object({"name": _text, "pool": _NUMBER, "terms": _TERMS, "terms_version": _NUMBER}),
    "order": _object(
        {
            "answer_seconds": _whole(60, 30 * 86_400),
            "assignment": _one_of("open", "drawn", "listed"),
            "bid": _digest,
            "budget": _amount,
            "calibration": _object({"tasks": _POSITIVE, "word_s": _whole(60, 7 * 86_400)}),
            "continues": _digest,
            "deadline": _NUMBER,
            "decided_seconds": _whole(86_400, 120 * 86_400),
            "description": _text,
            "escrow_order": _NUMBER,
            "evidence": _one_of(*EVIDENCE),
            "guideline": _object({"sha256": _digest, "version": _NUMBER}),
            "pool": _NUMBER,
            "quality": _rules,
            "redundancy": _POSITIVE,
            "reward": _amount,
            "source": _filled,
            "spec": _any_object,
            "terms_version": _NUMBER,
            "title": _text,
        },
        optional=("answer_seconds", "bid", "calibration", "continues", "decided_seconds"),
    ),
    "bid": _object({"count": _POSITIVE, "order": _digest, "price": _amount, "until": _NUMBER}),
    "tasks": _object({"count": _NUMBER, "order": _digest, "tasks": _digest}),
    "assignment": _object(
        {
            "account": _account,
            "order": _digest,
            "role": _ROLE,
            "size": _NUMBER,
            "tasks": _list(_NUMBER, least=1, most=BATCH),
        },
        optional=("role",),
    ),
    "submission": _object(
        {
            "commitments": _list(_digest, least=1, most=BATCH),
            "guideline": _NUMBER,
            "order": _digest,
            "role": _ROLE,
            "tasks": _list(_NUMBER, least=1, most=BATCH),
        },
        optional=("role", "tasks"),
    ),
    "call": _object(
        {
            "order": _digest,
            "role": _one_of(*ROLES, "work"),
            "tasks": _list(_NUMBER, least=1, most=BATCH),
            "turn": _whole(1, 2),
        }
    ),
    "wave": _object(
        {
            "block": _NUMBER,
            "block_hash": _digest,
            "decisions": _digest,
            "further": _NUMBER,
            "order": _digest,
            "size": _NUMBER,
        },
        optional=("block", "block_hash"),
    ),
    "reveal": _object({"n": _list(_whole(0, BATCH - 1), least=1, most=BATCH), "order": _digest, "submission": _digest}),
    "verdicts": _object(
        {
            "accepted": _NUMBER,
            "amends": _digest,
            "answers": _digest,
            "blind": _digest,
            "count": _NUMBER,
            "order": _digest,
            "paid": _amount,
            "results": _digest,
            "rules": _filled,
            "size": _NUMBER,
            "summary": _nullable(_digest),
        },
        optional=("amends", "blind"),
    ),
    "appeal": _object(
        {
            "leaf": _NUMBER,
            "n": _whole(0, BATCH - 1),
            "order": _digest,
            "reason": _one_of(*APPEAL_REASONS),
            "verdicts": _digest,
        }
    ),
    "outcome": _object({"appeal": _digest, "order": _digest, "result": _one_of(*RESULTS), "verdicts": _digest}),
    "qualification": _object(
        {
            "account": _account,
            "order": _digest,
            "passed": _truth,
            "right": _NUMBER,
            "tasks": _POSITIVE,
            "verdicts": _digest,
        },
        optional=("verdicts",),
    ),
    "draw": _object(
        {
            "block": _NUMBER,
            "block_hash": _digest,
            "order": _digest,
            "panels": _digest,
            "role": _ROLE,
            "size": _NUMBER,
        }
    ),
    "funding": _object({"block": _NUMBER, "order": _digest, "transfers": _digest}),
    "slash": _object(
        {"account": _account, "case": _POSITIVE, "income": _amount, "income_order": _POSITIVE, "settlement": _digest}
    ),
    "invitation": _object({"by": _account, "pool": _NUMBER}),
    "service": _object({"pool": _NUMBER, "roles": _list(_ROLE, most=len(ROLES)), "until": _NUMBER}),
    "settlement": _object(
        {"fee": _amount, "free": _amount, "order": _digest, "paid": _amount, "pay": _digest, "verdicts": _digest}
    ),
    "epoch": _object(
        {
            "depth": _whole(0, DEPTH),
            "lines": _digest,
            "number": _NUMBER,
            "pool": _NUMBER,
            "pulls": _list(_object({"free": _amount, "order": _NUMBER, "pay": _amount}), most=PULLS),
            "root": _digest,
            "size": _NUMBER,
            "terms_version": _NUMBER,
            "total": _amount,
        }
    ),
    "release": _object(
        {
            "croissant": _digest,
            "files": _list(
                _object(
                    {
                        "access": _one_of("open", "licensee"),
                        "bytes": _NUMBER,
                        "path": _path,
                        "sha256": _digest,
                    }
                )
            ),
            "items": _NUMBER,
            "lineage": _object(
                {
                    "orders": _list(_digest),
                    "parents": _list(_object({"bps": _BPS, "release": _digest}), most=PARENTS),
                    "verdicts": _list(_digest),
                }
            ),
            "manifest": _digest,
            "name": _text,
            "order": _digest,
            "pool": _NUMBER,
            "root": _digest,
            "schema": _list(_object({"name": _filled, "type": _filled})),
            "shares": _digest,
            "version": _NUMBER,
        }
    ),
    "sale": _object(
        {
            "buyer": _account,
            "income_order": _NUMBER,
            "licence": _NUMBER,
            "offer": _NUMBER,
            "price": _amount,
            "purposes": _MASK,
            "release": _digest,
        }
    ),
    "instalment": _object({"amount": _amount, "sale": _digest}),
    "use": _object(
        {
            "files": _list(_path, least=1),
            "licence": _NUMBER,
            "purpose": _PURPOSE,
            "release": _digest,
            "statement": _text,
            "until": _NUMBER,
        },
        optional=("until",),
    ),
    "chain": _object({"block_hash": _digest, "count": _NUMBER, "events": _digest, "from": _NUMBER, "to": _NUMBER}),
}
