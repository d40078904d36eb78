"""What somebody is told: in the page, in a feed of their own, and by push where they allow it; each kind stopped with one press."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from hakari.app import Node, market, notices
from hakari.core import ids
from hakari.core.errors import Unknown
from hakari.core.ids import Account
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.formats import Formats
from hakari.doors.web.languages import LANGUAGES, Speaker
from hakari.doors.web.shell import STATIC, PageRoute, formats_of, page, speaker
from hakari.doors.web.telling import sentence

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FormProof = Annotated[str, Form(max_length=100)]


class NoSuchFeed(Unknown):
    """A feed address that is nobody's, or not any more."""

    code = "unknown_feed"


class Listening(BaseModel):
    """A browser's push subscription."""

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)
    ahead_min: int = Field(ge=-840, le=840)


class Leaving(BaseModel):
    """The subscription to forget."""

    endpoint: str = Field(max_length=1000)


def _signed_in(request: Request) -> Account:
    who = session.account(request)
    if who is None:
        raise NotSignedIn("notices are for the account's own holder; sign in first")
    return who


@router.get("/me/notices", response_class=HTMLResponse)
def shown(request: Request, node: AtNode) -> HTMLResponse:
    """The notices of whoever is signed in, and what they want to be told."""
    who = session.account(request)
    if who is None:
        return page(request, "notices/nobody.html", here="me")
    return page(
        request,
        "notices/notices.html",
        here="me",
        found=notices.of(node, who),
        kinds=notices.KINDS,
        wishes=notices.wishes(node, who),
        feed=_feed_address(node, who, speaker(request).language),
        push_key=urlsafe_b64encode(notices.push_key(node)).rstrip(b"=").decode(),
        told=partial(sentence, formats_of(request)),
    )


def _feed_address(node: Node, who: Account, language: str) -> str:
    return f"{node.settings.url}/feeds/{who}/{notices.feed_token(node, who)}.atom?language={language}"


@router.post("/me/notices/kinds")
def choose(
    request: Request,
    node: AtNode,
    kind: Annotated[str, Form(max_length=40)],
    wanted: Annotated[str, Form(max_length=10)] = "no",
    proof: FormProof = "",
) -> RedirectResponse:
    """Stop a kind, or start it again."""
    session.check_form(request, proof)
    who = _signed_in(request)
    if wanted == "yes":
        notices.start(node, who, kind)
    else:
        notices.stop(node, who, kind)
    return RedirectResponse("/me/notices#kinds", status_code=303)


@router.post("/me/notices/feed")
def turn(request: Request, node: AtNode, proof: FormProof = "") -> RedirectResponse:
    """Give the feed a new address."""
    session.check_form(request, proof)
    notices.turn_feed(node, _signed_in(request))
    return RedirectResponse("/me/notices#feed", status_code=303)


@router.post("/me/notices/push", status_code=204)
def listen(request: Request, node: AtNode, given: Listening) -> Response:
    """Tell this browser from now on."""
    session.check_origin(request)
    notices.listen(
        node,
        _signed_in(request),
        endpoint=given.endpoint,
        public=given.p256dh,
        auth=given.auth,
        language=speaker(request).language,
        ahead_min=given.ahead_min,
    )
    return Response(status_code=204)


@router.delete("/me/notices/push", status_code=204)
def leave(request: Request, node: AtNode, given: Leaving) -> Response:
    """Tell this browser nothing more."""
    session.check_origin(request)
    notices.stop_listening(node, _signed_in(request), given.endpoint)
    return Response(status_code=204)


@router.get("/notices-worker.js")
def worker() -> Response:
    """The service worker that shows push messages; it must stand at the top to speak for every page."""
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response((STATIC / "notices-worker.js").read_bytes(), media_type="text/javascript", headers=headers)


@router.get("/feeds/{who}/{token}.atom")
def feed(
    node: AtNode,
    who: Annotated[str, Path(pattern=r"^0x[0-9a-f]{40}$")],
    token: Annotated[str, Path(max_length=64)],
    language: Annotated[str, Query(max_length=5)] = "en",
) -> Response:
    """An account's notices as an Atom feed (RFC 4287), at an address that only its holder knows."""
    account = ids.account(who)
    if not notices.is_feed_of(node, account, token):
        raise NoSuchFeed("a feed's address must be the one that /me/notices shows now")
    say = Speaker(language if language in LANGUAGES else "en")
    form = Formats(say=say, unit=market.unit(node), now=node.clock())
    body = _atom(node, account, form)
    headers = {"Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"}
    return Response(body, media_type="application/atom+xml; charset=utf-8", headers=headers)


def _atom(node: Node, who: Account, form: Formats) -> str:
    found = notices.of(node, who)
    entries = Markup("").join(
        Markup(
            "<entry><id>urn:hakari:{}:{}</id><title>{}</title><updated>{}</updated>"
            '<link href="{}"/><category term="{}"/><content type="text">{}</content></entry>'
        ).format(
            who,
            each.id,
            form.say(f"notice.kind.{each.kind}").striptags(),
            _time(each.time),
            f"{node.settings.url}{each.path}",
            each.kind,
            sentence(form, each).striptags(),
        )
        for each in found
    )
    return Markup(
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{}"><id>urn:hakari:{}</id>'
        "<title>Hakari 秤 · {}</title><updated>{}</updated><author><name>{}</name></author>{}</feed>"
    ).format(
        form.say.language,
        who,
        form.say("notice.title"),
        _time(max((each.time for each in found), default=0)),
        node.settings.name,
        entries,
    )


def _time(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
