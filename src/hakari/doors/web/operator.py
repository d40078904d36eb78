"""The operator's pages: how the node is, and what is not set up yet."""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from hakari.app import Node, operator
from hakari.app.operator import Sign
from hakari.doors.api.door import AtNode
from hakari.doors.web import formats, session
from hakari.doors.web.formats import Formats
from hakari.doors.web.shell import PageRoute, formats_of, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def _check_sight(request: Request, node: Node) -> None:
    operator.check_sight(
        node,
        session.account(request),
        peer=request.client.host if request.client else "",
        host=request.headers.get("host", ""),
        forwarded=any(name in request.headers for name in PASSED_ON),
    )


@router.get("/operator", response_class=HTMLResponse)
def health(request: Request, node: AtNode) -> HTMLResponse:
    """Health, stuck orders, refused transactions, keys and their age."""
    _check_sight(request, node)
    said = partial(_sentence, formats_of(request))
    return page(request, "operator/health.html", here="operator", health=operator.health(node), said=said)


def _sentence(form: Formats, sign: Sign) -> Markup:
    """Return what a sign says: moments (`…_at`) and numbers as people write them."""
    figures = {name: _figure(form, name, value) for name, value in sign.figures.items()}
    kind = "asked" if "reason" in figures else sign.level
    return form.say(f"op.sign.{sign.name}.{kind}", **figures)


def _figure(form: Formats, name: str, value: int | str) -> object:
    if not isinstance(value, int):
        return value
    return form.when(value) if name.endswith("_at") else formats.number(value)


@router.get("/operator/setup", response_class=HTMLResponse)
def setup(request: Request, node: AtNode) -> HTMLResponse:
    """What a node for others needs, done or not."""
    _check_sight(request, node)
    return page(request, "operator/setup.html", here="operator", steps=operator.steps(node))
