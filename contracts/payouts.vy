# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Money owed
@license GNU Affero General Public License v3.0 only
@notice One epoch slot for each pool: a root is proposed with a bond, stands open to challenge and to one-transaction
        proofs for WINDOW, and becomes claimable when settled. No key alone accepts, stops or pays: the operator
        proposes, anyone challenges, arbiter and then court answer one question: does the public computation give this
        root? Nothing here can pause a claim. Bonds and winnings are credits, never pushed.
        Amounts are micro-units; SCALE turns them into base units at transfer and nowhere else.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from snekmate.utils import eip712_domain_separator
import signatures
import tree

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain

interface Escrow:
    def check(pool: uint256, terms_version: uint256, order: uint256, pay: uint256) -> bool: view
    def pay_out(order: uint256, pay: uint256, free: uint256, epoch: uint256): nonpayable
    def first_order_at(pool: uint256) -> uint256: view

interface Pools:
    def roles(pool: uint256, version: uint256) -> Roles: view

interface Anchor:
    def root_at(log_id: bytes32, size: uint256) -> bytes32: view

struct Roles:
    operator: address
    arbiter: address
    court: address
    log_id: bytes32
    bond: uint256

struct Pull:
    order: uint256
    pay: uint256
    free: uint256

struct Claim:
    pool: uint256
    epoch: uint256
    leaf: tree.Leaf

struct Epoch:
    root: bytes32
    total: uint256
    depth: uint256
    terms_version: uint256
    checkpoint_size: uint256
    evidence: bytes32

struct Slot:
    state: uint256
    epoch: uint256
    proposer: address
    opened_at: uint256
    deadline: uint256
    valid: bool
    bond: uint256
    challenger: address
    appellant: address
    pulls_hash: bytes32
    root: bytes32
    total: uint256
    depth: uint256
    terms_version: uint256
    checkpoint_size: uint256
    evidence: bytes32

struct History:
    epochs: uint256
    accepted_at: uint256
    ended_at: uint256
    streak: uint256
    streak_at: uint256
    voids: uint256

# a stored epoch; meta = total 96 | depth 8 | terms_version 32 | checkpoint_size 64
struct Record:
    root: bytes32
    meta: uint256
    evidence: bytes32

event Bound:
    proofs: address

event Proposed:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    proposer: indexed(address)
    terms_version: uint256
    root: bytes32
    total: uint256
    depth: uint256
    pulls: DynArray[Pull, 32]
    checkpoint_size: uint256
    evidence: bytes32
    bond: uint256
    window_ends: uint256

event Challenged:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    challenger: indexed(address)
    ground: uint256
    evidence: bytes32
    deadline: uint256

event Evidence:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    by: indexed(address)
    evidence: bytes32

event Ruled:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    by: indexed(address)
    valid: bool
    final: bool
    deadline: uint256

event Appealed:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    by: indexed(address)
    bond: uint256
    deadline: uint256

event Proven:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    by: indexed(address)
    kind: uint256

event Voided:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    why: uint256

event Accepted:
    pool: indexed(uint256)
    epoch: indexed(uint256)
    root: bytes32
    total: uint256
    depth: uint256

event Claimed:
    pool: indexed(uint256)
    account: indexed(address)
    recipient: indexed(address)
    amount: uint256
    cumulative: uint256
    fee: uint256

event Credited:
    account: indexed(address)
    pool: indexed(uint256)
    amount: uint256

event Withdrawn:
    account: indexed(address)
    to: indexed(address)
    amount: uint256

# slot states
IDLE: constant(uint256) = 0
PENDING: constant(uint256) = 1
CHALLENGED: constant(uint256) = 2
RULED: constant(uint256) = 3
AT_COURT: constant(uint256) = 4
UPHELD: constant(uint256) = 5

# why an epoch was voided
BY_ARBITER: constant(uint256) = 1
BY_COURT: constant(uint256) = 2
BY_SILENCE: constant(uint256) = 3
BY_PROOF: constant(uint256) = 4

GROUNDS: constant(uint256) = 7
MASK32: constant(uint256) = 2**32 - 1
MASK40: constant(uint256) = 2**40 - 1
MASK96: constant(uint256) = 2**96 - 1
MASK128: constant(uint256) = 2**128 - 1
MASK160: constant(uint256) = 2**160 - 1
CLAIM_TYPE: constant(bytes32) = keccak256(
    "Claim(uint256 pool,address account,address recipient,uint256 max_cumulative,uint256 fee,uint256 nonce,uint256 deadline)"
)

