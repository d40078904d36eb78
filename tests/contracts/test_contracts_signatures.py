"""Who signed: a key, a wallet of many keys, an account with delegated code; and for what alone a signature is good."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from evm_chain import Contract, Reverted
from money_world import DAY, UNIT, World, key
from test_contracts_plain_road import authorise, claim_message, token_domain


def test_a_multisig_claims_with_a_signature_of_130_bytes(world: World, refuses) -> None:
    one, two = key("one"), key("two")
    wallet = world.chain.deploy_test_contract("wallet", one.address, two.address)
    order = world.fund()
    tree = world.accept(order, {wallet.address: [10 * UNIT]})
    to, until = world.chain.account("payee"), world.chain.time + DAY
    message = claim_message(world, wallet.address, to, cumulative=10 * UNIT, deadline=until)
    parts = [k.sign_message(message).signature for k in (one, two)]
    leaf = tree.of(wallet.address)
    for wrong in (parts[0], parts[1] + parts[0], parts[0] + parts[0], b""):
        with refuses("signature"):
            world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, wrong)
    world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, parts[0] + parts[1])
    assert world.balance(to) == 10 * UNIT


def test_a_safe_of_thirty_one_owners_claims_with_2015_bytes(world: World, refuses) -> None:
    """Owners of a Safe sign a message of the Safe's own around the digest, in ascending order."""
    owners = sorted((key(f"owner {i}") for i in range(31)), key=lambda owner: int(owner.address, 16))
    addresses = [owner.address for owner in owners]
    safe, twin = (world.chain.deploy_test_contract("safe", addresses, 31) for _ in range(2))
    tree = world.accept(world.fund(), {safe.address: [10 * UNIT]})
    to, until = world.chain.account("payee"), world.chain.time + DAY
    asked = claim_message(world, safe.address, to, cumulative=10 * UNIT, deadline=until)
    digest = keccak(b"\x19\x01" + asked.header + asked.body)

    def signed(wallet: Contract) -> list[bytes]:
        domain = {"chainId": world.chain.chain_id, "verifyingContract": wallet.address}
        shape = {"SafeMessage": [{"name": "message", "type": "bytes"}]}
        wrapped = encode_typed_data(domain_data=domain, message_types=shape, message_data={"message": digest})
        return [owner.sign_message(wrapped).signature for owner in owners]

    leaf, parts = tree.of(safe.address), signed(safe)
    wrong = {
        "one too few": parts[:30],
        "one twice": [*parts[:29], parts[29], parts[29]],
        "out of order": [parts[1], parts[0], *parts[2:]],
        "another wallet's": signed(twin),
    }
    for some in wrong.values():
        with refuses("signature"):
            world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, b"".join(some))
    assert len(b"".join(parts)) == 2_015
    # contracts take up to 2,048 bytes; what stands behind the signatures is the wallet's own affair
    with pytest.raises(Reverted):
        world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, b"".join(parts) + bytes(34))
    world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, b"".join(parts) + bytes(33))
    assert world.balance(to) == 10 * UNIT


def test_a_signed_claim_is_good_on_one_chain_in_one_contract_for_one_pool(world: World, refuses) -> None:
    ann = key("ann")
    tree = world.accept(world.fund(), {ann.address: [UNIT]})
    to, until = world.chain.account("payee"), world.chain.time + DAY

    def signed(**elsewhere: Any) -> bytes:
        at = {"chain": world.chain.chain_id, "contract": world.payouts.address, "pool": world.pool} | elsewhere
        place: Any = SimpleNamespace(
            chain=SimpleNamespace(chain_id=at["chain"]),
            payouts=SimpleNamespace(address=at["contract"]),
            pool=at["pool"],
        )
        return ann.sign_message(claim_message(place, ann.address, to, cumulative=UNIT, deadline=until)).signature

    leaf = tree.of(ann.address)
    for elsewhere in ({"chain": 1}, {"contract": world.pools.address}, {"pool": world.pool + 1}):
        with refuses("signature"):
            world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, signed(**elsewhere))
    world.payouts.claim_for(world.pool, 1, leaf, to, 0, until, signed())
    assert world.balance(to) == UNIT


def test_an_account_with_delegated_code_still_signs_with_its_key(world: World) -> None:
    """EIP-7702: the code is 0xef0100 and an address that answers nothing."""
    ann = key("ann")
    raw = bytes.fromhex(ann.address[2:])
    world.chain.state.set_code(raw, b"\xef\x01\x00" + b"\x77" * 20)
    order = world.fund()
    tree = world.accept(order, {ann.address: [UNIT]})
    to, until = world.chain.account("payee"), world.chain.time + DAY
    signature = ann.sign_message(claim_message(world, ann.address, to, cumulative=UNIT, deadline=until)).signature
    world.payouts.claim_for(world.pool, 1, tree.of(ann.address), to, 0, until, signature)
    assert world.balance(to) == UNIT


def test_a_mirrored_signature_with_high_s_is_refused(world: World, refuses) -> None:
    ann = key("ann")
    order = world.fund()
    tree = world.accept(order, {ann.address: [UNIT]})
    to, until = world.chain.account("payee"), world.chain.time + DAY
    signed = ann.sign_message(claim_message(world, ann.address, to, cumulative=UNIT, deadline=until))
    n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    mirrored = signed.r.to_bytes(32, "big") + (n - signed.s).to_bytes(32, "big") + bytes([55 - signed.v])
    with refuses("signature"):
        world.payouts.claim_for(world.pool, 1, tree.of(ann.address), to, 0, until, mirrored)


def test_a_fee_never_exceeds_the_claim(world: World, refuses) -> None:
    ann = key("ann")
    order = world.fund()
    tree = world.accept(order, {ann.address: [UNIT]})
    until = world.chain.time + DAY
    signature = ann.sign_message(
        claim_message(world, ann.address, ann.address, cumulative=UNIT, fee=UNIT, deadline=until)
    ).signature
    with refuses("fee"):
        world.payouts.claim_for(world.pool, 1, tree.of(ann.address), ann.address, UNIT, until, signature)


def test_a_cancelled_authorisation_buys_nothing(world: World, refuses) -> None:
    buyer, salt = key("buyer"), b"\x09" * 32
    world.token.faucet(buyer.address, 20 * UNIT)
    until = world.chain.time + DAY
    types = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32"]
    nonce = keccak(encode(types, [31337, world.escrow.address, world.pool, 1, 10 * UNIT, until, salt]))
    v, r, s = authorise(world, buyer, world.escrow.address, 10 * UNIT, nonce=nonce, before=until)
    cancel = buyer.sign_message(
        encode_typed_data(
            domain_data=token_domain(world),
            message_types={
                "CancelAuthorization": [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]
            },
            message_data={"authorizer": buyer.address, "nonce": nonce},
        )
    )
    parts = (cancel.v, cancel.r.to_bytes(32, "big"), cancel.s.to_bytes(32, "big"))
    with refuses("signature"):
        world.token.cancelAuthorization(world.griefer, nonce, *parts)
    world.token.cancelAuthorization(buyer.address, nonce, *parts)
    with refuses("used"):
        world.escrow.fund_with_authorization(buyer.address, world.pool, 1, 10 * UNIT, until, salt, 0, until, v, r, s)
