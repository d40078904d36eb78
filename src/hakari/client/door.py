"""How an account talks to a node: requests and what becomes of them, a sign-in, the account's own signatures."""

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx
from eth_account import Account as Wallet
from eth_account.messages import encode_defunct, encode_typed_data

from hakari.core.errors import HakariError
from hakari.core.ids import Account

PATIENCE_S = 120.0
"""How long a request waits at most, in all, for a node that says «too many requests» and when to come again."""


class Refused(HakariError):
    """The node refused a request. `code`, `status` and `pointer` are the node's."""

    def __init__(self, status: int, code: str, message: str, pointer: str | None) -> None:
        super().__init__(message, pointer=pointer)
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]


class Unreachable(HakariError):
    """The node did not answer. The request can be repeated: statements and idempotency keys make that safe."""

    code = "unreachable"
    status = 503


class Door:
    """One account at one node's door. A request that comes too soon (429) is sent again when the node says, for two minutes at most.

    secret: 32 bytes of the account's secp256k1 key. clock: Unix seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: bytes,
        clock: Callable[[], int] | None = None,
        timeout: float = 60.0,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self.account = Account(Wallet.from_key(secret).address.lower())
        self._secret = secret
        self._clock = clock or (lambda: int(time.time()))
        self._sleep = sleep
        self._http = http or httpx.Client(timeout=timeout)
        if http is None:
            weakref.finalize(self, self._http.close)
        self._token: str | None = None
        self._node: dict[str, Any] | None = None

    def close(self) -> None:
        """Close the connections; a client that is thrown away does so by itself."""
        self._http.close()

    @property
    def node(self) -> dict[str, Any]:
        """Who the node is (asked once)."""
        if self._node is None:
            self._node = self.get("/v1/node")
        return self._node

    def node_now(self) -> dict[str, Any]:
        """Return who the node is and how far it is, asked anew."""
        return self.get("/v1/node")

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """Return a JSON object of the API. Raises Refused or Unreachable."""
        return cast(dict[str, Any], self._send("GET", path, params=params).json())

    def post(self, path: str, body: object, *, key: str | None = None) -> dict[str, Any]:
        """Post JSON and return the answer. `key` is the Idempotency-Key."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return cast(dict[str, Any], self._send("POST", path, json=body, headers=headers).json())

    def pages(self, path: str, **params: object) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        cursor: str | None = "0"
        while cursor is not None:
            page = self.get(path, cursor=cursor, **params)
            yield from page["items"]
            cursor = page["next"]

    def download(self, path: str, **params: object) -> bytes:
        """Return a file's bytes."""
        return self._send("GET", path, params=params).content

    def sign_in(self) -> None:
        """Open a session (EIP-4361), needed for reading tasks and asking for releases."""
        asked = self.post("/v1/auth/nonce", {})
        issued = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = (
            f"{asked['domain']} wants you to sign in with your Ethereum account:\n"
            f"{Wallet.from_key(self._secret).address}\n\n"
            "Sign in to Hakari.\n\n"
            f"URI: {asked['uri']}\nVersion: 1\nChain ID: {asked['chain_id']}\n"
            f"Nonce: {asked['nonce']}\nIssued At: {issued}"
        )
        signature = Wallet.sign_message(encode_defunct(text=message), self._secret).signature.hex()
        opened = self.post("/v1/auth/session", {"message": message, "signature": signature.removeprefix("0x")})
        self._token = opened["token"]

    def _typed(self, message: Mapping[str, object]) -> str:
        """Return the account's own signature over typed data, 130 hexadecimal digits."""
        signable = encode_typed_data(full_message=cast(dict[str, Any], message))
        return Wallet.sign_message(signable, self._secret).signature.hex().removeprefix("0x")

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers: dict[str, str] = more.pop("headers", {})
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        url = path if "://" in path else self.url + path
        left = PATIENCE_S
        while True:
            try:
                answer = self._http.request(method, url, headers=headers, **more)
            except httpx.TransportError as error:
                raise Unreachable(f"{url} did not answer: {error}") from error
            pause = _pause_s(answer)
            if pause is None or pause > left:
                break
            # Nothing was done: the same request is due again then.
            self._sleep(pause)
            left -= pause
        if answer.is_success:
            return answer
        try:
            problem = answer.json()["error"]
            code, message, pointer = problem["code"], problem["message"], problem["pointer"]
        except (ValueError, KeyError, TypeError):
            # Not the node's own words: a proxy in between, or another server.
            raise Refused(answer.status_code, "refused", answer.text[:200], None) from None
        raise Refused(answer.status_code, code, message, pointer)


def _pause_s(answer: httpx.Response) -> float | None:
    """Return after how many seconds a request that came too soon may be sent again; None for any other answer."""
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS.value:
        return None
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() and int(told) > 0 else 1.0
