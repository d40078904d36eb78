"""The pages of the house: oneself, and what the operator has to say about itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from hakari.app import declaring, sessions
from hakari.app.pages import legal, me
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.markdown import shown
from hakari.doors.web.requests import NAMES
from hakari.doors.web.shell import PageRoute, page, speaker

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/me", response_class=HTMLResponse)
def myself(request: Request, node: AtNode) -> HTMLResponse:
    """Role, language, theme; keys, export, leaving."""
    who = session.account(request)
    return page(request, "me.html", here="me", me=me.me(node, who) if who else None, codes=list(NAMES))


@router.get("/me/export.json", response_class=JSONResponse)
def export(request: Request, node: AtNode) -> JSONResponse:
    """Everything that this node holds of the signed-in account."""
    who = session.account(request)
    if who is None:
        raise NotSignedIn("the export is for the account's own holder; sign in first")
    return JSONResponse(
        me.export(node, who),
        headers={"Content-Disposition": f'attachment; filename="hakari-{who}.json"', "Cache-Control": "no-store"},
    )


@router.post("/me/declared")
def declare(
    request: Request,
    node: AtNode,
    spoken: Annotated[str, Form(max_length=20)] = "",
    region: Annotated[str, Form(max_length=20)] = "",
    proof: Annotated[str, Form(max_length=100)] = "",
) -> RedirectResponse:
    """Keep the language and the region that somebody says of themselves; nothing where a field is empty."""
    session.check_form(request, proof)
    who = session.account(request)
    if who is None:
        raise NotSignedIn("what you say of yourself is for your own account; sign in first")
    declaring.declare(node, who, language=spoken or None, region=region.strip().upper() or None)
    return RedirectResponse("/me#declared", status_code=303)


@router.post("/me/sign-out", response_class=HTMLResponse)
def sign_out(request: Request, node: AtNode, proof: Annotated[str, Form(max_length=100)] = "") -> RedirectResponse:
    """End this browser's sign-in."""
    session.check_form(request, proof)
    token = session.read(request, "session")
    if token:
        sessions.sign_out(node, token)
    response = RedirectResponse("/", status_code=303)
    session.drop_cookie(response, node, "session")
    return response


@router.get("/legal/{name}", response_class=HTMLResponse)
def legal_page(request: Request, node: AtNode, name: Literal["notice", "terms", "privacy"]) -> HTMLResponse:
    """A page that the operator has to fill, or what it must hold while it has not."""
    text = legal.text(node, name, speaker(request).language)
    return page(request, "legal.html", name=name, text=None if text is None else shown(text), legal_dir=legal.FOLDER)
