"""What every node of ours answers, asked of our own and of anvil."""

# ruff: noqa: F811  fixtures are imported by name, and pytest hands them over as parameters of the same name

from typing import Any

from chain_nodes import (  # noqa: F401 fixtures
    CHAIN_ID,
    POOR,
    RICH,
    WEI,
    Anvil,
    Embedded,
    Node,
    anvil,
    anvil_url,
    compiled,
    data,
    embedded,
    node,
    signed,
)
from eth_abi import decode
from eth_utils import keccak

TAG = "0x" + "ab" * 32
NOTED = "0x" + keccak(text="Noted(address,bytes32,uint256,bool)").hex()


def _script(contract: str) -> list[str]:
    """Transactions of every kind, from nonce 1, good and bad."""
    add = "add(uint256,bytes32)"
    tag = bytes.fromhex(TAG[2:])
    access = [{"address": contract, "storageKeys": ["0x" + "00" * 32]}]
    return [
        signed(nonce=1, to=contract, data=data(add, 7, tag)),
        signed(nonce=2, to=contract, data=data(add, 7, tag), kind=0),
        signed(nonce=3, to=contract, data=data(add, 7, tag), kind=1, accessList=access),
        signed(nonce=4, to=contract, data=data(add, 0, tag)),  # reverts
        signed(nonce=5, to=contract, data=data("many(uint256)", 5), gas=26_000),  # runs out of gas
        signed(nonce=6, to=POOR.address, value=10**18, gas=21_000),
        signed(nonce=7, to=contract, data=data("pulled((uint256,uint256)[])", [(1, 2), (3, 4)])),
        signed(nonce=8, to=contract, data=data("outer(uint256)", 5)),
        signed(nonce=9, to=contract, data=data("keep(uint256,uint256)", 1, 5)),
        signed(nonce=10, to=contract, data=data("keep(uint256,uint256)", 1, 0)),  # gives gas back
        signed(nonce=11, to=None, data=compiled()["bytecode"], gas=3_000_000),
        signed(nonce=12, to=None, data="0xfe", gas=100_000),  # a creation that fails
        signed(nonce=13, to=POOR.address, data="0x" + "ff" * 900, gas=100_000),  # the calldata floor of Prague
        signed(nonce=14, to=contract, value=5, data=data("take()")),
    ]


def _told(receipt: dict[str, Any]) -> dict[str, Any]:
    logs = [
        {k: log[k] for k in ("address", "topics", "data", "logIndex", "transactionIndex")} for log in receipt["logs"]
    ]
    same = ("status", "gasUsed", "cumulativeGasUsed", "type", "effectiveGasPrice", "logsBloom", "transactionHash")
    made = receipt["contractAddress"]
    return {k: receipt[k] for k in same} | {"logs": logs, "contractAddress": made and made.lower()}


def test_the_same_transactions_give_the_same_receipts_here_and_on_anvil(embedded: Embedded, anvil: Anvil) -> None:
    contract = embedded.deploy()
    assert anvil.deploy().lower() == contract.lower()
    ours = [_told(embedded.send(raw)) for raw in _script(contract)]
    theirs = [_told(anvil.send(raw)) for raw in _script(contract)]
    for n, (mine, other) in enumerate(zip(ours, theirs, strict=True), 1):
        assert mine == other, f"transaction {n}"
    assert [each["status"] for each in ours].count("0x0") == 3


def test_transactions_and_blocks_read_alike(embedded: Embedded, anvil: Anvil) -> None:
    contract = embedded.deploy()
    anvil.deploy()
    same = (
        "from",
        "to",
        "gas",
        "gasPrice",
        "hash",
        "input",
        "nonce",
        "r",
        "s",
        "v",
        "type",
        "value",
        "transactionIndex",
    )
    for raw in _script(contract):
        digest = embedded.send(raw)["transactionHash"]
        anvil.send(raw)
        mine, other = (each.get("eth_getTransactionByHash", digest) for each in (embedded, anvil))
        for key in (
            *same,
            *(k for k in ("accessList", "maxFeePerGas", "maxPriorityFeePerGas", "yParity") if k in other),
        ):
            left, right = mine.get(key), other[key]
            assert str(left).lower() == str(right).lower(), (digest, key)
    mine, other = (each.get("eth_getBlockByNumber", "latest", False) for each in (embedded, anvil))
    for key in ("gasUsed", "transactions", "transactionsRoot", "receiptsRoot", "logsBloom", "baseFeePerGas", "number"):
        assert mine[key] == other[key], key


