# pragma version ==0.4.3
# pragma evm-version cancun
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title A wallet of many owners in the shape of a Safe, for tests only
@notice As many signatures as the threshold says, of 65 bytes each, their signers strictly ascending. They sign not the digest itself but an
        EIP-712 SafeMessage around it, under the domain of this wallet, so a signature for one wallet is none for another.
"""

DOMAIN: constant(bytes32) = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)")
MESSAGE: constant(bytes32) = keccak256("SafeMessage(bytes message)")
MAGIC: constant(bytes4) = 0x1626ba7e
REFUSED: constant(bytes4) = 0xffffffff

is_owner: public(HashMap[address, bool])
THRESHOLD: immutable(uint256)


@deploy
def __init__(owners: DynArray[address, 31], threshold: uint256):
    for owner: address in owners:
        self.is_owner[owner] = True
    THRESHOLD = threshold


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[2048]) -> bytes4:
    if len(signature) < THRESHOLD * 65:
        return REFUSED
    domain: bytes32 = keccak256(abi_encode(DOMAIN, chain.id, self))
    message: bytes32 = keccak256(abi_encode(MESSAGE, keccak256(abi_encode(digest))))
    signed: bytes32 = keccak256(concat(b"\x19\x01", domain, message))
    last: uint256 = 0
    for i: uint256 in range(THRESHOLD, bound=31):
        r: uint256 = extract32(signature, i * 65, output_type=uint256)
        s: uint256 = extract32(signature, i * 65 + 32, output_type=uint256)
        signer: address = ecrecover(signed, convert(slice(signature, i * 65 + 64, 1), uint256), r, s)
        if not self.is_owner[signer] or convert(signer, uint256) <= last:
            return REFUSED
        last = convert(signer, uint256)
    return MAGIC
