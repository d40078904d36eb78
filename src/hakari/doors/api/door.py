"""What every route shares: the node, who is signed in, repeated requests."""

import hashlib
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Annotated, Any, BinaryIO, cast

from fastapi import Depends, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute

from hakari.app import Node, repeats, sessions
from hakari.core import canonical
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.doors.api.limits import asking

_MEMBERS = {field.name for field in fields(Statement)}


class NotSignedIn(HakariError):
    """This needs a session: POST /v1/auth/session."""

    code = "not_signed_in"
    status = 401


async def node_of(request: Request) -> Node:
    """Return the node that this server runs."""
    # Not a plain function: those wait for a thread, and every request needs this.
    return node_at(request)


def node_at(request: Request) -> Node:
    """Return the node that this server runs."""
    return cast(Node, request.app.state.node)


def account_of(request: Request, authorization: Annotated[str | None, Header()] = None) -> Account:
    """Return the signed-in account. Raises NotSignedIn."""
    found = maybe_account(request, authorization)
    if found is None:
        raise NotSignedIn("sign in first: send «Authorization: Bearer <token>» from POST /v1/auth/session")
    return found


def maybe_account(request: Request, authorization: Annotated[str | None, Header()] = None) -> Account | None:
    """Return the signed-in account, or None."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    return sessions.session(node_at(request), token)


class Once:
    """Runs a request at most once for each Idempotency-Key: the same request again gets the same answer."""

    def __init__(self, node: Node, *, key: str | None, request: str, who: Callable[[], Account | None]) -> None:
        self._node = node
        self._key = key
        self._request = request
        self._who = who

    def __call__(self, work: Callable[[], tuple[int, Any]]) -> JSONResponse:
        """Return the kept answer to this key, or do the work and keep its answer."""
        if self._key is None:
            status, made = work()
            return JSONResponse(made, status_code=status)
        status, made = repeats.once(self._node, key=self._key, who=self._who() or "", asked=self._request, work=work)
        return JSONResponse(made, status_code=status)


async def once_only(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=128,
            pattern=r"^[\x21-\x7e]+$",
            description="The same request with the same key is done once and answered alike.",
        ),
    ] = None,
) -> Once:
    """Return what runs this request once. The same request is one of the same method, path and body, byte for byte."""
    node = node_at(request)
    if idempotency_key is None:
        return Once(node, key=None, request="", who=lambda: None)
    asked = f"{request.method} {request.url.path}\n".encode("utf-8", "surrogatepass") + await request.body()
    return Once(
        node,
        key=idempotency_key,
        request=hashlib.sha256(asked).hexdigest(),
        who=lambda: maybe_account(request, request.headers.get("authorization")),
    )


@contextmanager
def inside_statement() -> Generator[None]:
    """Make refusals of a statement's members point into the request's body, where the statement is one member."""
    try:
        yield
    except HakariError as error:
        if error.pointer is not None and error.pointer.split("/")[1] in _MEMBERS:
            error.pointer = f"/statement{error.pointer}"
        raise


class StrictRequest(Request):
    """A request whose JSON is read strictly: no key twice, no fraction, no number beyond 2^53, not nested too deep."""

    async def json(self) -> Any:
        """Return the body's JSON. Raises an HTTP 400 that says what is wrong with it."""
        try:
            return canonical.decode(await self.body())
        except Malformed as error:
            raise HTTPException(400, error.message) from error


class StrictRoute(APIRoute):
    """A route of the API: it reads its body with StrictRequest."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind a strict request."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly


async def address_of(request: Request) -> str:
    """Return where a request comes from, as the limits see it."""
    return asking(request.scope)


def stream(
    file: BinaryIO,
    *,
    name: str,
    media_type: str = "application/octet-stream",
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """Return an open file as one to save under a name; it is read in pieces and closed at the end."""

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(2**20):
                yield piece

    length = file.seek(0, 2)
    file.seek(0)
    told = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(length)}
    return StreamingResponse(pieces(), media_type=media_type, headers={**told, **(headers or {})})


AtNode = Annotated[Node, Depends(node_of)]
SignedIn = Annotated[Account, Depends(account_of)]
MaybeSignedIn = Annotated[Account | None, Depends(maybe_account)]
Address = Annotated[str, Depends(address_of)]
OnceOnly = Annotated[Once, Depends(once_only)]