DEPLOYER: immutable(address)
TOKEN: public(immutable(address))
ESCROW: public(immutable(address))
POOLS: public(immutable(address))
ANCHOR: public(immutable(address))
SCALE: public(immutable(uint256))
LOCAL: public(immutable(bool))
DAY: immutable(uint256)
WINDOW: public(immutable(uint256))
RESOLVE: public(immutable(uint256))
APPEAL: public(immutable(uint256))
COURT: public(immutable(uint256))
DEAD: public(immutable(uint256))
GRACE: public(immutable(uint256))
BOND: public(immutable(uint256))

proofs: public(address)
# proposer 160 | state 8 | opened_at 40 | deadline 40 | ruled valid 1 | bonded appeal 1
_slot: HashMap[uint256, uint256]
# challenger 160 | bond 96, and appellant 160 | its bond 96; left as they are when the slot empties
_challenge: HashMap[uint256, uint256]
_appeal: HashMap[uint256, uint256]
_pulls: HashMap[uint256, bytes32]
# accepted epochs 32 | accepted_at 40 | ended_at 40 | streak 8 | streak_at 40 | voids 8
_history: HashMap[uint256, uint256]
# entered 128 | paid 128
_money: HashMap[uint256, uint256]
# record n + 1 is the proposal in the slot, records 1..n are accepted
_epochs: HashMap[uint256, HashMap[uint256, Record]]
claimed: public(HashMap[uint256, HashMap[address, uint256]])
credits: public(HashMap[address, uint256])
nonces: public(HashMap[address, uint256])


@deploy
def __init__(
    token: address,
    escrow: address,
    pools: address,
    anchor: address,
    local: bool,
    window: uint256,
    resolve: uint256,
    appeal_time: uint256,
    court_time: uint256,
    dead: uint256,
    grace: uint256,
    bond: uint256,
):
    """
    @notice All times in seconds; the floors below count in days, which `local` turns into seconds.
    @param bond the least bond in micro-units
    """
    if local:
        assert chain.id in [31337, 1337], "local"
    day: uint256 = 1 if local else 86400
    assert window >= day and resolve >= 2 * day and appeal_time >= day and court_time >= 5 * day, "floor"
    assert dead >= 3 * day and grace >= day and bond >= 1_000_000 and bond < 2**90, "floor"
    assert max(max(max(window, resolve), max(appeal_time, court_time)), max(dead, grace)) < 2**32, "time"
    decimals: uint256 = convert(staticcall IERC20Detailed(token).decimals(), uint256)
    assert decimals >= 6 and decimals <= 36, "decimals"
    eip712_domain_separator.__init__("hakari payouts", "1")
    DEPLOYER = msg.sender
    TOKEN = token
    ESCROW = escrow
    POOLS = pools
    ANCHOR = anchor
    LOCAL = local
    DAY = day
    SCALE = 10 ** (decimals - 6)
    WINDOW = window
    RESOLVE = resolve
    APPEAL = appeal_time
    COURT = court_time
    DEAD = dead
    GRACE = grace
    BOND = bond


@external
def bind(proofs: address):
    """
    @notice Names the contract that checks proofs, once.
    """
    assert msg.sender == DEPLOYER, "auth"
    assert self.proofs == empty(address), "bound"
    assert proofs != empty(address), "empty"
    self.proofs = proofs
    log Bound(proofs=proofs)


# ---- proposing and settling


