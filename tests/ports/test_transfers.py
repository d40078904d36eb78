"""Transfers of a token that emits what it likes: read by eth_getLogs on the embedded chain and on anvil."""

# ruff: noqa: F811  fixtures are imported by name, and pytest hands them over as parameters of the same name

import time

import pytest
from chain_nodes import CHAIN_ID, RICH, Embedded, Node, anvil, anvil_url, embedded, node  # noqa: F401
from eth_abi import encode
from eth_utils import keccak
from vyper import compile_code
from web3.exceptions import Web3RPCError

from hakari.adapters.evm import chain as road
from hakari.adapters.evm import transfers
from hakari.adapters.evm.chain import Chain, open_chain
from hakari.core.ids import Account
from hakari.people.wallets import address_of

SECRET = bytes(RICH.key)
A, B, C = (Account("0x" + digit * 40) for digit in "abc")
ODD = """
# pragma version 0.4.3
# pragma evm-version cancun

@external
@view
def decimals() -> uint8:
    return 8

@external
def emit(topics: DynArray[bytes32, 4], data: Bytes[96]):
    if len(topics) == 1:
        raw_log([topics[0]], data)
    elif len(topics) == 2:
        raw_log([topics[0], topics[1]], data)
    elif len(topics) == 3:
        raw_log([topics[0], topics[1], topics[2]], data)
    elif len(topics) == 4:
        raw_log([topics[0], topics[1], topics[2], topics[3]], data)
"""


@pytest.fixture
def chain(node: Node) -> Chain:
    if isinstance(node, Embedded):
        return open_chain(embedded=node.chain, chain_id=CHAIN_ID)
    return open_chain(url=node.url, chain_id=CHAIN_ID)


def mined(chain: Chain, to: Account | None, data: bytes) -> Account | None:
    signed = chain.sign(SECRET, to=to, data=data, nonce=chain.nonce(address_of(SECRET)))
    chain.send(signed.raw)
    until = time.monotonic() + 10
    while (receipt := chain.receipt(signed.hash)) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return receipt.created


def token(chain: Chain) -> Account:
    made = mined(chain, None, bytes.fromhex(compile_code(ODD, output_formats=["bytecode"])["bytecode"][2:]))
    assert made is not None
    return made


def emit(chain: Chain, at: Account, topics: list[bytes], data: bytes) -> None:
    mined(chain, at, keccak(text="emit(bytes32[],bytes)")[:4] + encode(["bytes32[]", "bytes"], [topics, data]))


def word(account: Account) -> bytes:
    return bytes(12) + bytes.fromhex(account[2:])


def amount(units: int) -> bytes:
    return units.to_bytes(32, "big")


def test_only_what_has_the_shape_of_a_transfer_is_one_whatever_a_token_emits(chain: Chain) -> None:
    at, sign = token(chain), transfers.TOPIC
    first = chain.block_number() + 1
    emit(chain, at, [sign, word(A), word(B)], amount(250))
    emit(chain, at, [sign, word(A), word(B), amount(7)], b"")  # an ERC-721's
    emit(chain, at, [sign], word(A) + word(B) + amount(9))  # nothing indexed
    emit(chain, at, [sign, word(A), word(B)], amount(9)[:31])
    emit(chain, at, [sign, word(A), word(B)], amount(9) + b"more")
    emit(chain, at, [sign, b"\x01" + word(A)[1:], word(B)], amount(9))  # no address
    emit(chain, at, [keccak(text="Approval(address,address,uint256)"), word(A), word(B)], amount(9))
    emit(chain, at, [sign, word(C), word(A)], amount(2**256 - 1))
    emit(chain, at, [sign, word(C), word(B)], amount(9))  # nobody asked about
    last = chain.block_number()
    found = chain.transfers(at, [A], first, last)
    assert [(each.payer, each.payee, each.amount) for each in found] == [(A, B, 2), (C, A, (2**256 - 1) // 100)]
    assert found == sorted(found, key=lambda each: each.place)
    assert chain.transfers(at, [A, B], first, last)[-1].payer == C
    assert chain.transfers(at, [A], first + 1, last - 2) == []
    assert chain.transfers(at, [], first, last) == []


def test_a_node_that_refuses_long_ranges_is_asked_in_parts(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    at = token(chain)
    first = chain.block_number() + 1
    for n in range(4):
        emit(chain, at, [transfers.TOPIC, word(A), word(B)], amount(100 * (n + 1)))
    last = chain.block_number()
    whole = chain.transfers(at, [A, B, C], first, last)
    monkeypatch.setattr(road, "SOME_ACCOUNTS", 2)
    monkeypatch.setattr(road, "SOME_CHUNK", 3)
    ask = chain._web3.eth.get_logs

    def miserly(wanted):
        if wanted["toBlock"] > wanted["fromBlock"]:
            raise Web3RPCError("block range is over the limit")
        return ask(wanted)

    monkeypatch.setattr(chain._web3.eth, "get_logs", miserly)
    assert chain.transfers(at, [A, B, C], first, last) == whole
    assert [each.amount for each in whole] == [1, 2, 3, 4]
