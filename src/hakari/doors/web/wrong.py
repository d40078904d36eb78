"""Something is wrong: report it, see what was decided, object; and, for the operator, decide."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from hakari.app import reports
from hakari.app.pages import legal, wrong
from hakari.app.reports import UnknownSubject
from hakari.core.errors import Conflict
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import sentences, session
from hakari.doors.web.shell import PageRoute, formats_of, page, speaker
from hakari.people.statements import RESULTS_OF_REPORTS, WRONGS

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class DecisionForm(BaseModel):
    """What the operator fills in: what becomes of a subject, because of what, and which reports and objections that answers.

    standing: the newest statement about the subject that the operator had seen, so that nobody decides on what they have not read.
    """

    subject: str = Field(max_length=200)
    result: str = Field(max_length=16)
    reason: str = Field(max_length=16)
    about: list[str] = Field(default_factory=list[str], max_length=100)
    standing: str = Field(default="", max_length=64)
    proof: str = Field(default="", max_length=100)


@router.get("/wrong", response_class=HTMLResponse)
def something(request: Request, node: AtNode, about: Annotated[str, Query(max_length=600)] = "") -> HTMLResponse:
    """What was said about one thing, and the forms to report it and to object; without one, what waits and what was decided."""
    who = session.account(request)
    shared: dict[str, Any] = {
        "here": "wrong",
        "wrongs": WRONGS,
        "sentence": partial(sentences.sentence, formats_of(request)),
        "written": legal.text(node, "notice", speaker(request).language) is not None,
    }
    if not about.strip():
        return page(request, "wrong/docket.html", docket=wrong.docket(node), asked="", missing=False, **shared)
    named = wrong.read(node, about)
    try:
        found = None if named is None else wrong.subject(node, who, named)
    except UnknownSubject:
        found = None
    if found is None:
        docket = wrong.docket(node)
        return page(request, "wrong/docket.html", status=404, docket=docket, asked=about, missing=True, **shared)
    return page(
        request,
        "wrong/subject.html",
        subject=found.subject,
        about=found,
        operator=who == node.operator,
        results=RESULTS_OF_REPORTS,
        **shared,
    )


@router.post("/wrong/decisions", response_class=HTMLResponse)
def decide(request: Request, node: AtNode, given: Annotated[DecisionForm, Form()]) -> RedirectResponse:
    """Say what becomes of a subject; the operator only."""
    session.check_form(request, given.proof)
    who = session.account(request)
    if who is None:
        raise NotSignedIn("decisions are the operator's; sign in first")
    newest = wrong.subject(node, who, given.subject).said
    if newest and newest[-1].found.id != given.standing:
        raise Conflict("something was said about this since the page was loaded; read it first")
    reports.decide(
        node, who, subject=given.subject, result=given.result, reason=given.reason, about=sorted(set(given.about))
    )
    return RedirectResponse(f"/wrong?about={given.subject}", status_code=303)
