"""What an account says of itself: seen and said by itself alone."""

from fastapi import APIRouter
from pydantic import Field, StrictStr

from hakari.app import declaring
from hakari.doors.api.door import AtNode, SignedIn, StrictRoute
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import Shape

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute, tags=["people"])


class DeclaredIn(Shape):
    """A language by its ISO 639 code, a region by its ISO 3166-1 code of two letters; null for what is not said."""

    language: StrictStr | None = Field(max_length=20)
    region: StrictStr | None = Field(max_length=20)


@router.get("/declared")
def get_declared(node: AtNode, account: SignedIn) -> dict[str, str | None]:
    """The language and region that the signed-in account says of itself; null for what it does not say."""
    return declaring.declared(node, account).json


@router.put("/declared")
def put_declared(node: AtNode, account: SignedIn, given: DeclaredIn) -> dict[str, str | None]:
    """Say language and region of the signed-in account, in place of what it said before.

    They count in an order's figures, in shares of 20 people or more. Nobody else is shown them, and no statement holds them.
    """
    return declaring.declare(node, account, language=given.language, region=given.region).json
