import copy

import pytest

from hakari.core.errors import Malformed
from hakari.core.statement import SCOPE_OF_KIND
from hakari.people.statements import check_body

A, D = "0x" + "ab" * 20, "cd" * 32
TERMS = {
    "evidence": "open",
    "fee_account": A,
    "fee_bps": 500,
    "licence": "CC-BY-4.0",
    "operator": A,
    "sale_split": {"contributors": 7000, "fee": 1000, "originator": 2000},
}
CONTRACTS = {name: A for name in ("anchor", "escrow", "licences", "payment_token", "payouts", "pools")}
GOOD = {
    "delegation": {"expires": 9, "log": "l", "nonce": 0, "not_before": 1, "scopes": "buy work", "session_key": D},
    "revocation": {"log": "l", "session_key": D},
    "node": {
        "chain": {"chain_id": 31337, "contracts": CONTRACTS, "from_block": 0, "profile": "local"},
        "formats": 1,
        "log": {"key": "k", "origin": "o"},
        "name": "A node",
        "randomness": "operator",
    },
    "pool": {"name": "p", "pool": 1, "terms": TERMS, "terms_version": 1},
    "order": {
        "assignment": "open",
        "budget": "1000000",
        "deadline": 5,
        "description": "",
        "escrow_order": 1,
        "evidence": "open",
        "guideline": {"sha256": D, "version": 1},
        "pool": 1,
        "quality": {"rules": "r", "margin": 3},
        "redundancy": 3,
        "reward": "40000",
        "source": "label",
        "spec": {},
        "terms_version": 1,
        "title": "t",
    },
    "tasks": {"count": 1, "order": D, "tasks": D},
    "assignment": {"account": A, "order": D, "size": 0, "tasks": [0, 1]},
    "submission": {"commitments": [D], "guideline": 1, "order": D},
    "draw": {"block": 1, "block_hash": D, "order": D, "panels": D, "role": "audit", "size": 1},
    "funding": {"block": 1, "order": D, "transfers": D},
    "call": {"order": D, "role": "audit", "tasks": [0], "turn": 1},
    "wave": {"decisions": D, "further": 4, "order": D, "size": 1},
    "reveal": {"n": [0], "order": D, "submission": D},
    "appeal": {"leaf": 3, "n": 0, "order": D, "reason": "audit", "verdicts": D},
    "qualification": {"account": A, "order": D, "passed": True, "right": 5, "tasks": 6},
    "outcome": {"appeal": D, "order": D, "result": "accepted", "verdicts": D},
    "slash": {"account": A, "case": 1, "income": "9", "income_order": 2, "settlement": D},
    "calibration": {"order": D},
    "guideline": {"order": D, "sha256": D, "version": 2},
    "remark": {"note": D, "order": D, "task": 3},
    "pause": {"order": D, "until": 9},
    "bid": {"count": 2, "order": D, "price": "300000", "until": 9},
    "invitation": {"by": "0x" + 40 * "a", "pool": 1},
    "service": {"pool": 1, "roles": ["audit"], "until": 9},
    "settlement": {"fee": "1", "free": "2", "order": D, "paid": "3", "pay": D, "verdicts": D},
    "verdicts": {
        "accepted": 1,
        "answers": D,
        "count": 1,
        "order": D,
        "paid": "40000",
        "results": D,
        "rules": "r",
        "size": 1,
        "summary": None,
    },
    "epoch": {
        "depth": 0,
        "lines": D,
        "number": 1,
        "pool": 1,
        "pulls": [{"free": "0", "order": 1, "pay": "40000"}],
        "root": D,
        "size": 1,
        "terms_version": 1,
        "total": "40000",
    },
    "release": {
        "croissant": D,
        "files": [{"access": "open", "bytes": 1, "path": "data/a.parquet", "sha256": D}],
        "items": 1,
        "lineage": {"orders": [D], "parents": [{"bps": 500, "release": D}], "verdicts": [D]},
        "manifest": D,
        "name": "n",
        "order": D,
        "pool": 1,
        "root": D,
        "schema": [{"name": "text", "type": "string"}],
        "shares": D,
        "version": 1,
    },
    "sale": {"buyer": A, "income_order": 2, "licence": 1, "offer": 1, "price": "5", "purposes": 8, "release": D},
    "instalment": {"amount": "5", "sale": D},
    "use": {"files": ["a.parquet"], "licence": 1, "purpose": 8, "release": D, "statement": "for a model"},
    "report": {"note": D, "reason": "private", "subject": f"row:{D}:{D}"},
    "decision": {"about": [D], "reason": "private", "result": "quarantined", "subject": f"release:{D}"},
    "objection": {"decision": D, "note": D, "subject": f"account:{A}"},
    "chain": {"block_hash": D, "count": 0, "events": D, "from": 0, "to": 0},
}


