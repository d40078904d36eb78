# pragma version ==0.4.3
# pragma evm-version cancun
# pragma nonreentrancy on
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title The right to use data
@license GNU Affero General Public License v3.0 only
@notice An ERC-721 token is a licence of one release, or of a whole pool: purposes, expiry, price. It is locked (ERC-5192)
        unless the offer allows resale. The money of a sale goes to the pool's escrow as a SALE order and reaches people by
        an epoch like all other money. No purpose implies another one.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from snekmate.auth import ownable
from snekmate.tokens import erc721

initializes: ownable
initializes: erc721[ownable := ownable]

exports: (
    erc721.balanceOf,
    erc721.ownerOf,
    erc721.approve,
    erc721.getApproved,
    erc721.setApprovalForAll,
    erc721.isApprovedForAll,
    erc721.name,
    erc721.symbol,
    erc721.tokenURI,
    erc721.totalSupply,
    erc721.tokenByIndex,
    erc721.tokenOfOwnerByIndex,
)

interface Escrow:
    def income(pool: uint256, kind: uint256, amount: uint256, vest_from: uint256, vest_to: uint256, refund_to: address) -> uint256: nonpayable
    def stop_sale(order: uint256): nonpayable

interface Pools:
    def operator(pool: uint256) -> address: view
    def arbiter(pool: uint256, version: uint256) -> address: view
    def latest_version(pool: uint256) -> uint256: view
    def release_root(pool: uint256, release_id: bytes32) -> bytes32: view
    def terms(pool: uint256, version: uint256) -> TermsOf: view
    def paused() -> bool: view

interface Token3009:
    def receiveWithAuthorization(owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32): nonpayable

struct TermsOf:
    terms_hash: bytes32
    arbiter: address
    court: address
    fee_cap_bps: uint256
    log_id: bytes32
    bond: uint256
    derive_bps: uint256

struct Parent:
    pool: uint256
    release: bytes32
    share_bps: uint256

struct Offer:
    pool: uint256
    release: bytes32
    purposes: uint256
    price: uint256
    term_seconds: uint256
    vest_seconds: uint256
    resale: bool
    parents_hash: bytes32
    stopped: bool
    terms_version: uint256

struct Licence:
    offer: uint256
    order: uint256
    price: uint256
    bought_at: uint256
    expires: uint256
    revoked_at: uint256

struct Authorisation:
    buyer: address
    max_price: uint256
    salt: bytes32
    valid_after: uint256
    valid_before: uint256
    v: uint8
    r: bytes32
    s: bytes32

event Offered:
    offer: indexed(uint256)
    pool: indexed(uint256)
    release: indexed(bytes32)
    purposes: uint256
    price: uint256
    term_seconds: uint256
    vest_seconds: uint256
    resale: bool
    parents: DynArray[Parent, 16]

event Priced:
    offer: indexed(uint256)
    price: uint256

event Stopped:
    offer: indexed(uint256)

event Bought:
    id: indexed(uint256)
    offer: indexed(uint256)
    buyer: indexed(address)
    to: address
    price: uint256
    expires: uint256
    order: uint256

event Revoked:
    id: indexed(uint256)
    reason_hash: bytes32
    scope: uint256
    by: address

event Locked:
    tokenId: uint256

event Unlocked:
    tokenId: uint256

EVALUATION: constant(uint256) = 1
AI_TRAINING: constant(uint256) = 8
ALL_PURPOSES: constant(uint256) = 127
SALE: constant(uint256) = 3
# training cannot be undone: its price is earned at once, after a short cliff
TRAINING_CLIFF: constant(uint256) = 3
# scopes of a revocation
WITHDRAWAL: constant(uint256) = 1
BREACH: constant(uint256) = 2
LIMIT: constant(uint256) = 2**96
LONGEST: constant(uint256) = 100 * 365 * 86400

TOKEN: public(immutable(address))
ESCROW: public(immutable(address))
POOLS: public(immutable(address))
SCALE: public(immutable(uint256))
LOCAL: public(immutable(bool))
DAY: immutable(uint256)

offer_count: public(uint256)
licence_count: public(uint256)
offers: public(HashMap[uint256, Offer])
licence: public(HashMap[uint256, Licence])


@deploy
def __init__(token: address, escrow: address, pools: address, local: bool):
    if local:
        assert chain.id in [31337, 1337], "local"
    ownable.__init__()
    erc721.__init__("Hakari licence", "HKLIC", "", "hakari licences", "1")
    # nobody owns this contract
    ownable._transfer_ownership(empty(address))
    TOKEN = token
    ESCROW = escrow
    POOLS = pools
    LOCAL = local
    DAY = 1 if local else 86400
    decimals: uint256 = convert(staticcall IERC20Detailed(token).decimals(), uint256)
    assert decimals >= 6 and decimals <= 36, "decimals"
    SCALE = 10 ** (decimals - 6)
    # only ever holds money inside one purchase
    assert extcall IERC20(token).approve(escrow, max_value(uint256), default_return_value=True), "approve"


