"""One way to any chain: web3.py with transactions signed here, over HTTP or straight into the embedded chain."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import requests.exceptions
from eth_account import Account as Wallet
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3
from web3.exceptions import BlockNotFound, ContractLogicError, TransactionNotFound, Web3Exception, Web3RPCError
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from hakari.adapters.evm import abi, transfers
from hakari.adapters.evm.contracts import Addresses
from hakari.adapters.evm.embedded import EmbeddedChain
from hakari.adapters.evm.rpc import respond
from hakari.core.errors import Conflict, HakariError, Malformed
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.work.funding import Transfer

TIMEOUT_S = 20
CHUNK = 2_000
"""Blocks asked for at once: more is refused by many public nodes."""
SOME_CHUNK, SOME_ACCOUNTS = 20_000, 500
"""Blocks, and accounts, that are asked about at once where few events fit; in halves where even these are refused."""


class ChainUnavailable(HakariError):
    """The chain's RPC did not answer, or not in time. Nothing is lost: what was to be sent is sent again."""

    code = "chain_unavailable"
    status = 503


class Reverted(Conflict):
    """A contract refused a call. `reason` is its short text."""

    code = "reverted"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the contract refused: {reason}")
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A signed transaction: sent any number of times, it can happen once."""

    raw: bytes
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """A mined transaction: whether it held, where, what it cost and what it created."""

    status: bool
    block: int
    gas: int
    created: Account | None


class EmbeddedProvider(JSONBaseProvider):
    """web3.py's road into the embedded chain, without a socket."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__()
        self._chain = chain

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return cast(RPCResponse, respond(self._chain, asked))

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Return True."""
        del show_traceback
        return True


class Chain:
    """A chain seen through web3.py. Every method may raise ChainUnavailable."""

    def __init__(self, provider: Any, embedded: EmbeddedChain | None = None) -> None:
        self._web3 = Web3(provider, middleware=[])
        self._embedded = embedded

    def close(self) -> None:
        """Close the connections that are kept open, one for each thread that asked."""
        manager = getattr(self._web3.provider, "_request_session_manager", None)
        if manager is not None:  # the embedded chain has none, and web3.py has no word for this
            for _, session in manager.session_cache.items():
                session.close()

    def chain_id(self) -> int:
        """Return the chain's id."""
        return self._ask(lambda: self._web3.eth.chain_id)

    def is_embedded(self) -> bool:
        """Tell whether one operator seals the blocks: an embedded chain, here or behind another process's URL."""
        return self._embedded is not None or self._ask(lambda: str(self._web3.client_version)).startswith("hakari/")

    def block_number(self) -> int:
        """Return the newest block's number."""
        return self._ask(lambda: int(self._web3.eth.block_number))

    def time(self) -> int:
        """Return the newest block's time in Unix seconds."""
        return self._ask(lambda: int(self._web3.eth.get_block("latest")["timestamp"]))  # type: ignore[typeddict-item]

    def block_hash(self, number: int) -> str | None:
        """Return a block's hash as 64 digits, or None where there is no such block."""

        def asked() -> str | None:
            try:
                return bytes(self._web3.eth.get_block(number)["hash"]).hex()  # type: ignore[typeddict-item]
            except BlockNotFound:
                return None

        return self._ask(asked)

    def balance(self, account: Account) -> int:
        """Return an account's wei."""
        return self._ask(lambda: int(self._web3.eth.get_balance(_checked(account))))

    def nonce(self, account: Account) -> int:
        """Return how many transactions of the account are mined."""
        return self._ask(lambda: int(self._web3.eth.get_transaction_count(_checked(account), "latest")))

    def code(self, address: Account) -> bytes:
        """Return the code at an address."""
        return self._ask(lambda: bytes(self._web3.eth.get_code(_checked(address))))

    def call(
        self, contracts: Addresses, contract: str, function: str, args: Sequence[Any], *, block: int | None = None
    ) -> Any:
        """Return what a view answers: numbers as int, bytes as hex, structs as objects. Raises Reverted."""
        return self.view(contracts.named()[contract], abi.artefact(contract), function, args, block=block)

    def view(
        self, address: Account, made: abi.Artefact, function: str, args: Sequence[Any], *, block: int | None = None
    ) -> Any:
        """Return what a view at an address answers. Raises Reverted."""
        request: Any = {"to": _checked(address), "data": abi.call_data(made, function, args)}
        answer = self._ask(lambda: bytes(self._web3.eth.call(request, "latest" if block is None else block)))
        return abi.result(made, function, len(args), answer)

    def sign_call(
        self,
        secret: bytes,
        contracts: Addresses,
        contract: str,
        function: str,
        args: Sequence[Any],
        *,
        nonce: int,
    ) -> Signed:
        """Return a signed call that estimation says will hold. Raises Reverted with the contract's reason."""
        data = abi.call_data(abi.artefact(contract), function, args)
        return self.sign(secret, to=contracts.named()[contract], data=data, nonce=nonce)

    def sign(self, secret: bytes, *, to: Account | None, data: bytes, nonce: int, amount: int = 0) -> Signed:
        """Return a signed transaction (EIP-1559), gas estimated with a quarter to spare. `to` None creates a contract."""
        wallet = Wallet.from_key(secret)
        request: Any = {"from": wallet.address, "data": data, "value": amount}
        if to is not None:
            request["to"] = _checked(to)
        gas = self._ask(lambda: int(self._web3.eth.estimate_gas(request)))
        price, tip = self._prices()
        transaction = {
            **request,
            "chainId": self.chain_id(),
            "gas": gas * 5 // 4,
            "maxFeePerGas": 2 * price + tip,
            "maxPriorityFeePerGas": tip,
            "nonce": nonce,
            "type": 2,
        }
        del transaction["from"]
        made = wallet.sign_transaction(transaction)
        return Signed(raw=bytes(made.raw_transaction), hash=bytes(made.hash).hex())

    def gas_wei(self) -> int:
        """Return the most wei that a unit of gas costs in a transaction that is signed now."""
        price, tip = self._prices()
        return 2 * price + tip

    def _prices(self) -> tuple[int, int]:
        price = self._ask(lambda: int(self._web3.eth.gas_price))
        return price, self._ask(lambda: int(self._web3.eth.max_priority_fee))

    def send(self, raw: bytes) -> None:
        """Send a signed transaction. One that is known or mined already is no error."""

        def asked() -> None:
            try:
                self._web3.eth.send_raw_transaction(raw)
            except Web3RPCError as error:
                text = str(error).lower()
                if not any(
                    known in text
                    for known in ("already known", "nonce too low", "already imported", "known transaction")
                ):
                    raise

        self._ask(asked)

    def send_all(self, raws: Sequence[bytes]) -> None:
        """Send signed transactions in their order; the embedded chain puts them into one block where they fit."""
        if self._embedded is None:
            for raw in raws:
                self.send(raw)
        elif raws:
            self._embedded.send_many(raws)

    def receipt(self, hash_: str) -> Receipt | None:
        """Return the receipt of a mined transaction (64 digits), or None."""

        def asked() -> Any:
            try:
                return self._web3.eth.get_transaction_receipt(cast(Any, "0x" + hash_))
            except TransactionNotFound:
                return None

        found = self._ask(asked)
        if found is None:
            return None
        created = found.get("contractAddress")
        return Receipt(
            status=int(found["status"]) == 1,
            block=int(found["blockNumber"]),
            gas=int(found["gasUsed"]),
            created=None if created is None else Account(str(created).lower()),
        )

    def events(self, contracts: Addresses, first: int, last: int) -> list[ChainEvent]:
        """Return the events of our contracts in blocks first..last, in order of (block, index)."""
        return list(self.events_of(contracts.heard(), first, last))

    def events_of(self, contracts: dict[str, Account], first: int, last: int) -> Iterable[ChainEvent]:
        """Yield the events of named contracts in blocks first..last, in order of (block, index)."""
        names = {address: name for name, address in contracts.items()}
        times: dict[int, int] = {}
        for start in range(first, last + 1, CHUNK):
            wanted: Any = {
                "address": [_checked(address) for address in names],
                "fromBlock": start,
                "toBlock": min(last, start + CHUNK - 1),
            }
            logs = self._logs(wanted)
            for log in sorted(logs, key=lambda each: (each["blockNumber"], each["logIndex"])):
                address = Account(str(log["address"]).lower())
                name = names[address]
                read = abi.event(abi.artefact(name), [bytes(topic) for topic in log["topics"]], bytes(log["data"]))
                if read is None:
                    continue
                block = int(log["blockNumber"])
                if block not in times:
                    times[block] = self._ask(lambda block=block: int(self._web3.eth.get_block(block)["timestamp"]))  # type: ignore[typeddict-item]
                yield ChainEvent(
                    block=block,
                    index=int(log["logIndex"]),
                    contract=name,
                    event=read[0],
                    address=address,
                    tx=bytes(log["transactionHash"]).hex(),
                    time=times[block],
                    args=read[1],
                )

    def transfers(self, token: Account, accounts: Iterable[Account], first: int, last: int) -> list[Transfer]:
        """Return the token's transfers from or to these accounts in blocks first..last, in order of (block, index).

        Events that are no transfers of ERC-20's shape are left out: tokens are other people's code. Cost: two requests for each 500
        accounts and 20,000 blocks, more where the node refuses so many.
        """
        scale = 10 ** max(0, int(self.view(token, abi.artefact("payment_token"), "decimals", [])) - 6)
        named, found = sorted(set(accounts)), dict[tuple[int, int], Transfer]()
        for at in range(0, len(named), SOME_ACCOUNTS):
            for topics in transfers.topics(named[at : at + SOME_ACCOUNTS]):
                for start in range(first, last + 1, SOME_CHUNK):
                    wanted = {
                        "address": _checked(token),
                        "fromBlock": start,
                        "toBlock": min(last, start + SOME_CHUNK - 1),
                        "topics": topics,
                    }
                    for log in self._logs(wanted):
                        made = transfers.read(log, token, scale=scale)
                        if made is not None and first <= made.block <= last:
                            found[made.place] = made
        return [found[place] for place in sorted(found)]

    def _logs(self, wanted: Any) -> list[Any]:
        """Ask for logs, in halves where the node finds them too many."""
        try:
            return self._ask(lambda: list(self._web3.eth.get_logs(wanted)))
        except ChainUnavailable as error:
            told, first, last = error.message.lower(), wanted["fromBlock"], wanted["toBlock"]
            if first >= last or not any(word in told for word in ("more than", "limit", "range")):
                raise
            middle = (first + last) // 2
            return [*self._logs({**wanted, "toBlock": middle}), *self._logs({**wanted, "fromBlock": middle + 1})]

    def is_artefact(self, contract: str, address: Account) -> bool:
        """Tell whether the code at an address is what the shipped artefact gives, immutables (which stand behind it) aside."""
        made, code = abi.artefact(contract), self.code(address)
        return hashlib.sha256(code[: made.runtime_bytes]).hexdigest() == made.runtime_sha256

    def _ask(self, asked: Any) -> Any:
        try:
            return asked()
        except ContractLogicError as error:
            raise Reverted(_reason(error)) from error
        except Web3RPCError as error:
            text = str(error)
            if "revert" in text:
                raise Reverted(_reason(error)) from error
            raise ChainUnavailable(f"the chain refused: {text}") from error
        except (requests.exceptions.RequestException, Web3Exception, ConnectionError, TimeoutError) as error:
            raise ChainUnavailable(f"the chain did not answer: {error}") from error


def open_chain(*, url: str | None = None, embedded: EmbeddedChain | None = None, chain_id: int) -> Chain:
    """Return the chain at a URL, or the embedded one. Raises ChainUnavailable, and Malformed where its id is another."""
    if embedded is not None:
        chain = Chain(EmbeddedProvider(embedded), embedded)
    else:
        # Retries are ours: every step is repeated by the worker anyhow, and web3.py's own would wait inside a request.
        chain = Chain(HTTPProvider(url, request_kwargs={"timeout": TIMEOUT_S}, exception_retry_configuration=None))
    found = chain.chain_id()
    if found != chain_id:
        raise Malformed(f"HAKARI_CHAIN_ID must be the id of the chain at {url}: expected {found}, got {chain_id}")
    return chain


def _reason(error: Exception) -> str:
    text = str(getattr(error, "message", None) or error)
    return (
        text.rsplit("execution reverted: ", maxsplit=1)[-1].rsplit("execution reverted", maxsplit=1)[-1].strip(" :'\"")
        or "no reason given"
    )


def _checked(account: Account) -> Any:
    return to_checksum_address(account)
