"""The shell of every page: templates, languages, headers, errors. A page is data from app/ put into a template; no rule lives here."""

import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hakari.app import Node, market, paying
from hakari.app.pages import wrong
from hakari.core.errors import HakariError
from hakari.doors.api.door import node_at
from hakari.doors.web import charts, formats, session
from hakari.doors.web.formats import Formats
from hakari.doors.web.languages import LANGUAGES, Speaker, wanted

HERE = Path(__file__).parent
STATIC = HERE / "static"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""What a page may load: its own files, and pictures and sounds that its own script made."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Vary": "Accept-Language, Cookie",
}

ROLES: Mapping[str, tuple[str, ...]] = {
    "contributor": ("market", "tasks", "earnings", "explore", "me"),
    "buyer": ("market", "orders", "tasks", "explore", "me"),
}
"""What the bar shows, by what somebody came for; who has no key in this browser is shown the way to one instead of «me»."""

PLACES: Mapping[str, tuple[str, str]] = {
    "market": ("/", "store"),
    "tasks": ("/tasks", "list-checks"),
    "earnings": ("/earnings", "coins"),
    "orders": ("/orders", "clipboard-list"),
    "explore": ("/explore", "scroll-text"),
    "me": ("/me", "circle-user"),
    "start": ("/start", "key"),
}
"""Where each leads, and its icon."""

_ICONS: Mapping[str, str] = json.loads((HERE / "icons.json").read_text(encoding="utf-8"))


def icon(name: str) -> Markup:
    """Return an icon as SVG, hidden from screen readers: a word stands beside it."""
    return Markup(  # the paths are those of the package
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        + _ICONS[name]
        + "</svg>"
    )


def asset(path: str) -> str:
    """Return the address of a static file, with a mark that changes when the file does."""
    file = STATIC / path
    mark = _mark(path, file.stat().st_mtime_ns) if file.is_file() else ""
    return f"/static/{path}?v={mark}" if mark else f"/static/{path}"


@lru_cache(maxsize=256)
def _mark(path: str, changed: int) -> str:
    del changed
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def has_asset(path: str) -> bool:
    """Tell whether a static file is there."""
    return (STATIC / path).is_file()


def to_json(value: object) -> str:
    """Return JSON for an attribute of a page; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(short=formats.short, number=formats.number, of_bps=formats.of_bps, share=formats.share)
    shared: dict[str, Any] = {
        "icon": icon,
        "asset": asset,
        "has_asset": has_asset,
        "to_json": to_json,
        "charts": charts,
        "languages": LANGUAGES,
        "places": PLACES,
    }
    cast(dict[str, Any], made.globals).update(shared)
    return made


_TEMPLATES = _environment()


def page(request: Request, template: str, *, status: int = 200, here: str = "", **data: Any) -> HTMLResponse:
    """Return a page in the reader's language. here: the entry of the bar that the page belongs to."""
    return HTMLResponse(render(request, template, here=here, **data), status_code=status, headers=_headers(request))


def render(request: Request, template: str, *, here: str = "", **data: Any) -> str:
    """Return a template as text, with what every page needs put beside `data`.

    Where data holds a `subject`, what the page is about and can be reported, the page says whether it is in quarantine.
    """
    node = node_at(request)
    say, form = speaker(request), formats_of(request)
    who = session.account(request)
    role = session.read(request, "role") or ""
    shared: dict[str, Any] = {
        "t": say,
        "f": form,
        "lang": say.language,
        "here": here,
        "who": who,
        "balance": market.balance(node, who) if who else None,
        "role": role if role in ROLES else "contributor",
        "bar": [name if who or name != "me" else "start" for name in ROLES.get(role, ROLES["contributor"])],
        "theme": session.read(request, "theme"),
        "proof": session.form_proof(request),
        "local": node.settings.profile == "local",
        "node_name": node.name,
        "node_url": node.settings.url,
        "log_size": node_log_size(node),
        "gasless": paying.gasless(node),
        "path": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "with_query": partial(with_query, request),
        "subject": None,
        "stopped": wrong.stopped(node, data["subject"]) if data.get("subject") else None,
    }
    return _TEMPLATES.get_template(template).render({**shared, **data})


def node_log_size(node: Node) -> int:
    """Return the size of the published log."""
    checkpoint = node.log.checkpoint()
    return checkpoint.size if checkpoint else 0


def speaker(request: Request) -> Speaker:
    """Return who says the sentences of this request's page."""
    chosen = wanted(cookie=session.read(request, "language"), header=request.headers.get("accept-language"))
    return Speaker(chosen)


def formats_of(request: Request) -> Formats:
    """Return the formats of this request's page."""
    node = node_at(request)
    return Formats(say=speaker(request), unit=market.unit(node), now=node.clock())


def with_query(request: Request, **changed: object) -> str:
    """Return this page's address with some of its query changed; None takes a part out."""
    query = {**request.query_params, **{name: value for name, value in changed.items()}}
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


def _headers(request: Request) -> dict[str, str]:
    node = node_at(request)
    made = {**HEADERS, "Cache-Control": "no-store" if session.read(request, "session") else "no-cache"}
    if session.secure(node):
        made["Strict-Transport-Security"] = "max-age=31536000"
    return made


class PageRoute(APIRoute):
    """A route that answers people: what is refused becomes a page that says so. Plain functions run in a thread of their own."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that also sets the visit cookie and shows refusals as pages."""
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            session.visit(request)
            try:
                response = await handle(request)
            except HakariError as error:
                response = await run_in_threadpool(problem, request, error.status, error.code, error.message)
            except RequestValidationError as error:
                first = cast(dict[str, Any], error.errors()[0])
                response = await run_in_threadpool(problem, request, 404, "unknown", str(first["msg"]))
            except HTTPException as error:
                response = await run_in_threadpool(problem, request, error.status_code, "refused", str(error.detail))
            node = node_at(request)
            if session.read(request, "visit") is None and response.headers.get("content-type", "").startswith("text/"):
                session.set_cookie(response, node, "visit", session.visit(request))
            return response

        return shown


def problem(request: Request, status: int, code: str, message: str) -> HTMLResponse:
    """Return the page of a refusal: what was expected and what came, in the node's own words."""
    return page(request, "problem.html", status=status, code=code, message=message, status_code=status)


class Files(StaticFiles):
    """Static files: fixed for ever under an address with a mark, asked for again otherwise."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file with its headers."""
        response = await super().get_response(path, scope)
        marked = b"v=" in cast(bytes, scope.get("query_string", b""))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if marked else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def install(app: FastAPI) -> None:
    """Serve the static files, and answer people who ask for a page that does not exist with a page."""
    app.mount("/static", Files(directory=STATIC), name="static")
    plainly = app.exception_handlers[HTTPException]

    @app.exception_handler(HTTPException)
    async def wrong(request: Request, error: Exception) -> Response:
        found = cast(HTTPException, error)
        reads = "text/html" in request.headers.get("accept", "")
        machine = request.url.path.startswith(("/v1/", "/public/", "/log/", "/static/", "/rpc"))
        if found.status_code == 404 and reads and not machine:
            return await run_in_threadpool(problem, request, 404, "unknown", request.url.path)
        return await cast(Any, plainly)(request, error)
