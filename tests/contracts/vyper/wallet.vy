# pragma version ==0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title A two-of-two multisig by EIP-1271, for tests only: its signature is two of 65 bytes
"""

one: public(address)
two: public(address)


@deploy
def __init__(one_: address, two_: address):
    self.one = one_
    self.two = two_


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[2048]) -> bytes4:
    if len(signature) != 130:
        return 0xffffffff
    if self._signer(digest, slice(signature, 0, 65)) != self.one:
        return 0xffffffff
    if self._signer(digest, slice(signature, 65, 65)) != self.two:
        return 0xffffffff
    return 0x1626ba7e


@internal
@pure
def _signer(digest: bytes32, signature: Bytes[65]) -> address:
    r: uint256 = extract32(signature, 0, output_type=uint256)
    s: uint256 = extract32(signature, 32, output_type=uint256)
    return ecrecover(digest, convert(slice(signature, 64, 1), uint256), r, s)
