"""The explorer's pages: the log, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from hakari.app import explorer
from hakari.doors.api.door import AtNode
from hakari.doors.web.shell import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Place = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("/explore", response_class=HTMLResponse)
def log(
    request: Request, node: AtNode, before: Place = None, kind: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """The newest statements."""
    return page(
        request, "explore/log.html", here="explore", listing=explorer.newest(node, before=before, kind=kind or None)
    )
