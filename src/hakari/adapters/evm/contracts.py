"""Our contracts on a chain: where they are, and how they come to be there (contracts/README.md §2)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak
from rlp import encode as rlp_encode

from hakari.adapters.evm import abi
from hakari.core.errors import Conflict, HakariError
from hakari.core.ids import Account
from hakari.people.wallets import address_of

if TYPE_CHECKING:
    from hakari.adapters.evm.chain import Chain

DAY = 86_400
NOBODY = "0x" + "00" * 20
BOND = 100_000_000
ORDER = ("payment_token", "pools", "anchor", "escrow", "payouts", "proofs", "licences", "stakes")
PATIENCE_S = 120.0


class ForeignCode(Conflict):
    """At an address where our contract should be stands something else."""

    code = "foreign_code"


class DeploymentFailed(HakariError):
    """A transaction of the deployment reverted or was not mined."""

    code = "deployment_failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """The contracts of one deployment, and the block before which they have no events."""

    payment_token: Account
    pools: Account
    anchor: Account
    escrow: Account
    payouts: Account
    proofs: Account
    licences: Account
    stakes: Account
    from_block: int

    def named(self) -> dict[str, Account]:
        """Return the addresses by contract name."""
        return {name: getattr(self, name) for name in ORDER}

    def heard(self) -> dict[str, Account]:
        """Return the contracts whose events make our history: all but the payment token, which serves everyone."""
        return {name: address for name, address in self.named().items() if name != "payment_token"}


def deploy(
    chain: "Chain",
    secret: bytes,
    *,
    profile: str,
    from_block: int | None = None,
    token: Account | None = None,
    deployer: Account | None = None,
) -> Addresses:
    """Deploy what is missing and return where everything is.

    The addresses follow from the deployer's account: contract n is made by its transaction n, so a deployment that was cut off goes on
    where it stopped. The deployer's first transactions must be these. profile: «local» lets a second stand for a day. from_block: what
    an earlier call returned; the newest block of now where none did. token: the payment token that stands on the chain already; the
    test token is deployed where none is given, which only local chain ids allow. deployer: the account that deployed, where that is not
    the secret's: then nothing is missing, or ForeignCode is raised.
    """
    own_account = address_of(secret)
    deployer = deployer or own_account
    own = [name for name in ORDER if token is None or name != "payment_token"]
    at = {name: created_by(deployer, n) for n, name in enumerate(own)}
    if token is not None:
        if not chain.code(token):
            raise ForeignCode(f"HAKARI_PAYMENT_TOKEN must be a token on this chain; there is no code at {token}")
        at["payment_token"] = token
    day = 1 if profile == "local" else DAY
    local = profile == "local"
    makings: dict[str, list[Any]] = {
        "payment_token": [],
        "pools": [NOBODY, local],
        "anchor": [],
        "escrow": [at["payment_token"], at["pools"], local, 14 * day, 180 * day],
        "payouts": [
            at["payment_token"],
            at["escrow"],
            at["pools"],
            at["anchor"],
            local,
            3 * day,
            5 * day,
            2 * day,
            10 * day,
            7 * day,
            2 * day,
            BOND,
        ],
        "proofs": [at["payouts"]],
        "licences": [at["payment_token"], at["escrow"], at["pools"], local],
        "stakes": [
            at["payment_token"],
            at["escrow"],
            at["pools"],
            local,
            7 * day,
            21 * day,
            5 * day,
            2 * day,
            10 * day,
        ],
    }
    first = chain.block_number() if from_block is None else from_block
    for n, name in enumerate(own):
        if not chain.code(at[name]) and deployer == own_account:
            data = abi.creation(abi.artefact(name), makings[name])
            _mined(chain, secret, to=None, data=data, nonce=n)
        if not chain.is_artefact(name, at[name]):
            raise ForeignCode(f"{name} at {at[name]} must be the code that ships with this package; it is not")
        _same(chain, name, at[name], makings[name])
    addresses = Addresses(**at, from_block=first)
    if deployer == own_account:
        _bind(chain, secret, addresses, after=len(own))
    return addresses


def _same(chain: "Chain", name: str, address: Account, making: Sequence[Any]) -> None:
    """Raise ForeignCode unless the immutables are those asked for; each constructor argument has a view of its name in capitals."""
    made = abi.artefact(name)
    inputs: Sequence[Any] = () if made.constructor is None else made.constructor["inputs"]
    for each, expected in zip(inputs, making, strict=True):
        view = str(each["name"]).upper().removesuffix("_TIME")
        got = chain.view(address, made, view, [])
        if got != expected:
            raise ForeignCode(
                f"{view} of {name} at {address} must be {expected}, got {got}: another profile or deployment?"
            )


def _bind(chain: "Chain", secret: bytes, addresses: Addresses, *, after: int) -> None:
    calls: Sequence[tuple[str, list[Any]]] = (
        ("pools", [addresses.escrow, addresses.payouts, addresses.licences]),
        ("payouts", [addresses.proofs]),
        ("escrow", [addresses.payouts, addresses.licences, addresses.stakes]),
    )
    for n, (contract, args) in enumerate(calls, after):
        if chain.nonce(address_of(secret)) == n:
            data = abi.call_data(abi.artefact(contract), "bind", args)
            _mined(chain, secret, to=addresses.named()[contract], data=data, nonce=n)


def _mined(chain: "Chain", secret: bytes, *, to: Account | None, data: bytes, nonce: int) -> None:
    signed = chain.sign(secret, to=to, data=data, nonce=nonce)
    chain.send(signed.raw)
    until = time.monotonic() + PATIENCE_S
    while (receipt := chain.receipt(signed.hash)) is None:
        if time.monotonic() > until:
            raise DeploymentFailed(f"transaction {signed.hash} was not mined within {PATIENCE_S:.0f} s")
        time.sleep(0.05)
    if not receipt.status:
        raise DeploymentFailed(f"transaction {signed.hash} reverted")


def created_by(deployer: Account, nonce: int) -> Account:
    """Return the address of the contract that an account's transaction with this nonce creates."""
    return Account("0x" + keccak(rlp_encode([bytes.fromhex(deployer[2:]), nonce]))[12:].hex())
