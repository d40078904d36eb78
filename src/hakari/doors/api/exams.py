"""What an exam or a training was for who sat it: their answers beside the right ones."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from hakari.app import corrections
from hakari.doors.api.door import AtNode, SignedIn, StrictRoute
from hakari.doors.api.errors import ERRORS

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute, tags=["work"])


@router.get("/orders/{order}/corrections")
def get_corrections(
    node: AtNode, account: SignedIn, order: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> dict[str, Any]:
    """The signed-in account's answers in an exam beside the right ones: once judged, of a training once its own result is said."""
    return {"items": [each.json for each in corrections.corrections(node, account, order)]}
