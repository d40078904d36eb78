"""Something is wrong: reports, objections, decisions; and what the operator says of law."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from hakari.app import legal, reports
from hakari.doors.api.door import AtNode, MaybeSignedIn, OnceOnly, SignedIn, StrictRoute, inside_statement
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import DecisionIn, NotedIn

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute, tags=["reports"])


@router.post("/reports")
@inside_statement()
def post_report(node: AtNode, given: NotedIn, once: OnceOnly) -> JSONResponse:
    """Say that a release, a row of one, an order, a task or an account is illegal, private, somebody's copyright or unsafe."""
    said = given.statement.parsed()
    return once(
        lambda: (
            200,
            {"id": said.id, "receipt": reports.report(node, said, note=given.note, salt=given.salt).json},
        )
    )


@router.get("/reports")
def get_reports(
    node: AtNode, account: MaybeSignedIn, subject: Annotated[str, Query(min_length=1, max_length=200)]
) -> dict[str, Any]:
    """Every report, decision and objection about a subject, and whether it is in quarantine. The words are for the operator only."""
    return reports.about(node, account, subject)


@router.post("/objections")
@inside_statement()
def post_objection(node: AtNode, given: NotedIn, once: OnceOnly) -> JSONResponse:
    """Object to a quarantine of what is yours or what you made."""
    said = given.statement.parsed()
    return once(
        lambda: (
            200,
            {"id": said.id, "receipt": reports.object_to(node, said, note=given.note, salt=given.salt).json},
        )
    )


@router.post("/decisions", status_code=201)
def post_decision(node: AtNode, account: SignedIn, given: DecisionIn, once: OnceOnly) -> JSONResponse:
    """Decide on reports and objections; the operator only."""

    def work() -> tuple[int, Any]:
        made = reports.decide(
            node, account, subject=given.subject, result=given.result, reason=given.reason, about=given.about
        )
        return 201, {"id": made}

    return once(work)


@router.get("/legal")
def get_legal(node: AtNode) -> dict[str, Any]:
    """The operator's legal notice, terms and privacy text, as Markdown; null for what the operator has not written."""
    return legal.texts(node)
