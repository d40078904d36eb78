# pragma version ==0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title A token with bad habits, for tests only
@notice Any number of decimals, a blacklist, a fee on transfer, and answers `transfer` with nothing, as some old tokens do.
"""

decimals: public(immutable(uint8))
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
blocked: public(HashMap[address, bool])
fee_bps: public(uint256)


@deploy
def __init__(decimals_: uint8):
    decimals = decimals_


@external
def faucet(to: address, amount: uint256):
    self.balanceOf[to] += amount


@external
def approve(spender: address, amount: uint256):
    self.allowance[msg.sender][spender] = amount


@external
def block_account(account: address, yes: bool):
    self.blocked[account] = yes


@external
def set_fee(bps: uint256):
    self.fee_bps = bps


@external
def transfer(to: address, amount: uint256):
    self._move(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256):
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)


@external
def receiveWithAuthorization(
    owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32
):
    """
    @notice Moves what is asked for and looks at no signature.
    """
    self._move(owner, to, amount)


@internal
def _move(owner: address, to: address, amount: uint256):
    assert not self.blocked[owner] and not self.blocked[to], "blocked"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount - amount * self.fee_bps // 10000
