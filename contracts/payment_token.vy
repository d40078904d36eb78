# pragma version ==0.4.3
# pragma evm-version cancun
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title A test dollar for local chains
@license GNU Affero General Public License v3.0 only
@notice ERC-20 with EIP-2612 and EIP-3009, and a faucet that anyone may use: it is worth nothing, so it refuses to
        exist on any chain but the two local ids.
"""
from ethereum.ercs import IERC20
from ethereum.ercs import IERC20Detailed
from snekmate.auth import ownable
from snekmate.tokens import erc20
from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator

implements: IERC20
implements: IERC20Detailed

uses: eip712_domain_separator

initializes: ownable
initializes: erc20[ownable := ownable]

exports: (
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.nonces,
    erc20.transfer,
    erc20.approve,
    erc20.transferFrom,
    erc20.permit,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
)

TRANSFER_TYPE: constant(bytes32) = keccak256(
    "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
RECEIVE_TYPE: constant(bytes32) = keccak256(
    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
CANCEL_TYPE: constant(bytes32) = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)")

authorizationState: public(HashMap[address, HashMap[bytes32, bool]])

event AuthorizationUsed:
    authorizer: indexed(address)
    nonce: indexed(bytes32)

event AuthorizationCanceled:
    authorizer: indexed(address)
    nonce: indexed(bytes32)


@deploy
def __init__():
    assert chain.id in [31337, 1337], "local"
    ownable.__init__()
    erc20.__init__("Hakari test dollar", "tUSD", 6, "Hakari test dollar", "1")


@external
def faucet(to: address, amount: uint256):
    """
    @notice Makes `amount` base units out of nothing for `to`.
    """
    erc20._mint(to, amount)


@external
@pure
def version() -> String[1]:
    return "1"


@external
def transferWithAuthorization(
    owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32
):
    self._move(TRANSFER_TYPE, owner, to, amount, valid_after, valid_before, nonce, v, r, s)


@external
def receiveWithAuthorization(
    owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32
):
    """
    @notice Like transferWithAuthorization, but only the receiver may call: nobody can spend the signature away from the
            purchase that it belongs to.
    """
    assert to == msg.sender, "caller"
    self._move(RECEIVE_TYPE, owner, to, amount, valid_after, valid_before, nonce, v, r, s)


@external
def cancelAuthorization(authorizer: address, nonce: bytes32, v: uint8, r: bytes32, s: bytes32):
    assert not self.authorizationState[authorizer][nonce], "used"
    self._signed(keccak256(abi_encode(CANCEL_TYPE, authorizer, nonce)), authorizer, v, r, s)
    self.authorizationState[authorizer][nonce] = True
    log AuthorizationCanceled(authorizer=authorizer, nonce=nonce)


@internal
def _move(
    kind: bytes32, owner: address, to: address, amount: uint256, valid_after: uint256, valid_before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32
):
    assert block.timestamp > valid_after, "early"
    assert block.timestamp < valid_before, "expired"
    assert not self.authorizationState[owner][nonce], "used"
    self._signed(keccak256(abi_encode(kind, owner, to, amount, valid_after, valid_before, nonce)), owner, v, r, s)
    self.authorizationState[owner][nonce] = True
    log AuthorizationUsed(authorizer=owner, nonce=nonce)
    erc20._transfer(owner, to, amount)


@internal
@view
def _signed(struct_hash: bytes32, signer: address, v: uint8, r: bytes32, s: bytes32):
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    found: address = ecdsa._recover_vrs(digest, convert(v, uint256), convert(r, uint256), convert(s, uint256))
    assert found == signer, "signature"
