"""What every route shares: the node, who is signed in, repeated requests."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse

from hakari.app import Node, repeats
from hakari.core.errors import HakariError
from hakari.core.ids import Account


class NotSignedIn(HakariError):
    """This needs a session: POST /v1/auth/session."""

    code = "not_signed_in"
    status = 401


def node_of(request: Request) -> Node:
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
    return repeats.session(node_of(request), token)


class Once:
    """Runs a request at most once for each Idempotency-Key: the same request again gets the same answer."""

    def __init__(
        self,
        request: Request,
        idempotency_key: Annotated[str | None, Header(max_length=128, pattern=r"^[\x21-\x7e]+$")] = None,
        authorization: Annotated[str | None, Header()] = None,
    ) -> None:
        self._request = request
        self._key = idempotency_key
        self._who = maybe_account(request, authorization) if idempotency_key else None

    def __call__(self, asked: object, work: Callable[[], tuple[int, Any]]) -> JSONResponse:
        """Return the kept answer to this key, or do the work and keep its answer. `asked` is what was asked, for comparing."""
        if self._key is None:
            status, made = work()
            return JSONResponse(made, status_code=status)
        text = json.dumps([self._request.url.path, asked], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        status, made = repeats.once(node_of(self._request), key=self._key, who=self._who or "", asked=digest, work=work)
        return JSONResponse(made, status_code=status)


AtNode = Annotated[Node, Depends(node_of)]
SignedIn = Annotated[Account, Depends(account_of)]
MaybeSignedIn = Annotated[Account | None, Depends(maybe_account)]
OnceOnly = Annotated[Once, Depends(Once)]
