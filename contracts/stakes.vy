# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Collateral
@license GNU Affero General Public License v3.0 only
@notice One stake per account for all pools. A pool can reach into it only up to the limit that the account committed, under
        the terms of that day. A slash is proposed with a bond, stands open to contest, and is judged like a root:
        arbiter, then court; both silent = no slash. Money is active or cooling, never both; frozen lies over the two.
        Slashed money goes to escrow as an order without a buyer and reaches people by an epoch.
        There are no lock periods, no multipliers, no early exit and nobody who could change any of this.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

interface Escrow:
    def income(pool: uint256, kind: uint256, amount: uint256, vest_from: uint256, vest_to: uint256, refund_to: address) -> uint256: nonpayable

interface Pools:
    def roles(pool: uint256, version: uint256) -> Roles: view
    def latest_version(pool: uint256) -> uint256: view
    def paused() -> bool: view

struct Roles:
    operator: address
    arbiter: address
    court: address
    log_id: bytes32
    bond: uint256

struct Stake:
    active: uint256
    cooling: uint256
    frozen: uint256
    cool_at: uint256

struct Exposure:
    limit: uint256
    pending: uint256
    terms_version: uint256
    lower_to: uint256
    lower_at: uint256

struct Slash:
    state: uint256
    pool: uint256
    account: address
    amount: uint256
    extra: uint256
    proposer: address
    contester: address
    appellant: address
    deadline: uint256
    guilty: bool
    terms_version: uint256

event Staked:
    account: indexed(address)
    by: indexed(address)
    amount: uint256

event Cooling:
    account: indexed(address)
    amount: uint256
    cool_at: uint256

event Withdrawn:
    account: indexed(address)
    to: indexed(address)
    amount: uint256

event Committed:
    pool: indexed(uint256)
    account: indexed(address)
    limit: uint256
    terms_version: uint256
    at: uint256

event SlashProposed:
    id: indexed(uint256)
    pool: indexed(uint256)
    account: indexed(address)
    proposer: address
    amount: uint256
    bond: uint256
    evidence: bytes32
    terms_version: uint256
    deadline: uint256

event Contested:
    id: indexed(uint256)
    by: indexed(address)
    extra: uint256
    deadline: uint256

event Ruled:
    id: indexed(uint256)
    by: indexed(address)
    guilty: bool
    final: bool
    deadline: uint256

event Appealed:
    id: indexed(uint256)
    by: indexed(address)
    bond: uint256
    deadline: uint256

event Slashed:
    id: indexed(uint256)
    account: indexed(address)
    amount: uint256
    extra: uint256
    order: uint256

event Dropped:
    id: indexed(uint256)
    account: indexed(address)

event Credited:
    account: indexed(address)
    id: indexed(uint256)
    amount: uint256

event CreditWithdrawn:
    account: indexed(address)
    to: indexed(address)
    amount: uint256

# states of a slash
PROPOSED: constant(uint256) = 1
CONTESTED: constant(uint256) = 2
RULED: constant(uint256) = 3
AT_COURT: constant(uint256) = 4
UPHELD: constant(uint256) = 5
EXECUTED: constant(uint256) = 6
DROPPED: constant(uint256) = 7

SLASH: constant(uint256) = 2
LIMIT: constant(uint256) = 2**96
LEAST: constant(uint256) = 1000
MASK32: constant(uint256) = 2**32 - 1
MASK40: constant(uint256) = 2**40 - 1
MASK64: constant(uint256) = 2**64 - 1
MASK96: constant(uint256) = 2**96 - 1
MASK160: constant(uint256) = 2**160 - 1

TOKEN: public(immutable(address))
ESCROW: public(immutable(address))
POOLS: public(immutable(address))
SCALE: public(immutable(uint256))
LOCAL: public(immutable(bool))
SLASH_WINDOW: public(immutable(uint256))
UNSTAKE: public(immutable(uint256))
RESOLVE: public(immutable(uint256))
APPEAL: public(immutable(uint256))
COURT: public(immutable(uint256))

