"""Two nodes with the same JSON-RPC: ours and anvil, each with one rich account; and a small contract to try them on."""

import itertools
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from eth_abi import encode
from eth_abi.grammar import parse
from eth_account import Account
from eth_utils import keccak, to_checksum_address

from hakari.adapters.evm.embedded import EmbeddedChain
from hakari.adapters.evm.rpc import respond

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 31337
RICH = Account.from_key("0x" + "11" * 32)
POOR = Account.from_key("0x" + "22" * 32)
WEI = 10**24

SOURCE = """
# pragma version 0.4.3
# pragma evm-version cancun

struct Pull:
    order: uint256
    pay: uint256

event Noted:
    who: indexed(address)
    tag: indexed(bytes32)
    amount: uint256
    good: bool

event Pulled:
    pulls: DynArray[Pull, 8]
    text: String[32]

total: public(uint256)
held: HashMap[uint256, uint256]

@external
def add(amount: uint256, tag: bytes32):
    assert amount > 0, "nothing"
    self.total += amount
    log Noted(who=msg.sender, tag=tag, amount=amount, good=True)

@external
def many(count: uint256):
    for n: uint256 in range(count, bound=4000):
        log Noted(who=msg.sender, tag=convert(n, bytes32), amount=n, good=False)

@external
def pulled(pulls: DynArray[Pull, 8]) -> uint256:
    log Pulled(pulls=pulls, text="three words here")
    return len(pulls)

@external
def keep(place: uint256, amount: uint256):
    self.held[place] = amount

@external
@view
def divide(by: uint256) -> uint256:
    return 100 // by

@external
@view
def seen() -> (uint256, uint256, address):
    return (block.timestamp, block.number, msg.sender)

@external
@payable
def take():
    pass

@external
def outer(amount: uint256):
    extcall Inner(self).add(amount, empty(bytes32))

interface Inner:
    def add(amount: uint256, tag: bytes32): nonpayable
"""


@cache
def compiled() -> dict[str, Any]:
    """Return ABI and creation code of the small contract."""
    from vyper import compile_code

    out = compile_code(SOURCE, output_formats=["abi", "bytecode"])
    return {"abi": out["abi"], "bytecode": out["bytecode"]}


def is_dynamic(kind: str) -> bool:
    """Tell whether ABI encoding puts an offset before a value of this type."""
    return parse(kind).is_dynamic


def data(signature: str, *args: Any) -> str:
    """Return call data of `name(types)`."""
    whole = signature[signature.index("(") :]
    if whole == "()":
        return "0x" + keccak(text=signature)[:4].hex()
    return "0x" + (keccak(text=signature)[:4] + encode([whole], [args])[32 if is_dynamic(whole) else 0 :]).hex()


class Node:
    """One node; `ask` gives the whole response, `get` its result."""

    name = ""

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def respond(self, request: object) -> Any:
        raise NotImplementedError

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        return self.respond({"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)})

    def get(self, method: str, *params: Any) -> Any:
        answer = self.ask(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def fault(self, method: str, *params: Any) -> dict[str, Any]:
        answer = self.ask(method, *params)
        assert "result" not in answer, answer
        return answer["error"]

    def send(self, raw: str) -> dict[str, Any]:
        """Send a signed transaction and return its receipt."""
        digest = self.get("eth_sendRawTransaction", raw)
        for _ in range(500):
            receipt = self.get("eth_getTransactionReceipt", digest)
            # Anvil shows a receipt a moment before it takes the transaction off those that wait.
            if receipt is not None and self.get("eth_getTransactionByHash", digest)["blockHash"] is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError("not mined within 5 s")

    def deploy(self) -> str:
        """Deploy the small contract from the rich account and return its address."""
        nonce = int(self.get("eth_getTransactionCount", RICH.address, "latest"), 16)
        return self.send(signed(nonce=nonce, to=None, data=compiled()["bytecode"], gas=3_000_000))["contractAddress"]


class Embedded(Node):
    """Ours, asked in-process."""

    name = "embedded"

    def __init__(self, path: Path, **given: Any) -> None:
        super().__init__()
        self.chain = EmbeddedChain.open(
            path, **{"chain_id": CHAIN_ID, "funded": {RICH.address.lower(): WEI}, "dev": True, **given}
        )

    def respond(self, request: object) -> Any:
        return respond(self.chain, request)


class Anvil(Node):
    """Foundry's, asked over loopback."""

    name = "anvil"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def respond(self, request: object) -> Any:
        asked = urllib.request.Request(self.url, json.dumps(request).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())


def signed(*, key: Any = RICH, nonce: int, to: str | None, kind: int = 2, **fields: Any) -> str:
    """Return a raw transaction of kind 0 (legacy), 1 (access list) or 2 (fee market)."""
    made: dict[str, Any] = {"nonce": nonce, "gas": 1_000_000, "chainId": CHAIN_ID, "value": 0, "data": "0x", **fields}
    if to is not None:
        made["to"] = to_checksum_address(to)
    if kind == 2:
        made = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "type": 2, **made}
    else:
        made = {"gasPrice": 0, **made} | ({"type": 1, "accessList": made.get("accessList", [])} if kind == 1 else {})
    return "0x" + bytes(key.sign_transaction(made).raw_transaction).hex()


def anvil_program() -> Path | None:
    """Return anvil's program: on PATH, or where `make test` puts it, or None."""
    here = shutil.which("anvil")
    if here:
        return Path(here)
    found = sorted((ROOT / ".cache" / "anvil").glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    return found[0] if found else None


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    """The URL of an anvil of this test run, or a skip that says why there is none."""
    program = anvil_program()
    if program is None:
        pytest.skip("anvil is not on this machine (it comes with `make test` where Node is)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(program), "--port", str(port), "--chain-id", str(CHAIN_ID), "--base-fee", "0", "--gas-price", "0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen([*command, "--hardfork", "prague", "--gas-limit", "400000000", "--silent"], **quiet)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                Anvil(url).get("eth_chainId")
                break
            except OSError:
                assert running.poll() is None, "anvil ended at once"
                time.sleep(0.05)
        yield url
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def anvil(anvil_url: str) -> Iterator[Anvil]:
    """anvil as it was before any transaction."""
    node = Anvil(anvil_url)
    mark = node.get("evm_snapshot")
    node.get("anvil_setBalance", RICH.address, hex(WEI))
    yield node
    assert node.get("evm_revert", mark) is True


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Embedded]:
    """Ours in a fresh file."""
    node = Embedded(tmp_path / "chain.sqlite")
    yield node
    node.chain.close()


@pytest.fixture(params=["embedded", "anvil"])
def node(request: pytest.FixtureRequest) -> Node:
    """Each of the two."""
    return request.getfixturevalue(request.param)
