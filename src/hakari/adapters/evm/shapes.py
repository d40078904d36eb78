"""JSON-RPC shapes of blocks, transactions, receipts and logs, as web3.py and viem read them."""

from collections.abc import Sequence
from typing import Any, cast

from eth.abc import BlockAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from rlp import encode as rlp_encode

from hakari.adapters.evm.store import SealedBlock

REVERT = keccak(text="Error(string)")[:4]
PANIC = keccak(text="Panic(uint256)")[:4]


def hexed(data: bytes) -> str:
    """Return bytes as 0x and hexadecimal digits."""
    return "0x" + bytes(data).hex()


def quantity(number: int) -> str:
    """Return a number as JSON-RPC writes it: 0x and no leading zero."""
    return hex(number)


def revert_text(data: bytes) -> str:
    """Return «execution reverted: reason» of what a call returned."""
    try:
        if data[:4] == REVERT:
            return f"execution reverted: {decode(['string'], data[4:])[0]}"
        if data[:4] == PANIC:
            return f"execution reverted: panic {decode(['uint256'], data[4:])[0]}"
    except DecodingError:
        pass
    return "execution reverted"


def block(made: BlockAPI, hashes: Sequence[str]) -> dict[str, Any]:
    """Return a block with transaction hashes."""
    header = cast(Any, made.header)
    return {
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "blobGasUsed": quantity(header.blob_gas_used),
        "difficulty": "0x0",
        "excessBlobGas": quantity(header.excess_blob_gas),
        "extraData": hexed(header.extra_data),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "hash": hexed(header.hash),
        "logsBloom": hexed(int(header.bloom).to_bytes(256, "big")),
        "miner": to_checksum_address(header.coinbase),
        "mixHash": hexed(header.mix_hash),
        "nonce": hexed(header.nonce),
        "number": quantity(header.block_number),
        "parentBeaconBlockRoot": hexed(header.parent_beacon_block_root or bytes(32)),
        "parentHash": hexed(header.parent_hash),
        "receiptsRoot": hexed(header.receipt_root),
        "sha3Uncles": hexed(header.uncles_hash),
        "size": quantity(len(rlp_encode(made.header)) + 1024),
        "stateRoot": hexed(header.state_root),
        "timestamp": quantity(header.timestamp),
        "totalDifficulty": "0x0",
        "transactions": list(hashes),
        "transactionsRoot": hexed(header.transaction_root),
        "uncles": [],
        "withdrawals": [],
        "withdrawalsRoot": hexed(header.withdrawals_root or bytes(32)),
    }


def sealed(made: BlockAPI, run: Sequence[tuple[SignedTransactionAPI, ReceiptAPI, ComputationAPI]]) -> SealedBlock:
    """Return what a mined block adds to the file."""
    header = made.header
    place = {"blockHash": hexed(header.hash), "blockNumber": quantity(header.block_number)}
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = []
    logs: list[dict[str, Any]] = []
    before = 0
    for n, (transaction, receipt, computation) in enumerate(run):
        own = {**place, "transactionHash": hexed(transaction.hash), "transactionIndex": quantity(n)}
        fresh = [
            {
                **own,
                "address": hexed(address),
                "blockTimestamp": quantity(header.timestamp),
                "data": hexed(data),
                "logIndex": quantity(len(logs) + place_),
                "removed": False,
                "topics": [hexed(int(topic).to_bytes(32, "big")) for topic in topics],
            }
            for place_, (address, topics, data) in enumerate(
                (log.address, log.topics, log.data) for log in cast(Any, receipt).logs
            )
        ]
        logs += fresh
        used = int(receipt.gas_used) - before
        before = int(receipt.gas_used)
        rows.append(
            (
                _transaction(transaction, own, header),
                _receipt(transaction, receipt, computation, own, fresh, used=used, cumulative=before),
            )
        )
    return SealedBlock(
        number=header.block_number,
        hash=hexed(header.hash),
        time=header.timestamp,
        block=block(made, [hexed(transaction.hash) for transaction, _, _ in run]),
        transactions=rows,
        logs=logs,
    )


def _transaction(transaction: SignedTransactionAPI, place: dict[str, Any], header: Any) -> dict[str, Any]:
    made = cast(Any, transaction)
    kind = int(getattr(made, "type_id", None) or 0)
    shape: dict[str, Any] = {
        "blockHash": place["blockHash"],
        "blockNumber": place["blockNumber"],
        "from": to_checksum_address(made.sender),
        "gas": quantity(made.gas),
        "gasPrice": quantity(made.max_fee_per_gas if kind >= 2 else made.gas_price),
        "hash": place["transactionHash"],
        "input": hexed(made.data),
        "nonce": quantity(made.nonce),
        "r": quantity(made.r),
        "s": quantity(made.s),
        "to": to_checksum_address(made.to) if made.to else None,
        "transactionIndex": place["transactionIndex"],
        "type": quantity(kind),
        "v": quantity(made.y_parity if kind else made.v),
        "value": quantity(made.value),
    }
    if kind:
        access = [
            {"address": hexed(address), "storageKeys": [hexed(int(slot).to_bytes(32, "big")) for slot in slots]}
            for address, slots in made.access_list
        ]
        shape |= {"accessList": access, "chainId": quantity(made.chain_id), "yParity": quantity(made.y_parity)}
    if kind >= 2:
        tip = min(made.max_priority_fee_per_gas, made.max_fee_per_gas - header.base_fee_per_gas)
        shape |= {
            "gasPrice": quantity(header.base_fee_per_gas + tip),
            "maxFeePerGas": quantity(made.max_fee_per_gas),
            "maxPriorityFeePerGas": quantity(made.max_priority_fee_per_gas),
        }
    return shape


def _receipt(
    transaction: SignedTransactionAPI,
    kept: ReceiptAPI,
    computation: ComputationAPI,
    place: dict[str, Any],
    logs: Sequence[dict[str, Any]],
    *,
    used: int,
    cumulative: int,
) -> dict[str, Any]:
    made = cast(Any, transaction)
    created = computation.msg.storage_address if not made.to else None
    return {
        **place,
        "contractAddress": None if created is None else to_checksum_address(created),
        "cumulativeGasUsed": quantity(cumulative),
        "effectiveGasPrice": "0x0"
        if made.max_fee_per_gas == 0
        else quantity(min(made.max_fee_per_gas, made.max_priority_fee_per_gas)),
        "from": to_checksum_address(made.sender),
        "gasUsed": quantity(used),
        "logs": list(logs),
        "logsBloom": hexed(int(kept.bloom).to_bytes(256, "big")),
        "status": "0x0" if computation.is_error else "0x1",
        "to": to_checksum_address(made.to) if made.to else None,
        "type": quantity(int(getattr(made, "type_id", None) or 0)),
    }
