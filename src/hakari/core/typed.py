"""The EIP-712 messages that an account signs: who may sign for it, who may no longer, and what it pays.

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


def authorisation(
    *,
    chain_id: int,
    token: Account,
    name: str,
    version: str,
    account: Account,
    to: Account,
    amount: int,
    valid_before: int,
    nonce: str,
) -> dict[str, object]:
    """Return the message by which `account` lets one contract take exactly `amount` base units of a token, once (EIP-3009).

    to: the contract that may take it, and the only one that can send it. name and version: the token's own EIP-712 domain.
    nonce: 64 hexadecimal digits, the Keccak-256 hash of `funding` or `purchase`, so that it can become nothing else.
    """
    return {
        "types": {
            "EIP712Domain": [*_DOMAIN, {"name": "verifyingContract", "type": "address"}],
            "ReceiveWithAuthorization": [
                {"name": "from", "type": "address"},
                {"name": "to", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "validAfter", "type": "uint256"},
                {"name": "validBefore", "type": "uint256"},
                {"name": "nonce", "type": "bytes32"},
            ],
        },
        "primaryType": "ReceiveWithAuthorization",
        "domain": {"name": name, "version": version, "chainId": chain_id, "verifyingContract": token},
        "message": {
            "from": account,
            "to": to,
            "value": amount,
            "validAfter": 0,
            "validBefore": valid_before,
            "nonce": "0x" + nonce,
        },
    }


def ballot(
    *, chain_id: int, pools: Account, vote: int, account: Account, support: bool, deadline: int
) -> dict[str, object]:
    """Return the message by which `account` votes in a pool, for anyone to send until `deadline` (Unix seconds).

    pools: the contract that counts. A vote can't be taken back.
    """
    return {
        "types": {
            "EIP712Domain": [*_DOMAIN, {"name": "verifyingContract", "type": "address"}],
            "Vote": [
                {"name": "vote", "type": "uint256"},
                {"name": "account", "type": "address"},
                {"name": "support", "type": "bool"},
                {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "Vote",
        "domain": {"name": "hakari pools", "version": "1", "chainId": chain_id, "verifyingContract": pools},
        "message": {"vote": vote, "account": account, "support": support, "deadline": deadline},
    }


def funding(
    *, chain_id: int, escrow: Account, pool: int, terms_version: int, amount: int, deadline: int, salt: str
) -> bytes:
    """Return the bytes whose Keccak-256 hash is the nonce of an authorisation that opens one order in escrow. salt: 64 digits."""
    return _words(chain_id, escrow, pool, terms_version, amount, deadline, int(salt, 16))


def purchase(*, chain_id: int, licences: Account, offer: int, to: Account, max_price: int, salt: str) -> bytes:
    """Return the bytes whose Keccak-256 hash is the nonce of an authorisation that buys one licence. salt: 64 digits."""
    return _words(chain_id, licences, offer, to, max_price, int(salt, 16))


def _words(*values: int | str) -> bytes:
    """Return numbers and addresses as the ABI encodes them."""
    return b"".join((each if isinstance(each, int) else int(each, 16)).to_bytes(32, "big") for each in values)


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
