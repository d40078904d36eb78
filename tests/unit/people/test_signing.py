import nacl.bindings
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.people import signing
from hakari.people.signing import WeakKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493

# The eight points of small order: y and, in the top bit, the sign of x (RFC 8032, section 5.1; ed25519 torsion subgroup).
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def encoded(y: int, sign: int = 0) -> str:
    return (y | sign << 255).to_bytes(32, "little").hex()


def test_a_key_from_a_generator_is_accepted():
    key = signing.public_key(bytes(range(32)))
    assert signing.check_key(key) == key


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_a_key_of_small_order_is_refused(key: str):
    with pytest.raises(WeakKey):
        signing.check_key(key)


@pytest.mark.parametrize("y", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_whose_coordinate_is_not_reduced_is_refused(y: int, sign: int):
    with pytest.raises(WeakKey):
        signing.check_key(encoded(P + y, sign))


@pytest.mark.parametrize("y", [1, P - 1])
def test_a_zero_x_with_a_sign_is_refused(y: int):
    with pytest.raises(WeakKey):
        signing.check_key(encoded(y, 1))


def test_a_key_with_a_small_order_part_is_refused():
    mixed = nacl.bindings.crypto_core_ed25519_add(
        bytes.fromhex(signing.public_key(bytes(32))), bytes.fromhex(SMALL_ORDER[4])
    )
    with pytest.raises(WeakKey):
        signing.check_key(mixed.hex())


@pytest.mark.parametrize("key", ["", "00", "zz" * 32, "AB" * 32, 7, None, "ab" * 33])
def test_what_is_no_key_at_all_is_refused(key: object):
    with pytest.raises(WeakKey):
        signing.check_key(key)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_a_signature_verifies_and_any_other_message_does_not(secret: bytes, message: bytes):
    key, signature = signing.public_key(secret), signing.sign(secret, message)
    assert signing.verify(key, message, signature)
    assert not signing.verify(key, message + b"x", signature)
    other = bytes([secret[0] ^ 1]) + secret[1:]
    assert not signing.verify(signing.public_key(other), message, signature)


def test_the_identity_as_key_signs_nothing():
    identity = SMALL_ORDER[0]
    assert not signing.verify(identity, b"anything", identity + "00" * 32)


def test_a_signature_with_an_unreduced_scalar_is_refused():
    secret, message = bytes(range(32)), b"once"
    good = bytes.fromhex(signing.sign(secret, message))
    scalar = int.from_bytes(good[32:], "little") + L
    again = good[:32] + scalar.to_bytes(32, "little")
    assert signing.verify(signing.public_key(secret), message, good.hex())
    assert not signing.verify(signing.public_key(secret), message, again.hex())


@pytest.mark.parametrize("signature", ["", "00" * 63, "00" * 65, "ZZ" * 64])
def test_a_signature_of_another_form_is_refused_and_does_not_raise(signature: str):
    assert not signing.verify(signing.public_key(bytes(32)), b"", signature)