@external
def propose(
    pool: uint256,
    terms_version: uint256,
    root: bytes32,
    total: uint256,
    depth: uint256,
    pulls: DynArray[Pull, 32],
    checkpoint_size: uint256,
    evidence: bytes32,
):
    """
    @notice Puts a root into the pool's slot. The operator, or anyone while open_to_all. The caller has approved
            bond_now(pool, terms_version, total) * SCALE. Publish the evidence before: a root without it is void (ground 1).
    @param pulls money taken from orders and reservations freed, order numbers strictly ascending
    """
    word: uint256 = self._slot[pool]
    assert self._state(word) == IDLE, "pending"
    assert self.proofs != empty(address), "unbound"
    roles: Roles = staticcall Pools(POOLS).roles(pool, terms_version)
    history: uint256 = self._history[pool]
    if msg.sender != roles.operator:
        assert self._open_to_all(pool, history), "auth"
    assert msg.sender not in [roles.arbiter, roles.court], "roles"
    assert depth <= tree.MAX_DEPTH, "depth"
    assert total <= MASK96 and terms_version <= MASK32 and checkpoint_size < 2**64, "total"
    n: uint256 = history & MASK32
    assert staticcall Anchor(ANCHOR).root_at(roles.log_id, checkpoint_size) != empty(bytes32), "checkpoint"
    if n > 0:
        assert checkpoint_size >= self._epochs[pool][n].meta >> 136, "checkpoint"
    paid: uint256 = 0
    freed: uint256 = 0
    last: uint256 = 0
    for pull: Pull in pulls:
        assert pull.order > last, "order"
        assert pull.free <= MASK96, "total"
        last = pull.order
        paid += pull.pay
        freed += pull.free
        assert staticcall Escrow(ESCROW).check(pool, terms_version, pull.order, pull.pay), "order"
    assert paid == total, "total"
    assert paid + freed > 0, "empty"
    bond: uint256 = self._bond(history, roles.bond, total, block.timestamp)
    self._slot[pool] = (
        convert(msg.sender, uint256) | (PENDING << 160) | (block.timestamp << 168) | ((block.timestamp + WINDOW) << 208)
    )
    self._challenge[pool] = bond << 160
    self._pulls[pool] = keccak256(abi_encode(pulls))
    self._epochs[pool][n + 1] = Record(
        root=root, meta=total | (depth << 96) | (terms_version << 104) | (checkpoint_size << 136), evidence=evidence
    )
    self._take(bond)
    log Proposed(
        pool=pool,
        epoch=n + 1,
        proposer=msg.sender,
        terms_version=terms_version,
        root=root,
        total=total,
        depth=depth,
        pulls=pulls,
        checkpoint_size=checkpoint_size,
        evidence=evidence,
        bond=bond,
        window_ends=block.timestamp + WINDOW,
    )


@external
def settle(pool: uint256, pulls: DynArray[Pull, 32]):
    """
    @notice Ends the slot as the diagram says. Anyone.
    @param pulls exactly as proposed; unread when the epoch is voided
    """
    word: uint256 = self._slot[pool]
    state: uint256 = self._state(word)
    due: bool = block.timestamp >= self._opened(word) + WINDOW
    over: bool = block.timestamp > self._deadline(word)
    proposer: address = convert(word & MASK160, address)
    challenge: uint256 = self._challenge[pool]
    bond: uint256 = challenge >> 160
    if state == PENDING:
        assert due, "wait"
        self._credit(proposer, pool, bond)
        self._accept(pool, pulls)
    elif state == RULED:
        assert due and over, "wait"
        roles: Roles = self._roles(pool)
        if (word >> 248) & 1 == 1:
            self._share_out(pool, proposer, roles.arbiter, bond)
            self._accept(pool, pulls)
        else:
            self._share_out(pool, convert(challenge & MASK160, address), roles.arbiter, bond)
            self._void(pool, BY_ARBITER)
    elif state == AT_COURT:
        # both resolvers silent: theft cannot be undone, delay can
        assert over, "wait"
        self._credit(proposer, pool, bond)
        self._credit(convert(challenge & MASK160, address), pool, bond)
        if (word >> 249) & 1 == 1:
            self._credit(convert(self._appeal[pool] & MASK160, address), pool, 2 * bond)
        self._void(pool, BY_SILENCE)
    elif state == UPHELD:
        assert due, "wait"
        self._accept(pool, pulls)
    else:
        raise "state"


# ---- the dispute


@external
def challenge(pool: uint256, ground: uint256, evidence: bytes32):
    """
    @notice Says that the public computation does not give this root, with a bond equal to the proposer's.
    @param ground 1 withheld, 2 line without statement, 3 wrong amount, 4 omitted, 5 wrong order, 6 wrong free, 7 shares
    """
    word: uint256 = self._slot[pool]
    assert self._state(word) == PENDING, "state"
    assert block.timestamp < self._deadline(word), "window"
    assert ground > 0 and ground <= GROUNDS, "ground"
    bond: uint256 = self._challenge[pool] >> 160
    self._challenge[pool] = convert(msg.sender, uint256) | (bond << 160)
    deadline: uint256 = block.timestamp + RESOLVE
    self._slot[pool] = self._with(word, CHALLENGED, deadline)
    self._take(bond)
    log Challenged(
        pool=pool, epoch=self._n(pool) + 1, challenger=msg.sender, ground=ground, evidence=evidence, deadline=deadline
    )


