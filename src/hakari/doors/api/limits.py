"""What one client may ask for: a size of body, a rate of requests."""

import json
import time
from collections.abc import Callable
from typing import cast

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class TooLarge(HTTPException):
    """The body passed the limit while it was being read. As an HTTPException it reaches the client from wherever it is raised."""


class Limits:
    """ASGI middleware. Bodies above `body_bytes` get 413 before they are held in memory; `rate` requests a second and client
    address (bursts of ten seconds' worth), then 429; 0 means no limit."""

    def __init__(
        self, app: ASGIApp, *, body_bytes: int, rate: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._rate = rate
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = cast("tuple[str, int] | None", scope.get("client"))
        if self._rate and not self._allowed(client[0] if client else ""):
            await _refuse(send, 429, "too_many_requests", f"at most {self._rate} requests a second; wait a second")
            return
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        encoding = headers.get(b"content-encoding", b"identity")
        if encoding.lower() not in (b"", b"identity"):
            # A few compressed bytes can become any number.
            got = encoding[:40].decode("latin-1")
            await _refuse(send, 415, "encoding_unknown", f"body must come without Content-Encoding, got {got!r}")
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

    def _allowed(self, client: str) -> bool:
        now = self._clock()
        full = float(self._rate * 10)
        left, then = self._buckets.get(client, (full, now))
        left = min(full, left + (now - then) * self._rate)
        if len(self._buckets) > 100_000:
            self._buckets.clear()
        self._buckets[client] = (left - 1 if left >= 1 else left, now)
        return left >= 1


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message, "pointer": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 429:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
