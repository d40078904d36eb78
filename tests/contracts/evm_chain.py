"""A bare py-evm state to deploy the shipped artefacts on: real gas, no blocks to wait for, cheap snapshots.

The clock stands still unless a test moves it. A call is one transaction: storage and addresses are cold at its start,
intrinsic and calldata gas are counted and refunds taken off, as the yellow paper has it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from eth.chains.base import MiningChain
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.db.atomic import AtomicDB
from eth.vm.forks.cancun import CancunVM
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_abi import decode, encode
from eth_utils import keccak, to_checksum_address

SHIPPED = Path(__file__).resolve().parents[2] / "src" / "hakari" / "adapters" / "evm" / "artefacts"
# the mutation runs put broken contracts here
ARTEFACTS = Path(os.environ.get("MUTANT_ARTEFACTS", SHIPPED))
LOCAL_CHAIN = 31337
START = 1_800_000_000
GAS = 30_000_000


class Reverted(Exception):
    """A call that the contract refused; `reason` is its short string ('' for a bare revert)."""

    def __init__(self, reason: str, data: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.data = data


@dataclass(frozen=True, kw_only=True)
class Log:
    contract: str
    name: str
    args: dict[str, Any]


def _type(item: dict[str, Any]) -> str:
    if item["type"].startswith("tuple"):
        return "(" + ",".join(_type(c) for c in item["components"]) + ")" + item["type"][5:]
    return item["type"]


def _shape(item: dict[str, Any], got: Any) -> Any:
    kind = item["type"]
    if kind == "address":
        return to_checksum_address(got)
    if kind == "tuple":
        parts = zip(item["components"], got, strict=True)
        return SimpleNamespace(**{c["name"]: _shape(c, v) for c, v in parts})
    if kind.endswith("[]"):
        return [_shape({**item, "type": kind[:-2]}, v) for v in got]
    return got


@cache
def compiled_for_tests(name: str) -> dict[str, Any]:
    from vyper import compile_code

    source = Path(__file__).with_name("vyper") / f"{name}.vy"
    out = compile_code(source.read_text(), output_formats=["abi", "bytecode"])
    return {"contract": name, "abi": out["abi"], "bytecode": out["bytecode"]}


class Contract:
    """A deployed contract; each function of its ABI is a method that sends (or, for views, reads)."""

    def __init__(self, chain: Chain, name: str, abi: list[dict[str, Any]], address: str) -> None:
        self.chain, self.name, self.abi, self.address = chain, name, abi, address
        self.raw = bytes.fromhex(address[2:])
        self._functions: dict[str, list[dict[str, Any]]] = {}
        self._events: dict[bytes, dict[str, Any]] = {}
        for item in abi:
            if item["type"] == "function":
                self._functions.setdefault(item["name"], []).append(item)
            elif item["type"] == "event":
                topic = keccak(text=item["name"] + "(" + ",".join(_type(i) for i in item["inputs"]) + ")")
                self._events[topic] = item

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._functions:
            raise AttributeError(name)

        def call(*args: Any, sender: str | None = None, gas: int = GAS) -> Any:
            item = next(f for f in self._functions[name] if len(f["inputs"]) == len(args))
            static = item["stateMutability"] in ("view", "pure")
            out = self.chain.send(self.raw, self._data(item, args), sender, static=static, gas=gas)
            types = [_type(o) for o in item["outputs"]]
            if not types:
                return None
            got = [_shape(o, v) for o, v in zip(item["outputs"], decode(types, out), strict=True)]
            return got[0] if len(got) == 1 else tuple(got)

        return call

    def data(self, name: str, *args: Any) -> bytes:
        return self._data(next(f for f in self._functions[name] if len(f["inputs"]) == len(args)), args)

    def _data(self, item: dict[str, Any], args: tuple[Any, ...]) -> bytes:
        types = [_type(i) for i in item["inputs"]]
        return keccak(text=item["name"] + "(" + ",".join(types) + ")")[:4] + encode(types, args)

    def decode_log(self, topics: list[int], data: bytes) -> Log | None:
        item = self._events.get(topics[0].to_bytes(32, "big")) if topics else None
        if item is None:
            return None
        indexed = [i for i in item["inputs"] if i["indexed"]]
        plain = [i for i in item["inputs"] if not i["indexed"]]
        args: dict[str, Any] = {}
        for i, topic in zip(indexed, topics[1:], strict=True):
            args[i["name"]] = _shape(i, decode([_type(i)], topic.to_bytes(32, "big"))[0])
        for i, got in zip(plain, decode([_type(i) for i in plain], data), strict=True):
            args[i["name"]] = _shape(i, got)
        return Log(contract=self.name, name=item["name"], args=args)


@dataclass
class Chain:
    chain_id: int = LOCAL_CHAIN
    time: int = START
    # Storage costs depend on a slot's value before the transaction. `exact` fixes that value at each start, as a block would;
    # it cannot be undone, so only the gas tests ask for it.
    exact: bool = False
    gas_used: int = 0
    # who has approved everything; kept here because it must be undone with the rest
    approved: frozenset[str] = frozenset()
    logs: list[Log] = field(default_factory=list)
    history: list[Log] = field(default_factory=list)

    def __post_init__(self) -> None:
        params = {
            "difficulty": 0,
            "gas_limit": 10**9,
            "timestamp": 1,
            "coinbase": b"\0" * 20,
            "extra_data": b"",
            "nonce": b"\0" * 8,
            "mix_hash": b"\0" * 32,
        }
        chain_type = MiningChain.configure(
            __name__="LocalChain", vm_configuration=((0, CancunVM),), chain_id=self.chain_id
        )
        self.vm = chain_type.from_genesis(AtomicDB(), params).get_vm()
        self.state = self.vm.state
        self.state.execution_context._chain_id = self.chain_id
        self._contracts: dict[bytes, Contract] = {}
        self._made = 0
        self._tick()

    def _tick(self) -> None:
        self.state.execution_context._timestamp = self.time

    def pass_time(self, seconds: int) -> None:
        """Move the clock forward."""
        self.time += seconds
        self._tick()

    def account(self, name: str) -> str:
        """Return an address that holds nothing and has no key."""
        return to_checksum_address(keccak(text=name)[12:])

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back all that happens inside."""
        mark, time, past, approved = self.state.snapshot(), self.time, len(self.history), self.approved
        try:
            yield
        finally:
            self.state.revert(mark)
            self.time, self.approved = time, approved
            del self.history[past:]
            self._tick()

    def deploy(self, name: str, *args: Any, sender: str | None = None) -> Contract:
        """Deploy a shipped artefact."""
        return self.deploy_artefact(json.loads((ARTEFACTS / f"{name}.json").read_text()), *args, sender=sender)

    def deploy_artefact(self, artefact: dict[str, Any], *args: Any, sender: str | None = None) -> Contract:
        abi = artefact["abi"]
        inputs = next((i["inputs"] for i in abi if i["type"] == "constructor"), [])
        code = bytes.fromhex(artefact["bytecode"].removeprefix("0x")) + encode([_type(i) for i in inputs], args)
        self._made += 1
        target = keccak(text=f"contract {self._made}")[12:]
        message = Message(
            to=CREATE_CONTRACT_ADDRESS,
            sender=self._raw(sender),
            gas=GAS,
            value=0,
            code=code,
            create_address=target,
            data=b"",
        )
        context = BaseTransactionContext(origin=self._raw(sender), gas_price=0)
        with self._cold():
            done = self.state.computation_class.apply_create_message(self.state, message, context)
        self._raise(done)
        contract = Contract(self, artefact["contract"], abi, to_checksum_address(target))
        self._contracts[target] = contract
        self._keep(done)
        return contract

    def deploy_test_contract(self, name: str, *args: Any, sender: str | None = None) -> Contract:
        """Compile and deploy one of the test-only sources in tests/contracts/vyper."""
        return self.deploy_artefact(compiled_for_tests(name), *args, sender=sender)

    def send(self, to: bytes, data: bytes, sender: str | None, *, static: bool = False, gas: int = GAS) -> bytes:
        """Run one transaction (or, static, one eth_call) and return what it returned. Raises Reverted."""
        origin = self._raw(sender)
        message = Message(
            to=to, sender=origin, gas=gas, value=0, code=self.state.get_code(to), data=data, is_static=static
        )
        context = BaseTransactionContext(origin=origin, gas_price=0)
        with self._cold(origin, to):
            done = self.state.computation_class.apply_message(self.state, message, context)
        self._raise(done)
        if not static:
            intrinsic = 21_000 + sum(4 if byte == 0 else 16 for byte in data)
            used = intrinsic + done.get_gas_used()
            self.gas_used = used - min(done.get_gas_refund(), used // 5)
            self._keep(done)
        return done.output

    @contextmanager
    def _cold(self, *warm: bytes) -> Iterator[None]:
        """Give the transaction its own record of touched storage; the outer one must survive for `undone`."""
        database = self.state._account_db
        if self.exact:
            self.state.lock_changes()
        outer = database._journal_accessed_state
        database._reset_access_counters()
        for address in (*warm, *(number.to_bytes(20, "big") for number in range(1, 11))):
            database.mark_address_warm(address)
        try:
            yield
        finally:
            database._journal_accessed_state = outer
            self.state.clear_transient_storage()

    def _keep(self, done: Any) -> None:
        self.logs = []
        for address, topics, data in done.get_log_entries():
            contract = self._contracts.get(address)
            log = contract.decode_log(list(topics), data) if contract else None
            if log is not None:
                self.logs.append(log)
        self.history.extend(self.logs)

    def log(self, name: str) -> dict[str, Any]:
        """Return the arguments of the only event of this name in the last transaction."""
        (found,) = [log for log in self.logs if log.name == name]
        return found.args

    def _raw(self, sender: str | None) -> bytes:
        return bytes.fromhex(sender[2:]) if sender else b"\x01" * 20

    def _raise(self, done: Any) -> None:
        if done.is_error:
            data = done.output
            reason = ""
            if data[:4] == keccak(text="Error(string)")[:4]:
                reason = decode(["string"], data[4:])[0]
            raise Reverted(reason or type(done.error).__name__, data)
