"""One JSON error shape on every route: {"error": {"code", "message", "pointer"}}."""

from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from hakari.app.paces import TooMany
from hakari.core.errors import HakariError

_CODES = {400: "malformed", 404: "unknown", 405: "wrong_method", 413: "too_large"}


def answer(status: int, code: str, message: str, pointer: str | None = None) -> JSONResponse:
    """Return an error response."""
    return JSONResponse({"error": {"code": code, "message": message, "pointer": pointer}}, status_code=status)


def install(app: FastAPI) -> None:
    """Make every failure of a request speak the one shape."""

    @app.exception_handler(HakariError)
    async def refused(_request: Request, error: Exception) -> JSONResponse:
        refusal = cast(HakariError, error)
        response = answer(refusal.status, refusal.code, refusal.message, refusal.pointer)
        if isinstance(refusal, TooMany):
            response.headers["Retry-After"] = str(refusal.wait_s)
        if refusal.status == 503 or refusal.code == "raced":
            response.headers["Retry-After"] = "1"
        return response

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: Exception) -> JSONResponse:
        first: dict[str, Any] = cast(RequestValidationError, error).errors()[0]
        place = [str(part) for part in first["loc"] if part != "body"]
        got = repr(first.get("input"))[:80].encode("utf-8", "backslashreplace").decode()
        message = f"{first['msg']}, got {got}".encode("utf-8", "backslashreplace").decode()
        return answer(422, "malformed", message, "/" + "/".join(place) if place else None)

    @app.exception_handler(HTTPException)
    async def wrong(_request: Request, error: Exception) -> JSONResponse:
        found = cast(HTTPException, error)
        response = answer(found.status_code, _CODES.get(found.status_code, "refused"), str(found.detail))
        response.headers.update(found.headers or {})
        return response

    @app.exception_handler(Exception)
    async def broken(_request: Request, _error: Exception) -> JSONResponse:
        # A mistake of ours; the server logs it. What was being written was undone.
        return answer(500, "internal", "this request met a mistake in the server; it is logged there")


class RefusalBody(BaseModel):
    """What was refused: a stable code, a message for people, and the JSON pointer of the member in the request's body."""

    code: str
    message: str
    pointer: str | None


class Refusal(BaseModel):
    """Every error of the API has this shape."""

    error: RefusalBody


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": text}
    for status, text in [
        (400, "can't be read"),
        (401, "sign in first"),
        (403, "not yours to do"),
        (404, "not here"),
        (409, "the state has moved on"),
        (410, "refused, and its bytes are deleted"),
        (413, "too large"),
        (415, "compressed: bodies come as they are"),
        (422, "the form or meaning is wrong"),
        (423, "another request is writing it"),
        (429, "too many requests"),
        (503, "try again"),
        (451, "in quarantine"),
        (507, "storage is full"),
    ]
}
