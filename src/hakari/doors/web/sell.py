"""The page of somebody who has data: list it with a price, and see what was sold."""

from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hakari.app import market, uploads
from hakari.app.pages import selling
from hakari.core.purposes import PURPOSES
from hakari.doors.api.door import AtNode
from hakari.doors.web import session
from hakari.doors.web.requests import named
from hakari.doors.web.shell import PageRoute, page
from hakari.sources.collect import catalogue
from hakari.sources.collect.language import LANGUAGES

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_UNITS = 2000
"""Units that one listing of a browser's may have; programs list as many as an order may have."""


@router.get("/sell", response_class=HTMLResponse)
def sell(request: Request, node: AtNode) -> HTMLResponse:
    """Data of one's own: what is checked, what it earns, the form that lists it; and the reader's listings."""
    who = session.account(request)
    shops = selling.shops(node)
    return page(
        request,
        "sell.html",
        here="market",
        shops=shops,
        listings=selling.listings(node, who) if who else [],
        props={
            "pools": [asdict(each) for each in shops],
            "types": sorted(catalogue.TYPES),
            "largest": node.settings.upload_gib * uploads.GIB,
            "languages": named(LANGUAGES),
            "purposes": list(PURPOSES.items()),
            "most": MOST_UNITS,
            "unit": market.unit(node),
        },
        unit=market.unit(node),
    )
