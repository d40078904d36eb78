"""JSON-RPC 2.0 over the embedded chain: the methods that web3.py, viem and wallets use."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from hakari.adapters.evm.embedded import BadTransaction, EmbeddedChain, Execution
from hakari.adapters.evm.shapes import hexed, quantity
from hakari.adapters.evm.store import ChainStorage
from hakari.core.depth import check_depth
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account

MOST_LOGS = 20_000
MOST_BATCH = 1_000
FURTHEST_S = 40 * 365 * 86_400
OUTSIDE_GAS = 10_000_000
"""Gas of a call that somebody asks for over HTTP: about a second of the EVM's one lock."""

Params = list[Any]


class _Fault(Exception):
    """A JSON-RPC error: code, message, data."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def answer(chain: EmbeddedChain, data: bytes) -> bytes:
    """Answer a request or a batch given as bytes. Never raises for what was sent."""
    try:
        asked = json.loads(check_depth(data))
    except (ValueError, RecursionError, Malformed):
        return json.dumps(_failed(None, _Fault(-32700, "parse error"))).encode()
    for each in cast(list[object], asked) if isinstance(asked, list) else [asked]:
        _clamp(each)
    return json.dumps(respond(chain, asked)).encode()


def _clamp(asked: object) -> None:
    """Bound the gas of a call that a stranger asks for: one EVM and one lock serve everybody."""
    if not isinstance(asked, dict):
        return
    request = cast(dict[str, Any], asked)
    params = request.get("params")
    if request.get("method") in ("eth_call", "eth_estimateGas") and isinstance(params, list) and params:
        call = cast(Params, params)[0]
        if isinstance(call, dict):
            try:
                gas = _number(cast(dict[str, Any], call).get("gas") or OUTSIDE_GAS)
            except (_Fault, ValueError):
                return  # refused where it is read
            cast(dict[str, Any], call)["gas"] = quantity(min(gas, OUTSIDE_GAS))


def respond(chain: EmbeddedChain, asked: object) -> object:
    """Answer a parsed request or batch. Raw transactions of one batch share blocks where they fit."""
    if not isinstance(asked, list):
        return _one(chain, asked)
    batch = cast(list[object], asked)
    if not batch or len(batch) > MOST_BATCH:
        return _failed(None, _Fault(-32600, f"a batch must hold 1 to {MOST_BATCH} requests, got {len(batch)}"))
    raws = [_raw_of(each) for each in batch]
    if all(raw is not None for raw in raws):
        sent = chain.send_many([cast(bytes, raw) for raw in raws])
        return [
            _answer(_id(each), result) if isinstance(result, str) else _failed(_id(each), _fault(result))
            for each, result in zip(batch, sent, strict=True)
        ]
    return [_one(chain, each) for each in batch]


def _raw_of(asked: object) -> bytes | None:
    if not isinstance(asked, Mapping):
        return None
    request = cast(Mapping[str, Any], asked)
    params = request.get("params")
    if (
        request.get("method") != "eth_sendRawTransaction"
        or not isinstance(params, list)
        or len(cast(Params, params)) != 1
    ):
        return None
    try:
        return _bytes(cast(Params, params)[0])
    except _Fault:
        return None


def _one(chain: EmbeddedChain, asked: object) -> dict[str, Any]:
    if not isinstance(asked, Mapping):
        return _failed(None, _Fault(-32600, "a request must be an object"))
    request = cast(Mapping[str, Any], asked)
    method, params = request.get("method"), request.get("params", [])
    known = METHODS.get(method) if isinstance(method, str) else None
    try:
        if known is None:
            raise _Fault(-32601, f"the method {str(method)[:60]} does not exist/is not available")
        if not isinstance(params, list):
            raise _Fault(-32602, "params must be a list")
        return _answer(_id(request), known(chain, cast(Params, params)))
    except _Fault as fault:
        return _failed(_id(request), fault)
    except HakariError as error:
        return _failed(_id(request), _fault(error))
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        return _failed(_id(request), _Fault(-32602, f"invalid params: {type(error).__name__}"))


def _id(asked: object) -> object:
    found = cast(Mapping[str, Any], asked).get("id") if isinstance(asked, Mapping) else None
    return found if isinstance(found, int | str) else None


def _answer(id_: object, result: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "result": result}


def _failed(id_: object, fault: _Fault) -> dict[str, Any]:
    error: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.data is not None:
        error["data"] = fault.data
    return {"jsonrpc": "2.0", "id": id_, "error": error}


def _fault(error: HakariError) -> _Fault:
    if isinstance(error, Execution):
        return _Fault(3, error.message, hexed(error.data))
    if isinstance(error, ChainStorage):
        return _Fault(-32603, error.message)
    return _Fault(-32000, error.message)


# Parameters


def _bytes(text: object) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise _Fault(-32602, f"hexadecimal bytes with 0x expected, got {str(text)[:60]!r}")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise _Fault(-32602, f"hexadecimal bytes with 0x expected, got {text[:60]!r}") from None


def _account(text: object) -> Account:
    data = _bytes(text)
    if len(data) != 20:
        raise _Fault(-32602, f"an address of 20 bytes expected, got {len(data)}")
    return Account(hexed(data))


def _number(text: object) -> int:
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if not isinstance(text, str):
        raise _Fault(-32602, f"a quantity expected, got {str(text)[:60]!r}")
    return int(text, 16)


def _block(chain: EmbeddedChain, tag: object) -> int | None:
    """Return a block number, or None for the newest. Raises where the chain has no such block."""
    if tag in (None, "latest", "pending", "safe", "finalized"):
        return None
    if tag == "earliest":
        return 0
    if isinstance(tag, Mapping):
        named = cast(Mapping[str, Any], tag)
        if "blockHash" in named:
            found = chain.file.block(hash_=str(named["blockHash"]).lower())
            if found is None:
                raise _Fault(-32000, "header not found")
            return int(found["number"], 16)
        return _block(chain, named.get("blockNumber"))
    number = _number(tag)
    if not 0 <= number <= chain.head():
        raise _Fault(-32000, "header not found")
    return number


def _at(params: Params, place: int) -> object:
    return params[place] if len(params) > place else None


def _request(thing: object) -> dict[str, Any]:
    if not isinstance(thing, Mapping):
        raise _Fault(-32602, "a call object expected")
    call = cast(Mapping[str, Any], thing)
    return {
        "from": _account(call["from"]) if call.get("from") else None,
        "to": _account(call["to"]) if call.get("to") else None,
        "gas": _number(call["gas"]) if call.get("gas") else None,
        "value": _number(call.get("value") or 0),
        "data": _bytes(call.get("data") or call.get("input") or "0x"),
    }


# Methods


def _get_block(chain: EmbeddedChain, found: dict[str, Any] | None, full: object) -> dict[str, Any] | None:
    if found is not None and full:
        found = {**found, "transactions": chain.file.transactions(int(found["number"], 16))}
    return found


def _block_by_number(chain: EmbeddedChain, params: Params) -> object:
    tag = _at(params, 0)
    number = (
        chain.head()
        if tag in (None, "latest", "pending", "safe", "finalized")
        else 0
        if tag == "earliest"
        else _number(tag)
    )
    return _get_block(chain, chain.file.block(number=number), _at(params, 1))


def _block_by_hash(chain: EmbeddedChain, params: Params) -> object:
    return _get_block(chain, chain.file.block(hash_=str(params[0]).lower()), _at(params, 1))


def _transaction_by_hash(chain: EmbeddedChain, params: Params) -> object:
    found = chain.file.transaction(str(params[0]).lower())
    return None if found is None else found[0]


def _receipt(chain: EmbeddedChain, params: Params) -> object:
    found = chain.file.transaction(str(params[0]).lower())
    return None if found is None else found[1]


def _logs(chain: EmbeddedChain, params: Params) -> object:
    wanted = cast(Mapping[str, Any], params[0])
    head = chain.head()
    if wanted.get("blockHash"):
        found = chain.file.block(hash_=str(wanted["blockHash"]).lower())
        if found is None:
            raise _Fault(-32000, "unknown block")
        first = last = int(found["number"], 16)
    else:
        first, last = (_edge(wanted.get(name), head) for name in ("fromBlock", "toBlock"))
    address = wanted.get("address")
    addresses = (
        []
        if address is None
        else [_account(each) for each in (cast(Params, address) if isinstance(address, list) else [address])]
    )
    topics = cast(Params, wanted.get("topics") or [])
    found_logs = [
        log for log in chain.file.logs(first=first, last=last, addresses=addresses) if _fits(log["topics"], topics)
    ]
    if len(found_logs) > MOST_LOGS:
        raise _Fault(-32005, f"query returned more than {MOST_LOGS} results")
    return found_logs


def _edge(tag: object, head: int) -> int:
    if tag in (None, "latest", "pending", "safe", "finalized"):
        return head
    return 0 if tag == "earliest" else _number(tag)


def _fits(has: list[str], wanted: Params) -> bool:
    if len(wanted) > len(has):
        return False
    for got, want in zip(has, wanted, strict=False):
        options = cast(Params, want) if isinstance(want, list) else [want]
        if want is not None and options and got not in [str(option).lower() for option in options]:
            return False
    return True


def _fee_history(chain: EmbeddedChain, params: Params) -> object:
    count = min(_number(params[0]), 1024)
    last = _block(chain, _at(params, 1))
    newest = chain.head() if last is None else last
    oldest = max(0, newest - count + 1)
    blocks = [cast(dict[str, Any], chain.file.block(number=number)) for number in range(oldest, newest + 1)]
    shape: dict[str, Any] = {
        "oldestBlock": quantity(oldest),
        "baseFeePerGas": [*(each["baseFeePerGas"] for each in blocks), "0x0"],
        "gasUsedRatio": [int(each["gasUsed"], 16) / int(each["gasLimit"], 16) for each in blocks],
        "baseFeePerBlobGas": ["0x1"] * (len(blocks) + 1),
        "blobGasUsedRatio": [0.0] * len(blocks),
    }
    percentiles = _at(params, 2)
    if percentiles:
        shape["reward"] = [["0x0"] * len(cast(Params, percentiles)) for _ in blocks]
    return shape


def _send(chain: EmbeddedChain, params: Params) -> object:
    return chain.send(_bytes(params[0]))


def _call(chain: EmbeddedChain, params: Params) -> object:
    return hexed(chain.call(_request(params[0]), _block(chain, _at(params, 1)))[0])


def _count(chain: EmbeddedChain, params: Params) -> object:
    return quantity(chain.nonce(_account(params[0]), _block(chain, _at(params, 1))))


def _mine(chain: EmbeddedChain, _params: Params) -> object:
    _only_dev(chain)
    chain.mine()
    return "0x0"


def _increase(chain: EmbeddedChain, params: Params) -> object:
    _only_dev(chain)
    if not 0 <= _number(params[0]) <= FURTHEST_S:
        raise _Fault(-32602, f"seconds must be 0 to {FURTHEST_S}, got {_number(params[0])}")
    chain.mine(ahead=_number(params[0]))
    return quantity(_number(params[0]))


def _only_dev(chain: EmbeddedChain) -> None:
    if not chain.dev:
        raise _Fault(-32601, "only in the local profile")


METHODS: dict[str, Callable[[EmbeddedChain, Params], object]] = {
    "web3_clientVersion": lambda _chain, _params: "hakari/py-evm",
    "net_version": lambda chain, _params: str(chain.chain_id),
    "net_listening": lambda _chain, _params: True,
    "eth_chainId": lambda chain, _params: quantity(chain.chain_id),
    "eth_syncing": lambda _chain, _params: False,
    "eth_accounts": lambda _chain, _params: list[str](),
    "eth_blockNumber": lambda chain, _params: quantity(chain.head()),
    "eth_gasPrice": lambda _chain, _params: "0x0",
    "eth_maxPriorityFeePerGas": lambda _chain, _params: "0x0",
    "eth_feeHistory": _fee_history,
    "eth_getBalance": lambda chain, params: quantity(chain.balance(_account(params[0]), _block(chain, _at(params, 1)))),
    "eth_getTransactionCount": _count,
    "eth_getCode": lambda chain, params: hexed(chain.code(_account(params[0]), _block(chain, _at(params, 1)))),
    "eth_getStorageAt": lambda chain, params: hexed(
        chain.storage(_account(params[0]), _number(params[1]), _block(chain, _at(params, 2))).to_bytes(32, "big")
    ),
    "eth_call": _call,
    "eth_estimateGas": lambda chain, params: quantity(chain.estimate(_request(params[0]))),
    "eth_sendRawTransaction": _send,
    "eth_getTransactionReceipt": _receipt,
    "eth_getTransactionByHash": _transaction_by_hash,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getLogs": _logs,
    "evm_mine": _mine,
    "evm_increaseTime": _increase,
}

__all__ = ["BadTransaction", "answer", "respond"]
