"""What only the embedded chain promises: one file, one process, nothing lost, nothing half done, no junk that raises."""

# ruff: noqa: F811  fixtures are imported by name, and pytest hands them over as parameters of the same name

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from chain_nodes import CHAIN_ID, POOR, RICH, ROOT, WEI, Embedded, compiled, data, embedded, signed  # noqa: F401 fixture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hakari.adapters.evm.rpc import METHODS
from hakari.adapters.evm.store import ChainInUse
from hakari.core.errors import HakariError, Malformed

SEED = 20_261_124

Opens = Callable[..., Embedded]


@pytest.fixture
def opens() -> Iterator[Opens]:
    """Open a chain's file; what a test leaves open is closed."""
    with ExitStack() as stack:

        def opened(path: Path, **given: Any) -> Embedded:
            node = Embedded(path, **given)
            stack.callback(node.chain.close)
            return node

        yield opened


def test_a_second_opener_is_told_that_the_chain_is_in_use(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    first = opens(path)
    with pytest.raises(ChainInUse) as refused:
        opens(path)
    assert refused.value.code == "chain_in_use"
    first.chain.close()
    opens(path).chain.close()


def test_a_file_of_another_chain_is_refused_and_stays_usable(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    opens(path).chain.close()
    with pytest.raises(Malformed, match="31337"):
        opens(path, chain_id=5)
    opens(path).chain.close()


def test_everything_is_there_again_after_closing(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    node = opens(path)
    contract = node.deploy()
    receipt = node.send(signed(nonce=1, to=contract, data=data("add(uint256,bytes32)", 7, b"x")))
    head = node.get("eth_getBlockByNumber", "latest", True)
    node.chain.close()
    again = opens(path, funded={})
    assert again.get("eth_getBlockByNumber", "latest", True) == head
    assert again.get("eth_getTransactionReceipt", receipt["transactionHash"]) == receipt
    assert int(again.get("eth_call", {"to": contract, "data": data("total()")}, "latest"), 16) == 7
    assert again.send(signed(nonce=2, to=contract, data=data("add(uint256,bytes32)", 1, b"y")))["status"] == "0x1"
    again.chain.close()


def test_block_time_is_the_clock_but_never_stands_still(opens: Opens, tmp_path: Path) -> None:
    moment = [1_800_000_000]
    node = opens(tmp_path / "chain.sqlite", clock=lambda: moment[0])

    def sealed(nonce: int) -> int:
        block = node.send(signed(nonce=nonce, to=POOR.address, gas=21_000))["blockNumber"]
        return int(node.get("eth_getBlockByNumber", block, False)["timestamp"], 16) - 1_800_000_000

    assert [sealed(0), sealed(1)] == [0, 1]
    moment[0] += 100
    assert sealed(2) == 100
    moment[0] -= 1000
    assert sealed(3) == 101
    node.chain.close()


def test_raw_transactions_of_one_batch_share_a_block(embedded: Embedded) -> None:
    raws = [signed(nonce=n, to=POOR.address, value=1, gas=21_000) for n in (0, 1, 1, 7, 2)]
    batch = [{"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": [r]} for n, r in enumerate(raws)]
    answers = embedded.respond(batch)
    assert [each["id"] for each in answers] == [0, 1, 2, 3, 4]
    assert ["result" in each for each in answers] == [True, True, False, False, True]
    block = embedded.get("eth_getBlockByNumber", "latest", False)
    assert block["number"] == "0x1"
    assert block["transactions"] == [answers[n]["result"] for n in (0, 1, 4)]
    receipts = [embedded.get("eth_getTransactionReceipt", digest) for digest in block["transactions"]]
    assert [int(each["cumulativeGasUsed"], 16) for each in receipts] == [21_000, 42_000, 63_000]


def test_a_batch_of_other_requests_is_answered_one_by_one(embedded: Embedded) -> None:
    asked: list[Any] = [
        {"jsonrpc": "2.0", "id": "a", "method": "eth_chainId", "params": []},
        {"jsonrpc": "2.0", "id": 2, "method": "nothing"},
        5,
    ]
    answers = json.loads(embedded.chain.answer(json.dumps(asked).encode()))
    assert answers[0] == {"jsonrpc": "2.0", "id": "a", "result": hex(CHAIN_ID)}
    assert [each["error"]["code"] for each in answers[1:]] == [-32601, -32600]


def test_time_moves_by_request_only_in_the_local_profile(embedded: Embedded, opens: Opens, tmp_path: Path) -> None:
    before = int(embedded.get("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    embedded.get("evm_increaseTime", 10**9)
    embedded.get("evm_mine")
    assert int(embedded.get("eth_getBlockByNumber", "latest", False)["timestamp"], 16) >= before + 10**9
    real = opens(tmp_path / "real.sqlite", dev=False)
    for method, params in (("evm_increaseTime", [5]), ("evm_mine", [])):
        assert real.fault(method, *params)["code"] == -32601
    assert real.get("eth_blockNumber") == "0x0"
    real.chain.close()


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**300), 2**300)
    | st.floats()
    | st.text(max_size=20)
    | st.integers(0, 2**300).map(hex)
    | st.sampled_from(["latest", "earliest", "pending", RICH.address, "0x", "0x" + "00" * 32, "-0x1", "0x" + "f" * 64]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["to", "from", "data", "gas", "value", "address", "topics", "fromBlock", "toBlock", "blockHash", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)
REQUEST = st.fixed_dictionaries(
    {},
    optional={"jsonrpc": st.just("2.0"), "id": JUNK, "method": st.sampled_from(sorted(METHODS)) | JUNK, "params": JUNK},
)


@pytest.fixture(scope="module")
def junk_node(tmp_path_factory: pytest.TempPathFactory) -> Any:
    node = Embedded(tmp_path_factory.mktemp("junk") / "chain.sqlite")
    yield node
    node.chain.close()


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=REQUEST | st.lists(REQUEST, max_size=3) | JUNK)
def test_junk_is_answered_and_never_raises(junk_node: Embedded, asked: Any) -> None:
    answers = json.loads(junk_node.chain.answer(json.dumps(asked).encode()))
    for each in answers if isinstance(answers, list) else [answers]:
        assert each["jsonrpc"] == "2.0"
        assert ("error" in each) != ("result" in each)


@settings(max_examples=100)
@given(asked=st.binary(max_size=60))
def test_bytes_that_are_no_request_are_answered_and_never_raise(junk_node: Embedded, asked: bytes) -> None:
    assert "error" in json.loads(junk_node.chain.answer(asked))


@settings(max_examples=150)
@given(data_=st.data())
def test_a_damaged_transaction_is_refused_and_changes_nothing(junk_node: Embedded, data_: st.DataObject) -> None:
    nonce = int(junk_node.get("eth_getTransactionCount", RICH.address, "latest"), 16)
    raw = bytearray.fromhex(signed(nonce=nonce, to=POOR.address, value=1, gas=21_000)[2:])
    place = data_.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data_.draw(st.integers(1, 255))
    before = junk_node.get("eth_getBalance", RICH.address, "latest")
    junk_node.ask("eth_sendRawTransaction", "0x" + raw.hex())
    # A flipped bit gives another signer at best; the rich account never pays for it.
    assert junk_node.get("eth_getBalance", RICH.address, "latest") == before


def test_many_threads_get_whole_answers(embedded: Embedded) -> None:
    contract = embedded.deploy()
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            head = embedded.get("eth_getBlockByNumber", "latest", False)
            for digest in head["transactions"]:
                receipt = embedded.get("eth_getTransactionReceipt", digest)
                if receipt is None or receipt["blockHash"] != head["hash"]:
                    wrong.append(receipt)
            logs = embedded.get("eth_getLogs", {"fromBlock": head["number"], "toBlock": head["number"]})
            if len(logs) != (3 if head["transactions"] and head["number"] != "0x1" else 0):
                wrong.append(logs)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    for nonce in range(1, 40):
        embedded.send(signed(nonce=nonce, to=contract, data=data("many(uint256)", 3)))
    done.set()
    for each in readers:
        each.join()
    assert wrong == []


def test_ten_thousand_logs_are_found_at_once(embedded: Embedded) -> None:
    contract = embedded.deploy()
    for nonce in range(1, 11):
        embedded.send(signed(nonce=nonce, to=contract, data=data("many(uint256)", 1000), gas=20_000_000))
    begun = time.perf_counter()
    logs = embedded.get("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": contract})
    assert len(logs) == 10_000
    assert time.perf_counter() - begun < 1


MINER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from chain_nodes import Embedded, POOR, RICH, data, signed
node = Embedded(Path(sys.argv[1]))
nonce = int(node.get("eth_getTransactionCount", RICH.address, "latest"), 16)
contract = sys.argv[3]
print("ready", flush=True)
while True:
    raws = [signed(nonce=nonce + n, to=contract, data=data("add(uint256,bytes32)", 1, b"z")) for n in range(3)]
    batch = [{"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": [r]} for n, r in enumerate(raws)]
    answers = node.respond(batch)
    nonce += 3
    print(answers[-1]["result"], flush=True)
"""


def test_a_kill_at_any_instant_leaves_a_whole_head(opens: Opens, tmp_path: Path) -> None:
    """Whatever was announced is there; head, state, nonces, receipts and logs tell the same story."""
    path, dice = tmp_path / "chain.sqlite", random.Random(SEED)
    node = opens(path)
    contract = node.deploy()
    node.chain.close()
    announced: list[str] = []
    for _ in range(12):
        command = [sys.executable, "-c", MINER, str(path), str(Path(__file__).parent), contract]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT / "src")}
        ) as miner:
            assert miner.stdout is not None
            assert miner.stdout.readline().strip() == "ready"
            time.sleep(dice.uniform(0, 0.25))
            miner.send_signal(signal.SIGKILL)
            # The last line may be cut off by the kill.
            announced += [line.strip() for line in miner.stdout if line.endswith("\n")]
        node = opens(path)
        head = int(node.get("eth_blockNumber"), 16)
        nonce = int(node.get("eth_getTransactionCount", RICH.address, "latest"), 16)
        total = int(node.get("eth_call", {"to": contract, "data": data("total()")}, "latest"), 16)
        logs = node.get("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "address": contract})
        assert nonce == 1 + 3 * (head - 1) == 1 + total == 1 + len(logs)
        parent = "0x" + "00" * 32
        for number in range(head + 1):
            block = node.get("eth_getBlockByNumber", hex(number), False)
            assert block["parentHash"] == parent
            parent = block["hash"]
            receipts = [node.get("eth_getTransactionReceipt", digest) for digest in block["transactions"]]
            assert all(each["blockHash"] == block["hash"] and each["status"] == "0x1" for each in receipts)
        assert all(node.get("eth_getTransactionReceipt", digest) is not None for digest in announced)
        node.chain.close()
    assert announced  # on a slow machine some lives end before their first block


def test_a_block_that_can_not_be_written_was_never_made(opens: Opens, tmp_path: Path) -> None:
    node = opens(tmp_path / "chain.sqlite")
    contract = node.deploy()
    head = node.get("eth_getBlockByNumber", "latest", False)
    raw = signed(nonce=1, to=contract, data=data("add(uint256,bytes32)", 7, b"x"))
    node.chain.file._connection.execute("PRAGMA query_only=ON")
    assert node.fault("eth_sendRawTransaction", raw)["code"] == -32603
    node.chain.file._connection.execute("PRAGMA query_only=OFF")
    assert node.get("eth_getBlockByNumber", "latest", False) == head
    assert node.get("eth_getTransactionCount", RICH.address, "latest") == "0x1"
    assert node.send(raw)["status"] == "0x1"
    assert int(node.get("eth_call", {"to": contract, "data": data("total()")}, "latest"), 16) == 7
    node.chain.close()


def test_a_damaged_file_is_refused_with_an_error_of_ours(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(HakariError):
        opens(path)


def test_the_dev_accounts_are_funded_once(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    node = opens(path)
    node.send(signed(nonce=0, to=POOR.address, value=5, gas=21_000))
    node.chain.close()
    again = opens(path)
    assert int(again.get("eth_getBalance", RICH.address, "latest"), 16) == WEI - 5
    again.chain.close()


def test_the_creation_code_is_that_of_the_small_contract(embedded: Embedded) -> None:
    runtime = embedded.get("eth_getCode", embedded.deploy(), "latest")
    assert runtime[2:] in compiled()["bytecode"]
    assert len(runtime) > 2
