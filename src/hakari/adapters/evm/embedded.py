"""The embedded chain: py-evm, one file, blocks sealed as transactions come.

Gas is free: the base fee is 0 and stays 0 (the gas limit is so high that no block reaches its target). Block time is the clock's, but
always above the parent's, so under a burst the chain's time runs ahead of the clock and waits for it afterwards.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from eth.abc import ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.exceptions import PyEVMError, VMError
from eth.vm.forks.prague import PragueVM
from eth.vm.interrupt import EVMMissingData
from eth.vm.spoof import SpoofTransaction
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from hakari.adapters.evm import shapes
from hakari.adapters.evm.store import ChainFile, SealedBlock
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account

GAS_LIMIT = 400_000_000
CALL_GAS = 50_000_000
BLOCK_GAS = 100_000_000
"""Gas of transactions put into one block at most: below the target of half the limit, so that the base fee stays 0."""


class BadTransaction(HakariError):
    """A transaction that can't be mined, in the words that Ethereum nodes use."""

    code = "bad_transaction"


class Execution(HakariError):
    """A call that reverted. `data` is what it returned."""

    code = "execution_reverted"

    def __init__(self, data: bytes) -> None:
        super().__init__(shapes.revert_text(data))
        self.data = data


class EmbeddedChain:
    """One chain in one file, for one process; one lock around the EVM."""

    def __init__(
        self, file: ChainFile, chain: MiningChain, *, chain_id: int, clock: Callable[[], int], dev: bool
    ) -> None:
        self.chain_id = chain_id
        self.dev = dev
        self.file = file
        self._chain = chain
        self._clock = clock
        self._ahead = int(file.fact("ahead") or 0)
        self._turn = threading.RLock()

    @staticmethod
    def open(
        path: Path,
        *,
        chain_id: int = 31337,
        funded: Mapping[Account, int] | None = None,
        clock: Callable[[], int] | None = None,
        dev: bool = False,
    ) -> "EmbeddedChain":
        """Open the chain in a file, made with a genesis block where there is none. funded: wei of accounts in the genesis block.

        Raises ChainInUse while another process has it, Malformed where the file is of another chain id.
        """
        file = ChainFile(path)
        kind = MiningChain.configure(
            __name__="HakariChain",
            vm_configuration=((0, PragueVM.configure(consensus_class=NoProofConsensus)),),
            chain_id=chain_id,
        )
        known = file.fact("chain_id")
        if known is not None and int(known) != chain_id:
            file.close()
            raise Malformed(f"{path.name} holds chain {known}, asked for {chain_id}")
        database = AtomicDB(file.state)
        if known is None:
            made = kind.from_genesis(database, _genesis(), _genesis_state(funded or {}))
            block = made.get_canonical_block_by_number(cast(Any, 0))
            sealed = SealedBlock(
                number=0,
                hash=shapes.hexed(block.hash),
                time=block.header.timestamp,
                block=shapes.block(block, []),
                transactions=[],
                logs=[],
            )
            file.seal(sealed, {"chain_id": str(chain_id), "ahead": "0"})
        chain = kind(database)
        return EmbeddedChain(file, chain, chain_id=chain_id, clock=clock or (lambda: int(time.time())), dev=dev)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self.file.close()

    def answer(self, data: bytes) -> bytes:
        """Answer a JSON-RPC request or batch, as bytes."""
        from hakari.adapters.evm.rpc import answer  # noqa: PLC0415 rpc needs this class

        return answer(self, data)

    # Reading

    def head(self) -> int:
        """Return the newest block's number."""
        with self._turn:
            return self._chain.get_canonical_head().block_number

    def now(self) -> int:
        """Return the time that a block sealed now would have."""
        with self._turn:
            return max(self._clock() + self._ahead, self._chain.get_canonical_head().timestamp + 1)

    def _state(self, block: int | None) -> Any:
        """Return the state after a block, the newest where none is named."""
        header = self._chain.get_canonical_head() if block is None else self._header(block)
        return self._chain.get_vm(self._chain.create_header_from_parent(header)).state

    def _header(self, block: int) -> Any:
        return self._chain.get_canonical_block_header_by_number(cast(Any, block))

    def balance(self, account: Account, block: int | None = None) -> int:
        """Return an account's wei."""
        with self._turn:
            return int(self._state(block).get_balance(_raw(account)))

    def nonce(self, account: Account, block: int | None = None) -> int:
        """Return how many transactions an account has sent."""
        with self._turn:
            return int(self._state(block).get_nonce(_raw(account)))

    def code(self, account: Account, block: int | None = None) -> bytes:
        """Return a contract's code."""
        with self._turn:
            return bytes(self._state(block).get_code(_raw(account)))

    def storage(self, account: Account, slot: int, block: int | None = None) -> int:
        """Return one storage slot."""
        with self._turn:
            return int(self._state(block).get_storage(_raw(account), slot))

    def call(self, request: Mapping[str, Any], block: int | None = None) -> tuple[bytes, int]:
        """Run a call and keep nothing of it. Returns (output, gas used, the transaction's own included). Raises Execution."""
        with self._turn:
            parent = self._chain.get_canonical_head() if block is None else self._header(block)
            moment = (
                parent.timestamp + 1 if block is not None else max(self._clock() + self._ahead, parent.timestamp + 1)
            )
            vm = self._chain.get_vm(self._chain.create_header_from_parent(parent).copy(timestamp=moment))
            sender = _raw(request.get("from") or "0x" + "00" * 20)
            transaction = vm.create_unsigned_transaction(
                nonce=vm.state.get_nonce(sender),
                gas_price=0,
                gas=int(request.get("gas") or CALL_GAS),
                to=_raw(request["to"]) if request.get("to") else cast(Any, b""),
                value=int(request.get("value") or 0),
                data=request.get("data") or b"",
            )
            spoofed = SpoofTransaction(transaction, from_=sender)
            try:
                computation = vm.state.costless_execute_transaction(cast(Any, spoofed))
            except (ValidationError, VMError, EVMMissingData) as error:
                raise BadTransaction(str(error)) from error
            if computation.is_error:
                raise Execution(computation.output)
            used = transaction.intrinsic_gas + computation.get_gas_used()
            return computation.output, int(used)

    def estimate(self, request: Mapping[str, Any]) -> int:
        """Return gas with which a transaction holds: what it uses and a little, since a call keeps back one part in 64 of its gas.

        Where that little is not enough it is doubled until it is. Raises Execution.
        """
        limit = min(int(request.get("gas") or CALL_GAS), CALL_GAS)
        _, used = self.call({**request, "gas": limit})
        spare = used // 32
        while used + spare < limit:
            try:
                self.call({**request, "gas": used + spare})
                return used + spare
            except (Execution, BadTransaction):
                spare = 2 * spare + 5_000
        return limit

    # Writing

    def send(self, raw: bytes) -> str:
        """Mine one signed transaction in a block of its own. Returns its hash. Raises BadTransaction."""
        [result] = self.send_many([raw])
        if isinstance(result, HakariError):
            raise result
        return result

    def send_many(self, raws: Sequence[bytes]) -> list[str | HakariError]:
        """Mine signed transactions, in as few blocks as they fit. Returns for each its hash, or why it can't be mined.

        One that was mined before is answered with BadTransaction «already known», and changes nothing.
        """
        with self._turn:
            results: list[str | HakariError] = []
            pending: list[tuple[SignedTransactionAPI, ReceiptAPI, ComputationAPI]] = []
            gas = 0
            try:
                for raw in raws:
                    try:
                        made = self._applied(raw, pending)
                    except HakariError as error:
                        results.append(error)
                        continue
                    pending.append(made)
                    results.append(shapes.hexed(made[0].hash))
                    gas += made[0].gas
                    if gas > BLOCK_GAS:
                        self._seal(pending)
                        pending, gas = [], 0
                if pending:
                    self._seal(pending)
            except BaseException:
                self._reset()
                raise
            return results

    def mine(self, *, ahead: int = 0) -> None:
        """Seal an empty block; `ahead` moves the chain's time forward from now on (local profile only)."""
        with self._turn:
            before, self._ahead = self._ahead, self._ahead + ahead
            self._begin()
            try:
                self._seal([])
            except BaseException:
                self._ahead = before
                self._reset()
                raise

    def _begin(self) -> None:
        parent = self._chain.get_canonical_head()
        self._chain.set_header_timestamp(max(self._clock() + self._ahead, parent.timestamp + 1))

    def _applied(self, raw: bytes, pending: Sequence[Any]) -> tuple[SignedTransactionAPI, ReceiptAPI, ComputationAPI]:
        digest = shapes.hexed(keccak(raw))
        if self.file.transaction(digest) is not None:
            raise BadTransaction(f"already known: {digest}")
        try:
            transaction = self._chain.get_vm().get_transaction_builder().decode(raw)
            transaction.validate()
            sender = transaction.sender
        except (RLPException, ValidationError, ValueError, TypeError, IndexError, PyEVMError, BadSignature) as error:
            raise BadTransaction(f"invalid transaction: {error}") from error
        if not pending:
            self._begin()
        self._check(transaction, sender)
        try:
            _, receipt, computation = self._chain.apply_transaction(transaction)
        except (ValidationError, VMError) as error:
            raise BadTransaction(f"invalid transaction: {error}") from error
        return transaction, receipt, computation

    def _check(self, transaction: SignedTransactionAPI, sender: bytes) -> None:
        state = self._chain.get_vm().state
        if transaction.chain_id not in (None, self.chain_id):
            raise BadTransaction(f"invalid chain id for signer: have {transaction.chain_id} want {self.chain_id}")
        nonce = state.get_nonce(cast(Any, sender))
        if transaction.nonce < nonce:
            raise BadTransaction(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            raise BadTransaction(f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
        if state.get_balance(cast(Any, sender)) < cost:
            raise BadTransaction("insufficient funds for gas * price + value")
        if transaction.gas < transaction.intrinsic_gas:
            raise BadTransaction(
                f"intrinsic gas too low: gas {transaction.gas}, minimum needed {transaction.intrinsic_gas}"
            )
        if transaction.gas > BLOCK_GAS:
            raise BadTransaction("exceeds block gas limit")

    def _seal(self, pending: Sequence[tuple[SignedTransactionAPI, ReceiptAPI, ComputationAPI]]) -> None:
        block = self._chain.mine_block()
        rows = shapes.sealed(block, pending)
        self.file.seal(rows, {"ahead": str(self._ahead)})

    def _reset(self) -> None:
        """Forget a block that was not sealed and go on from the head."""
        self.file.state.forget()
        self._chain = type(self._chain)(AtomicDB(self.file.state))


def _raw(account: str) -> Any:
    return bytes.fromhex(account.removeprefix("0x"))


def _genesis() -> Any:
    return {
        "base_fee_per_gas": 0,
        "coinbase": bytes(20),
        "difficulty": 0,
        "extra_data": b"hakari",
        "gas_limit": GAS_LIMIT,
        "mix_hash": bytes(32),
        "nonce": bytes(8),
        "timestamp": 1,
    }


def _genesis_state(funded: Mapping[Account, int]) -> Any:
    return {_raw(account): {"balance": wei, "nonce": 0, "code": b"", "storage": {}} for account, wei in funded.items()}
