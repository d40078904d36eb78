"""Votes of a pool's people: seen, cast by a signature, and shown what they would change."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field, StrictBool, StrictStr

from hakari.app import voting
from hakari.core import ids
from hakari.core.canonical import LARGEST
from hakari.doors.api.door import Address, AtNode, OnceOnly, StrictRoute
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import Shape, Whole

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute, tags=["market"])

Number = Annotated[int, Path(ge=1, le=LARGEST)]


class BallotIn(Shape):
    """An account's vote, signed as EIP-712 typed data, good to be sent until `deadline` (Unix seconds)."""

    account: StrictStr = Field(pattern=r"^0x[0-9a-f]{40}$")
    deadline: Whole
    signature: StrictStr = Field(pattern=r"^([0-9a-f]{2}){65,2048}$")
    support: StrictBool


class PayloadIn(Shape):
    """What a vote would change: the bytes that `pools.execute` takes, hexadecimal."""

    payload: StrictStr = Field(pattern=r"^([0-9a-f]{2}){1,512}$")


@router.get("/pools/{pool}/votes")
def get_votes(
    node: AtNode, pool: Number, account: Annotated[str | None, Query(pattern=r"^0x[0-9a-fA-F]{40}$")] = None
) -> dict[str, Any]:
    """A pool's votes, newest first; with an account, its weight in each and what it voted."""
    who = None if account is None else ids.account(account)
    return {"items": [voting.plain(each) for each in voting.votes(node, pool, who)], "next": None}


@router.post("/votes/{vote}/ballots", status_code=202)
def post_ballot(node: AtNode, vote: Number, given: BallotIn, asking: Address, once: OnceOnly) -> JSONResponse:
    """Have the relayer cast a signed vote: no gas for who votes. The weight and its proof are the node's to find."""

    def work() -> tuple[int, Any]:
        made = voting.cast_for(
            node,
            vote,
            ids.account(given.account),
            support=given.support,
            deadline=given.deadline,
            signature=given.signature,
            address=asking,
        )
        return 202, {"transaction": made}

    return once(work)


@router.post("/votes/{vote}/payload", status_code=202)
def post_payload(node: AtNode, vote: Number, given: PayloadIn, once: OnceOnly) -> JSONResponse:
    """Show what a vote would change, so that people can read it. Anyone may: only the bytes of the hash on chain are taken."""

    def work() -> tuple[int, Any]:
        voting.show_payload(node, vote, given.payload)
        return 202, {"vote": vote}

    return once(work)
