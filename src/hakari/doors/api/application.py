"""The web application of one node."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from hakari.app import Node
from hakari.doors.api import declaring, errors, exams, paying, reports, routes, uploads, voting
from hakari.doors.api.door import AtNode
from hakari.doors.api.limits import Limits
from hakari.doors.web import (
    docs,
    explorer,
    hands,
    house,
    more,
    notices,
    operator,
    orders,
    pages,
    requests,
    sell,
    shell,
    shelves,
    wizard,
    work,
    wrong,
)

MIB = 2**20


def create_app(node: Node) -> FastAPI:
    """Return the application that serves this node."""
    app = _application()
    app.state.node = node
    for part in (
        pages,
        work,
        hands,
        wizard,
        requests,
        sell,
        orders,
        more,
        shelves,
        explorer,
        docs,
        operator,
        notices,
        house,
        wrong,
    ):
        app.include_router(part.router)
    shell.install(app)
    app.add_api_route("/public/{path:path}", public_file, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/log/{path:path}", log_file, methods=["GET", "HEAD"], include_in_schema=False)
    if node.embedded is not None:
        app.add_api_route("/rpc", rpc, methods=["POST"], include_in_schema=False)
    app.add_middleware(Limits, body_bytes=node.settings.body_mib * MIB, rate=node.settings.rate, streams=uploads.PATH)
    return app


def schema() -> dict[str, Any]:
    """Return the OpenAPI schema of API v1, the same for every node."""
    return _application().openapi()


def _application() -> FastAPI:
    app = FastAPI(
        title="Hakari",
        version="1",
        description="An open market for AI training data whose every judgement and payout a stranger can recompute.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    errors.install(app)
    app.include_router(routes.router)
    app.include_router(uploads.router)
    app.include_router(reports.router)
    app.include_router(paying.router)
    app.include_router(voting.router)
    app.include_router(declaring.router)
    app.include_router(exams.router)
    return app


def public_file(node: AtNode, path: Annotated[str, Path(max_length=400)]) -> Response:
    """Serve one public file as it lies there; a partial tile that a wider one replaced is read out of that."""
    return _file(node, path)


def log_file(node: AtNode, path: Annotated[str, Path(max_length=400)]) -> Response:
    """Serve one file of the log, where tlog-tiles clients look for it."""
    return _file(node, f"log/{path}")


def _file(node: Node, path: str) -> Response:
    data = node.log.grown(path.removeprefix("log/")) if path.startswith("log/tile/") else node.public.read(path)
    if data is None:
        return errors.answer(404, "unknown", f"no public file {path!r}")
    fixed = "/tile/" in path or path.startswith("evidence/")
    cache = "public, max-age=31536000, immutable" if fixed and ".p/" not in path else "no-cache"
    kind = "application/json" if path.endswith(".json") else "application/octet-stream"
    kind = "text/plain; charset=utf-8" if path.endswith("checkpoint") else kind
    return Response(data, media_type=kind, headers={"Cache-Control": cache, "X-Content-Type-Options": "nosniff"})


async def rpc(node: AtNode, request: Request) -> Response:
    """Answer the embedded chain's JSON-RPC, so that wallets and web3 libraries find it at /rpc."""
    if "json" not in request.headers.get("content-type", ""):
        # A web page of another site can post plain text here without asking; JSON it can't.
        return errors.answer(415, "wrong_type", "content-type must be application/json")
    data = await request.body()
    embedded = node.embedded
    assert embedded is not None  # the route exists with it only
    return Response(await run_in_threadpool(embedded.answer, data), media_type="application/json")
