"""What one client may ask for: a size of body, a rate of requests."""

import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hakari.app.paces import Pace, TooMany


class TooLarge(HTTPException):
    """The body passed the limit while it was being read. As an HTTPException it reaches the client from wherever it is raised."""


class Limits:
    """ASGI middleware. Bodies above `body_bytes` get 413 before they are held in memory, but for PATCH at paths that begin with
    `streams`, whose bodies are never held and count themselves; `rate` requests a second and client address (bursts of ten
    seconds' worth), then 429 with Retry-After; 0 means no limit."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        body_bytes: int,
        rate: int,
        streams: str = "\n",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._pace = Pace(rate=rate, burst=10 * rate, what=f"{rate} requests a second from one address", clock=clock)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._pace.take(asking(scope))
        except TooMany as error:
            await _refuse(send, error.status, error.code, error.message, wait_s=error.wait_s)
            return
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        encoding = headers.get(b"content-encoding", b"identity")
        if encoding.lower() not in (b"", b"identity"):
            # A few compressed bytes can become any number.
            got = encoding[:40].decode("latin-1")
            await _refuse(send, 415, "encoding_unknown", f"body must come without Content-Encoding, got {got!r}")
            return
        if scope.get("method") == "PATCH" and cast(str, scope["path"]).startswith(self._streams):
            await self._app(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        text = f"body must be at most {self._body_bytes} bytes"
        if not length.isdigit() or int(length) > self._body_bytes:
            await _refuse(send, 413, "too_large", f"{text}, got {length[:20].decode('latin-1')}")
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._body_bytes:
                raise TooLarge(413, text)
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except TooLarge:
            if not started:
                await _refuse(send, 413, "too_large", text)


def asking(scope: Mapping[str, Any]) -> str:
    """Return the address that a request comes from; of an IPv6 address its network of 64 bits, which one household has."""
    client = cast("tuple[str, int] | None", scope.get("client"))
    host = client[0] if client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


async def _refuse(send: Send, status: int, code: str, message: str, *, wait_s: int | None = None) -> None:
    body = json.dumps({"error": {"code": code, "message": message, "pointer": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if wait_s is not None:
        headers.append((b"retry-after", str(wait_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
