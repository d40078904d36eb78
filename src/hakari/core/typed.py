"""The EIP-712 messages that an account signs: who may sign for it, and who may no longer.

Plain dictionaries in the form of eth_signTypedData_v4, so that wallets, the client and the verifier share one source.
"""

from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.core.statement import SCOPES

_DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
]


def delegation(
    *,
    chain_id: int,
    log: str,
    account: Account,
    session_key: str,
    scopes: str,
    not_before: int,
    expires: int,
    nonce: int,
) -> dict[str, object]:
    """Return the message by which `account` lets an Ed25519 key sign its statements.

    scopes: space-separated and sorted, of «buy», «operate», «work». Times are Unix seconds; the key is good in
    not_before ≤ time < expires. `log` is the origin of the log, so that a delegation serves one node only.
    """
    return _message(
        chain_id,
        "Delegation",
        [
            {"name": "account", "type": "address"},
            {"name": "log", "type": "string"},
            {"name": "sessionKey", "type": "bytes32"},
            {"name": "scopes", "type": "string"},
            {"name": "notBefore", "type": "uint64"},
            {"name": "expires", "type": "uint64"},
            {"name": "nonce", "type": "uint256"},
        ],
        {
            "account": account,
            "log": log,
            "sessionKey": "0x" + session_key,
            "scopes": scopes,
            "notBefore": not_before,
            "expires": expires,
            "nonce": nonce,
        },
    )


def revocation(*, chain_id: int, log: str, account: Account, session_key: str, time: int) -> dict[str, object]:
    """Return the message by which `account` takes a session key back."""
    return _message(
        chain_id,
        "Revocation",
        [
            {"name": "account", "type": "address"},
            {"name": "log", "type": "string"},
            {"name": "sessionKey", "type": "bytes32"},
            {"name": "time", "type": "uint64"},
        ],
        {"account": account, "log": log, "sessionKey": "0x" + session_key, "time": time},
    )


def scopes(text: object) -> tuple[str, ...]:
    """Return the scopes that `text` lists. Raises Malformed unless they are known, sorted, unique and separated by one space."""
    parts = tuple(text.split(" ")) if isinstance(text, str) else ()
    if not parts or list(parts) != sorted(set(parts)) or not set(parts) <= set(SCOPES):
        raise Malformed(f"scopes must be one or more of {list(SCOPES)}, sorted, one space between, got {text!r}")
    return parts


def _message(chain_id: int, name: str, fields: list[dict[str, str]], values: dict[str, object]) -> dict[str, object]:
    return {
        "types": {"EIP712Domain": _DOMAIN, name: fields},
        "primaryType": name,
        "domain": {"name": "Hakari", "version": "1", "chainId": chain_id},
        "message": values,
    }