# active 96 | cooling 96 | cool_at 40
_stake: HashMap[address, uint256]
_frozen: HashMap[address, uint256]
# by pool and account: limit 96 | pending 96 | terms_version 32; and the lowering: to 96 | at 40
_exposure: HashMap[uint256, HashMap[address, uint256]]
_lowering: HashMap[uint256, HashMap[address, uint256]]
# a slash:  proposer 160 | amount 96;  account 160 | deadline 40 | terms_version 32 | state 8 | guilty 1 | bonded appeal 1
#           contester 160 | extra 96;  appellant 160 | pool 64
_claim: HashMap[uint256, uint256]
_case: HashMap[uint256, uint256]
_contest: HashMap[uint256, uint256]
_appeal: HashMap[uint256, uint256]
slash_count: public(uint256)
credits: public(HashMap[address, uint256])


@deploy
def __init__(
    token: address,
    escrow: address,
    pools: address,
    local: bool,
    slash_window: uint256,
    unstake: uint256,
    resolve: uint256,
    appeal_time: uint256,
    court_time: uint256,
):
    """
    @param unstake seconds that money cools; must outlast a slash's window and its first ruling, and the longest time from a
           submission to its verdict, or a cheat leaves before it is judged
    """
    if local:
        assert chain.id in [31337, 1337], "local"
    day: uint256 = 1 if local else 86400
    assert slash_window >= 3 * day and resolve >= 2 * day and appeal_time >= day and court_time >= 5 * day, "floor"
    assert unstake > slash_window + resolve, "floor"
    assert max(max(unstake, resolve), max(appeal_time, court_time)) < 2**32, "time"
    decimals: uint256 = convert(staticcall IERC20Detailed(token).decimals(), uint256)
    assert decimals >= 6 and decimals <= 36, "decimals"
    TOKEN = token
    ESCROW = escrow
    POOLS = pools
    SCALE = 10 ** (decimals - 6)
    LOCAL = local
    SLASH_WINDOW = slash_window
    UNSTAKE = unstake
    RESOLVE = resolve
    APPEAL = appeal_time
    COURT = court_time
    # slashed money leaves by escrow.income alone, which only takes what this contract offers it
    assert extcall IERC20(token).approve(escrow, max_value(uint256), default_return_value=True), "approve"


# ---- one's own stake


@external
def stake(amount: uint256):
    """
    @notice Adds to the caller's active stake. Touches no clock.
    """
    self._add(msg.sender, amount)


@external
def stake_for(account: address, amount: uint256):
    """
    @notice Adds to somebody's active stake from the caller's money.
    """
    self._add(account, amount)


@external
def request_unstake(amount: uint256):
    """
    @notice Moves active money to cooling, and restarts the clock of all that cools: a small early request buys no early exit.
    """
    word: uint256 = self._stake[msg.sender]
    active: uint256 = word & MASK96
    assert amount > 0 and amount <= active, "amount"
    cool_at: uint256 = block.timestamp + UNSTAKE
    self._stake[msg.sender] = (active - amount) | ((self._cooling(word) + amount) << 96) | (cool_at << 192)
    log Cooling(account=msg.sender, amount=amount, cool_at=cool_at)


@external
def withdraw(to: address):
    """
    @notice Pays what has cooled and is not frozen: min(cooling, active + cooling - frozen).
    """
    word: uint256 = self._stake[msg.sender]
    assert block.timestamp >= word >> 192, "wait"
    assert to != empty(address), "empty"
    active: uint256 = word & MASK96
    cooling: uint256 = self._cooling(word)
    amount: uint256 = min(cooling, active + cooling - self._frozen[msg.sender])
    assert amount > 0, "nothing"
    self._stake[msg.sender] = word - (amount << 96)
    self._send(to, amount)
    log Withdrawn(account=msg.sender, to=to, amount=amount)


