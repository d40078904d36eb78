"""Resumable uploads, tus 1.0.0 (tus.io): creation, termination, checksum and expiration; and what was uploaded, read back.

Bodies are written to the disk as they come and are never held as a whole.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from email.utils import formatdate
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from hakari.app import units, uploads
from hakari.app.uploads import Receiving
from hakari.core.errors import HakariError, Malformed
from hakari.core.ids import Digest
from hakari.doors.api.door import AtNode, OnceOnly, SignedIn, StrictRoute, stream
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import ChecksIn

PATH = "/v1/uploads/"
VERSION = "1.0.0"
STEP = 2**20

router = APIRouter(prefix="/v1", responses=ERRORS, tags=["data"])
strict = APIRouter(route_class=StrictRoute)

UploadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Tus = Annotated[str, Header(description="1.0.0, the version of the protocol")]


class OtherVersion(HakariError):
    """A version of the upload protocol that this node does not speak."""

    code = "tus_version"
    status = 412


class WrongChecksum(HakariError):
    """The bytes of one request did not have the checksum that came with them. Nothing of them was kept; send them again."""

    code = "wrong_checksum"
    status = 460


def _speaks(version: str) -> None:
    if version != VERSION:
        raise OtherVersion(f"Tus-Resumable must be {VERSION}, got {version[:20]!r}")


@router.options("/uploads", status_code=204)
def options_uploads(node: AtNode) -> Response:
    """What this node can do: the protocol's version and extensions, the largest upload."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination,checksum,expiration",
            "Tus-Checksum-Algorithm": "sha1,sha256",
            "Tus-Max-Size": str(node.settings.upload_gib * uploads.GIB),
        },
    )


@router.post("/uploads", status_code=201)
def post_upload(  # noqa: PLR0917 one parameter a header
    node: AtNode,
    account: SignedIn,
    upload_length: Annotated[int, Header(ge=0)],
    upload_metadata: Annotated[str, Header(max_length=2000, description="filetype, filename, sha256: each in base64")],
    once: OnceOnly,
    tus_resumable: Tus = "",
) -> JSONResponse:
    """Begin an upload of so many bytes and of a type; `Location` is where they go. With `sha256` the whole must have that digest."""
    _speaks(tus_resumable)
    said = _metadata(upload_metadata)

    def work() -> tuple[int, Any]:
        row = uploads.begin(
            node,
            account,
            length=upload_length,
            type_=said.get("filetype", ""),
            name=said.get("filename", ""),
            expected=_digest(said.get("sha256")),
        )
        return 201, {"id": row.id, "expires": row.expires}

    answer = once(work)
    made = json.loads(bytes(answer.body))
    answer.headers.update({**_expiry(made["expires"]), "Location": f"{node.settings.url}{PATH}{made['id']}"})
    return answer


