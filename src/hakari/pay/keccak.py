"""Keccak-256 in bulk: the payout tree's leaves and nodes over numpy arrays, compiled.

A 32-byte word is four little-endian uint64 lanes, as Keccak reads it; an amount is a pair (high, low) of uint64. Leaves are 160
bytes, thus two blocks of the 136-byte rate; nodes are 128, thus one.

Source: FIPS 202, sections 3.2 (the permutation) and 5.1 (the padding, but with Keccak's first bit 0x01 as Ethereum has it). Single
hashes go through eth_hash; the tests hold both against each other.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""(n, 4): n words of 32 bytes. (n, 2): n amounts, high then low. (n, 6): n nodes of a tree, hash and sum."""

Function = TypeVar("Function", bound=Callable[..., Any])


def _compiled(function: Function) -> Function:
    # nogil: a node hashes a large epoch while its other threads go on
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


_ROUND_CONSTANTS = np.array(
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ],
    dtype=np.uint64,
)  # fmt: skip

_PAD_FIRST = np.uint64(1)
_PAD_LAST = np.uint64(1 << 63)


@_compiled
def _rotated(lane: np.uint64, bits: int) -> np.uint64:
    return (lane << np.uint64(bits)) | (lane >> np.uint64(64 - bits))


@_compiled
def _swapped(lane: np.uint64) -> np.uint64:
    """Return the lane's bytes in reverse order: numbers are big-endian in a preimage."""
    lane = ((lane & np.uint64(0x00FF00FF00FF00FF)) << np.uint64(8)) | (
        (lane >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    )
    lane = ((lane & np.uint64(0x0000FFFF0000FFFF)) << np.uint64(16)) | (
        (lane >> np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    )
    return (lane << np.uint64(32)) | (lane >> np.uint64(32))


@_compiled
def _permute(state: Words) -> None:
    """Apply keccak-f[1600] to the 25 lanes in place. Unrolled, so that lanes are registers and not memory."""
    a0, a1, a2, a3, a4 = state[0], state[1], state[2], state[3], state[4]
    a5, a6, a7, a8, a9 = state[5], state[6], state[7], state[8], state[9]
    a10, a11, a12, a13, a14 = state[10], state[11], state[12], state[13], state[14]
    a15, a16, a17, a18, a19 = state[15], state[16], state[17], state[18], state[19]
    a20, a21, a22, a23, a24 = state[20], state[21], state[22], state[23], state[24]
    for turn in range(24):
        c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
        c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
        c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
        c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
        c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
        d0 = c4 ^ _rotated(c1, 1)
        d1 = c0 ^ _rotated(c2, 1)
        d2 = c1 ^ _rotated(c3, 1)
        d3 = c2 ^ _rotated(c4, 1)
        d4 = c3 ^ _rotated(c0, 1)
        b0 = a0 ^ d0
        b1 = _rotated(a6 ^ d1, 44)
        b2 = _rotated(a12 ^ d2, 43)
        b3 = _rotated(a18 ^ d3, 21)
        b4 = _rotated(a24 ^ d4, 14)
        b5 = _rotated(a3 ^ d3, 28)
        b6 = _rotated(a9 ^ d4, 20)
        b7 = _rotated(a10 ^ d0, 3)
        b8 = _rotated(a16 ^ d1, 45)
        b9 = _rotated(a22 ^ d2, 61)
        b10 = _rotated(a1 ^ d1, 1)
        b11 = _rotated(a7 ^ d2, 6)
        b12 = _rotated(a13 ^ d3, 25)
        b13 = _rotated(a19 ^ d4, 8)
        b14 = _rotated(a20 ^ d0, 18)
        b15 = _rotated(a4 ^ d4, 27)
        b16 = _rotated(a5 ^ d0, 36)
        b17 = _rotated(a11 ^ d1, 10)
        b18 = _rotated(a17 ^ d2, 15)
        b19 = _rotated(a23 ^ d3, 56)
        b20 = _rotated(a2 ^ d2, 62)
        b21 = _rotated(a8 ^ d3, 55)
        b22 = _rotated(a14 ^ d4, 39)
        b23 = _rotated(a15 ^ d0, 41)
        b24 = _rotated(a21 ^ d1, 2)
        a0, a1, a2 = b0 ^ (~b1 & b2) ^ _ROUND_CONSTANTS[turn], b1 ^ (~b2 & b3), b2 ^ (~b3 & b4)
        a3, a4 = b3 ^ (~b4 & b0), b4 ^ (~b0 & b1)
        a5, a6, a7 = b5 ^ (~b6 & b7), b6 ^ (~b7 & b8), b7 ^ (~b8 & b9)
        a8, a9 = b8 ^ (~b9 & b5), b9 ^ (~b5 & b6)
        a10, a11, a12 = b10 ^ (~b11 & b12), b11 ^ (~b12 & b13), b12 ^ (~b13 & b14)
        a13, a14 = b13 ^ (~b14 & b10), b14 ^ (~b10 & b11)
        a15, a16, a17 = b15 ^ (~b16 & b17), b16 ^ (~b17 & b18), b17 ^ (~b18 & b19)
        a18, a19 = b18 ^ (~b19 & b15), b19 ^ (~b15 & b16)
        a20, a21, a22 = b20 ^ (~b21 & b22), b21 ^ (~b22 & b23), b22 ^ (~b23 & b24)
        a23, a24 = b23 ^ (~b24 & b20), b24 ^ (~b20 & b21)
    state[0], state[1], state[2], state[3], state[4] = a0, a1, a2, a3, a4
    state[5], state[6], state[7], state[8], state[9] = a5, a6, a7, a8, a9
    state[10], state[11], state[12], state[13], state[14] = a10, a11, a12, a13, a14
    state[15], state[16], state[17], state[18], state[19] = a15, a16, a17, a18, a19
    state[20], state[21], state[22], state[23], state[24] = a20, a21, a22, a23, a24


@_compiled
def _number(state: Words, lane: int, high: np.uint64, low: np.uint64) -> None:
    """Write high × 2^64 + low as the 32-byte word that begins at `lane`."""
    state[lane] = np.uint64(0)
    state[lane + 1] = np.uint64(0)
    state[lane + 2] = _swapped(high)
    state[lane + 3] = _swapped(low)


@_compiled
def _begin(state: Words, tag: Words, key: Words) -> None:
    state[:] = np.uint64(0)
    for lane in range(4):
        state[lane] = tag[lane]
        state[4 + lane] = key[lane]


@_compiled
def _end_leaf(state: Words, second: np.uint64, third: np.uint64, fourth: np.uint64) -> None:
    """Hash the 17 lanes in place and the last three of a 160-byte preimage."""
    _permute(state)
    state[0] ^= second
    state[1] ^= third
    state[2] ^= fourth
    state[3] ^= _PAD_FIRST
    state[16] ^= _PAD_LAST
    _permute(state)


@_compiled
def _fold(state: Words, nodes: Words, count: int, empty: Words, out: Words) -> None:
    """Write the ceil(count / 2) nodes over the first `count` to `out`; an odd last one is paired with hash `empty` and sum 0.

    `out` may be `nodes` itself: node i is written after 2i and 2i + 1 were read.
    """
    for node in range((count + 1) // 2):
        left, right = nodes[2 * node], nodes[2 * node + 1] if 2 * node + 1 < count else empty
        state[:] = np.uint64(0)
        for lane in range(4):
            state[lane] = left[lane]
            state[8 + lane] = right[lane]
        _number(state, 4, left[4], left[5])
        _number(state, 12, right[4], right[5])
        state[16] = _PAD_FIRST | _PAD_LAST
        # at most 2^24 amounts below 2^96 sum to less than 2^120: the high half can't overflow
        low = left[5] + right[5]
        high = left[4] + right[4] + np.uint64(low < right[5])
        _permute(state)
        for lane in range(4):
            out[node, lane] = state[lane]
        out[node, 4] = high
        out[node, 5] = low


@_compiled
def level(nodes: Words, empty: Words) -> Words:
    """Return the ceil(n / 2) nodes over n. `empty` (6,) is the node over empty slots only that completes an odd number."""
    out = np.empty(((len(nodes) + 1) // 2, 6), np.uint64)
    _fold(np.zeros(25, np.uint64), nodes, len(nodes), empty, out)
    return out


@_compiled
def account_leaves(tag: Words, accounts: Words, prev: Words, inc: Words, lines_roots: Words) -> Words:
    """Return the account leaves (n, 6). tag: (4,); accounts, lines_roots: (n, 4); prev, inc: (n, 2)."""
    out = np.empty((len(accounts), 6), np.uint64)
    state = np.zeros(25, np.uint64)
    for leaf in range(len(accounts)):
        root = lines_roots[leaf]
        _begin(state, tag, accounts[leaf])
        _number(state, 8, prev[leaf, 0], prev[leaf, 1])
        _number(state, 12, inc[leaf, 0], inc[leaf, 1])
        state[16] = root[0]
        _end_leaf(state, root[1], root[2], root[3])
        for lane in range(4):
            out[leaf, lane] = state[lane]
        out[leaf, 4] = inc[leaf, 0]
        out[leaf, 5] = inc[leaf, 1]
    return out


@_compiled
def lines_roots(tag: Words, lines: Words, starts: NDArray[np.int64], empties: Words) -> Words:
    """Return the root (n, 6) of each account's lines: all 0 for one without.

    lines: (L, 7), a row being cause (4), source (1), amount (2). Account i has the rows starts[i] .. starts[i + 1] - 1; starts is
    (n + 1,). empties: (24, 6), the node over empty slots only, by level.
    """
    roots = np.zeros((len(starts) - 1, 6), np.uint64)
    widest = 0
    for account in range(len(roots)):
        widest = max(widest, starts[account + 1] - starts[account])
    nodes = np.empty((widest, 6), np.uint64)
    state = np.zeros(25, np.uint64)
    nothing = np.uint64(0)
    for account in range(len(roots)):
        width = starts[account + 1] - starts[account]
        if width == 0:
            continue
        for slot in range(width):
            line = lines[starts[account] + slot]
            _begin(state, tag, line[:4])
            _number(state, 8, nothing, line[4])
            _number(state, 12, line[5], line[6])
            _end_leaf(state, nothing, nothing, nothing)
            for lane in range(4):
                nodes[slot, lane] = state[lane]
            nodes[slot, 4] = line[5]
            nodes[slot, 5] = line[6]
        depth = 0
        while width > 1:
            _fold(state, nodes, width, empties[depth], nodes)
            width = (width + 1) // 2
            depth += 1
        roots[account] = nodes[0]
    return roots
