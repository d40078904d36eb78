"""The pages of what can be bought: a dataset with its licence, and the pool that it is of."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from hakari.app import market
from hakari.app.pages import dataset, pool, votes
from hakari.core import ids
from hakari.core.canonical import LARGEST
from hakari.core.purposes import PURPOSES
from hakari.doors.api.door import AtNode
from hakari.doors.web import session
from hakari.doors.web.shell import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=0, le=LARGEST)]


@router.get("/d/{pool}/{release}", response_class=HTMLResponse)
def card(
    request: Request,
    node: AtNode,
    pool: Number,
    release: Hash,
    purpose: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """A dataset; with a purpose chosen, what a licence for it costs and what paying does."""
    found = dataset.dataset(node, pool, release, session.account(request))
    wanted = purpose if purpose in PURPOSES else ""
    fitting = [each for each in found.offers if not wanted or wanted in each.offer.purposes]
    return page(
        request,
        "dataset.html",
        here="market",
        subject=f"release:{found.card.id}",
        data=found,
        card=found.card,
        purpose=wanted,
        purposes=[name for name in PURPOSES if any(name in each.offer.purposes for each in found.offers)],
        chosen=fitting[0] if wanted and fitting else None,
        fitting=fitting,
        bits=PURPOSES,
        bars=[round(1_000_000 * share) for share in found.shares],
        # Who holds a licence is asked to buy another only for what it does not cover.
        covered=not wanted or any(PURPOSES[wanted] & each.purposes for each in found.held),
        held_props=[{"id": each.id, "purposes": each.purposes} for each in found.held],
        file_names=[str(each["path"]) for each in found.body["files"]],
        first_bit=next((bit for bit in PURPOSES.values() if found.held and bit & found.held[0].purposes), 1),
        chain_id=node.settings.chain_id,
        unit=market.unit(node),
    )


@router.get("/d/{pool}/{release}/odrl.json", response_class=JSONResponse)
def odrl(node: AtNode, pool: Number, release: Hash) -> JSONResponse:
    """The offers of a release as ODRL, for programs."""
    return JSONResponse(dataset.policy(node, pool, release), media_type="application/ld+json")


@router.get("/p/{number}", response_class=HTMLResponse)
def terms(request: Request, node: AtNode, number: Number, by: str = "") -> HTMLResponse:
    """A pool: terms, income, releases, votes, members; for whom `by` invites also what that means."""
    host = ids.account(by.lower()) if by else ""
    return page(request, "pool.html", here="market", pool=pool.pool(node, number), unit=market.unit(node), by=host)


@router.get("/p/{number}/votes", response_class=HTMLResponse)
def ballots(request: Request, node: AtNode, number: Number) -> HTMLResponse:
    """A pool's votes in full: what each would change, how far it is, and where one votes."""
    shown = votes.votes(node, number, session.account(request))
    return page(request, "votes.html", here="market", votes=shown, unit=market.unit(node))
