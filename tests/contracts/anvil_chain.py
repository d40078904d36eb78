"""The same words as `evm_chain.Chain`, spoken to Foundry's anvil: another EVM, real transactions, real blocks.

Every call is asked first and then sent: a refusal must also be a failed transaction, and an answer a successful one. The clock
stands still between blocks, as on the bare state.
"""

from __future__ import annotations

import http.client
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from eth_abi import decode, encode
from eth_utils import keccak, to_checksum_address
from evm_chain import GAS, START, Chain, Contract, Log, Reverted, _type


class Refused(Exception):
    """What the node answered in place of a result."""

    def __init__(self, fault: dict[str, Any]) -> None:
        super().__init__(fault.get("message", ""))
        self.fault = fault


class Codes:
    """Stands where py-evm keeps its state; only what scenarios touch directly."""

    def __init__(self, ask: Any) -> None:
        self._ask = ask

    def set_code(self, address: bytes, code: bytes) -> None:
        self._ask("anvil_setCode", "0x" + address.hex(), "0x" + code.hex())


class AnvilChain(Chain):
    """A chain behind JSON-RPC; its senders need no keys."""

    def __init__(self, url: str, chain_id: int) -> None:
        parts = urlsplit(url)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._ids = itertools.count(1)
        super().__init__(chain_id=chain_id)

    def __post_init__(self) -> None:
        self.state: Any = Codes(self.ask)
        self._contracts: dict[bytes, Contract] = {}
        self.ask("anvil_autoImpersonateAccount", True)
        # two transactions in a row are in the same second, or no deadline could be met exactly
        self.ask("anvil_setBlockTimestampInterval", 0)
        last = int(self.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        self.time = max(START, last + 1)
        self._tick()

    def hang_up(self) -> None:
        self._line.close()

    def ask(self, method: str, *params: Any) -> Any:
        """Return the result of one request. Raises Refused."""
        asked = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        self._line.request("POST", "/", json.dumps(asked), {"Content-Type": "application/json"})
        answer = json.loads(self._line.getresponse().read())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def _tick(self) -> None:
        self.ask("evm_setNextBlockTimestamp", self.time)
        self.ask("evm_mine")

    @contextmanager
    def undone(self) -> Iterator[None]:
        mark, now, past, approved = self.ask("evm_snapshot"), self.time, len(self.history), self.approved
        try:
            yield
        finally:
            assert self.ask("evm_revert", mark) is True
            self.time, self.approved = now, approved
            del self.history[past:]
            last = self.ask("eth_getBlockByNumber", "latest", False)
            assert int(last["timestamp"], 16) == now, "the clock did not come back"

    def deploy_artefact(self, artefact: dict[str, Any], *args: Any, sender: str | None = None) -> Contract:
        abi = artefact["abi"]
        inputs = next((i["inputs"] for i in abi if i["type"] == "constructor"), [])
        code = bytes.fromhex(artefact["bytecode"].removeprefix("0x")) + encode([_type(i) for i in inputs], args)
        receipt = self._sent({"data": "0x" + code.hex()}, sender, GAS)
        contract = Contract(self, artefact["contract"], abi, to_checksum_address(receipt["contractAddress"]))
        self._contracts[contract.raw] = contract
        self._read(receipt)
        return contract

    def send(self, to: bytes, data: bytes, sender: str | None, *, static: bool = False, gas: int = GAS) -> bytes:
        call = {"to": "0x" + to.hex(), "data": "0x" + data.hex()}
        out = self._called(call, sender, gas) if static else b""
        if not static:
            receipt = self._sent(call, sender, gas)
            out = self._answer
            self.gas_used = int(receipt["gasUsed"], 16)
            self._read(receipt)
        return out

    def _called(self, call: dict[str, Any], sender: str | None, gas: int) -> bytes:
        try:
            return bytes.fromhex(self.ask("eth_call", self._whole(call, sender, gas), "latest")[2:])
        except Refused as refused:
            data = bytes.fromhex(str(refused.fault.get("data") or "0x")[2:])
            text = decode(["string"], data[4:])[0] if data[:4] == keccak(text="Error(string)")[:4] else ""
            raise Reverted(text or str(refused), data) from refused

    def _sent(self, call: dict[str, Any], sender: str | None, gas: int) -> dict[str, Any]:
        try:
            self._answer = self._called(call, sender, gas)
        except Reverted:
            assert self._mined(self._whole(call, sender, gas))["status"] == "0x0", (
                "refused when asked, but not when sent"
            )
            raise
        receipt = self._mined(self._whole(call, sender, gas))
        assert receipt["status"] == "0x1", "allowed when asked, but not when sent"
        return receipt

    def _mined(self, whole: dict[str, Any]) -> dict[str, Any]:
        digest = self.ask("eth_sendTransaction", whole)
        for attempt in range(1, 12_000):
            receipt = self.ask("eth_getTransactionReceipt", digest)
            if receipt is not None:
                return receipt
            time.sleep(0.001)
            if attempt % 1_000 == 0:
                # Seen after a snapshot was reverted on a busy machine: the transaction waits and nothing wakes its miner.
                self.ask("evm_mine")
        raise AssertionError(f"not mined: {self.ask('txpool_content')}")

    def _whole(self, call: dict[str, Any], sender: str | None, gas: int) -> dict[str, Any]:
        return {**call, "from": "0x" + self._raw(sender).hex(), "gas": hex(gas), "gasPrice": "0x0"}

    def _read(self, receipt: dict[str, Any]) -> None:
        found: list[Log] = []
        for entry in receipt["logs"]:
            contract = self._contracts.get(bytes.fromhex(entry["address"][2:]))
            topics = [int(topic, 16) for topic in entry["topics"]]
            log = contract.decode_log(topics, bytes.fromhex(entry["data"][2:])) if contract else None
            if log is not None:
                found.append(log)
        self.logs = found
        self.history.extend(found)