@external
def offer(
    pool: uint256,
    release: bytes32,
    purposes: uint256,
    price: uint256,
    term_seconds: uint256,
    vest_seconds: uint256,
    resale: bool,
    parents: DynArray[Parent, 16],
) -> uint256:
    """
    @notice Puts a release (or the whole pool, release 0) on sale. The operator. Only a vote can change its price; the
            rest stays until it is stopped.
    @param purposes bit mask: 1 evaluation, 2 research, 4 analytics, 8 AI training, 16 fine-tuning, 32 retrieval, 64 redistribution
    @param price micro-units; 0 is free for everybody
    @param term_seconds length of the right; 0 = without end
    @param vest_seconds how long the price stays refundable in proportion; ignored with AI training (cliff of three days)
    @param parents releases that this one derives from and their shares, at least what their pools' terms demand
    """
    assert msg.sender == staticcall Pools(POOLS).operator(pool), "auth"
    assert purposes > 0 and purposes <= ALL_PURPOSES, "purposes"
    assert price < LIMIT, "price"
    assert term_seconds <= LONGEST and vest_seconds <= LONGEST, "time"
    if release != empty(bytes32):
        assert staticcall Pools(POOLS).release_root(pool, release) != empty(bytes32), "release"
    shares: uint256 = 0
    for parent: Parent in parents:
        assert staticcall Pools(POOLS).release_root(parent.pool, parent.release) != empty(bytes32), "parent"
        version: uint256 = staticcall Pools(POOLS).latest_version(parent.pool)
        asked: TermsOf = staticcall Pools(POOLS).terms(parent.pool, version)
        assert parent.share_bps >= asked.derive_bps, "share"
        shares += parent.share_bps
    assert shares <= 10000, "share"
    number: uint256 = self.offer_count + 1
    self.offer_count = number
    self.offers[number] = Offer(
        pool=pool,
        release=release,
        purposes=purposes,
        price=price,
        term_seconds=term_seconds,
        vest_seconds=vest_seconds,
        resale=resale,
        parents_hash=keccak256(abi_encode(parents)),
        stopped=False,
        terms_version=staticcall Pools(POOLS).latest_version(pool),
    )
    log Offered(
        offer=number,
        pool=pool,
        release=release,
        purposes=purposes,
        price=price,
        term_seconds=term_seconds,
        vest_seconds=vest_seconds,
        resale=resale,
        parents=parents,
    )
    return number


@external
def stop_offer(offer: uint256):
    """
    @notice Ends the sale; licences that were sold stay as they are.
    """
    terms: Offer = self.offers[offer]
    assert msg.sender == staticcall Pools(POOLS).operator(terms.pool), "auth"
    assert not terms.stopped, "stopped"
    self.offers[offer].stopped = True
    log Stopped(offer=offer)


@external
def stop_by_vote(pool: uint256, offer: uint256):
    """
    @notice The pool's contributors end a sale. Only an executed vote.
    """
    assert msg.sender == POOLS, "auth"
    terms: Offer = self.offers[offer]
    assert terms.purposes > 0 and terms.pool == pool, "offer"
    assert not terms.stopped, "stopped"
    self.offers[offer].stopped = True
    log Stopped(offer=offer)


@external
def price_by_vote(pool: uint256, offer: uint256, price: uint256):
    """
    @notice The pool's contributors set an offer's price; a buyer's max_price guards against surprise. Only an executed vote.
    """
    assert msg.sender == POOLS, "auth"
    terms: Offer = self.offers[offer]
    assert terms.purposes > 0 and terms.pool == pool, "offer"
    assert price < LIMIT, "price"
    self.offers[offer].price = price
    log Priced(offer=offer, price=price)


@external
def buy(offer: uint256, to: address, max_price: uint256) -> uint256:
    """
    @notice Buys a licence for `to`. The caller has approved price * SCALE. Returns the licence's id, from 1.
    """
    terms: Offer = self._on_sale(offer, max_price)
    if terms.price > 0:
        amount: uint256 = terms.price * SCALE
        before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
        assert extcall IERC20(TOKEN).transferFrom(msg.sender, self, amount, default_return_value=True), "transfer"
        assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount, "short"
    return self._sell(offer, terms, msg.sender, to)


@external
def buy_for(offer: uint256, to: address, authorisation: Authorisation) -> uint256:
    """
    @notice Buys with the buyer's EIP-3009 signature over exactly price * SCALE, sent by anyone. Its nonce must be
            keccak(abi(chain id, this, offer, to, max_price, salt)), so that it can become no other purchase.
    """
    terms: Offer = self._on_sale(offer, authorisation.max_price)
    assert terms.price > 0, "free"
    nonce: bytes32 = keccak256(abi_encode(chain.id, self, offer, to, authorisation.max_price, authorisation.salt))
    amount: uint256 = terms.price * SCALE
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    extcall Token3009(TOKEN).receiveWithAuthorization(
        authorisation.buyer,
        self,
        amount,
        authorisation.valid_after,
        authorisation.valid_before,
        nonce,
        authorisation.v,
        authorisation.r,
        authorisation.s,
    )
    assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount, "short"
    return self._sell(offer, terms, authorisation.buyer, to)


