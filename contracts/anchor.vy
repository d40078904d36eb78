# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Checkpoints of transparency logs
@license GNU Affero General Public License v3.0 only
@notice A log's key posts (size, root), each time with the proof that the tree extends the last one posted. So all roots of a
        log here are of one history, for everybody who reads the chain. No money, no roles, no owner.
"""

struct Latest:
    size: uint256
    root: bytes32
    time: uint256

event Registered:
    log_id: indexed(bytes32)
    key: indexed(address)

event HandedOver:
    log_id: indexed(bytes32)
    key: indexed(address)

event Posted:
    log_id: indexed(bytes32)
    size: uint256
    root: bytes32
    time: uint256

key_of: public(HashMap[bytes32, address])
next_key: public(HashMap[bytes32, address])
root_at: public(HashMap[bytes32, HashMap[uint256, bytes32]])
# size in the low 128 bits, time above: one slot to rewrite a post
_head: HashMap[bytes32, uint256]


@external
def register(log_id: bytes32, key: address):
    """
    @notice Binds a log to the account that posts for it, once; from then on that account alone can hand it over. A pool's
            terms name the log id, so whoever writes terms must read `key_of` first: a squatted id is simply not used.
    """
    assert self.key_of[log_id] == empty(address), "registered"
    assert key != empty(address), "key"
    self.key_of[log_id] = key
    log Registered(log_id=log_id, key=key)


@external
def hand_over(log_id: bytes32, key: address):
    """
    @notice Offers the log to another account, by its present one, which posts until the other takes over: an offer to a
            mistyped address strands nothing. The last offer counts; zero takes it back.
    """
    assert msg.sender == self.key_of[log_id], "auth"
    self.next_key[log_id] = key
    log HandedOver(log_id=log_id, key=key)


@external
def take_over(log_id: bytes32):
    """
    @notice Makes the account that it was offered to the log's key. Logs `Registered` again: readers take the last.
    """
    assert msg.sender == self.next_key[log_id], "auth"
    self.key_of[log_id] = msg.sender
    self.next_key[log_id] = empty(address)
    log Registered(log_id=log_id, key=msg.sender)


@external
def post(log_id: bytes32, size: uint256, root: bytes32, time: uint256, proof: DynArray[bytes32, 64]):
    """
    @notice Stores a checkpoint. Posting the newest one again is allowed: it says that the log has not grown since.
    @param time the checkpoint's own time in Unix seconds
    @param proof RFC 6962 consistency proof from the last posted size to this one; empty for a log's first post and for the
           same size
    """
    assert msg.sender == self.key_of[log_id], "auth"
    assert root != empty(bytes32), "empty"
    assert size > 0 and size < 2**63 and time < 2**64, "range"
    head: uint256 = self._head[log_id]
    last: uint256 = head & (2**128 - 1)
    assert size >= last, "size"
    assert time >= head >> 128, "time"
    if last == 0:
        assert len(proof) == 0, "fork"
    elif size == last:
        assert len(proof) == 0 and self.root_at[log_id][last] == root, "fork"
    else:
        assert self._extends(last, self.root_at[log_id][last], size, root, proof), "fork"
    self.root_at[log_id][size] = root
    self._head[log_id] = size | (time << 128)
    log Posted(log_id=log_id, size=size, root=root, time=time)


@external
@view
def latest(log_id: bytes32) -> Latest:
    head: uint256 = self._head[log_id]
    size: uint256 = head & (2**128 - 1)
    return Latest(size=size, root=self.root_at[log_id][size], time=head >> 128)


@internal
@pure
def _extends(first: uint256, first_root: bytes32, second: uint256, second_root: bytes32, proof: DynArray[bytes32, 64]) -> bool:
    """
    @dev RFC 9162, 2.1.4.2, for 0 < first < second. Where the first tree is perfect its root opens the path unsaid.
    """
    f: uint256 = first - 1
    s: uint256 = second - 1
    for _: uint256 in range(64):
        if f & 1 == 0:
            break
        f >>= 1
        s >>= 1
    a: bytes32 = first_root
    start: uint256 = 0
    if first & (first - 1) != 0:
        if len(proof) == 0:
            return False
        a = proof[0]
        start = 1
    b: bytes32 = a
    for i: uint256 in range(start, len(proof), bound=64):
        step: bytes32 = proof[i]
        if s == 0:
            return False
        if f & 1 == 1 or f == s:
            a = sha256(concat(b"\x01", step, a))
            b = sha256(concat(b"\x01", step, b))
            for _: uint256 in range(64):
                if f & 1 == 1 or f == 0:
                    break
                f >>= 1
                s >>= 1
        else:
            b = sha256(concat(b"\x01", b, step))
        f >>= 1
        s >>= 1
    return s == 0 and a == first_root and b == second_root
