# pragma version ==0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title The Merkle sum tree
@license GNU Affero General Public License v3.0 only
@notice Pure functions over proofs; README.md section 1 is the byte-exact description. A leaf's preimage is 160 bytes
        and a node's 128, so a node can never be shown as a leaf.
"""

TAG_ACCOUNT: constant(bytes32) = keccak256("hakari.account.1")
TAG_LINE: constant(bytes32) = keccak256("hakari.line.1")
TAG_SHARE: constant(bytes32) = keccak256("hakari.share.1")
TAG_EVIDENCE: constant(bytes32) = keccak256("hakari.evidence.1")
MAX_DEPTH: constant(uint256) = 24

struct Step:
    h: bytes32
    s: uint256

struct Leaf:
    account: address
    prev: uint256
    inc: uint256
    lines_root: bytes32
    index: uint256
    path: DynArray[Step, MAX_DEPTH]

struct LineProof:
    cause: bytes32
    source: uint256
    amount: uint256
    index: uint256
    path: DynArray[Step, MAX_DEPTH]

struct Share:
    account: address
    weight: uint256
    index: uint256
    path: DynArray[Step, MAX_DEPTH]

struct Root:
    h: bytes32
    s: uint256


@internal
@pure
def _fold(h: bytes32, s: uint256, index: uint256, path: DynArray[Step, MAX_DEPTH]) -> Root:
    at: bytes32 = h
    total: uint256 = s
    bits: uint256 = index
    for step: Step in path:
        if bits & 1 == 0:
            at = keccak256(abi_encode(at, total, step.h, step.s))
        else:
            at = keccak256(abi_encode(step.h, step.s, at, total))
        total += step.s
        bits = bits >> 1
    # an index beyond the width would give one slot two names
    assert bits == 0, "index"
    return Root(h=at, s=total)


@internal
@pure
def _account_root(leaf: Leaf) -> Root:
    h: bytes32 = keccak256(abi_encode(TAG_ACCOUNT, leaf.account, leaf.prev, leaf.inc, leaf.lines_root))
    return self._fold(h, leaf.inc, leaf.index, leaf.path)


@internal
@pure
def _line_root(line: LineProof) -> Root:
    h: bytes32 = keccak256(abi_encode(TAG_LINE, line.cause, line.source, line.amount, empty(uint256)))
    return self._fold(h, line.amount, line.index, line.path)


@internal
@pure
def _share_root(share: Share) -> Root:
    h: bytes32 = keccak256(abi_encode(TAG_SHARE, share.account, share.weight, empty(uint256), empty(uint256)))
    return self._fold(h, share.weight, share.index, share.path)


@internal
@pure
def _evidence(bundle: bytes32, shares_root: bytes32, shares_total: uint256, shares_depth: uint256) -> bytes32:
    return keccak256(abi_encode(TAG_EVIDENCE, bundle, shares_root, shares_total, shares_depth))
