# pragma version ==0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Signatures of people, multisigs and passkey wallets
@license GNU Affero General Public License v3.0 only
@notice EOA by ECDSA with low s, contracts by EIP-1271 with up to 2048 bytes. An account with EIP-7702 code may answer
        either way: its key still is its key.
"""

MAGIC: constant(bytes4) = 0x1626ba7e
HALF_N: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168
DELEGATED: constant(bytes3) = 0xef0100


@internal
@view
def _is_valid(signer: address, digest: bytes32, signature: Bytes[2048]) -> bool:
    if signer == empty(address):
        return False
    if not signer.is_contract or self._delegated(signer):
        if self._recover(digest, signature) == signer:
            return True
        if not signer.is_contract:
            return False
    done: bool = False
    back: Bytes[32] = b""
    done, back = raw_call(
        signer,
        abi_encode(digest, signature, method_id=MAGIC),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    return done and len(back) == 32 and convert(back, bytes32) == convert(MAGIC, bytes32)


@internal
@view
def _delegated(signer: address) -> bool:
    if signer.codesize != 23:
        return False
    return convert(slice(signer.code, 0, 3), bytes3) == DELEGATED


@internal
@pure
def _recover(digest: bytes32, signature: Bytes[2048]) -> address:
    if len(signature) != 65:
        return empty(address)
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    if s > HALF_N or s == 0:
        return empty(address)
    return ecrecover(digest, v, r, s)
