import pytest

from hakari.core.errors import HakariError, Malformed
from hakari.log.note import SignerKey
from hakari.people import receipts
from hakari.people.signing import WrongSignature

from .made import ORIGIN, START

SIGNER = SignerKey(name=ORIGIN, seed=bytes(range(32)))


def made():
    return receipts.make(SIGNER, statement="ab" * 32, time=START, include_by=START + 60).json


def test_a_receipt_of_the_log_key_checks():
    receipt = receipts.check(made())
    assert (receipt.statement, receipt.include_by, receipt.key) == ("ab" * 32, START + 60, SIGNER.verifier.text)


@pytest.mark.parametrize(
    "changed",
    [{"statement": "cd" * 32}, {"include_by": START}, {"time": START - 1}, {"signature": "00" * 64}],
)
def test_a_changed_receipt_is_refused(changed: dict[str, object]):
    with pytest.raises(WrongSignature):
        receipts.check({**made(), **changed})


def test_a_receipt_that_names_another_key_is_refused():
    other = SignerKey(name=ORIGIN, seed=bytes(32)).verifier.text
    with pytest.raises(WrongSignature):
        receipts.check({**made(), "key": other})


@pytest.mark.parametrize(
    "thing",
    [
        None,
        [],
        {},
        {**made(), "more": 1},
        {**made(), "time": -1},
        {**made(), "time": True},
        {**made(), "log": "other"},
        {**made(), "key": "x"},
        {**made(), "statement": 7},
    ],
)
def test_what_is_no_receipt_is_refused(thing: object):
    with pytest.raises(HakariError) as raised:
        receipts.check(thing)
    assert isinstance(raised.value, Malformed)
