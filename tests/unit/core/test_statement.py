"""Statements: one form, one id, and refusals that name the field."""

import hashlib
from typing import Any

import pytest

from hakari.core import canonical, statement
from hakari.core.errors import Malformed

GOOD: dict[str, Any] = {
    "author": "0x" + "ab" * 20,
    "body": {"order": "0" * 64},
    "key": "cd" * 32,
    "kind": "submission",
    "signature": "ef" * 64,
    "time": 1_764_000_000,
    "version": 1,
}


def test_the_id_is_the_hash_of_the_canonical_bytes_signature_included() -> None:
    said = statement.parse(GOOD)
    assert said.bytes == canonical.encode(GOOD)
    assert said.id == hashlib.sha256(canonical.encode(GOOD)).hexdigest()
    assert statement.parse_bytes(said.bytes) == said


def test_what_is_signed_has_a_domain_prefix_and_no_signature() -> None:
    said = statement.parse(GOOD)
    unsigned = {name: value for name, value in GOOD.items() if name != "signature"}
    assert statement.message(said) == b"hakari.statement.v1\n" + canonical.encode(unsigned)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("author", "0x" + "AB" * 20, "/author"),
        ("author", "ab" * 20, "/author"),
        ("author", None, "/author"),
        ("body", [], "/body"),
        ("key", "account", "/key"),
        ("key", "zz" * 32, "/key"),
        ("key", "CD" * 32, "/key"),
        ("kind", "gossip", "/kind"),
        ("kind", ["submission"], "/kind"),
        ("signature", "ef" * 10, "/signature"),
        ("time", -1, "/time"),
        ("time", True, "/time"),
        ("time", "1", "/time"),
        ("version", 2, "/version"),
        ("version", True, "/version"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        statement.parse({**GOOD, field: value})
    assert refused.value.pointer == pointer


def test_missing_and_surplus_fields_are_refused() -> None:
    with pytest.raises(Malformed, match="missing"):
        statement.parse({name: value for name, value in GOOD.items() if name != "time"})
    with pytest.raises(Malformed, match="not known"):
        statement.parse({**GOOD, "memo": "x"})
    with pytest.raises(Malformed, match="object"):
        statement.parse([])


def test_a_delegation_is_signed_by_the_account_and_nothing_else_is() -> None:
    body = {**GOOD, "kind": "delegation"}
    with pytest.raises(Malformed) as refused:
        statement.parse(body)
    assert refused.value.pointer == "/key"
    assert statement.parse({**body, "key": "account", "signature": "ef" * 65}).key == "account"


def test_a_statement_too_long_for_a_log_entry_is_refused() -> None:
    said = statement.parse({**GOOD, "body": {"text": "x" * 70_000}})
    with pytest.raises(Malformed, match="at most 65535"):
        statement.parse_bytes(said.bytes)


def test_every_commitment_depends_on_every_part() -> None:
    base = statement.answer_commitment(task=1, answer={"a": "b"}, salt="s" * 22)
    others = [
        statement.answer_commitment(task=2, answer={"a": "b"}, salt="s" * 22),
        statement.answer_commitment(task=1, answer={"a": "c"}, salt="s" * 22),
        statement.answer_commitment(task=1, answer={"a": "b"}, salt="t" * 22),
        statement.item_commitment(data={"a": "b"}, salt="s" * 22),
        statement.row_commitment({"a": "b", "salt": "s" * 22}),
    ]
    assert len({base, *others}) == len(others) + 1
