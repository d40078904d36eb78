"""Transfers of an ERC-20 token as eth_getLogs gives them: whatever a token emits, only what has the standard's shape is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.work.funding import Transfer

TOPIC = keccak(text="Transfer(address,address,uint256)")
WORD = 32


def topics(accounts: Sequence[Account]) -> list[list[Any]]:
    """Return what to ask for, once for transfers from the accounts and once for those to them."""
    event, words = "0x" + TOPIC.hex(), ["0x" + bytes(12).hex() + account[2:] for account in accounts]
    return [[event, words], [event, None, words]]


def read(log: Mapping[str, Any], token: Account, *, scale: int) -> Transfer | None:
    """Return the transfer that a log of the token is, None where it is none. scale: base units of a micro-unit."""
    words, data = [bytes(word) for word in log["topics"]], bytes(log["data"])
    if str(log["address"]).lower() != token or log.get("removed") or len(words) != 3 or words[0] != TOPIC:
        return None
    if len(data) != WORD or any(len(word) != WORD or any(word[:12]) for word in words[1:]):
        return None
    return Transfer(
        block=int(log["blockNumber"]),
        index=int(log["logIndex"]),
        payer=Account("0x" + words[1][12:].hex()),
        payee=Account("0x" + words[2][12:].hex()),
        amount=Micros(int.from_bytes(data, "big") // scale),
        tx=bytes(log["transactionHash"]).hex(),
    )
