"""The pages of orders: all of them, and one in full with what is live in it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from hakari.app import Node, market, more, shelf
from hakari.app.pages import progress, queue
from hakari.core import ids
from hakari.core.errors import HakariError, Malformed
from hakari.core.purposes import PURPOSES
from hakari.doors.api.door import Address, AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.forms import micros
from hakari.doors.web.shell import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
LIVE = ("open", "closing", "auditing", "appealable", "jury")
"""An order in one of these can change under the reader's eyes."""

PAUSES_S = (3_600, 86_400, 3 * 86_400, 7 * 86_400)
"""Lengths of a pause that the page offers, as far as the order may still be paused."""

STREAMS = 200
STREAMS_EACH = 20
STREAM_S = 600
BEAT_S = 1.0


class TooManyListeners(HakariError):
    """So many pages listen already that one more would slow down everybody's requests. The page works without."""

    code = "too_many_listeners"
    status = 503


_listening: Counter[str] = Counter()


class ReleaseForm(BaseModel):
    """What a buyer fills in to make a release: its name; a price in whole tokens, purposes and days of a licence, or no price."""

    name: str = Field(min_length=1, max_length=200)
    price: str = Field(default="", max_length=40)
    purpose: list[str] = Field(default_factory=list[str], max_length=10)
    days: int = Field(default=365, ge=0, le=36_500)
    proof: str = Field(default="", max_length=100)


@router.get("/orders", response_class=HTMLResponse)
def orders(request: Request, node: AtNode, whose: Annotated[str, Query(max_length=10)] = "all") -> HTMLResponse:
    """Every order, newest first; or the reader's own."""
    who = session.account(request)
    mine = whose == "mine" and who is not None
    return page(
        request, "orders.html", here="orders", orders=progress.listed(node, buyer=who if mine else None), mine=mine
    )


@router.get("/orders/{order}", response_class=HTMLResponse)
def order(
    request: Request,
    node: AtNode,
    order: Hash,
    account: Annotated[str, Query(pattern=r"^(0x[0-9a-fA-F]{40})?$")] = "",
    appeal: Annotated[str, Query(pattern=r"^([0-9]{1,15}\.[0-9]{1,3})?$")] = "",
) -> HTMLResponse:
    """One order: progress, quality, money, people, verdicts, what cancelling does. appeal: «leaf.n» of an answer to appeal."""
    who = session.account(request)
    found = progress.progress(node, order, who)
    of = ids.account(account) if account else who
    given = progress.answers(node, order, of, reader=who) if of else []
    return page(
        request,
        "order.html",
        here="orders" if session.read(request, "role") == "buyer" else "tasks",
        subject=f"order:{found.work.id}",
        order=found,
        work=found.work,
        own=who == found.work.buyer,
        of=of,
        given=given,
        appeal=appeal,
        live=found.status in LIVE,
        guideline=queue.guideline(node, order),
        together=more.together(node, order),
        pause_lengths=[each for each in PAUSES_S if each <= found.pause_left],
        purposes=PURPOSES,
        randomness=node.randomness,
        unit=market.unit(node),
    )


@router.post("/orders/{order}/releases", response_class=HTMLResponse)
def release(request: Request, node: AtNode, order: Hash, given: Annotated[ReleaseForm, Form()]) -> RedirectResponse:
    """Make a release of a judged order for its signed-in buyer, and offer licences where a price is given."""
    session.check_form(request, given.proof)
    who = session.account(request)
    if who is None:
        raise NotSignedIn("a release is made for the order's buyer; sign in first")
    made = shelf.publish(node, order, who, name=given.name, offer=_offer(given))
    pool = progress.progress(node, order, who).work.pool
    return RedirectResponse(f"/d/{pool}/{made}", status_code=303)


def _offer(given: ReleaseForm) -> dict[str, str | int] | None:
    if not given.price.strip():
        return None
    mask = sum({PURPOSES[name] for name in given.purpose if name in PURPOSES})
    if not mask:
        raise Malformed(f"purposes must hold at least one of {list(PURPOSES)}, got none", pointer="/purpose")
    return {"price": str(micros(given.price)), "purposes": mask, "term_seconds": given.days * 86_400}


@router.get("/orders/{order}/events", response_class=StreamingResponse)
async def events(node: AtNode, order: Hash, address: Address) -> StreamingResponse:
    """Say each time that the order's page has something new, at most once a second, until the order is done or ten minutes are over."""
    if _listening.total() >= STREAMS or _listening[address] >= STREAMS_EACH:
        raise TooManyListeners(
            f"at most {STREAMS} pages listen at once, {STREAMS_EACH} from one address; load the page again for news"
        )
    return StreamingResponse(
        _changes(node, order, address),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _changes(node: Node, order: str, address: str) -> AsyncIterator[str]:
    _listening[address] += 1
    try:
        yield "retry: 5000\n\n"
        last = await run_in_threadpool(progress.state, node, order)
        for _ in range(int(STREAM_S / BEAT_S)):
            if last[0] not in LIVE:
                yield "event: done\ndata: {}\n\n"
                return
            await asyncio.sleep(BEAT_S)
            # A database session is held for the question only, never for the life of the stream.
            now = await run_in_threadpool(progress.state, node, order)
            if now != last:
                last = now
                yield "event: changed\ndata: {}\n\n"
            else:
                yield ": still\n\n"
    finally:
        _listening[address] -= 1
        if not _listening[address]:
            del _listening[address]
