"""The pages of collecting: requests for data, one of them with the form that answers it, and the form that makes one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from hakari.app import Node, asking, bids, market
from hakari.app.asking import Wish
from hakari.app.pages import requests
from hakari.core.errors import Malformed
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.forms import Filled, micros, several, text, whole
from hakari.doors.web.shell import PageRoute, page
from hakari.sources.collect import catalogue
from hakari.sources.collect.language import LANGUAGES
from hakari.sources.collect.spec import MOST_UNITS

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DAYS = 14
"""How long an order that takes a bid takes units."""

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

NAMES: Mapping[str, str] = {
    "ar": "العربية",
    "bg": "Български",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ru": "Русский",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
"""What each language that a unit can declare calls itself."""


def named(codes: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
    """Return languages with their own names."""
    return [(code, NAMES.get(code, code)) for code in codes]


@router.get("/requests", response_class=HTMLResponse)
def listed(request: Request, node: AtNode) -> HTMLResponse:
    """What is asked for now, best pay first."""
    found = requests.requests(node, session.account(request))
    return page(request, "requests/list.html", here="tasks", requests=found, names=NAMES, pools=asking.pools(node))


@router.get("/requests/new", response_class=HTMLResponse)
def blank(request: Request, node: AtNode) -> HTMLResponse:
    """The form that makes a request."""
    pools = asking.pools(node)
    return _form(request, node, Wish(pool=pools[0][0] if pools else 0))


@router.post("/requests/new", response_class=HTMLResponse)
def check(request: Request, node: AtNode, form: Filled) -> HTMLResponse:
    """What the form asked for, read back, with its price above the button that signs and pays; or the form with what was wrong."""
    session.check_form(request, form.get("proof"))
    wish = Wish()
    try:
        wish = _wish(form)
        order = asking.order(node, wish)
    except Malformed as error:
        return _form(request, node, wish, error=error, typed=form)
    if form.get("back"):
        return _form(request, node, wish, typed=form)
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "proof"]
    return _check(request, node, wish, order, fields)


@router.post("/requests/{order}/bids/{bid}", response_class=HTMLResponse)
def take(
    request: Request, node: AtNode, order: Hash, bid: Hash, proof: Annotated[str, Form(max_length=100)] = ""
) -> HTMLResponse:
    """The order that takes a bid at its word, to be read, signed and funded by the request's buyer."""
    session.check_form(request, proof)
    who = session.account(request)
    if who is None:
        raise NotSignedIn("a bid is taken by the request's buyer; sign in first")
    found = bids.one(node, order, bid)
    made = asking.accepted(node, found, account=who, days=DAYS)
    wish = asking.wish_of(made)
    return _check(request, node, wish, made, [])


def _check(
    request: Request, node: Node, wish: Wish, order: Mapping[str, Any], fields: Sequence[tuple[str, str]]
) -> HTMLResponse:
    return page(
        request,
        "requests/check.html",
        here="orders",
        wish=wish,
        order=order,
        spec=order["body"]["spec"],
        families=requests.families(order["body"]["spec"]["types"]),
        names=NAMES,
        cost=asking.cost(node, wish),
        pool_name=next(name for number, name, _ in asking.pools(node) if number == wish.pool),
        fields=fields,
        unit=market.unit(node),
    )


@router.get("/requests/{order}", response_class=HTMLResponse)
def one(request: Request, node: AtNode, order: Hash) -> HTMLResponse:
    """A request: what it asks for, how it is checked, what it pays; the form to answer it, and what the reader handed in."""
    found = requests.request(node, order, session.account(request))
    work, spec = found.asked.work, found.asked.spec
    who = session.account(request)
    return page(
        request,
        "requests/request.html",
        here="tasks",
        subject=f"order:{work.id}",
        found=found,
        work=work,
        spec=spec,
        names=NAMES,
        bids=bids.of(node, order),
        own=who is not None and who == work.buyer,
        most=MOST_UNITS,
        props={
            "order": work.id,
            "reward": str(work.reward),
            "left": work.left,
            "types": spec["types"],
            "largest": spec["largest_bytes"],
            "made": spec["made"],
            "rights": spec["rights"],
            "languages": named(spec["languages"] or LANGUAGES),
            "asked": bool(spec["languages"]),
            "unit": market.unit(node),
        },
        unit=market.unit(node),
    )


def _form(
    request: Request, node: Node, wish: Wish, *, error: Malformed | None = None, typed: FormData | None = None
) -> HTMLResponse:
    wrong = (error.pointer or "").removeprefix("/spec").strip("/").split("/") if error else [""]
    data: dict[str, Any] = {
        "wish": wish,
        "pools": asking.pools(node),
        "families": requests.FAMILIES,
        "rights": catalogue.RIGHTS,
        "made": catalogue.MADE,
        "spoken": named(LANGUAGES),
        "likeness": asking.LIKENESS,
        "error": error,
        "wrong": wrong[-1] if wrong[0] == "minimum" else wrong[0],
        "typed": {} if typed is None else {name: value for name, value in typed.items() if isinstance(value, str)},
        "picked": None if typed is None else {name: typed.getlist(name) for name in typed},
        "unit": market.unit(node),
    }
    return page(request, "requests/new.html", here="orders", status=422 if error else 200, **data)


def _wish(form: FormData) -> Wish:
    return Wish(
        title=text(form, "title"),
        about=text(form, "about", most=2000),
        guideline=text(form, "guideline", most=200_000),
        prompts=tuple(line.strip() for line in text(form, "prompts", most=100_000).split("\n") if line.strip()),
        types=several(form, "types"),
        largest_mib=whole(form, "largest", 1, 10_240),
        languages=several(form, "languages"),
        made=several(form, "made"),
        rights=several(form, "rights"),
        letters=whole(form, "letters", 0, 2**20),
        side=whole(form, "side", 0, 100_000),
        seconds=whole(form, "seconds", 0, 86_400),
        likeness=text(form, "likeness"),
        personal=text(form, "personal"),
        target=whole(form, "target", 1, 100_000),
        reward=micros(text(form, "reward"), pointer="/reward"),
        days=whole(form, "days", 1, 365),
        pool=whole(form, "pool", 0, 2**53),
    )
