"""A chain as a verifier sees it: any RPC that the verifier trusts."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from web3 import HTTPProvider

from hakari.adapters.evm import abi
from hakari.adapters.evm.chain import TIMEOUT_S, Chain
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.work.funding import Transfer


class View:
    """What `verify` asks of a chain (verify/ports.py). Errors are ChainUnavailable."""

    def __init__(self, provider: Any) -> None:
        self._chain = Chain(provider)
        self._token: Account | None = None

    def chain_id(self) -> int:
        """Return the chain's id."""
        return self._chain.chain_id()

    def close(self) -> None:
        """Close the connections to the RPC."""
        self._chain.close()

    def head(self) -> int:
        """Return the newest block's number."""
        return self._chain.block_number()

    def block_hash(self, block: int) -> str | None:
        """Return a block's hash, or None."""
        return self._chain.block_hash(block)

    def events(self, contracts: Mapping[str, Account], first: int, last: int) -> Iterator[ChainEvent]:
        """Yield the events of these contracts in blocks first..last."""
        self._token = contracts.get("payment_token", self._token)
        # The token's own events are everyone's: on a public chain, millions.
        ours = {name: address for name, address in contracts.items() if name != "payment_token"}
        yield from self._chain.events_of(ours, first, last)

    def transfers(self, token: Account, accounts: Collection[Account], first: int, last: int) -> list[Transfer]:
        """Return the token's transfers from or to these accounts in blocks first..last."""
        return self._chain.transfers(token, accounts, first, last)

    def is_artefact(self, contract: str, address: Account) -> bool:
        """Tell whether the code at the address is that of the shipped artefact."""
        return self._chain.is_artefact(contract, address)

    def balance(self, account: Account, block: int) -> int:
        """Return the micro-units of the payment token that the account held at the end of a block, rounded down."""
        if self._token is None:
            return 0
        token = abi.artefact("payment_token")
        scale = 10 ** (self._read(token, "decimals", [], block) - 6)
        return self._read(token, "balanceOf", [account], block) // scale

    def _read(self, made: abi.Artefact, function: str, args: list[Any], block: int) -> int:
        return int(self._chain.view(self._token or Account(""), made, function, args, block=block))


def open_view(url: str) -> View:
    """Return the chain at an RPC's URL."""
    return View(HTTPProvider(url, request_kwargs={"timeout": TIMEOUT_S}, exception_retry_configuration=None))