def _metadata(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in text.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Malformed(f"Upload-Metadata must hold base64 of UTF-8, got {pair[:40]!r}") from error
    return found


def _digest(text: str | None) -> str | None:
    if text is not None and (len(text) != 64 or set(text) - set("0123456789abcdef")):
        raise Malformed(f"sha256 must be 64 hexadecimal digits, got {text[:80]!r}")
    return text


def _expiry(expires: int | None) -> dict[str, str]:
    told = {} if expires is None else {"Upload-Expires": formatdate(expires, usegmt=True)}
    return {"Tus-Resumable": VERSION, "Cache-Control": "no-store", **told}


@router.head("/uploads/{upload}")
def head_upload(node: AtNode, account: SignedIn, upload: UploadId, tus_resumable: Tus = "") -> Response:
    """How many bytes have come."""
    _speaks(tus_resumable)
    row = uploads.get(node, account, upload)
    told = {"Upload-Offset": str(uploads.offset(node, row)), "Upload-Length": str(row.length)}
    return Response(headers={**_expiry(row.expires), **told})


@router.get("/uploads/{upload}")
def get_upload(node: AtNode, account: SignedIn, upload: UploadId) -> dict[str, Any]:
    """One upload: how far it is; once it is whole its SHA-256 and what was found in it, or why it was refused."""
    row = uploads.get(node, account, upload)
    refused = None if row.note is None else {"code": row.note[0], "message": row.note[1]}
    return {
        "id": row.id,
        "status": row.status,
        "type": row.type,
        "name": row.name,
        "length": row.length,
        "offset": 0 if refused else uploads.offset(node, row),
        "sha256": row.sha256,
        "measured": row.stated,
        "refused": refused,
        "expires": row.expires,
    }


@router.patch("/uploads/{upload}", status_code=204)
async def patch_upload(  # noqa: PLR0917 one parameter a header
    request: Request,
    node: AtNode,
    account: SignedIn,
    upload: UploadId,
    upload_offset: Annotated[int, Header(ge=0)],
    tus_resumable: Tus = "",
    upload_checksum: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Send bytes from an offset on, as many as you like; whatever came before a broken connection stays. The last ones finish it."""
    _speaks(tus_resumable)
    if request.headers.get("content-type") != "application/offset+octet-stream":
        raise uploads.UnknownType("content-type must be application/offset+octet-stream")
    wanted = _checksum(upload_checksum)
    row = await run_in_threadpool(uploads.get, node, account, upload)
    hold = uploads.receiving(node, row, upload_offset)
    into = await run_in_threadpool(hold.__enter__)
    try:
        await _pour(request.stream(), into, wanted)
        at = into.tail.length
    finally:
        await run_in_threadpool(hold.__exit__, None, None, None)
    if at == row.length:
        row = await run_in_threadpool(uploads.finish, node, row)
    return Response(status_code=204, headers={**_expiry(row.expires), "Upload-Offset": str(at)})


def _checksum(text: str | None) -> tuple[str, bytes] | None:
    if text is None:
        return None
    name, _, value = text.partition(" ")
    if name not in ("sha1", "sha256"):
        raise Malformed(f"Upload-Checksum must be of sha1 or sha256, got {name[:20]!r}")
    try:
        return name, base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise Malformed("Upload-Checksum must be base64") from error


async def _pour(stream: AsyncIterator[bytes], into: Receiving, wanted: tuple[str, bytes] | None) -> None:
    """Write a stream in pieces of a MiB. What came before a lost connection is kept, unless a checksum was to cover the whole."""
    state = hashlib.new(wanted[0]) if wanted else None
    waiting = bytearray()
    try:
        async for piece in stream:
            waiting += piece
            if len(waiting) >= STEP:
                await _write(into, waiting, state)
        await _write(into, waiting, state)
    except ClientDisconnect:
        if state is not None:
            await run_in_threadpool(into.undo)
        else:
            await _write(into, waiting, state)
        raise
    if state is not None and wanted is not None and state.digest() != wanted[1]:
        await run_in_threadpool(into.undo)
        raise WrongChecksum(f"{wanted[0]} of these bytes must be {wanted[1].hex()}, got {state.hexdigest()}")


async def _write(into: Receiving, waiting: bytearray, state: Any) -> None:
    if waiting:
        data = bytes(waiting)
        waiting.clear()
        if state is not None:
            state.update(data)
        await run_in_threadpool(into.write, data)


@router.delete("/uploads/{upload}", status_code=204)
def delete_upload(node: AtNode, account: SignedIn, upload: UploadId, tus_resumable: Tus = "") -> Response:
    """Take an upload back, with its bytes."""
    _speaks(tus_resumable)
    uploads.terminate(node, uploads.get(node, account, upload))
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


SANDBOX: Mapping[str, str] = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""With these no browser runs what strangers uploaded, whatever it is."""


@router.get("/contents/{digest}", response_class=StreamingResponse)
def get_content(
    node: AtNode, account: SignedIn, digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> StreamingResponse:
    """Content that you uploaded, as a file to save: never shown as a page."""
    row, file = uploads.content(node, account, Digest(digest))
    return stream(file, name=digest, media_type=row.type, headers=SANDBOX)


@strict.post("/orders/{order}/checks")
def post_checks(
    node: AtNode,
    order: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    account: SignedIn,
    given: ChecksIn,
    once: OnceOnly,
) -> JSONResponse:
    """Check units before you hand them in: the answer to sign, or the reason why not, and the verdict as things stand now."""
    offered = [unit.offered() for unit in given.units]
    return once(lambda: (200, {"items": units.examine(node, order, account, offered), "next": None}))


router.include_router(strict)