def test_a_mined_transaction_sent_again_is_answered_and_changes_nothing(node: Node) -> None:
    raw = signed(nonce=0, to=POOR.address, value=5, gas=21_000)
    receipt = node.send(raw)
    head = node.get("eth_blockNumber")
    message = node.fault("eth_sendRawTransaction", raw)["message"]
    if node.name == "embedded":
        assert message.startswith("already known")
        assert receipt["transactionHash"] in message
    assert node.get("eth_blockNumber") == head
    assert int(node.get("eth_getBalance", POOR.address, "latest"), 16) == 5


def test_a_transaction_that_can_not_be_mined_is_refused_in_the_usual_words(node: Node) -> None:
    node.send(signed(nonce=0, to=POOR.address, gas=21_000))
    head = node.get("eth_blockNumber")
    poor = signed(key=POOR, nonce=0, to=RICH.address, value=1, gas=21_000)
    wrong = signed(nonce=1, to=POOR.address, gas=21_000, chainId=5)
    refused = {
        "nonce too low": signed(nonce=0, to=POOR.address, value=1, gas=21_000),
        "insufficient funds": poor,
        "chain id": wrong,
        "intrinsic gas": signed(nonce=1, to=POOR.address, gas=20_999),
    }
    for words, raw in refused.items():
        assert words in node.fault("eth_sendRawTransaction", raw)["message"].lower(), words
    assert node.get("eth_blockNumber") == head
    assert node.send(signed(nonce=1, to=POOR.address, gas=21_000))["status"] == "0x1"


def test_a_call_that_reverts_says_why(node: Node) -> None:
    contract = node.deploy()
    fault = node.fault("eth_call", {"to": contract, "data": data("add(uint256,bytes32)", 0, b"")}, "latest")
    assert fault["code"] == 3
    assert "nothing" in fault["message"]
    assert decode(["string"], bytes.fromhex(fault["data"][10:])) == ("nothing",)
    fine = {"to": contract, "data": data("divide(uint256)", 5)}
    assert int(node.get("eth_call", fine, "latest"), 16) == 20
    assert node.fault("eth_call", {**fine, "data": data("divide(uint256)", 0)}, "latest")["code"] == 3


def test_a_call_changes_nothing_and_sees_its_sender(node: Node) -> None:
    contract = node.deploy()
    before = node.get("eth_getBlockByNumber", "latest", False)
    node.get("eth_call", {"from": RICH.address, "to": contract, "data": data("add(uint256,bytes32)", 3, b"")}, "latest")
    assert int(node.get("eth_call", {"to": contract, "data": data("total()")}, "latest"), 16) == 0
    out = node.get("eth_call", {"from": POOR.address, "to": contract, "data": data("seen()")}, "latest")
    _, _, sender = decode(["uint256", "uint256", "address"], bytes.fromhex(out[2:]))
    assert sender == POOR.address.lower()
    assert node.get("eth_getBlockByNumber", "latest", False)["hash"] == before["hash"]


def test_old_blocks_answer_with_their_own_state(node: Node) -> None:
    contract = node.deploy()
    old = node.get("eth_blockNumber")
    node.send(signed(nonce=1, to=contract, data=data("add(uint256,bytes32)", 9, b"")))
    asked = {"to": contract, "data": data("total()")}
    assert int(node.get("eth_call", asked, old), 16) == 0
    assert int(node.get("eth_call", asked, "latest"), 16) == 9
    assert int(node.get("eth_getStorageAt", contract, "0x0", old), 16) == 0
    assert int(node.get("eth_getStorageAt", contract, "0x0", "latest"), 16) == 9
    assert node.get("eth_getTransactionCount", RICH.address, old) == "0x1"
    assert node.get("eth_getTransactionCount", RICH.address, "pending") == "0x2"
    assert node.fault("eth_call", asked, "0xffffff")


