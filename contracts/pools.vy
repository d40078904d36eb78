# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Pools: who may do what, under which terms
@license GNU Affero General Public License v3.0 only
@notice A registry. It holds no money and cannot reach any: it only answers questions about roles, terms and releases.
        Terms are pinned by version when an order is funded and never change afterwards.
"""

interface Escrow:
    def orders_of(pool: uint256) -> uint256: view

struct Constants:
    log_id: bytes32
    bond: uint256
    derive_bps: uint256

struct TermsOf:
    terms_hash: bytes32
    arbiter: address
    court: address
    fee_cap_bps: uint256
    log_id: bytes32
    bond: uint256
    derive_bps: uint256

struct Roles:
    operator: address
    arbiter: address
    court: address
    log_id: bytes32
    bond: uint256

event Bound:
    escrow: address
    payouts: address
    licences: address

event Created:
    pool: indexed(uint256)
    creator: indexed(address)
    operator: indexed(address)

event Terms:
    pool: indexed(uint256)
    version: uint256
    hash: bytes32
    arbiter: address
    court: address
    fee_cap_bps: uint256
    log_id: bytes32
    bond: uint256
    derive_bps: uint256

event Release:
    pool: indexed(uint256)
    release_id: indexed(bytes32)
    root: bytes32

event OperatorChanged:
    pool: indexed(uint256)
    operator: indexed(address)

event Paused:
    until: uint256

PAUSE: constant(uint256) = 30

DEPLOYER: immutable(address)
GUARDIAN: public(immutable(address))
LOCAL: public(immutable(bool))
DAY: immutable(uint256)

escrow: public(address)
payouts: public(address)
licences: public(address)
pool_count: public(uint256)
creator: public(HashMap[uint256, address])
operator: public(HashMap[uint256, address])
latest_version: public(HashMap[uint256, uint256])
_terms: HashMap[uint256, HashMap[uint256, TermsOf]]
release_root: public(HashMap[uint256, HashMap[bytes32, bytes32]])
paused_until: public(uint256)


@deploy
def __init__(guardian: address, local: bool):
    """
    @param guardian may pause inflow for at most 30 days, then not for 30; zero means that nobody can
    @param local lets seconds stand for days; only on local chains
    """
    if local:
        assert chain.id in [31337, 1337], "local"
    DEPLOYER = msg.sender
    GUARDIAN = guardian
    LOCAL = local
    DAY = 1 if local else 86400


@external
def bind(escrow: address, payouts: address, licences: address):
    """
    @notice Tells the registry its neighbours, once.
    """
    assert msg.sender == DEPLOYER, "auth"
    assert self.escrow == empty(address), "bound"
    assert escrow != empty(address) and payouts != empty(address), "empty"
    self.escrow = escrow
    self.payouts = payouts
    self.licences = licences
    log Bound(escrow=escrow, payouts=payouts, licences=licences)


@external
def create(
    terms_hash: bytes32, operator: address, arbiter: address, court: address, fee_cap_bps: uint256, constants: Constants
) -> uint256:
    """
    @notice Opens a pool with version 1 of its terms. Returns its number, from 1.
    """
    assert self.escrow != empty(address), "unbound"
    assert operator != empty(address), "roles"
    pool: uint256 = self.pool_count + 1
    self.pool_count = pool
    self.creator[pool] = msg.sender
    self.operator[pool] = operator
    log Created(pool=pool, creator=msg.sender, operator=operator)
    log OperatorChanged(pool=pool, operator=operator)
    self._publish(pool, 1, terms_hash, arbiter, court, fee_cap_bps, constants)
    return pool


@external
def publish_terms(
    pool: uint256, version: uint256, terms_hash: bytes32, arbiter: address, court: address, fee_cap_bps: uint256, constants: Constants
):
    """
    @notice Adds a version of the terms, for orders funded from now on. The creator may until the first order.
    """
    self._only_creator(pool)
    self._publish(pool, version, terms_hash, arbiter, court, fee_cap_bps, constants)


@external
def set_operator(pool: uint256, operator: address):
    """
    @notice Replaces the operator. The creator may until the first order.
    """
    self._only_creator(pool)
    self._set_operator(pool, operator)


@external
def publish_release(pool: uint256, release_id: bytes32, root: bytes32):
    """
    @notice Publishes the manifest root of a release, once and for ever.
    """
    assert msg.sender == self.operator[pool], "auth"
    assert release_id != empty(bytes32) and root != empty(bytes32), "empty"
    assert self.release_root[pool][release_id] == empty(bytes32), "release"
    self.release_root[pool][release_id] = root
    log Release(pool=pool, release_id=release_id, root=root)


@external
def pause(days: uint256):
    """
    @notice Stops new money (fund, buy, stake) for at most 30 days; then at least 30 days pass before the next pause.
            Claims, challenges, rulings, settlements, refunds and withdrawals never look at this.
    """
    assert msg.sender == GUARDIAN, "auth"
    assert days > 0 and days <= PAUSE, "days"
    until: uint256 = self.paused_until
    assert until == 0 or block.timestamp >= until + PAUSE * DAY, "wait"
    self.paused_until = block.timestamp + days * DAY
    log Paused(until=self.paused_until)


@external
@view
def paused() -> bool:
    return block.timestamp < self.paused_until


@external
@view
def terms(pool: uint256, version: uint256) -> TermsOf:
    return self._terms[pool][version]


@external
@view
def roles(pool: uint256, version: uint256) -> Roles:
    """
    @notice Who runs and who judges orders under this version. Reverts if the version does not exist.
    """
    found: TermsOf = self._terms[pool][version]
    assert found.arbiter != empty(address), "terms"
    return Roles(operator=self.operator[pool], arbiter=found.arbiter, court=found.court, log_id=found.log_id, bond=found.bond)


@external
@view
def arbiter(pool: uint256, version: uint256) -> address:
    return self._terms[pool][version].arbiter


@external
@view
def court(pool: uint256, version: uint256) -> address:
    return self._terms[pool][version].court


@internal
@view
def _only_creator(pool: uint256):
    assert msg.sender == self.creator[pool], "auth"
    assert staticcall Escrow(self.escrow).orders_of(pool) == 0, "orders"


@internal
def _publish(
    pool: uint256, version: uint256, terms_hash: bytes32, arbiter: address, court: address, fee_cap_bps: uint256, constants: Constants
):
    assert version == self.latest_version[pool] + 1, "version"
    assert terms_hash != empty(bytes32), "empty"
    assert constants.log_id != empty(bytes32), "log"
    assert fee_cap_bps <= 10000 and constants.derive_bps <= 10000, "bps"
    assert constants.bond < 2**90, "bond"
    operator: address = self.operator[pool]
    assert arbiter != empty(address) and court != empty(address), "roles"
    assert operator != arbiter and operator != court and arbiter != court, "roles"
    assert court != self and arbiter != self, "roles"
    self.latest_version[pool] = version
    self._terms[pool][version] = TermsOf(
        terms_hash=terms_hash,
        arbiter=arbiter,
        court=court,
        fee_cap_bps=fee_cap_bps,
        log_id=constants.log_id,
        bond=constants.bond,
        derive_bps=constants.derive_bps,
    )
    log Terms(
        pool=pool,
        version=version,
        hash=terms_hash,
        arbiter=arbiter,
        court=court,
        fee_cap_bps=fee_cap_bps,
        log_id=constants.log_id,
        bond=constants.bond,
        derive_bps=constants.derive_bps,
    )


@internal
def _set_operator(pool: uint256, operator: address):
    assert operator != empty(address), "roles"
    last: TermsOf = self._terms[pool][self.latest_version[pool]]
    assert operator != last.arbiter and operator != last.court, "roles"
    self.operator[pool] = operator
    log OperatorChanged(pool=pool, operator=operator)