@external
def commit(pool: uint256, limit: uint256):
    """
    @notice Lets the pool slash up to `limit` in all, judged by the resolvers of its newest terms. Raising counts at once, and
            lowering after UNSTAKE. What is slashed uses the limit up.
    """
    version: uint256 = staticcall Pools(POOLS).latest_version(pool)
    assert version > 0, "terms"
    assert limit < LIMIT, "amount"
    word: uint256 = self._lowered(pool, msg.sender)
    at: uint256 = block.timestamp
    if limit >= word & MASK96:
        word = (word & (MASK96 << 96)) | limit | (version << 192)
        self._exposure[pool][msg.sender] = word
        self._lowering[pool][msg.sender] = 0
    else:
        # lowering does not change whose judgement was agreed to
        version = word >> 192
        at = block.timestamp + UNSTAKE
        self._exposure[pool][msg.sender] = word
        self._lowering[pool][msg.sender] = limit | (at << 96)
    log Committed(pool=pool, account=msg.sender, limit=limit, terms_version=version, at=at)


# ---- a slash


@external
def propose_slash(pool: uint256, account: address, amount: uint256, evidence: bytes32) -> uint256:
    """
    @notice Accuses an account, with a bond of 20 % of the amount, and freezes the amount. Returns the slash's number, from 1.
    """
    assert amount >= LEAST and amount < LIMIT, "amount"
    word: uint256 = self._stake[account]
    frozen: uint256 = self._frozen[account]
    # the same coin is never in two pending slashes
    assert frozen + amount <= (word & MASK96) + self._cooling(word), "short"
    exposure: uint256 = self._lowered(pool, account)
    pending: uint256 = ((exposure >> 96) & MASK96) + amount
    assert pending <= exposure & MASK96, "limit"
    version: uint256 = exposure >> 192
    self._frozen[account] = frozen + amount
    self._exposure[pool][account] = (exposure & ~(MASK96 << 96)) | (pending << 96)
    id: uint256 = self.slash_count + 1
    self.slash_count = id
    deadline: uint256 = block.timestamp + SLASH_WINDOW
    self._claim[id] = convert(msg.sender, uint256) | (amount << 160)
    self._case[id] = convert(account, uint256) | (deadline << 160) | (version << 200) | (PROPOSED << 232)
    self._appeal[id] = pool << 160
    self._take(amount // 5)
    log SlashProposed(
        id=id,
        pool=pool,
        account=account,
        proposer=msg.sender,
        amount=amount,
        bond=amount // 5,
        evidence=evidence,
        terms_version=version,
        deadline=deadline,
    )
    return id


@external
def contest(id: uint256):
    """
    @notice Denies a slash within its window. The accused needs no money: a tenth more of its stake is frozen and lost with the
            case. Anyone else posts a bond equal to the proposer's.
    """
    case: uint256 = self._case[id]
    assert self._state(case) == PROPOSED, "state"
    assert block.timestamp < self._deadline(case), "window"
    account: address = convert(case & MASK160, address)
    amount: uint256 = self._claim[id] >> 160
    extra: uint256 = 0
    if msg.sender == account:
        word: uint256 = self._stake[account]
        frozen: uint256 = self._frozen[account]
        extra = min(amount // 10, (word & MASK96) + self._cooling(word) - frozen)
        self._frozen[account] = frozen + extra
    deadline: uint256 = block.timestamp + RESOLVE
    self._contest[id] = convert(msg.sender, uint256) | (extra << 160)
    self._case[id] = self._with(case, CONTESTED, deadline)
    if msg.sender != account:
        self._take(amount // 5)
    log Contested(id=id, by=msg.sender, extra=extra, deadline=deadline)


@external
def rule(id: uint256, guilty: bool):
    """
    @notice The arbiter's answer (open to appeal), or the court's (final).
    """
    case: uint256 = self._case[id]
    state: uint256 = self._state(case)
    assert state in [CONTESTED, AT_COURT], "state"
    assert block.timestamp <= self._deadline(case), "window"
    roles: Roles = self._roles(id, case)
    if state == CONTESTED:
        assert msg.sender == roles.arbiter, "auth"
        deadline: uint256 = block.timestamp + APPEAL
        case = self._with(case, RULED, deadline)
        if guilty:
            case |= 1 << 240
        self._case[id] = case
        log Ruled(id=id, by=msg.sender, guilty=guilty, final=False, deadline=deadline)
        return
    assert msg.sender == roles.court, "auth"
    log Ruled(id=id, by=msg.sender, guilty=guilty, final=True, deadline=block.timestamp)
    bond: uint256 = (self._claim[id] >> 160) // 5
    appealed: bool = (case >> 241) & 1 == 1
    overturned: bool = appealed and guilty != ((case >> 240) & 1 == 1)
    appellant: address = convert(self._appeal[id] & MASK160, address)
    winner: address = convert(self._claim[id] & MASK160, address) if guilty else convert(case & MASK160, address)
    if appealed:
        if overturned:
            self._credit(appellant, id, 2 * bond)
        else:
            # the appeal failed: its bond is shared by the winner and the court
            self._credit(winner, id, bond)
            self._credit(roles.court, id, bond)
    if guilty:
        # execute() shares out and takes the stake in one step, so that no coin is counted twice in between
        self._case[id] = self._with(case, UPHELD, block.timestamp)
    else:
        self._innocent(id, case, roles.court, appellant if overturned else empty(address))


@external
def appeal(id: uint256):
    """
    @notice Takes the case to the court: free when the arbiter stayed silent, with twice the bond after a ruling. Anyone.
    """
    case: uint256 = self._case[id]
    state: uint256 = self._state(case)
    deadline: uint256 = block.timestamp + COURT
    bond: uint256 = 0
    if state == CONTESTED:
        assert block.timestamp > self._deadline(case), "wait"
    else:
        assert state == RULED, "state"
        assert block.timestamp <= self._deadline(case), "appeal"
        bond = 2 * ((self._claim[id] >> 160) // 5)
        self._appeal[id] |= convert(msg.sender, uint256)
        case |= 1 << 241
    self._case[id] = self._with(case, AT_COURT, deadline)
    self._take(bond)
    log Appealed(id=id, by=msg.sender, bond=bond, deadline=deadline)


@external
def execute(id: uint256):
    """
    @notice Ends a slash that is due: uncontested after its window, ruled after the time to appeal, upheld by the court, or
            dropped because both resolvers stayed silent. Anyone.
    """
    case: uint256 = self._case[id]
    state: uint256 = self._state(case)
    over: bool = block.timestamp > self._deadline(case)
    claim: uint256 = self._claim[id]
    proposer: address = convert(claim & MASK160, address)
    bond: uint256 = (claim >> 160) // 5
    if state == PROPOSED:
        assert block.timestamp >= self._deadline(case), "wait"
        self._credit(proposer, id, bond)
        self._slash(id, case)
    elif state == RULED:
        assert over, "wait"
        arbiter: address = self._roles(id, case).arbiter
        if (case >> 240) & 1 == 1:
            self._guilty(id, case, arbiter, empty(address))
            self._slash(id, case)
        else:
            self._innocent(id, case, arbiter, empty(address))
    elif state == AT_COURT:
        assert over, "wait"
        self._credit(proposer, id, bond)
        self._return_contest(id, case, bond)
        if (case >> 241) & 1 == 1:
            self._credit(convert(self._appeal[id] & MASK160, address), id, 2 * bond)
        self._drop(id, case)
    elif state == UPHELD:
        right: address = empty(address)
        if (case >> 241) & 1 == 1 and (case >> 240) & 1 == 0:
            right = convert(self._appeal[id] & MASK160, address)
        self._guilty(id, case, self._roles(id, case).court, right)
        self._slash(id, case)
    else:
        raise "state"


@external
def withdraw_credit(to: address):
    """
    @notice Pays the caller's bonds and rewards to `to`.
    """
    amount: uint256 = self.credits[msg.sender]
    assert amount > 0, "nothing"
    assert to != empty(address), "empty"
    self.credits[msg.sender] = 0
    self._send(to, amount)
    log CreditWithdrawn(account=msg.sender, to=to, amount=amount)


# ---- views


@external
@view
def stake_of(account: address) -> Stake:
    word: uint256 = self._stake[account]
    return Stake(
        active=word & MASK96, cooling=self._cooling(word), frozen=self._frozen[account], cool_at=word >> 192
    )


@external
@view
def exposure(pool: uint256, account: address) -> Exposure:
    """
    @notice What the pool may slash now (limit), what it has under way (pending) and the lowering that is on its way.
    """
    word: uint256 = self._lowered(pool, account)
    lowering: uint256 = self._lowering[pool][account]
    if block.timestamp >= lowering >> 96:
        lowering = 0
    return Exposure(
        limit=word & MASK96,
        pending=(word >> 96) & MASK96,
        terms_version=word >> 192,
        lower_to=lowering & MASK96,
        lower_at=lowering >> 96,
    )


@external
@view
def slash(id: uint256) -> Slash:
    """
    @notice States: 1 PROPOSED, 2 CONTESTED, 3 RULED, 4 COURT, 5 UPHELD, 6 EXECUTED, 7 DROPPED; 0 = none.
    """
    case: uint256 = self._case[id]
    appellant: address = empty(address)
    if (case >> 241) & 1 == 1:
        appellant = convert(self._appeal[id] & MASK160, address)
    return Slash(
        state=self._state(case),
        pool=self._appeal[id] >> 160,
        account=convert(case & MASK160, address),
        amount=self._claim[id] >> 160,
        extra=self._contest[id] >> 160,
        proposer=convert(self._claim[id] & MASK160, address),
        contester=convert(self._contest[id] & MASK160, address),
        appellant=appellant,
        deadline=self._deadline(case),
        guilty=(case >> 240) & 1 == 1,
        terms_version=(case >> 200) & MASK32,
    )


# ---- inside


@internal
def _add(account: address, amount: uint256):
    assert not staticcall Pools(POOLS).paused(), "paused"
    assert account != empty(address), "empty"
    word: uint256 = self._stake[account]
    assert amount > 0 and amount < LIMIT, "amount"
    assert (word & MASK96) + self._cooling(word) + amount < LIMIT, "amount"
    self._stake[account] = word + amount
    self._take(amount)
    log Staked(account=account, by=msg.sender, amount=amount)


@internal
@view
def _lowered(pool: uint256, account: address) -> uint256:
    """
    @dev The exposure word with a lowering that has become due taken in.
    """
    word: uint256 = self._exposure[pool][account]
    lowering: uint256 = self._lowering[pool][account]
    if lowering != 0 and block.timestamp >= lowering >> 96:
        return (word & ~MASK96) | min(word & MASK96, lowering & MASK96)
    return word


@internal
def _guilty(id: uint256, case: uint256, resolver: address, appellant: address):
    """
    @dev The proposer gets its bond back; what the contester put up (a bond, or a tenth of the accused's stake) is shared by the
         proposer and the resolver, and by the appellant whose appeal was right.
    """
    claim: uint256 = self._claim[id]
    contest: uint256 = self._contest[id]
    lost: uint256 = contest >> 160
    if contest & MASK160 != case & MASK160:
        lost = (claim >> 160) // 5
    proposer: address = convert(claim & MASK160, address)
    self._credit(proposer, id, (claim >> 160) // 5)
    self._prize(id, lost, proposer, resolver, appellant)


@internal
def _innocent(id: uint256, case: uint256, resolver: address, appellant: address):
    """
    @dev A wrong accusation costs its bond: half to the accused, half to the resolver.
    """
    bond: uint256 = (self._claim[id] >> 160) // 5
    self._return_contest(id, case, bond)
    self._prize(id, bond, convert(case & MASK160, address), resolver, appellant)
    self._drop(id, case)


@internal
def _prize(id: uint256, lost: uint256, winner: address, resolver: address, appellant: address):
    share: uint256 = lost - lost // 2
    self._credit(resolver, id, lost // 2)
    if appellant != empty(address):
        self._credit(appellant, id, share // 2)
        share -= share // 2
    self._credit(winner, id, share)


@internal
def _return_contest(id: uint256, case: uint256, bond: uint256):
    contest: uint256 = self._contest[id]
    if contest & MASK160 != case & MASK160:
        self._credit(convert(contest & MASK160, address), id, bond)


@internal
def _drop(id: uint256, case: uint256):
    account: address = convert(case & MASK160, address)
    amount: uint256 = self._claim[id] >> 160
    self._frozen[account] -= amount + (self._contest[id] >> 160)
    self._exposure[self._appeal[id] >> 160][account] -= amount << 96
    self._case[id] = self._with(case, DROPPED, block.timestamp)
    log Dropped(id=id, account=account)


@internal
def _slash(id: uint256, case: uint256):
    account: address = convert(case & MASK160, address)
    pool: uint256 = self._appeal[id] >> 160
    claim: uint256 = self._claim[id]
    amount: uint256 = claim >> 160
    extra: uint256 = self._contest[id] >> 160
    # cooling money first: what wants to leave pays first
    word: uint256 = self._stake[account]
    taken: uint256 = amount + extra
    from_cooling: uint256 = min(self._cooling(word), taken)
    self._stake[account] = word - (from_cooling << 96) - (taken - from_cooling)
    self._frozen[account] -= taken
    # consent is used up by what was taken; a limit lowered in the meantime stays as low as it is
    exposure: uint256 = self._exposure[pool][account] - (amount << 96)
    self._exposure[pool][account] = exposure - min(exposure & MASK96, amount)
    self._case[id] = self._with(case, EXECUTED, block.timestamp)
    reward: uint256 = amount // 10
    self._credit(convert(claim & MASK160, address), id, reward)
    order: uint256 = extcall Escrow(ESCROW).income(pool, SLASH, amount - reward, 0, 0, empty(address))
    log Slashed(id=id, account=account, amount=amount, extra=extra, order=order)


@internal
def _credit(account: address, id: uint256, amount: uint256):
    if amount == 0:
        return
    self.credits[account] += amount
    log Credited(account=account, id=id, amount=amount)


@internal
def _take(amount: uint256):
    if amount == 0:
        return
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    assert extcall IERC20(TOKEN).transferFrom(msg.sender, self, amount * SCALE, default_return_value=True), "transfer"
    assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount * SCALE, "short"


@internal
def _send(to: address, amount: uint256):
    assert extcall IERC20(TOKEN).transfer(to, amount * SCALE, default_return_value=True), "transfer"


@internal
@view
def _roles(id: uint256, case: uint256) -> Roles:
    return staticcall Pools(POOLS).roles(self._appeal[id] >> 160, (case >> 200) & MASK32)


@internal
@pure
def _cooling(word: uint256) -> uint256:
    return (word >> 96) & MASK96


@internal
@pure
def _state(case: uint256) -> uint256:
    return (case >> 232) & 255


@internal
@pure
def _deadline(case: uint256) -> uint256:
    return (case >> 160) & MASK40


@internal
@pure
def _with(case: uint256, state: uint256, deadline: uint256) -> uint256:
    return (case & ~((255 << 232) | (MASK40 << 160))) | (state << 232) | (deadline << 160)