@external
def issue(offer: uint256, to: address) -> uint256:
    """
    @notice The operator gives a licence of an offer away. No money moves, so nothing is refundable.
    """
    terms: Offer = self.offers[offer]
    assert terms.purposes > 0, "offer"
    assert msg.sender == staticcall Pools(POOLS).operator(terms.pool), "auth"
    return self._mint(offer, terms, msg.sender, to, 0, 0)


@external
def revoke(id: uint256, reason_hash: bytes32, scope: uint256):
    """
    @notice Ends a licence for all later uses. Scope 1, withdrawal, by the operator: the unvested part of the price becomes the
            buyer's to take from escrow. Scope 2, breach, by the arbiter of the terms: nothing returns.
    """
    right: Licence = self.licence[id]
    assert right.bought_at > 0, "licence"
    assert right.revoked_at == 0, "revoked"
    terms: Offer = self.offers[right.offer]
    if scope == WITHDRAWAL:
        assert msg.sender == staticcall Pools(POOLS).operator(terms.pool), "auth"
    else:
        assert scope == BREACH, "scope"
        assert msg.sender == staticcall Pools(POOLS).arbiter(terms.pool, terms.terms_version), "auth"
    self.licence[id].revoked_at = block.timestamp
    log Revoked(id=id, reason_hash=reason_hash, scope=scope, by=msg.sender)
    if scope == WITHDRAWAL and right.order > 0:
        extcall Escrow(ESCROW).stop_sale(right.order)


@external
def transferFrom(owner: address, to: address, token_id: uint256):
    self._movable(token_id)
    erc721._transfer(owner, to, token_id)


@external
def safeTransferFrom(owner: address, to: address, token_id: uint256, data: Bytes[1024] = b""):
    self._movable(token_id)
    erc721._safe_transfer(owner, to, token_id, data)


@external
@view
def is_valid(id: uint256, purpose: uint256) -> bool:
    """
    @notice Whether licence `id` allows exactly this one purpose now. False for no bit, for more than one, for unknown ids.
    """
    if purpose == 0 or purpose & (purpose - 1) != 0:
        return False
    right: Licence = self.licence[id]
    if right.bought_at == 0 or right.revoked_at != 0:
        return False
    if right.expires != 0 and block.timestamp >= right.expires:
        return False
    return self.offers[right.offer].purposes & purpose != 0


@external
@view
def locked(tokenId: uint256) -> bool:
    right: Licence = self.licence[tokenId]
    assert right.bought_at > 0, "licence"
    return not self.offers[right.offer].resale


@external
@pure
def supportsInterface(interface_id: bytes4) -> bool:
    return interface_id in [0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0x780e9d63, 0xb45a3c0e]


@internal
def _movable(id: uint256):
    assert self.offers[self.licence[id].offer].resale, "locked"
    assert erc721._is_approved_or_owner(msg.sender, id), "auth"


@internal
@view
def _on_sale(offer: uint256, max_price: uint256) -> Offer:
    assert not staticcall Pools(POOLS).paused(), "paused"
    terms: Offer = self.offers[offer]
    assert terms.purposes > 0, "offer"
    assert not terms.stopped, "stopped"
    assert terms.price <= max_price, "price"
    return terms


@internal
def _sell(offer: uint256, terms: Offer, buyer: address, to: address) -> uint256:
    order: uint256 = 0
    if terms.price > 0:
        start: uint256 = block.timestamp
        end: uint256 = block.timestamp + terms.vest_seconds
        if terms.purposes & AI_TRAINING != 0:
            start = block.timestamp + TRAINING_CLIFF * DAY
            end = start
        order = extcall Escrow(ESCROW).income(terms.pool, SALE, terms.price, start, end, buyer)
    return self._mint(offer, terms, buyer, to, terms.price, order)


@internal
def _mint(offer: uint256, terms: Offer, buyer: address, to: address, price: uint256, order: uint256) -> uint256:
    id: uint256 = self.licence_count + 1
    self.licence_count = id
    expires: uint256 = 0
    if terms.term_seconds > 0:
        expires = block.timestamp + terms.term_seconds
    self.licence[id] = Licence(
        offer=offer, order=order, price=price, bought_at=block.timestamp, expires=expires, revoked_at=0
    )
    erc721._mint(to, id)
    log Bought(id=id, offer=offer, buyer=buyer, to=to, price=price, expires=expires, order=order)
    if terms.resale:
        log Unlocked(tokenId=id)
    else:
        log Locked(tokenId=id)
    return id