def test_there_is_an_example_of_every_kind():
    assert set(GOOD) == set(SCOPE_OF_KIND)


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_body_of_the_stated_form_passes(kind: str):
    check_body(kind, GOOD[kind])


def paths(value, at=()):
    """Every place inside a value, itself included."""
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*at, index))


def changed(value, at, new):
    made = copy.deepcopy(value)
    place = made
    for step in at[:-1]:
        place = place[step]
    place[at[-1]] = new
    return made


@pytest.mark.parametrize(
    ("kind", "at"),
    [(kind, at) for kind in sorted(GOOD) for at in paths(GOOD[kind]) if at and at[:2] != ("quality", "margin")],
)
def test_a_value_of_another_type_is_refused_with_its_pointer(kind: str, at: tuple[str | int, ...]):
    body = changed(GOOD[kind], at, 3.5)
    with pytest.raises(Malformed) as raised:
        check_body(kind, body)
    assert raised.value.pointer == "/body/" + "/".join(map(str, at))


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_a_missing_or_a_further_member_is_refused(kind: str):
    for name in GOOD[kind]:
        with pytest.raises(Malformed) as raised:
            check_body(kind, {member: value for member, value in GOOD[kind].items() if member != name})
        assert name in raised.value.message
    with pytest.raises(Malformed):
        check_body(kind, {**GOOD[kind], "surprise": 1})


@pytest.mark.parametrize(
    ("kind", "at", "new"),
    [
        ("order", ("reward",), "040000"),
        ("order", ("reward",), "-1"),
        ("order", ("redundancy",), 0),
        ("order", ("redundancy",), True),
        ("order", ("assignment",), "secret"),
        ("order", ("quality",), {}),
        ("pool", ("terms", "sale_split", "fee"), 1001),
        ("pool", ("terms", "fee_bps"), 10001),
        ("pool", ("terms", "fee_account"), "0x" + "AB" * 20),
        ("submission", ("commitments",), []),
        ("submission", ("commitments",), [D] * 501),
        ("submission", ("commitments", 0), D.upper()),
        ("assignment", ("tasks",), list(range(501))),
        ("assignment", ("tasks", 0), -1),
        ("use", ("purpose",), 3),
        ("use", ("purpose",), True),
        ("use", ("files",), []),
        ("release", ("lineage", "parents", 0), D),
        ("release", ("lineage", "parents", 0, "bps"), 10_001),
        ("release", ("lineage", "parents"), [{"bps": 1, "release": D}] * 17),
        ("instalment", ("amount",), "-1"),
        ("sale", ("purposes",), 128),
        ("sale", ("purposes",), 0),
        ("epoch", ("depth",), 25),
        ("node", ("formats",), 2),
        ("node", ("formats",), True),
        ("delegation", ("scopes",), "work buy"),
        ("report", ("reason",), "dull"),
        ("decision", ("result",), "deleted"),
        *(
            ("report", ("subject",), subject)
            for subject in ("", D, f"release:{D}:{D}", f"row:{D}", f"task:{D}:01", f"account:{A.upper()}", f"node:{D}")
        ),
        *(
            ("release", ("files", 0, "path"), path)
            for path in ("", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a\\b", "a\nb")
        ),
    ],
)
def test_a_value_out_of_its_range_is_refused(kind: str, at: tuple[str | int, ...], new: object):
    with pytest.raises(Malformed):
        check_body(kind, changed(GOOD[kind], at, new))
