from dataclasses import replace

import pytest

from hakari.core.errors import Malformed
from hakari.people.book import (
    EarlyKey,
    ExpiredKey,
    KeyBook,
    NotOperator,
    RevokedKey,
    TakenKey,
    UnknownKey,
    WrongScope,
)
from hakari.people.delegation import check_delegation
from hakari.people.signing import WeakKey, WrongSignature

from .made import CHAIN, ORIGIN, START, Person, with_signature

ANN, BEA = Person(1), Person(2)
SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
OTHER_KEY = Person(3).key


def book(*statements):
    made = KeyBook(chain_id=CHAIN, origin=ORIGIN)
    for leaf, statement in enumerate(statements):
        made.may(statement)
        made.take(statement, leaf)
    return made


def test_a_delegated_key_may_sign_within_its_time_and_scope():
    made = book(ANN.delegation())
    made.may(ANN.submits(time=START))
    made.may(ANN.submits(time=START + 999))
    assert made.key(ANN.key).leaf == 0


def test_a_key_that_nobody_delegated_is_unknown():
    with pytest.raises(UnknownKey):
        book().may(ANN.submits())


def test_a_key_of_another_account_is_unknown_to_this_one():
    made = book(ANN.delegation())
    stolen = replace(ANN.submits(), author=BEA.account)
    with pytest.raises(UnknownKey):
        made.may(stolen)


def test_a_statement_before_the_keys_time_is_early():
    with pytest.raises(EarlyKey):
        book(ANN.delegation()).may(ANN.submits(time=START - 1))


def test_a_statement_at_the_keys_end_is_expired():
    with pytest.raises(ExpiredKey):
        book(ANN.delegation()).may(ANN.submits(time=START + 1000))


def test_a_key_without_the_scope_may_not_sign_that_kind():
    with pytest.raises(WrongScope):
        book(ANN.delegation(scopes="buy")).may(ANN.submits())


def test_a_changed_body_no_longer_has_its_signature():
    forged = replace(ANN.submits(), body={"commitments": ["ef" * 32], "guideline": 1, "order": "cd" * 32})
    with pytest.raises(WrongSignature):
        book(ANN.delegation()).may(forged)


def test_a_revoked_key_may_never_sign_again_whatever_time_it_states():
    made = book(ANN.delegation(), ANN.revocation())
    with pytest.raises(RevokedKey):
        made.may(ANN.submits(time=START))


def test_a_revoked_key_can_not_be_delegated_again():
    made = book(ANN.delegation(), ANN.revocation())
    with pytest.raises(RevokedKey):
        made.may(ANN.delegation(nonce=9))


def test_nobody_revokes_the_key_of_another_account():
    made = book(ANN.delegation(), BEA.delegation())
    with pytest.raises(UnknownKey):
        made.may(BEA.revocation(key=ANN.key))


def test_a_key_is_revoked_once():
    made = book(ANN.delegation(), ANN.revocation())
    with pytest.raises(RevokedKey):
        made.may(ANN.revocation(time=START + 11))


def test_a_key_that_belongs_to_another_account_can_not_be_delegated():
    with pytest.raises(TakenKey):
        book(ANN.delegation()).may(BEA.delegation(session_key=ANN.key))


def test_a_newer_delegation_of_the_same_key_replaces_the_first():
    made = book(ANN.delegation(scopes="buy work"), ANN.delegation(scopes="buy", nonce=2))
    with pytest.raises(WrongScope):
        made.may(ANN.submits())


def test_an_older_delegation_can_not_come_back_after_a_newer_one():
    made = book(ANN.delegation(scopes="buy", nonce=2))
    with pytest.raises(TakenKey):
        made.may(ANN.delegation(scopes="buy work", nonce=1))


def test_only_the_author_of_the_first_node_statement_operates():
    operator, other = Person(7), Person(8)
    tasks = {"count": 1, "order": "ab" * 32, "tasks": "ab" * 32}
    made = book(operator.delegation(scopes="operate"), operator.says("node", {}), other.delegation(scopes="operate"))
    assert made.operator == operator.account
    made.may(operator.says("tasks", tasks))
    with pytest.raises(NotOperator):
        made.may(other.says("tasks", tasks))
    with pytest.raises(NotOperator):
        made.may(other.says("node", {}))


def test_nothing_is_operated_before_the_node_statement():
    operator = Person(7)
    with pytest.raises(NotOperator):
        book(operator.delegation(scopes="operate")).may(operator.says("tasks", {}))


def test_a_book_restored_from_its_keys_answers_the_same():
    first = book(ANN.delegation(), BEA.delegation(), BEA.revocation())
    again = KeyBook(chain_id=CHAIN, origin=ORIGIN, keys=[first.key(ANN.key), first.key(BEA.key)])
    again.may(ANN.submits())
    with pytest.raises(RevokedKey):
        again.may(BEA.submits())


@pytest.mark.parametrize(
    "changed",
    [
        {"expires": START + 1001},
        {"not_before": START - 1},
        {"scopes": "buy operate work"},
        {"nonce": 2},
        {"session_key": OTHER_KEY},
    ],
)
def test_a_delegation_whose_body_was_changed_after_signing_is_refused(changed: dict[str, object]):
    signed = ANN.delegation()
    forged = replace(signed, body={**signed.body, **changed}, time=changed.get("not_before", START))
    with pytest.raises(WrongSignature):
        check_delegation(forged, chain_id=CHAIN, origin=ORIGIN)


def test_a_delegation_for_another_chain_or_log_is_refused():
    with pytest.raises(WrongSignature):
        check_delegation(ANN.delegation(chain_id=1), chain_id=CHAIN, origin=ORIGIN)
    with pytest.raises(Malformed):
        check_delegation(ANN.delegation(log="other.example"), chain_id=CHAIN, origin=ORIGIN)


@pytest.mark.parametrize(
    "changed", [{"scopes": "work buy"}, {"scopes": ""}, {"expires": START}, {"nonce": -1}, {"time": START + 1}]
)
def test_a_delegation_of_another_form_is_refused(changed: dict[str, object]):
    signed = ANN.delegation()
    body = {**signed.body, **{name: value for name, value in changed.items() if name != "time"}}
    with pytest.raises(Malformed):
        check_delegation(replace(signed, body=body, time=changed.get("time", START)), chain_id=CHAIN, origin=ORIGIN)


def test_a_weak_session_key_is_refused_at_delegation():
    with pytest.raises(WeakKey):
        check_delegation(ANN.delegation(session_key="01" + "00" * 31), chain_id=CHAIN, origin=ORIGIN)


def test_the_second_form_of_an_account_signature_is_refused():
    signed = ANN.delegation()
    raw = bytes.fromhex(signed.signature)
    s = SECP256K1 - int.from_bytes(raw[32:64], "big")
    flipped = raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])
    with pytest.raises(WrongSignature):
        check_delegation(with_signature(signed, flipped.hex()), chain_id=CHAIN, origin=ORIGIN)


@pytest.mark.parametrize("signature", ["00" * 65, "ff" * 64 + "1b", "11" * 64 + "00", "11" * 64, ""])
def test_a_signature_that_names_no_key_is_refused(signature: str):
    with pytest.raises(WrongSignature):
        check_delegation(with_signature(ANN.delegation(), signature), chain_id=CHAIN, origin=ORIGIN)
