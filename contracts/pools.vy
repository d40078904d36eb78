# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Pools: who may do what, under which terms
@license GNU Affero General Public License v3.0 only
@notice A registry that answers questions about roles, terms and releases, and the votes of a pool's contributors. Terms are
        pinned by version when an order is funded and never change afterwards. No vote reaches escrow, payouts or stakes.
        The only money here is a pool's reserve: what accepted epochs paid to this address by lines of that pool.
"""
from ethereum.ercs import IERC20
from snekmate.utils import eip712_domain_separator
import signatures
import tree

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain

interface Escrow:
    def orders_of(pool: uint256) -> uint256: view
    def TOKEN() -> address: view
    def SCALE() -> uint256: view

interface Payouts:
    def epoch_count(pool: uint256) -> uint256: view
    def evidence_of(pool: uint256, epoch: uint256) -> bytes32: view
    def claimed(pool: uint256, account: address) -> uint256: view

interface Licences:
    def stop_by_vote(pool: uint256, offer: uint256): nonpayable
    def price_by_vote(pool: uint256, offer: uint256, price: uint256): nonpayable

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

struct Shares:
    bundle: bytes32
    root: bytes32
    total: uint256
    depth: uint256

struct Vote:
    pool: uint256
    kind: uint256
    payload_hash: bytes32
    snapshot_epoch: uint256
    shares_root: bytes32
    shares_total: uint256
    shares_depth: uint256
    ends: uint256
    ready: uint256
    yes: uint256
    no: uint256
    done: bool

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

event OperatorOffered:
    pool: indexed(uint256)
    operator: indexed(address)

event OperatorChanged:
    pool: indexed(uint256)
    operator: indexed(address)

event Paused:
    until: uint256

event VoteProposed:
    vote: indexed(uint256)
    pool: indexed(uint256)
    kind: uint256
    payload_hash: bytes32
    by: address
    snapshot_epoch: uint256
    shares_root: bytes32
    shares_total: uint256
    ends: uint256

event Cast:
    vote: indexed(uint256)
    account: indexed(address)
    support: bool
    weight: uint256

event Queued:
    vote: indexed(uint256)
    ready: uint256

event Executed:
    vote: indexed(uint256)
    payload: Bytes[512]

event Spent:
    pool: indexed(uint256)
    to: indexed(address)
    amount: uint256

event Version:
    pool: indexed(uint256)
    name: String[32]
    at: address

# kinds of vote
TERMS: constant(uint256) = 1
OPERATOR: constant(uint256) = 2
RELEASE: constant(uint256) = 3
PRICE: constant(uint256) = 4
STOP_SALE: constant(uint256) = 5
SPEND: constant(uint256) = 6
VERSION: constant(uint256) = 7

VOTING_DAYS: constant(uint256) = 5
TIMELOCK_DAYS: constant(uint256) = 3
LAPSE_DAYS: constant(uint256) = 14
QUORUM_PERCENT: constant(uint256) = 20
VOTE_TYPE: constant(bytes32) = keccak256("Vote(uint256 vote,address account,bool support,uint256 deadline)")

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
next_operator: public(HashMap[uint256, address])
latest_version: public(HashMap[uint256, uint256])
_terms: HashMap[uint256, HashMap[uint256, TermsOf]]
release_root: public(HashMap[uint256, HashMap[bytes32, bytes32]])
paused_until: public(uint256)
vote_count: public(uint256)
votes: public(HashMap[uint256, Vote])
voted: public(HashMap[uint256, HashMap[address, bool]])
spent: public(HashMap[uint256, uint256])
versions: public(HashMap[uint256, HashMap[String[32], address]])


@deploy
def __init__(guardian: address, local: bool):
    """
    @param guardian may pause inflow for at most 30 days, then not for 30; zero means that nobody can
    @param local lets seconds stand for days; only on local chains
    """
    if local:
        assert chain.id in [31337, 1337], "local"
    eip712_domain_separator.__init__("hakari pools", "1")
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
def hand_over(pool: uint256, operator: address):
    """
    @notice Offers the role to another account, by the operator, who keeps it until the other takes over: an offer to a
            mistyped address strands nothing. The last offer counts; zero takes it back, and so does any change of operator.
    """
    assert msg.sender == self.operator[pool], "auth"
    self.next_operator[pool] = operator
    log OperatorOffered(pool=pool, operator=operator)


@external
def take_over(pool: uint256):
    """
    @notice Makes the account that it was offered to the operator. What the old one left open (a bond, a credit, half of an
            attestation) stays that account's.
    """
    assert msg.sender == self.next_operator[pool], "auth"
    self._set_operator(pool, msg.sender)


@external
def publish_release(pool: uint256, release_id: bytes32, root: bytes32):
    """
    @notice Publishes the manifest root of a release, once and for ever.
    """
    assert msg.sender == self.operator[pool], "auth"
    self._release(pool, release_id, root)


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


# ---- votes of the contributors


@external
def propose_vote(pool: uint256, kind: uint256, payload_hash: bytes32, snapshot_epoch: uint256, shares: Shares) -> uint256:
    """
    @notice Opens a vote on one payload. Weights are those that the last accepted epoch published in its evidence; `shares` opens
            that hash. Anyone; votes do not exclude each other. Returns the vote's number, from 1.
    @param kind 1 TERMS, 2 OPERATOR, 3 RELEASE, 4 PRICE, 5 STOP_SALE, 6 SPEND, 7 VERSION
    @param payload_hash keccak of the payload that execute() will be given
    """
    assert kind >= TERMS and kind <= VERSION, "kind"
    # weights are fixed before anyone knows of the vote
    assert snapshot_epoch > 0 and snapshot_epoch == staticcall Payouts(self.payouts).epoch_count(pool), "epoch"
    evidence: bytes32 = staticcall Payouts(self.payouts).evidence_of(pool, snapshot_epoch)
    assert evidence == tree._evidence(shares.bundle, shares.root, shares.total, shares.depth), "evidence"
    assert shares.total > 0 and shares.total < 2**128 and shares.depth <= tree.MAX_DEPTH, "shares"
    vote: uint256 = self.vote_count + 1
    self.vote_count = vote
    ends: uint256 = block.timestamp + VOTING_DAYS * DAY
    self.votes[vote] = Vote(
        pool=pool,
        kind=kind,
        payload_hash=payload_hash,
        snapshot_epoch=snapshot_epoch,
        shares_root=shares.root,
        shares_total=shares.total,
        shares_depth=shares.depth,
        ends=ends,
        ready=0,
        yes=0,
        no=0,
        done=False,
    )
    log VoteProposed(
        vote=vote,
        pool=pool,
        kind=kind,
        payload_hash=payload_hash,
        by=msg.sender,
        snapshot_epoch=snapshot_epoch,
        shares_root=shares.root,
        shares_total=shares.total,
        ends=ends,
    )
    return vote


@external
def cast(vote: uint256, support: bool, share: tree.Share):
    """
    @notice Casts the caller's weight, once.
    """
    assert msg.sender == share.account, "auth"
    self._cast(vote, support, share)


@external
def cast_for(vote: uint256, support: bool, share: tree.Share, deadline: uint256, signature: Bytes[2048]):
    """
    @notice Casts the weight of an account that signed Vote(vote, account, support, deadline). Sent by anyone.
    """
    assert block.timestamp <= deadline, "deadline"
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(
        keccak256(abi_encode(VOTE_TYPE, vote, share.account, support, deadline))
    )
    assert signatures._is_valid(share.account, digest, signature), "signature"
    self._cast(vote, support, share)


@external
def queue(vote: uint256):
    """
    @notice After the voting: starts the timelock if a fifth of all weight voted and the majority holds (two thirds for TERMS and
            VERSION). Anyone.
    """
    state: Vote = self.votes[vote]
    assert state.ends > 0 and block.timestamp >= state.ends, "wait"
    assert state.ready == 0, "queued"
    assert (state.yes + state.no) * 100 >= state.shares_total * QUORUM_PERCENT, "quorum"
    if state.kind in [TERMS, VERSION]:
        assert state.yes * 3 >= (state.yes + state.no) * 2, "majority"
    else:
        assert state.yes > state.no, "majority"
    ready: uint256 = block.timestamp + TIMELOCK_DAYS * DAY
    self.votes[vote].ready = ready
    log Queued(vote=vote, ready=ready)


@external
def execute(vote: uint256, payload: Bytes[512]):
    """
    @notice Does what was voted, after the timelock and within 14 days. Anyone.
    @param payload ABI encoding by kind. TERMS (version, terms_hash, arbiter, court, fee_cap_bps, log_id, bond, derive_bps);
           OPERATOR (operator); RELEASE (release_id, root); PRICE (offer, price); STOP_SALE (offer); SPEND (to, amount);
           VERSION (name: string, at: address)
    """
    state: Vote = self.votes[vote]
    assert state.ready > 0 and block.timestamp >= state.ready, "wait"
    assert block.timestamp < state.ready + LAPSE_DAYS * DAY, "lapsed"
    assert not state.done, "done"
    assert keccak256(payload) == state.payload_hash, "payload"
    self.votes[vote].done = True
    log Executed(vote=vote, payload=payload)
    pool: uint256 = state.pool
    if state.kind == TERMS:
        version: uint256 = 0
        terms_hash: bytes32 = empty(bytes32)
        arbiter: address = empty(address)
        court: address = empty(address)
        fee_cap_bps: uint256 = 0
        constants: Constants = empty(Constants)
        version, terms_hash, arbiter, court, fee_cap_bps, constants = abi_decode(
            payload, (uint256, bytes32, address, address, uint256, Constants)
        )
        self._publish(pool, version, terms_hash, arbiter, court, fee_cap_bps, constants)
    elif state.kind == OPERATOR:
        self._set_operator(pool, abi_decode(payload, address))
    elif state.kind == RELEASE:
        release_id: bytes32 = empty(bytes32)
        root: bytes32 = empty(bytes32)
        release_id, root = abi_decode(payload, (bytes32, bytes32))
        self._release(pool, release_id, root)
    elif state.kind == PRICE:
        offer: uint256 = 0
        price: uint256 = 0
        offer, price = abi_decode(payload, (uint256, uint256))
        extcall Licences(self.licences).price_by_vote(pool, offer, price)
    elif state.kind == STOP_SALE:
        extcall Licences(self.licences).stop_by_vote(pool, abi_decode(payload, uint256))
    elif state.kind == SPEND:
        to: address = empty(address)
        amount: uint256 = 0
        to, amount = abi_decode(payload, (address, uint256))
        self._spend(pool, to, amount)
    else:
        name: String[32] = ""
        at: address = empty(address)
        name, at = abi_decode(payload, (String[32], address))
        assert at != empty(address), "empty"
        self.versions[pool][name] = at
        log Version(pool=pool, name=name, at=at)


@external
@view
def reserve_of(pool: uint256) -> uint256:
    """
    @notice The pool's own money here: claimed for this address by lines of this pool, less what votes have spent.
    """
    return staticcall Payouts(self.payouts).claimed(pool, self) - self.spent[pool]


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
def _release(pool: uint256, release_id: bytes32, root: bytes32):
    assert release_id != empty(bytes32) and root != empty(bytes32), "empty"
    assert self.release_root[pool][release_id] == empty(bytes32), "release"
    self.release_root[pool][release_id] = root
    log Release(pool=pool, release_id=release_id, root=root)


@internal
def _cast(vote: uint256, support: bool, share: tree.Share):
    state: Vote = self.votes[vote]
    assert block.timestamp < state.ends, "closed"
    assert not self.voted[vote][share.account], "voted"
    assert len(share.path) == state.shares_depth, "proof"
    found: tree.Root = tree._share_root(share)
    assert found.h == state.shares_root and found.s == state.shares_total, "proof"
    self.voted[vote][share.account] = True
    if support:
        self.votes[vote].yes = state.yes + share.weight
    else:
        self.votes[vote].no = state.no + share.weight
    log Cast(vote=vote, account=share.account, support=support, weight=share.weight)


@internal
def _spend(pool: uint256, to: address, amount: uint256):
    had: uint256 = staticcall Payouts(self.payouts).claimed(pool, self)
    spent: uint256 = self.spent[pool] + amount
    assert spent <= had, "short"
    assert to != empty(address), "empty"
    self.spent[pool] = spent
    token: address = staticcall Escrow(self.escrow).TOKEN()
    scale: uint256 = staticcall Escrow(self.escrow).SCALE()
    assert extcall IERC20(token).transfer(to, amount * scale, default_return_value=True), "transfer"
    log Spent(pool=pool, to=to, amount=amount)


@internal
def _set_operator(pool: uint256, operator: address):
    assert operator != empty(address), "roles"
    last: TermsOf = self._terms[pool][self.latest_version[pool]]
    assert operator != last.arbiter and operator != last.court, "roles"
    self.operator[pool] = operator
    # who was voted out must leave no offer behind
    self.next_operator[pool] = empty(address)
    log OperatorChanged(pool=pool, operator=operator)
