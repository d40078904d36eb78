"""Resolvers as they are in production: contracts that act when two of three people, each with a key of their own, have signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_account import Account as Wallet
from vyper import compile_code
from world import secret

from hakari.adapters.evm import abi
from hakari.adapters.evm.chain import Chain
from hakari.adapters.evm.contracts import Addresses, created_by
from hakari.core.ids import Account
from hakari.people.wallets import address_of

SOURCE = Path(__file__).parents[1] / "contracts" / "vyper" / "multisig.vy"


@cache
def artefact() -> abi.Artefact:
    """The compiled contract."""
    made: dict[str, Any] = compile_code(SOURCE.read_text(), output_formats=["abi", "bytecode"])
    functions: dict[str, list[Any]] = {}
    for item in made["abi"]:
        if item["type"] == "function":
            functions.setdefault(item["name"], []).append(item)
    return abi.Artefact(
        name="multisig",
        bytecode=bytes.fromhex(made["bytecode"][2:]),
        runtime_sha256="",
        runtime_bytes=0,
        functions=functions,
        events={},
        constructor=next(item for item in made["abi"] if item["type"] == "constructor"),
    )


@dataclass(frozen=True, kw_only=True)
class Multisig:
    """Two of three people. `keys` are theirs; `courier` is whoever brings what they signed."""

    chain: Chain
    address: Account
    keys: Sequence[bytes]
    courier: bytes

    def act(self, contracts: Addresses, contract: str, function: str, *args: Any, signers: tuple[int, int]) -> None:
        """Have two of them sign a call and somebody bring it. Raises Reverted where the contract refuses."""
        to, data = contracts.named()[contract], abi.call_data(abi.artefact(contract), function, args)
        digest = bytes.fromhex(self.chain.view(self.address, artefact(), "digest", [to, data]))
        signed = [Wallet.unsafe_sign_hash(digest, self.keys[each]).signature for each in signers]
        nonce = self.chain.nonce(address_of(self.courier))
        call = abi.call_data(artefact(), "execute", [to, data, *map(bytes, signed)])
        sent = self.chain.sign(self.courier, to=self.address, data=call, nonce=nonce)
        self.chain.send(sent.raw)
        receipt = self.chain.receipt(sent.hash)
        assert receipt is not None
        assert receipt.status


def deploy(chain: Chain, name: str) -> Multisig:
    """Put a multisig of three people of this name on a chain."""
    courier = secret(f"{name} courier")
    keys = [secret(f"{name} {each}") for each in ("one", "two", "three")]
    data = abi.creation(artefact(), [[address_of(key) for key in keys]])
    sender = address_of(courier)
    nonce = chain.nonce(sender)
    chain.send(chain.sign(courier, to=None, data=data, nonce=nonce).raw)
    return Multisig(chain=chain, address=created_by(sender, nonce), keys=keys, courier=courier)
