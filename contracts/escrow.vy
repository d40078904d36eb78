# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Money not yet owed
@license GNU Affero General Public License v3.0 only
@notice One order holds one buyer's money for one pool under one version of its terms. There are two ways out: an
        accepted epoch (pay_out, called by payouts) and the buyer's refund of what is free. Every way out but pay_out is
        refused while the pool is busy, so an amount that was checked at a proposal is still there at its settlement.
        Amounts are micro-units; SCALE turns them into the token's base units at transfer and nowhere else.
        Numbers of an order: funded = paid_out + refunded + left, 0 <= reserved <= left.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed

interface Payouts:
    def busy(pool: uint256) -> bool: view
    def DEAD() -> uint256: view
    def GRACE() -> uint256: view

interface Pools:
    def latest_version(pool: uint256) -> uint256: view
    def operator(pool: uint256) -> address: view
    def arbiter(pool: uint256, version: uint256) -> address: view
    def paused() -> bool: view

interface Token3009:
    def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32): nonpayable
    def receiveWithAuthorization(owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32): nonpayable

struct Order:
    kind: uint256
    state: uint256
    pool: uint256
    buyer: address
    terms_version: uint256
    deadline: uint256
    refund_at: uint256
    vest_from: uint256
    vest_to: uint256
    funded: uint256
    paid_out: uint256
    refunded: uint256
    reserved: uint256
    left: uint256
    vested: uint256

event Bound:
    payouts: address
    licences: address
    stakes: address

event Funded:
    order: indexed(uint256)
    pool: indexed(uint256)
    buyer: indexed(address)
    terms_version: uint256
    amount: uint256
    deadline: uint256

event Income:
    order: indexed(uint256)
    pool: indexed(uint256)
    kind: uint256
    terms_version: uint256
    amount: uint256
    vest_from: uint256
    vest_to: uint256
    refund_to: address

event Reserved:
    order: indexed(uint256)
    amount: uint256
    log_size: uint256

event Closing:
    order: indexed(uint256)
    refund_at: uint256

event Attested:
    order: indexed(uint256)
    by: indexed(address)

event Refunded:
    order: indexed(uint256)
    to: indexed(address)
    amount: uint256
    abandoned: bool

event PaidOut:
    order: indexed(uint256)
    pool: indexed(uint256)
    epoch: uint256
    pay: uint256
    free: uint256

# kinds
FUND: constant(uint256) = 1
SLASH: constant(uint256) = 2
SALE: constant(uint256) = 3
# states
OPEN: constant(uint256) = 1
CLOSING: constant(uint256) = 2
CLOSED: constant(uint256) = 3

LIMIT: constant(uint256) = 2**96
MASK40: constant(uint256) = 2**40 - 1
MASK96: constant(uint256) = 2**96 - 1

DEPLOYER: immutable(address)
TOKEN: public(immutable(address))
POOLS: public(immutable(address))
SCALE: public(immutable(uint256))
LOCAL: public(immutable(bool))
DAY: immutable(uint256)
NOTICE: public(immutable(uint256))
ABANDON: public(immutable(uint256))

payouts: public(address)
licences: public(address)
stakes: public(address)
order_count: public(uint256)

# An order is four words, packed by hand (Vyper gives each struct member a slot of its own):
#   who    buyer 160 | pool 64 | kind 8 | state 8 | operator attested 1 | arbiter attested 1
#   when   terms_version 32 | deadline 40 | refund_at 40 | vest_from 40 | vest_to 40
#   money  funded 96 | paid_out 96
#   back   reserved 96 | refunded 96
_who: HashMap[uint256, uint256]
_when: HashMap[uint256, uint256]
_money: HashMap[uint256, uint256]
_back: HashMap[uint256, uint256]
# of a pool: number of orders 64 | time of the first 64
_pool: HashMap[uint256, uint256]


