"""The pages of somebody who works: what is open, the workspace, and what was earned."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hakari.app import claims, desk, market
from hakari.app.claims import NothingToClaim
from hakari.app.pages import earnings, queue, requests
from hakari.core import ids
from hakari.doors.api.door import AtNode
from hakari.doors.api.limits import asking
from hakari.doors.web import session
from hakari.doors.web.shell import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
MaybeAccount = Annotated[str, Query(pattern=r"^(0x[0-9a-fA-F]{40})?$")]


@router.get("/tasks", response_class=HTMLResponse)
def tasks(request: Request, node: AtNode, kind: Annotated[str, Query(max_length=40)] = "") -> HTMLResponse:
    """The orders that take answers now, with what each pays and why one is closed to the reader."""
    who = session.account(request)
    found = queue.work(node, who)
    kinds = sorted({each.kind for each in found})
    shown = [each for each in found if kind in ("", each.kind)]
    return page(
        request,
        "tasks.html",
        here="tasks",
        open_=[each for each in shown if each.closed is None],
        closed=[each for each in shown if each.closed is not None],
        kinds=kinds if len(kinds) > 1 else [],
        kind=kind,
    )


@router.get("/tasks/{order}", response_class=HTMLResponse)
def workspace(request: Request, node: AtNode, order: Hash) -> Response:
    """The workspace of one order; a request for data has a page of its own."""
    found = queue.one(node, order, session.account(request))
    if found is None:
        raise desk.UnknownOrder(f"order must be one of this node's, got {order}")
    if found.kind == requests.KIND:
        return RedirectResponse(f"/requests/{order}", status_code=303)
    return page(
        request,
        "workspace.html",
        work=found,
        guideline=queue.guideline(node, order),
        unit=market.unit(node),
    )


@router.get("/earnings", response_class=HTMLResponse)
def earned(request: Request, node: AtNode, account: MaybeAccount = "", asked: str = "") -> HTMLResponse:
    """What an account earned: the signed-in one, or any other, for all of it is public."""
    mine = session.account(request)
    who = ids.account(account) if account else mine
    if who is None:
        return page(request, "earnings_nobody.html", here="earnings")
    found = earnings.earnings(node, who)
    return page(
        request,
        "earnings.html",
        here="earnings",
        earned=found,
        own=who == mine,
        asked=asked == "yes",
        years=earnings.years(found),
        unit=market.unit(node),
    )


@router.post("/earnings/claim", response_class=HTMLResponse)
def claim(
    request: Request,
    node: AtNode,
    account: Annotated[str, Form(pattern=r"^0x[0-9a-fA-F]{40}$")],
    proof: Annotated[str, Form(max_length=100)] = "",
) -> RedirectResponse:
    """Have the relayer claim all that an account has coming: the contract pays the account itself, so anybody may ask."""
    session.check_form(request, proof)
    who = ids.account(account)
    try:
        claims.claim(node, who, address=asking(request.scope))
    except NothingToClaim:
        return RedirectResponse(f"/earnings?account={who}", status_code=303)
    return RedirectResponse(f"/earnings?account={who}&asked=yes", status_code=303)


@router.get("/earnings.csv", response_class=Response)
def earned_csv(
    request: Request,
    node: AtNode,
    account: MaybeAccount = "",
    year: Annotated[int | None, Query(ge=2000, le=9999)] = None,
) -> Response:
    """An account's entries as a table, for a spreadsheet or a tax form."""
    who = ids.account(account) if account else session.account(request)
    if who is None:
        return page(request, "earnings_nobody.html", here="earnings")
    name = f"hakari-{who[:10]}{'' if year is None else f'-{year}'}.csv"
    return Response(
        earnings.table(node, who, year=year),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )
