"""Payments that a buyer signs and the relayer sends: for an order's budget, for a licence."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field, StrictInt, StrictStr

from hakari.app import paying
from hakari.app.pages import stake
from hakari.app.paying import Authorisation
from hakari.core import ids
from hakari.core.canonical import LARGEST
from hakari.doors.api.door import Address, AtNode, OnceOnly, StrictRoute
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import Shape, Whole

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute, tags=["money"])

AccountPath = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{40}$")]


class AuthorisationIn(Shape):
    """A buyer's EIP-3009 signature: `amount` in micro-units, good until before `valid_before` (Unix seconds)."""

    account: StrictStr = Field(pattern=r"^0x[0-9a-f]{40}$")
    amount: StrictStr = Field(pattern=r"^[1-9][0-9]{0,18}$")
    salt: StrictStr = Field(pattern=r"^[0-9a-f]{64}$")
    signature: StrictStr = Field(pattern=r"^[0-9a-f]{130}$")
    valid_before: Whole

    def parsed(self) -> Authorisation:
        """Return the authorisation."""
        return Authorisation(
            buyer=ids.account(self.account, pointer="/account"),
            amount=int(self.amount),
            salt=self.salt,
            valid_before=self.valid_before,
            signature=self.signature,
        )


class FundingIn(AuthorisationIn):
    """A signed budget. Its nonce is Keccak-256 of (chain id, escrow, pool, terms_version, amount, deadline, salt) in 32-byte words."""

    pool: Whole
    terms_version: Whole
    deadline: Whole


class PurchaseIn(AuthorisationIn):
    """A signed price. Its nonce is Keccak-256 of (chain id, licences, offer, account, amount, salt) in 32-byte words."""

    offer: StrictInt = Field(ge=1, le=LARGEST)


@router.get("/accounts/{account}/stake")
def get_stake(node: AtNode, account: AccountPath) -> dict[str, Any]:
    """What the account has at stake, what each pool may take of it, and the slashes against it with the time to contest them."""
    return stake.view(node, ids.account(account))


@router.get("/accounts/{account}/purse")
def get_purse(node: AtNode, account: AccountPath) -> dict[str, Any]:
    """What the account holds of the payment token, and the domain in which payments are signed; null where the token takes none."""
    return paying.purse(node, ids.account(account))


@router.post("/fundings", status_code=202)
def post_funding(node: AtNode, given: FundingIn, asking: Address, once: OnceOnly) -> JSONResponse:
    """Have the relayer put a signed budget into escrow: no gas for the buyer. Answers with the authorisation's id."""

    def work() -> tuple[int, Any]:
        made = paying.fund(
            node,
            given.parsed(),
            pool=given.pool,
            terms_version=given.terms_version,
            deadline=given.deadline,
            address=asking,
        )
        return 202, {"id": made}

    return once(work)


@router.post("/purchases", status_code=202)
def post_purchase(node: AtNode, given: PurchaseIn, asking: Address, once: OnceOnly) -> JSONResponse:
    """Have the relayer buy a licence for who signed its price: no gas for the buyer. Answers with the authorisation's id."""
    return once(lambda: (202, {"id": paying.buy(node, given.parsed(), offer=given.offer, address=asking)}))


@router.get("/accounts/{account}/authorisations/{authorisation}")
def get_authorisation(
    node: AtNode, account: AccountPath, authorisation: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> dict[str, Any]:
    """What became of an authorisation: waiting, sent, done (with the escrow `order` or the `licence`), or refused (with the reason)."""
    return paying.show(node, ids.account(account), authorisation)
