"""The door by which a script's sign-in becomes the pages' own.

What each island expects stands in its props:
  start      {"next": path}                     after the key is made
  workspace  {"order": id, "unit": name}        reads /v1/orders/{id} and its guideline by itself
  claim      {"account": address or "", "unit": name}   "" means whoever has a key in this browser
  verify     {"statement": id or "", "account": address or ""}
  buy        {"release": id, "pool": n, "offer": n, "price": micro-units, "purpose": bit, "unit": name}   on /d/{pool}/{release}
  download   {"release": id, "licences": [{"id": n, "purposes": mask}], "files": [path]}   logs a use, then fetches; on the same page
  fund       {"draft": id, "unit": name}        reads /orders/new/{draft}/order.json; then /orders/{id}
             {"order": {body, guideline, items, seconds}, "to": path, "unit": name}   with the order itself; then {to}{id}
  collect    {"order": id, "reward": micro-units, "left": n, "types", "made", "rights": [word], "largest": bytes,
              "languages": [[code, name]], "asked": whether one is needed, "unit": name}   on /requests/{id}
  sell       {"pools": [{number, name, evidence, terms_version, contributors, originator, fee}], "types": [word], "largest": bytes,
              "languages": [[code, name]], "purposes": [[name, bit]], "most": n, "unit": name}   then /d/{pool}/{release}
  bid        {"order": id, "most": n, "unit": name}   on /requests/{id}
  wrong      {"kind": "report" or "objection", "subject": text, "decision": id for an objection}   on /wrong
  cancel     {"order": id, "escrow_order": n, "returns": micro-units, "stays": micro-units, "unit": name}   for its buyer
  pause      {"order": id, "lengths": [seconds]}   for its buyer; none where a pause runs
  guideline  {"order": id, "version": n, "text": the guideline's}   for its buyer, after the calibration
  invite     {"pool": n, "by": address or ""}   on /p/{pool}: "" where nobody invited
  appeal     {"account": address, "order": id, "verdicts": id, "leaf": n, "n": n}   on /orders/{id}?appeal=, for whose answer it is
"""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from hakari.app import sessions
from hakari.doors.api.door import AtNode, NotSignedIn
from hakari.doors.web import session
from hakari.doors.web.shell import PageRoute

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class TokenIn(BaseModel):
    """The token that POST /v1/auth/session gave."""

    token: str = Field(min_length=1, max_length=200)


@router.post("/session", status_code=204)
def sign_in(request: Request, node: AtNode, given: TokenIn) -> Response:
    """Let this browser's pages know who is signed in: the token goes into a cookie that no script reads."""
    session.check_origin(request)
    if sessions.session(node, given.token) is None:
        raise NotSignedIn("token must be one of a live sign-in")
    response = Response(status_code=204)
    session.set_cookie(response, node, "session", given.token, seconds=sessions.SESSION_S)
    return response


@router.delete("/session", status_code=204)
def sign_out(request: Request, node: AtNode) -> Response:
    """End this browser's sign-in."""
    session.check_origin(request)
    token = session.read(request, "session")
    if token:
        sessions.sign_out(node, token)
    response = Response(status_code=204)
    session.drop_cookie(response, node, "session")
    return response