@external
def add_evidence(pool: uint256, evidence: bytes32):
    """
    @notice Points the resolvers to more evidence. Only an event.
    """
    assert self._state(self._slot[pool]) != IDLE, "state"
    log Evidence(pool=pool, epoch=self._n(pool) + 1, by=msg.sender, evidence=evidence)


@external
def rule(pool: uint256, valid: bool):
    """
    @notice The arbiter's answer (open to appeal), or the court's (final).
    """
    word: uint256 = self._slot[pool]
    state: uint256 = self._state(word)
    assert state in [CHALLENGED, AT_COURT], "state"
    assert block.timestamp <= self._deadline(word), "window"
    roles: Roles = self._roles(pool)
    epoch: uint256 = self._n(pool) + 1
    if state == CHALLENGED:
        assert msg.sender == roles.arbiter, "auth"
        deadline: uint256 = block.timestamp + APPEAL
        word = self._with(word, RULED, deadline)
        if valid:
            word |= 1 << 248
        self._slot[pool] = word
        log Ruled(pool=pool, epoch=epoch, by=msg.sender, valid=valid, final=False, deadline=deadline)
        return
    assert msg.sender == roles.court, "auth"
    log Ruled(pool=pool, epoch=epoch, by=msg.sender, valid=valid, final=True, deadline=block.timestamp)
    challenge: uint256 = self._challenge[pool]
    bond: uint256 = challenge >> 160
    winner: address = convert(word & MASK160, address) if valid else convert(challenge & MASK160, address)
    if (word >> 249) & 1 == 0:
        self._share_out(pool, winner, roles.court, bond)
    else:
        appellant: address = convert(self._appeal[pool] & MASK160, address)
        self._credit(roles.court, pool, bond // 2)
        prize: uint256 = bond - bond // 2
        if valid == ((word >> 248) & 1 == 1):
            # the appeal failed: its bond is shared by the winner and the court
            self._credit(winner, pool, bond + prize + bond)
            self._credit(roles.court, pool, bond)
        else:
            self._credit(appellant, pool, 2 * bond + prize // 2)
            self._credit(winner, pool, bond + prize - prize // 2)
    if valid:
        self._slot[pool] = self._with(word, UPHELD, block.timestamp)
    else:
        self._void(pool, BY_COURT)


@external
def appeal(pool: uint256):
    """
    @notice Takes the question to the court: free when the arbiter stayed silent, with twice the bond after a ruling. Anyone,
            so that a straw challenge shields nobody.
    """
    word: uint256 = self._slot[pool]
    state: uint256 = self._state(word)
    deadline: uint256 = block.timestamp + COURT
    bond: uint256 = 0
    if state == CHALLENGED:
        assert block.timestamp > self._deadline(word), "wait"
    else:
        assert state == RULED, "state"
        assert block.timestamp <= self._deadline(word), "appeal"
        bond = 2 * (self._challenge[pool] >> 160)
        self._appeal[pool] = convert(msg.sender, uint256) | (bond << 160)
        word |= 1 << 249
    self._slot[pool] = self._with(word, AT_COURT, deadline)
    self._take(bond)
    log Appealed(pool=pool, epoch=self._n(pool) + 1, by=msg.sender, bond=bond, deadline=deadline)


@external
def void_proven(pool: uint256, kind: uint256, prover: address):
    """
    @notice Only the bound `proofs` contract, after it has checked a proof that the proposed tree breaks a rule.
    @param kind 1 prev, 2 fresh, 3 missing, 4 order, 5 hole, 6 double, 7 lines
    """
    assert msg.sender == self.proofs, "auth"
    word: uint256 = self._slot[pool]
    state: uint256 = self._state(word)
    assert state != IDLE, "state"
    challenge: uint256 = self._challenge[pool]
    bond: uint256 = challenge >> 160
    log Proven(pool=pool, epoch=self._n(pool) + 1, by=prover, kind=kind)
    # once the court upheld the root the bonds are gone; the root dies all the same
    if state != UPHELD:
        self._credit(prover, pool, bond // 2)
        self._credit(self._roles(pool).court, pool, bond - bond // 2)
        if state != PENDING:
            self._credit(convert(challenge & MASK160, address), pool, bond)
            if (word >> 249) & 1 == 1:
                self._credit(convert(self._appeal[pool] & MASK160, address), pool, 2 * bond)
    self._void(pool, BY_PROOF)


# ---- claiming


@external
def claim(pool: uint256, epoch: uint256, leaf: tree.Leaf):
    """
    @notice Pays the account of `leaf` what it has not yet been paid of this accepted epoch's cumulative amount. Anyone may
            send it; the money goes to the account.
    """
    amount: uint256 = self._owe(pool, epoch, leaf)
    self._pay(leaf.account, amount)
    log Claimed(
        pool=pool, account=leaf.account, recipient=leaf.account, amount=amount, cumulative=leaf.prev + leaf.inc, fee=0
    )


@external
def claim_many(claims: DynArray[Claim, 16]):
    """
    @notice claim for up to 16 leaves of any pools and accounts. All or nothing.
    """
    for item: Claim in claims:
        amount: uint256 = self._owe(item.pool, item.epoch, item.leaf)
        self._pay(item.leaf.account, amount)
        log Claimed(
            pool=item.pool,
            account=item.leaf.account,
            recipient=item.leaf.account,
            amount=amount,
            cumulative=item.leaf.prev + item.leaf.inc,
            fee=0,
        )


@external
def claim_for(
    pool: uint256, epoch: uint256, leaf: tree.Leaf, recipient: address, fee: uint256, deadline: uint256, signature: Bytes[2048]
):
    """
    @notice Claims to another recipient or with a fee for the sender. The account signs
            Claim(pool, account, recipient, max_cumulative, fee, nonce, deadline) with max_cumulative = prev + inc of the leaf.
    """
    assert block.timestamp <= deadline, "deadline"
    assert recipient != empty(address), "empty"
    cumulative: uint256 = leaf.prev + leaf.inc
    nonce: uint256 = self.nonces[leaf.account]
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(
        keccak256(abi_encode(CLAIM_TYPE, pool, leaf.account, recipient, cumulative, fee, nonce, deadline))
    )
    assert signatures._is_valid(leaf.account, digest, signature), "signature"
    self.nonces[leaf.account] = nonce + 1
    amount: uint256 = self._owe(pool, epoch, leaf)
    assert fee < amount, "fee"
    self._pay(recipient, amount - fee)
    if fee > 0:
        self._pay(msg.sender, fee)
    log Claimed(pool=pool, account=leaf.account, recipient=recipient, amount=amount, cumulative=cumulative, fee=fee)


@external
def withdraw_credit(to: address):
    """
    @notice Pays the caller's bonds and winnings to `to`.
    """
    amount: uint256 = self.credits[msg.sender]
    assert amount > 0, "nothing"
    assert to != empty(address), "empty"
    self.credits[msg.sender] = 0
    self._pay(to, amount)
    log Withdrawn(account=msg.sender, to=to, amount=amount)


# ---- views


@external
@view
def busy(pool: uint256) -> bool:
    """
    @notice A proposal is in the slot, or less than GRACE passed since one ended. Nothing leaves escrow but by an epoch.
    """
    if self._state(self._slot[pool]) != IDLE:
        return True
    return block.timestamp < self._ended_at(self._history[pool]) + GRACE


@external
@view
def bond_now(pool: uint256, terms_version: uint256, pull: uint256) -> uint256:
    """
    @notice The bond that a proposal pulling `pull` micro-units would have to post now, in micro-units.
    """
    roles: Roles = staticcall Pools(POOLS).roles(pool, terms_version)
    return self._bond(self._history[pool], roles.bond, pull, self._idle_until(pool))


@external
@view
def open_to_all(pool: uint256) -> bool:
    return self._open_to_all(pool, self._history[pool])


@external
@view
def epoch_count(pool: uint256) -> uint256:
    return self._n(pool)


@external
@view
def epochs(pool: uint256, epoch: uint256) -> Epoch:
    """
    @notice An accepted epoch, counted from 1.
    """
    assert epoch > 0 and epoch <= self._n(pool), "epoch"
    record: Record = self._epochs[pool][epoch]
    return Epoch(
        root=record.root,
        total=record.meta & MASK96,
        depth=(record.meta >> 96) & 255,
        terms_version=(record.meta >> 104) & MASK32,
        checkpoint_size=record.meta >> 136,
        evidence=record.evidence,
    )


@external
@view
def evidence_of(pool: uint256, epoch: uint256) -> bytes32:
    """
    @notice The evidence hash of an accepted epoch; README.md section 1 says what it opens to.
    """
    assert epoch > 0 and epoch <= self._n(pool), "epoch"
    return self._epochs[pool][epoch].evidence


@external
@view
def tree_of(pool: uint256, epoch: uint256) -> (bytes32, uint256, uint256):
    """
    @notice Root, total and depth of an accepted epoch, or of the proposal when epoch is one more than the accepted ones.
    """
    n: uint256 = self._n(pool)
    assert epoch > 0 and epoch <= n + 1, "epoch"
    if epoch == n + 1:
        assert self._state(self._slot[pool]) != IDLE, "state"
    record: Record = self._epochs[pool][epoch]
    return record.root, record.meta & MASK96, (record.meta >> 96) & 255


@external
@view
def slot(pool: uint256) -> Slot:
    """
    @notice The proposal in the slot; all zero if none. States: 1 PENDING, 2 CHALLENGED, 3 RULED, 4 COURT, 5 UPHELD by the court.
    """
    word: uint256 = self._slot[pool]
    if self._state(word) == IDLE:
        return empty(Slot)
    n: uint256 = self._n(pool)
    record: Record = self._epochs[pool][n + 1]
    appellant: address = empty(address)
    if (word >> 249) & 1 == 1:
        appellant = convert(self._appeal[pool] & MASK160, address)
    return Slot(
        state=self._state(word),
        epoch=n + 1,
        proposer=convert(word & MASK160, address),
        opened_at=self._opened(word),
        deadline=self._deadline(word),
        valid=(word >> 248) & 1 == 1,
        bond=self._challenge[pool] >> 160,
        challenger=convert(self._challenge[pool] & MASK160, address),
        appellant=appellant,
        pulls_hash=self._pulls[pool],
        root=record.root,
        total=record.meta & MASK96,
        depth=(record.meta >> 96) & 255,
        terms_version=(record.meta >> 104) & MASK32,
        checkpoint_size=record.meta >> 136,
        evidence=record.evidence,
    )


@external
@view
def history(pool: uint256) -> History:
    word: uint256 = self._history[pool]
    return History(
        epochs=word & MASK32,
        accepted_at=(word >> 32) & MASK40,
        ended_at=self._ended_at(word),
        streak=self._streak(word, self._idle_until(pool)),
        streak_at=(word >> 120) & MASK40,
        voids=word >> 160,
    )


@external
@view
def entered(pool: uint256) -> uint256:
    """
    @notice All money that accepted epochs brought in for this pool.
    """
    return self._money[pool] & MASK128


@external
@view
def paid(pool: uint256) -> uint256:
    return self._money[pool] >> 128


# ---- the slot


@internal
def _accept(pool: uint256, pulls: DynArray[Pull, 32]):
    assert keccak256(abi_encode(pulls)) == self._pulls[pool], "pulls"
    history: uint256 = self._history[pool]
    n: uint256 = (history & MASK32) + 1
    self._slot[pool] = 0
    self._history[pool] = n | (block.timestamp << 32) | (block.timestamp << 72)
    record: Record = self._epochs[pool][n]
    total: uint256 = record.meta & MASK96
    self._money[pool] += total
    for pull: Pull in pulls:
        extcall Escrow(ESCROW).pay_out(pull.order, pull.pay, pull.free, n)
    log Accepted(pool=pool, epoch=n, root=record.root, total=total, depth=(record.meta >> 96) & 255)


@internal
def _void(pool: uint256, why: uint256):
    history: uint256 = self._history[pool]
    opened: uint256 = self._opened(self._slot[pool])
    streak: uint256 = (history >> 112) & 255
    streak_at: uint256 = ((history >> 120) & MASK40) + block.timestamp - opened
    if why != BY_PROOF:
        # only a void that cost a resolver's time makes the next bond dearer
        streak = min(self._streak(history, opened) + 1, 4)
        streak_at = block.timestamp
    bits: uint256 = 0
    if streak > 0:
        bits = (streak << 112) | (streak_at << 120)
    voids: uint256 = min((history >> 160) + 1, 255)
    n: uint256 = history & MASK32
    self._slot[pool] = 0
    self._history[pool] = (history & (2**72 - 1)) | (block.timestamp << 72) | bits | (voids << 160)
    log Voided(pool=pool, epoch=n + 1, why=why)


@internal
def _share_out(pool: uint256, winner: address, resolver: address, bond: uint256):
    self._credit(winner, pool, bond + bond - bond // 2)
    self._credit(resolver, pool, bond // 2)


@internal
def _credit(account: address, pool: uint256, amount: uint256):
    self.credits[account] += amount
    log Credited(account=account, pool=pool, amount=amount)


@internal
def _take(bond: uint256):
    if bond == 0:
        return
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    assert extcall IERC20(TOKEN).transferFrom(msg.sender, self, bond * SCALE, default_return_value=True), "transfer"
    assert staticcall IERC20(TOKEN).balanceOf(self) - before == bond * SCALE, "short"


@internal
def _pay(to: address, amount: uint256):
    assert extcall IERC20(TOKEN).transfer(to, amount * SCALE, default_return_value=True), "transfer"


@internal
@view
def _roles(pool: uint256) -> Roles:
    return staticcall Pools(POOLS).roles(pool, (self._epochs[pool][self._n(pool) + 1].meta >> 104) & MASK32)


@internal
@view
def _open_to_all(pool: uint256, history: uint256) -> bool:
    if history >> 160 >= 2:
        return True
    since: uint256 = (history >> 32) & MASK40
    if since == 0:
        since = staticcall Escrow(ESCROW).first_order_at(pool)
        if since == 0:
            return False
    return block.timestamp >= since + DEAD


@internal
@view
def _bond(history: uint256, least: uint256, pull: uint256, at: uint256) -> uint256:
    return max(max(BOND, least), pull // 100) << self._streak(history, at)


@internal
@view
def _streak(history: uint256, at: uint256) -> uint256:
    """
    @dev Falls by one for each three days in which the slot was idle: _void moves streak_at on by the time it was not.
    """
    streak: uint256 = (history >> 112) & 255
    if streak == 0:
        return 0
    return streak - min(streak, (at - ((history >> 120) & MASK40)) // (3 * DAY))


@internal
@view
def _idle_until(pool: uint256) -> uint256:
    word: uint256 = self._slot[pool]
    if self._state(word) == IDLE:
        return block.timestamp
    return self._opened(word)


@internal
@view
def _n(pool: uint256) -> uint256:
    return self._history[pool] & MASK32


@internal
@pure
def _ended_at(history: uint256) -> uint256:
    return (history >> 72) & MASK40


@internal
@pure
def _state(word: uint256) -> uint256:
    return (word >> 160) & 255


@internal
@pure
def _opened(word: uint256) -> uint256:
    return (word >> 168) & MASK40


@internal
@pure
def _deadline(word: uint256) -> uint256:
    return (word >> 208) & MASK40


@internal
@pure
def _with(word: uint256, state: uint256, deadline: uint256) -> uint256:
    return (word & ~((255 << 160) | (MASK40 << 208))) | (state << 160) | (deadline << 208)


@internal
def _owe(pool: uint256, epoch: uint256, leaf: tree.Leaf) -> uint256:
    assert epoch > 0 and epoch <= self._n(pool), "epoch"
    assert leaf.account != empty(address), "empty"
    record: Record = self._epochs[pool][epoch]
    assert len(leaf.path) == (record.meta >> 96) & 255, "proof"
    found: tree.Root = tree._account_root(leaf)
    assert found.h == record.root and found.s == record.meta & MASK96, "proof"
    cumulative: uint256 = leaf.prev + leaf.inc
    had: uint256 = self.claimed[pool][leaf.account]
    assert cumulative > had, "nothing"
    amount: uint256 = cumulative - had
    money: uint256 = self._money[pool]
    assert (money >> 128) + amount <= money & MASK128, "short"
    self.claimed[pool][leaf.account] = cumulative
    self._money[pool] = money + (amount << 128)
    return amount
