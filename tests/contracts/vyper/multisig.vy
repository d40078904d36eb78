# pragma version ==0.4.3
# pragma evm-version cancun
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Two of three people together, for tests
@license GNU Affero General Public License v3.0 only
@notice What a resolver is in production: a contract that acts when two of its three owners have signed the same call.
        Digests are EIP-191 version 0 over (this, chain, number of the call, target, data).
"""

OWNERS: immutable(address[3])
calls: public(uint256)


@deploy
def __init__(owners: address[3]):
    for owner: address in owners:
        assert owner != empty(address), "owner"
    OWNERS = owners


@external
@view
def digest(to: address, data: Bytes[4096]) -> bytes32:
    return self._digest(to, data)


@external
def execute(to: address, data: Bytes[4096], first: Bytes[65], second: Bytes[65]):
    """
    @notice Makes the call that two different owners have signed. Anyone may bring it; one signature serves once.
    """
    message: bytes32 = self._digest(to, data)
    one: address = self._signer(message, first)
    two: address = self._signer(message, second)
    assert one in OWNERS and two in OWNERS and one != two, "signatures"
    self.calls += 1
    raw_call(to, data)


@internal
@view
def _digest(to: address, data: Bytes[4096]) -> bytes32:
    return keccak256(
        concat(
            b"\x19\x00",
            convert(self, bytes20),
            abi_encode(chain.id, self.calls, to, keccak256(data)),
        )
    )


@internal
@view
def _signer(message: bytes32, signature: Bytes[65]) -> address:
    assert len(signature) == 65, "signatures"
    found: address = ecrecover(
        message,
        convert(slice(signature, 64, 1), uint256),
        extract32(signature, 0),
        extract32(signature, 32),
    )
    assert found != empty(address), "signatures"
    return found
