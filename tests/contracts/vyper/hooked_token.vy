# pragma version ==0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title A token that calls back in the middle of a transfer, for tests only
"""

decimals: public(constant(uint8)) = 6
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
target: address
data: Bytes[4096]
calls: public(uint256)
successes: public(uint256)


@external
def faucet(to: address, amount: uint256):
    self.balanceOf[to] += amount


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True


@external
def set_hook(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data


@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)
    return True


@internal
def _move(owner: address, to: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    target: address = self.target
    if target != empty(address):
        # once only, or the call back would call back
        self.target = empty(address)
        self.calls += 1
        done: bool = raw_call(target, self.data, revert_on_failure=False)
        if done:
            self.successes += 1