def test_the_estimated_gas_is_enough_and_not_much_too_much(node: Node) -> None:
    contract = node.deploy()
    calls = [
        data("add(uint256,bytes32)", 3, b""),
        data("outer(uint256)", 3),
        data("many(uint256)", 50),
        data("keep(uint256,uint256)", 3, 3),
    ]
    for nonce, call in enumerate(calls, 1):
        gas = int(node.get("eth_estimateGas", {"from": RICH.address, "to": contract, "data": call}), 16)
        receipt = node.send(signed(nonce=nonce, to=contract, data=call, gas=gas))
        assert receipt["status"] == "0x1"
        assert gas <= int(receipt["gasUsed"], 16) * 1.1
    refused = {"from": RICH.address, "to": contract, "data": data("add(uint256,bytes32)", 0, b"")}
    assert "nothing" in node.fault("eth_estimateGas", refused)["message"]


def test_logs_are_found_by_block_address_and_topics(node: Node) -> None:
    contract, other = node.deploy(), node.deploy()
    first = int(node.get("eth_blockNumber"), 16) + 1
    for nonce, (to, n) in enumerate([(contract, 3), (other, 2), (contract, 4)], 2):
        node.send(signed(nonce=nonce, to=to, data=data("many(uint256)", n)))
    tags = ["0x" + n.to_bytes(32, "big").hex() for n in range(4)]
    who = "0x" + "00" * 12 + RICH.address[2:].lower()

    def count(**wanted: Any) -> int:
        return len(node.get("eth_getLogs", {"fromBlock": hex(first), "toBlock": "latest", **wanted}))

    assert count() == 9
    assert count(address=contract) == 7
    assert count(address=[contract, other]) == 9
    assert count(address=POOR.address) == 0
    assert count(topics=[NOTED]) == 9
    assert count(topics=[None, who]) == 9
    assert count(topics=[None, None, tags[0]]) == 3
    assert count(topics=[[NOTED, TAG], None, [tags[2], tags[3]]]) == 3
    assert count(topics=[TAG]) == 0
    if (
        node.name == "embedded"
    ):  # as geth: a filter longer than the log's topics fits nothing; anvil reads null as no filter
        assert count(topics=[None, None, None, None]) == 0
    assert count(toBlock=hex(first)) == 3
    assert count(fromBlock=hex(first + 1), toBlock=hex(first + 1)) == 2
    middle = node.get("eth_getBlockByNumber", hex(first + 1), False)["hash"]
    assert len(node.get("eth_getLogs", {"blockHash": middle})) == 2
    last = node.get("eth_getLogs", {"fromBlock": hex(first + 2), "toBlock": hex(first + 2)})
    assert [int(log["logIndex"], 16) for log in last] == [0, 1, 2, 3]


def test_a_block_is_found_by_number_and_hash_with_its_transactions(node: Node) -> None:
    raw = signed(nonce=0, to=POOR.address, value=5, gas=21_000)
    receipt = node.send(raw)
    by_number = node.get("eth_getBlockByNumber", receipt["blockNumber"], False)
    assert by_number["transactions"] == [receipt["transactionHash"]]
    full = node.get("eth_getBlockByHash", receipt["blockHash"], True)
    assert full["hash"] == by_number["hash"] == receipt["blockHash"]
    assert full["transactions"][0]["hash"] == receipt["transactionHash"]
    assert int(full["timestamp"], 16) > 0
    assert node.get("eth_getBlockByNumber", "0xffffff", False) is None
    assert node.get("eth_getBlockByHash", "0x" + "77" * 32, False) is None
    assert node.get("eth_getTransactionByHash", "0x" + "77" * 32) is None
    assert node.get("eth_getTransactionReceipt", "0x" + "77" * 32) is None


def test_the_small_questions_have_answers(node: Node) -> None:
    assert node.get("eth_chainId") == hex(CHAIN_ID)
    assert node.get("net_version") == str(CHAIN_ID)
    assert node.get("eth_syncing") is False
    assert isinstance(node.get("web3_clientVersion"), str)
    assert int(node.get("eth_getBalance", RICH.address, "latest"), 16) == WEI
    assert node.get("eth_getCode", RICH.address, "latest") == "0x"
    assert int(node.get("eth_gasPrice"), 16) >= 0
    assert int(node.get("eth_maxPriorityFeePerGas"), 16) >= 0
    history = node.get("eth_feeHistory", "0x1", "latest", [50])
    assert len(history["baseFeePerGas"]) == 2
    assert len(history["gasUsedRatio"]) == len(history["reward"]) == 1
    assert node.fault("eth_nothing")["code"] == -32601