@deploy
def __init__(token: address, pools: address, local: bool, notice: uint256, abandon: uint256):
    """
    @param notice seconds from close to refund; checked against payouts' DEAD + GRACE at bind
    @param abandon seconds from refund_at until unresolved reservations go back to the buyer, at least 90 days
    """
    if local:
        assert chain.id in [31337, 1337], "local"
    DEPLOYER = msg.sender
    TOKEN = token
    POOLS = pools
    LOCAL = local
    DAY = 1 if local else 86400
    NOTICE = notice
    ABANDON = abandon
    assert abandon >= 90 * DAY and abandon < MASK40, "floor"
    decimals: uint256 = convert(staticcall IERC20Detailed(token).decimals(), uint256)
    assert decimals >= 6 and decimals <= 36, "decimals"
    SCALE = 10 ** (decimals - 6)


@external
def bind(payouts: address, licences: address, stakes: address):
    """
    @notice Tells escrow its neighbours, once, before any order can exist. `stakes` may be zero: then no slash income.
    """
    assert msg.sender == DEPLOYER, "auth"
    assert self.payouts == empty(address), "bound"
    assert payouts != empty(address), "empty"
    self.payouts = payouts
    self.licences = licences
    self.stakes = stakes
    dead: uint256 = staticcall Payouts(payouts).DEAD()
    grace: uint256 = staticcall Payouts(payouts).GRACE()
    assert NOTICE >= dead + grace + DAY and NOTICE < MASK40, "floor"
    log Bound(payouts=payouts, licences=licences, stakes=stakes)


@external
def fund(pool: uint256, terms_version: uint256, amount: uint256, deadline: uint256) -> uint256:
    """
    @notice Opens an order of the caller. Returns its number, from 1. The caller has approved amount * SCALE.
    """
    order: uint256 = self._open(FUND, pool, terms_version, msg.sender, amount, deadline, 0, 0)
    self._pull(msg.sender, amount)
    log Funded(order=order, pool=pool, buyer=msg.sender, terms_version=terms_version, amount=amount, deadline=deadline)
    return order


