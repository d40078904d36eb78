"""More of an order: the form in which its buyer says what is wanted, and the order that they sign and fund for it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from hakari.app import Node, market, more
from hakari.app.more import More
from hakari.app.pages import progress
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.data import uploads
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.forms import micros, text, whole
from hakari.doors.web.shell import PageRoute, page
from hakari.doors.web.wizard import Filled

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get("/orders/{order}/more", response_class=HTMLResponse)
def blank(request: Request, node: AtNode, order: Hash) -> HTMLResponse:
    """The form, filled in as the order has it."""
    return _form(request, node, order)


@router.post("/orders/{order}/more", response_class=HTMLResponse)
def check(request: Request, node: AtNode, order: Hash, form: Filled) -> HTMLResponse:
    """What more costs, above the button that signs and pays; or the form with what was wrong."""
    session.check_form(request, form.get("proof"))
    who = _buyer(request)
    try:
        wanted = _wanted(node, order, form)
        made = more.order(node, order, wanted, account=who)
    except Malformed as error:
        return _form(request, node, order, error=error, form=form)
    return page(
        request,
        "more/check.html",
        here="orders",
        order=order,
        made=made,
        wanted=wanted,
        unit=market.unit(node),
    )


def _form(
    request: Request, node: Node, order: str, *, error: Malformed | None = None, form: FormData | None = None
) -> HTMLResponse:
    found = progress.progress(node, order, _buyer(request))
    given = {name: value for name, value in (form or {}).items() if isinstance(value, str)}
    return page(
        request,
        "more/form.html",
        status=200 if error is None else 422,
        here="orders",
        found=found,
        columns=more.columns(node, order),
        given=given,
        error=error,
        most_days=more.LONGEST_DAYS,
        most_each=more.MOST_EACH,
        unit=market.unit(node),
    )


def _wanted(node: Node, order: str, form: FormData) -> More:
    how = text(form, "how")
    if how not in more.HOWS:
        raise Malformed(f"how must be one of {list(more.HOWS)}, got {how!r}", pointer="/how")
    return More(
        how=how,
        each=whole(form, "each", 1, more.MOST_EACH),
        reward=micros(text(form, "reward"), pointer="/reward"),
        days=whole(form, "days", 1, more.LONGEST_DAYS),
        items=_items(node, order, form) if how == "items" else (),
    )


def _items(node: Node, order: str, form: FormData) -> list[Json]:
    brought = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    if not brought:
        raise Malformed("a table with the items must be chosen, got none", pointer="/files")
    found = uploads.read([(str(each.filename), each.file.read()) for each in brought])
    return more.rows(node, order, found)


def _buyer(request: Request) -> Account:
    who = session.account(request)
    if who is None:
        raise NotSignedIn("more of an order is asked for by its buyer; sign in first")
    return who
