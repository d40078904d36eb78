"""The pages that everybody reaches: market, preferences, the API as a list.

Each parses, calls functions of app/ and fills a template.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from hakari.app import market
from hakari.doors.api.door import AtNode
from hakari.doors.web import session
from hakari.doors.web.languages import LANGUAGES
from hakari.doors.web.shell import ROLES, PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

To = Annotated[str, Query(max_length=500)]
FACETS_SHOWN = 12


class Search(BaseModel):
    """What the market was asked for; it is all in the address, so that a search can be sent to somebody."""

    q: str = Field(default="", max_length=200)
    sort: str = Field(default="evidence", max_length=20)
    purpose: str = Field(default="", max_length=40)
    kind: str = Field(default="", max_length=40)
    evidence: str = Field(default="", max_length=40)
    price: str = Field(default="", max_length=40)


@router.get("/", response_class=HTMLResponse)
def front(request: Request, node: AtNode, asked: Annotated[Search, Query()]) -> HTMLResponse:
    """The market: what can be bought, how good it is, who was paid."""
    chosen = {facet: str(getattr(asked, facet)) for facet in market.FACETS}
    shelf = market.search(node, text=asked.q, sort=asked.sort, chosen=chosen)
    facets = [
        (facet, sorted(shelf.counts[facet].items(), key=lambda pair: (-pair[1], pair[0]))[:FACETS_SHOWN])
        for facet in market.FACETS
        # A facet that leaves nothing out would only stand before the datasets.
        if chosen[facet] or any(count < len(shelf.cards) for count in shelf.counts[facet].values())
    ]
    return page(
        request,
        "market.html",
        here="market",
        shelf=shelf,
        totals=market.totals(node),
        facets=facets,
        chosen=chosen,
        text=asked.q,
        sort=asked.sort if asked.sort in market.SORTS else "evidence",
        sorts=market.SORTS,
        orders_open=market.open_orders(node, limit=3),
        anchored=node.embedded is None,
        chain_id=node.settings.chain_id,
    )


@router.get("/start", response_class=HTMLResponse)
def start(request: Request) -> HTMLResponse:
    """Joining: a key of one's own."""
    return page(request, "start.html", here="start")


@router.get("/language/{tag}")
def choose_language(node: AtNode, tag: Annotated[str, Path(max_length=10)], to: To = "/") -> RedirectResponse:
    """Remember a language on this browser and go back."""
    response = _back(to)
    if tag in LANGUAGES:
        session.set_cookie(response, node, "language", tag)
    return response


@router.get("/theme/{name}")
def choose_theme(node: AtNode, name: Literal["auto", "light", "dark"], to: To = "/") -> RedirectResponse:
    """Remember light or dark on this browser and go back."""
    response = _back(to)
    session.set_cookie(response, node, "theme", name)
    return response


@router.get("/role/{name}")
def choose_role(node: AtNode, name: Annotated[str, Path(max_length=20)], to: To = "/") -> RedirectResponse:
    """Remember what somebody came for: it changes the bar, nothing else."""
    response = _back(to)
    if name in ROLES:
        session.set_cookie(response, node, "role", name)
    return response


def _back(to: str) -> RedirectResponse:
    # A path of ours only: «//host» and «/\host» lead elsewhere, control characters would end the header.
    plain = to.isprintable() and to.startswith("/") and not to.startswith(("//", "/\\"))
    return RedirectResponse(to if plain else "/", status_code=303)


@router.get("/v1/docs", response_class=HTMLResponse)
def api(request: Request) -> HTMLResponse:
    """The API as a list, made from its OpenAPI description; nothing from another host."""
    paths = request.app.openapi()["paths"]
    rows = [
        (method.upper(), path, str(one.get("description") or one.get("summary", "")))
        for path, methods in paths.items()
        for method, one in methods.items()
    ]
    return page(request, "api.html", rows=rows)