@external
def fund_with_permit(
    pool: uint256, terms_version: uint256, amount: uint256, deadline: uint256, permit_deadline: uint256, v: uint8, r: bytes32, s: bytes32
) -> uint256:
    """
    @notice fund with an EIP-2612 permit of exactly amount * SCALE. A permit that somebody sent first is no harm: its failure is
            ignored and the allowance decides.
    """
    done: bool = raw_call(
        TOKEN,
        abi_encode(
            msg.sender, self, amount * SCALE, permit_deadline, v, r, s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
    order: uint256 = self._open(FUND, pool, terms_version, msg.sender, amount, deadline, 0, 0)
    self._pull(msg.sender, amount)
    log Funded(order=order, pool=pool, buyer=msg.sender, terms_version=terms_version, amount=amount, deadline=deadline)
    return order


@external
def fund_with_authorization(
    buyer: address,
    pool: uint256,
    terms_version: uint256,
    amount: uint256,
    deadline: uint256,
    salt: bytes32,
    valid_after: uint256,
    valid_before: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> uint256:
    """
    @notice fund by EIP-3009, sent by anyone for `buyer`. The authorisation's nonce must be
            keccak(abi(chain id, this, pool, terms_version, amount, deadline, salt)), so that it can become no other order.
    """
    nonce: bytes32 = keccak256(abi_encode(chain.id, self, pool, terms_version, amount, deadline, salt))
    order: uint256 = self._open(FUND, pool, terms_version, buyer, amount, deadline, 0, 0)
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    extcall Token3009(TOKEN).receiveWithAuthorization(buyer, self, amount * SCALE, valid_after, valid_before, nonce, v, r, s)
    assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount * SCALE, "short"
    log Funded(order=order, pool=pool, buyer=buyer, terms_version=terms_version, amount=amount, deadline=deadline)
    return order


@external
def income(pool: uint256, kind: uint256, amount: uint256, vest_from: uint256, vest_to: uint256, refund_to: address) -> uint256:
    """
    @notice Books slashed money (kind 2, from stakes) or a sale (kind 3, from licences) as an order under the pool's
            newest terms. The caller has approved amount * SCALE. A sale vests linearly from vest_from to vest_to.
    """
    if kind == SLASH:
        assert msg.sender == self.stakes, "auth"
    else:
        assert kind == SALE and msg.sender == self.licences, "auth"
    version: uint256 = staticcall Pools(POOLS).latest_version(pool)
    order: uint256 = self._open(kind, pool, version, refund_to, amount, 0, vest_from, vest_to)
    self._pull(msg.sender, amount)
    log Income(
        order=order, pool=pool, kind=kind, terms_version=version, amount=amount, vest_from=vest_from, vest_to=vest_to, refund_to=refund_to
    )
    return order


@external
def reserve(order: uint256, amount: uint256, log_size: uint256):
    """
    @notice The operator records that `amount` more of the order is owed for work in the log up to `log_size`. Reserved
            money is never refundable, except as abandoned.
    """
    who: uint256 = self._who[order]
    assert self._state(who) in [OPEN, CLOSING] and self._kind(who) == FUND, "state"
    assert msg.sender == staticcall Pools(POOLS).operator(self._pool_of(who)), "auth"
    assert amount > 0 and amount <= MASK96, "amount"
    back: uint256 = self._back[order]
    reserved: uint256 = (back & MASK96) + amount
    assert reserved <= self._left(self._money[order], back), "short"
    self._back[order] = (back & ~MASK96) | reserved
    log Reserved(order=order, amount=amount, log_size=log_size)


@external
def close(order: uint256):
    """
    @notice Ends new work at once; the free rest is refundable after NOTICE. The buyer, or anyone after the deadline.
    """
    who: uint256 = self._who[order]
    assert self._state(who) == OPEN and self._kind(who) == FUND, "state"
    when: uint256 = self._when[order]
    assert msg.sender == self._buyer(who) or block.timestamp > self._time(when, 32), "auth"
    refund_at: uint256 = block.timestamp + NOTICE
    self._who[order] = self._with_state(who, CLOSING)
    self._when[order] = self._with_refund_at(when, refund_at)
    log Closing(order=order, refund_at=refund_at)


@external
def attest(order: uint256):
    """
    @notice Operator and arbiter each say: all recorded work of this closing order is reserved. With both, the free rest is
            refundable now. One key alone shortens nothing.
    """
    who: uint256 = self._who[order]
    assert self._state(who) == CLOSING and self._kind(who) == FUND, "state"
    pool: uint256 = self._pool_of(who)
    when: uint256 = self._when[order]
    operator: address = staticcall Pools(POOLS).operator(pool)
    arbiter: address = staticcall Pools(POOLS).arbiter(pool, when & (2**32 - 1))
    # an operator that became the arbiter of older terms is still one key
    assert operator != arbiter, "roles"
    if msg.sender == operator:
        who |= 1 << 240
    elif msg.sender == arbiter:
        who |= 1 << 241
    else:
        raise "auth"
    self._who[order] = who
    log Attested(order=order, by=msg.sender)
    if (who >> 240) & 3 == 3 and self._time(when, 72) > block.timestamp:
        self._when[order] = self._with_refund_at(when, block.timestamp)
        log Closing(order=order, refund_at=block.timestamp)


@external
def refund(order: uint256, to: address):
    """
    @notice Pays what is free to `to`: of a funded order left - reserved, of a stopped sale its unvested part. The buyer,
            after refund_at, while the pool is idle. May be repeated when an epoch frees more.
    """
    who: uint256 = self._who[order]
    when: uint256 = self._when[order]
    assert msg.sender == self._buyer(who), "auth"
    assert self._state(who) in [CLOSING, CLOSED], "state"
    assert block.timestamp >= self._time(when, 72), "wait"
    money: uint256 = self._money[order]
    back: uint256 = self._back[order]
    kept: uint256 = back & MASK96
    if self._kind(who) == SALE:
        kept = self._vested(who, when, money) - (money >> 96)
    self._give_back(order, who, money, back, kept, to, False)


@external
def refund_abandoned(order: uint256, to: address):
    """
    @notice ABANDON after refund_at nobody resolved the reservations: all that is left goes back to the buyer.
    """
    who: uint256 = self._who[order]
    assert msg.sender == self._buyer(who), "auth"
    assert self._state(who) in [CLOSING, CLOSED] and self._kind(who) == FUND, "state"
    assert block.timestamp >= self._time(self._when[order], 72) + ABANDON, "wait"
    back: uint256 = self._back[order] & ~MASK96
    self._give_back(order, who, self._money[order], back, 0, to, True)


@external
def stop_sale(order: uint256):
    """
    @notice licences only: vesting stops now; the buyer may take the unvested part when the pool is idle.
    """
    assert msg.sender == self.licences, "auth"
    who: uint256 = self._who[order]
    assert self._state(who) == OPEN and self._kind(who) == SALE, "state"
    self._who[order] = self._with_state(who, CLOSING)
    self._when[order] = self._with_refund_at(self._when[order], block.timestamp)
    log Closing(order=order, refund_at=block.timestamp)


@external
def pay_out(order: uint256, pay: uint256, free: uint256, epoch: uint256):
    """
    @notice payouts only, at the settlement of an accepted epoch; check() held at its proposal and nothing could leave
            since. Moves `pay` to payouts and lowers the reservation by pay + free, not below zero.
    """
    payouts: address = self.payouts
    assert msg.sender == payouts, "auth"
    money: uint256 = self._money[order]
    back: uint256 = self._back[order]
    assert pay <= self._left(money, back), "short"
    reserved: uint256 = back & MASK96
    if reserved > 0:
        self._back[order] = (back & ~MASK96) | (reserved - min(reserved, pay + free))
    if pay > 0:
        self._money[order] = money + (pay << 96)
        assert extcall IERC20(TOKEN).transfer(payouts, pay * SCALE, default_return_value=True), "transfer"
    log PaidOut(order=order, pool=self._pool_of(self._who[order]), epoch=epoch, pay=pay, free=free)


@external
@view
def check(pool: uint256, terms_version: uint256, order: uint256, pay: uint256) -> bool:
    """
    @notice Reverts unless the order belongs to this pool and version and has `pay` left (of a sale: vested).
    """
    who: uint256 = self._who[order]
    assert self._kind(who) != 0 and self._pool_of(who) == pool, "order"
    when: uint256 = self._when[order]
    assert when & (2**32 - 1) == terms_version, "terms"
    money: uint256 = self._money[order]
    if self._kind(who) == SALE:
        assert pay <= self._vested(who, when, money) - (money >> 96), "vest"
    else:
        assert pay <= self._left(money, self._back[order]), "short"
    return True


@external
@view
def order(order: uint256) -> Order:
    """
    @notice All of an order in one read. Kinds: 1 FUND, 2 SLASH, 3 SALE. States: 1 OPEN, 2 CLOSING, 3 CLOSED; 0 = none.
            `vested` is what epochs may have taken of a sale by now (of other kinds: all that was funded).
    """
    who: uint256 = self._who[order]
    when: uint256 = self._when[order]
    money: uint256 = self._money[order]
    back: uint256 = self._back[order]
    return Order(
        kind=self._kind(who),
        state=self._state(who),
        pool=self._pool_of(who),
        buyer=self._buyer(who),
        terms_version=when & (2**32 - 1),
        deadline=self._time(when, 32),
        refund_at=self._time(when, 72),
        vest_from=self._time(when, 112),
        vest_to=self._time(when, 152),
        funded=money & MASK96,
        paid_out=money >> 96,
        refunded=back >> 96,
        reserved=back & MASK96,
        left=self._left(money, back),
        vested=self._vested(who, when, money),
    )


@external
@view
def orders_of(pool: uint256) -> uint256:
    """
    @notice How many orders the pool has ever had.
    """
    return self._pool[pool] & (2**64 - 1)


@external
@view
def first_order_at(pool: uint256) -> uint256:
    return self._pool[pool] >> 64


@internal
def _open(
    kind: uint256, pool: uint256, terms_version: uint256, buyer: address, amount: uint256, deadline: uint256, vest_from: uint256, vest_to: uint256
) -> uint256:
    assert self.payouts != empty(address), "unbound"
    assert amount > 0 and amount < LIMIT, "amount"
    assert deadline <= MASK40 and vest_to <= MASK40 and vest_from <= vest_to, "time"
    assert terms_version > 0 and terms_version <= staticcall Pools(POOLS).latest_version(pool), "terms"
    if kind == FUND:
        assert deadline > block.timestamp, "time"
        assert buyer != empty(address), "empty"
        assert not staticcall Pools(POOLS).paused(), "paused"
    order: uint256 = self.order_count + 1
    self.order_count = order
    self._who[order] = convert(buyer, uint256) | (pool << 160) | (kind << 224) | (OPEN << 232)
    self._when[order] = terms_version | (deadline << 32) | (vest_from << 112) | (vest_to << 152)
    self._money[order] = amount
    info: uint256 = self._pool[pool]
    self._pool[pool] = (block.timestamp << 64) | 1 if info == 0 else info + 1
    return order


@internal
def _pull(owner: address, amount: uint256):
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    assert extcall IERC20(TOKEN).transferFrom(owner, self, amount * SCALE, default_return_value=True), "transfer"
    # a token that keeps a fee on transfer would leave orders that cannot be paid
    assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount * SCALE, "short"


@internal
def _give_back(order: uint256, who: uint256, money: uint256, back: uint256, kept: uint256, to: address, abandoned: bool):
    pool: uint256 = self._pool_of(who)
    assert not staticcall Payouts(self.payouts).busy(pool), "busy"
    left: uint256 = self._left(money, back)
    amount: uint256 = left - kept
    assert amount > 0, "nothing"
    assert to != empty(address), "empty"
    self._back[order] = back + (amount << 96)
    self._who[order] = self._with_state(who, CLOSED)
    assert extcall IERC20(TOKEN).transfer(to, amount * SCALE, default_return_value=True), "transfer"
    log Refunded(order=order, to=to, amount=amount, abandoned=abandoned)


@internal
@pure
def _left(money: uint256, back: uint256) -> uint256:
    return (money & MASK96) - (money >> 96) - (back >> 96)


@internal
@view
def _vested(who: uint256, when: uint256, money: uint256) -> uint256:
    funded: uint256 = money & MASK96
    if self._kind(who) != SALE:
        return funded
    now: uint256 = block.timestamp
    if self._state(who) != OPEN:
        now = min(now, self._time(when, 72))
    start: uint256 = self._time(when, 112)
    end: uint256 = self._time(when, 152)
    if now >= end:
        return funded
    if now <= start:
        return 0
    return funded * (now - start) // (end - start)


@internal
@pure
def _kind(who: uint256) -> uint256:
    return (who >> 224) & 255


@internal
@pure
def _state(who: uint256) -> uint256:
    return (who >> 232) & 255


@internal
@pure
def _with_state(who: uint256, state: uint256) -> uint256:
    return (who & ~(255 << 232)) | (state << 232)


@internal
@pure
def _pool_of(who: uint256) -> uint256:
    return (who >> 160) & (2**64 - 1)


@internal
@pure
def _buyer(who: uint256) -> address:
    return convert(who & (2**160 - 1), address)


@internal
@pure
def _time(when: uint256, at: uint256) -> uint256:
    return (when >> at) & MASK40


@internal
@pure
def _with_refund_at(when: uint256, refund_at: uint256) -> uint256:
    return (when & ~(MASK40 << 72)) | (refund_at << 72)
