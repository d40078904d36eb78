"""Who is at a page: the sign-in cookie, the visit cookie, and the proof that a form came from one of our own pages.

The sign-in cookie holds the token of an API session and nothing reads it but the server. A form carries a text made from the visit
cookie; a page of another site can send our cookies along, but can neither read nor set them, and so can't make that text.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request, Response

from hakari.app import Node, sessions
from hakari.core.errors import Forbidden
from hakari.core.ids import Account
from hakari.doors.api.door import node_at

YEAR_S = 365 * 86_400


class ForeignForm(Forbidden):
    """A form that none of this node's pages made, or whose page is from before the cookies were cleared."""

    code = "foreign_form"


def secure(node: Node) -> bool:
    """Tell whether people reach this node by https."""
    return node.settings.url.startswith("https://")


def cookie_name(node: Node, name: str) -> str:
    """Return a cookie's name. Under https no other host may set a cookie of such a name: `__Host-…`."""
    return f"__Host-hakari-{name}" if secure(node) else f"hakari-{name}"


def read(request: Request, name: str) -> str | None:
    """Return a cookie of ours, or None."""
    return request.cookies.get(cookie_name(node_at(request), name))


def set_cookie(response: Response, node: Node, name: str, value: str, *, seconds: int = YEAR_S) -> None:
    """Set a cookie that no script reads and other sites' forms don't send."""
    response.set_cookie(
        cookie_name(node, name), value, max_age=seconds, path="/", secure=secure(node), httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, node: Node, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(cookie_name(node, name), path="/", secure=secure(node), httponly=True, samesite="lax")


def account(request: Request) -> Account | None:
    """Return the account that is signed in on this browser, or None."""
    token = read(request, "session")
    return sessions.session(node_at(request), token) if token else None


def visit(request: Request) -> str:
    """Return the visit's secret: that of the cookie, or a fresh one, which `page` will set."""
    known = getattr(request.state, "visit", None) or read(request, "visit")
    if not known or len(known) > 100:
        known = secrets.token_urlsafe(24)
    request.state.visit = known
    return known


def owner(request: Request) -> str:
    """Return who a visit's drafts are of: made from its secret, which it does not tell."""
    return hmac.new(visit(request).encode(), b"hakari.owner.v1", hashlib.sha256).hexdigest()


def form_proof(request: Request) -> str:
    """Return what every form of a page to this visitor carries as `proof`."""
    return hmac.new(visit(request).encode(), b"hakari.form.v1", hashlib.sha256).hexdigest()


def check_form(request: Request, proof: object) -> None:
    """Raise ForeignForm unless a form came from a page of ours, in this browser."""
    check_origin(request)
    if read(request, "visit") is None or not isinstance(proof, str):
        raise ForeignForm("a form must come with the cookie of the page that made it, got none")
    if not hmac.compare_digest(proof.encode(), form_proof(request).encode()):
        raise ForeignForm("a form must be one that a page of this node made for this browser; load the page again")


def check_origin(request: Request) -> None:
    """Raise ForeignForm where the browser says that another site sent the request."""
    origin = request.headers.get("origin")
    own = {urlsplit(node_at(request).settings.url).netloc, request.headers.get("host", "")}
    if origin is not None and urlsplit(origin).netloc not in own:
        raise ForeignForm(f"requests must come from this node's own pages, got one from {origin[:80]!r}")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm("requests must come from this node's own pages, got one from another site")
