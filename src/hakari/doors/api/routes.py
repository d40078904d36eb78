"""API v1. Each route parses, calls one function and formats."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse

from hakari.app import (
    amending,
    appeals,
    asking,
    assignment,
    bids,
    calibrating,
    claims,
    desk,
    inviting,
    lineage,
    more,
    opening,
    pausing,
    placement,
    reputations,
    revocations,
    sessions,
    shelf,
    trust,
    views,
    weights,
)
from hakari.app.more import More
from hakari.app.pages import calibrations, figures
from hakari.core import ids
from hakari.core.canonical import LARGEST
from hakari.doors.api.door import (
    Address,
    AtNode,
    MaybeSignedIn,
    OnceOnly,
    SignedIn,
    StrictRoute,
    inside_statement,
    stream,
)
from hakari.doors.api.errors import ERRORS
from hakari.doors.api.shapes import (
    AssignmentIn,
    BidTakenIn,
    GuidelineIn,
    MoreIn,
    NotedIn,
    OrderIn,
    ReleaseIn,
    RevealIn,
    RevocationIn,
    Said,
    SignInIn,
    SubmissionIn,
    TermsIn,
)

router = APIRouter(prefix="/v1", responses=ERRORS, route_class=StrictRoute)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
AccountPath = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{40}$")]
After = Annotated[int, Query(ge=0, le=LARGEST, alias="cursor", description="`next` of the page before")]
AfterLine = Annotated[
    str,
    Query(
        alias="cursor",
        pattern=r"^(0|[0-9]{1,15}\.[0-9]{1,15}\.[0-9a-f]{64})$",
        description="`next` of the page before",
    ),
]
AfterAccount = Annotated[
    str,
    Query(alias="cursor", pattern=r"^(0x[0-9a-f]{40})?$", description="`next` of the page before"),
]
Limit = Annotated[int, Query(ge=1, le=views.LARGEST_PAGE)]
Number = Annotated[int, Path(ge=1, le=LARGEST)]
Epoch = Annotated[int | None, Query(ge=1, le=LARGEST)]


@router.get("/node", tags=["node"])
def get_node(node: AtNode) -> dict[str, Any]:
    """Who this node is: log, chain, contracts, how far it is."""
    return views.node(node)


@router.get("/trust", tags=["node"])
def get_trust(node: AtNode) -> dict[str, Any]:
    """Who can do what: every role, who holds its key, what it can and can never do, and what is not decentralised yet."""
    return trust.plain(trust.trust(node))


@router.post("/auth/nonce", tags=["people"])
def post_nonce(node: AtNode) -> dict[str, Any]:
    """A fresh nonce, and the domain, address and chain id that the EIP-4361 message must name."""
    return sessions.nonce(node)


@router.post("/auth/session", tags=["people"])
def post_session(node: AtNode, given: SignInIn) -> dict[str, Any]:
    """Sign in with an EIP-4361 message; the token goes into «Authorization: Bearer»."""
    return sessions.sign_in(node, given.message, given.signature)


@router.delete("/auth/session", tags=["people"], status_code=204)
def delete_session(node: AtNode, account: SignedIn, authorization: Annotated[str, Header()]) -> Response:
    """Sign out."""
    del account
    sessions.sign_out(node, authorization.partition(" ")[2])
    return Response(status_code=204)


@router.post("/delegations", tags=["people"])
@inside_statement()
def post_delegation(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Delegate a session key: a `delegation` statement signed by the account. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": desk.delegate(node, said).json}))


@router.post("/revocations", tags=["people"])
@inside_statement()
def post_revocation(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Take a session key back."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": desk.revoke(node, said).json}))


@router.get("/accounts/{account}", tags=["people"])
def get_account(node: AtNode, account: AccountPath) -> dict[str, Any]:
    """Keys, answers in numbers, reputation, money by stage, licences."""
    return views.account(node, ids.account(account))


@router.get("/accounts/{account}/lines", tags=["money"])
def get_lines(
    node: AtNode, account: AccountPath, cursor: AfterLine = views.FIRST_LINE, limit: Limit = 50
) -> dict[str, Any]:
    """Every amount with the statement that caused it, by pool, epoch and cause."""
    return views.lines(node, ids.account(account), after=cursor, limit=limit)


@router.get("/accounts/{account}/payouts", tags=["money"])
def get_payouts(
    node: AtNode, account: AccountPath, claimed: bool = False, cursor: After = 0, limit: Limit = 50
) -> dict[str, Any]:
    """The proofs with which anyone can claim for the account on chain, one for each pool that owes it something, by pool.

    With claimed=true also of pools in which it has taken all, so that what was paid can be checked.
    """
    return views.payout(node, ids.account(account), claimed=claimed, after=cursor, limit=limit)


@router.post("/accounts/{account}/claims", tags=["money"], status_code=202)
def post_claim(node: AtNode, account: AccountPath, asking: Address, once: OnceOnly) -> JSONResponse:
    """Have the relayer claim all that the account has coming. The contract pays the account itself, so anyone may ask."""
    who = ids.account(account)
    return once(lambda: (202, {"transactions": claims.claim(node, who, address=asking)}))


@router.get("/pools", tags=["market"])
def get_pools(node: AtNode) -> dict[str, Any]:
    """Every pool with its terms."""
    return views.pools(node)


@router.get("/pools/{pool}/terms", tags=["market"])
def get_pool_terms(node: AtNode, pool: Number) -> dict[str, Any]:
    """Every version of a pool's terms: those that the log says, and those that the chain has bound and the log not yet, with why."""
    return amending.show(node, pool)


@router.post("/pools/{pool}/terms", tags=["market"], status_code=202)
def post_pool_terms(node: AtNode, pool: Number, given: TermsIn, once: OnceOnly) -> JSONResponse:
    """Hand in the text of a version that the chain has bound and the log not said. Anyone may: only the text of its hash is taken."""
    return once(lambda: (202, {"version": amending.hand_in(node, pool, given.terms)}))


@router.get("/pools/{pool}/roster", tags=["people"])
def get_roster(node: AtNode, pool: Number, cursor: AfterAccount = "", limit: Limit = 50) -> dict[str, Any]:
    """Who may be drawn for audits, reviews and juries in a pool now, by account, with what is known of them."""
    return reputations.roster(node, pool, after=cursor, limit=limit)


@router.get("/pools/{pool}/weights/{account}", tags=["market"])
def get_weight(node: AtNode, pool: Number, account: AccountPath, epoch: Epoch = None) -> dict[str, Any]:
    """What an account votes with in a pool: its weight in an accepted epoch (the newest) with the proof that `pools.cast` takes."""
    return weights.show(node, pool, ids.account(account), epoch=epoch)


@router.post("/orders", tags=["work"], status_code=201)
@inside_statement()
def post_order(node: AtNode, given: OrderIn, once: OnceOnly) -> JSONResponse:
    """Place an order whose budget is in escrow already."""
    said = given.statement.parsed()
    extra = [piece.encode("utf-8", "surrogatepass") for piece in given.extra]

    def work() -> tuple[int, Any]:
        made = placement.place_order(node, said, items=given.items, guideline=given.guideline, extra=extra)
        return 201, {"id": said.id, "receipt": made.json}

    return once(work)


@router.get("/orders", tags=["work"])
def get_orders(node: AtNode, cursor: After = 0, limit: Limit = 50) -> dict[str, Any]:
    """Orders, oldest first."""
    return views.orders(node, after=cursor, limit=limit)


@router.get("/orders/{order}", tags=["work"])
def get_order(node: AtNode, order: Hash) -> dict[str, Any]:
    """One order and how far it is."""
    return views.order(node, order)


@router.post("/orders/{order}/more", tags=["work"])
def post_more(node: AtNode, order: Hash, account: SignedIn, given: MoreIn, once: OnceOnly) -> JSONResponse:
    """What placing more of an order takes, for its buyer to sign and fund: an order that `continues` the first. Records nothing."""
    wanted = More(
        how=given.how,
        each=given.each,
        reward=None if given.reward is None else int(given.reward),
        days=given.days,
        items=given.items,
    )
    return once(lambda: (200, more.order(node, order, wanted, account=account)))


@router.get("/orders/{order}/figures", tags=["work"])
def get_figures(node: AtNode, order: Hash) -> dict[str, Any]:
    """What an order's judged answers come to: agreement, confidence, confusion, cost, pace, whose voices they are."""
    return figures.view(node, order)


@router.get("/orders/{order}/figures/items", tags=["work"])
def get_figures_of_items(
    node: AtNode, order: Hash, account: MaybeSignedIn, cursor: After = 0, limit: Limit = 50
) -> dict[str, Any]:
    """How sure each task's answer is, by number; of a sealed order for its signed-in buyer."""
    return figures.items(node, order, reader=account, after=cursor, limit=limit)


@router.post("/orders/{order}/assignments", tags=["work"])
def post_assignment(node: AtNode, order: Hash, account: SignedIn, given: AssignmentIn, once: OnceOnly) -> JSONResponse:
    """Be given tasks to answer, each until a time. Unanswered tasks come again, so asking twice loses nothing."""

    def work() -> tuple[int, Any]:
        tasks = assignment.assign(node, order, account, count=given.count)
        return 200, {"items": [asdict(task) for task in tasks], "next": None}

    return once(work)


@router.post("/submissions", tags=["work"])
@inside_statement()
def post_submission(node: AtNode, given: SubmissionIn, once: OnceOnly) -> JSONResponse:
    """Hand in 1 to 500 answers under one signature. Answers with a receipt; the same statement again with the same id."""
    said = given.statement.parsed()
    answers = [each.parsed() for each in given.answers]
    return once(lambda: (200, {"id": said.id, "receipt": desk.submit(node, said, answers).json}))


@router.post("/reveals", tags=["work"])
@inside_statement()
def post_reveal(node: AtNode, given: RevealIn, once: OnceOnly) -> JSONResponse:
    """Open answers that were committed first, once they are called for: a `reveal` statement. The receipt is evidence: keep it."""
    said = given.statement.parsed()
    openings = [each.parsed() for each in given.openings]
    return once(lambda: (200, {"id": said.id, "receipt": opening.reveal(node, said, openings).json}))


@router.get("/accounts/{account}/commitments", tags=["work"])
def get_commitments(node: AtNode, account: AccountPath) -> dict[str, Any]:
    """Answers that an account committed and has still to open: `until` is null while nobody called for them."""
    return {"items": [each.json for each in opening.awaited(node, ids.account(account))]}


@router.post("/services", tags=["work"])
@inside_statement()
def post_service(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Say in which roles the account may be drawn in a pool, and until when: a `service` statement. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": desk.serve(node, said).json}))


@router.post("/invitations", tags=["work"])
@inside_statement()
def post_invitation(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Say by whom the account was invited into a pool whose terms give credit for it. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": inviting.accept(node, said).json}))


@router.post("/bids", tags=["work"])
@inside_statement()
def post_bid(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Bid on a request for data: so many units at a price of your own. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": bids.say(node, said).json}))


@router.get("/orders/{order}/bids", tags=["work"])
def get_bids(node: AtNode, order: Hash) -> dict[str, Any]:
    """The bids on a request, oldest first, each with the order that took it or null."""
    return views.bids(node, order)


@router.post("/orders/{order}/bids/{bid}", tags=["work"])
def post_bid_order(
    node: AtNode, order: Hash, bid: Hash, *, account: SignedIn, given: BidTakenIn, once: OnceOnly
) -> JSONResponse:
    """What placing the order takes that takes a bid at its word, for the request's buyer to sign and fund. Records nothing."""
    found = bids.one(node, order, bid)
    return once(lambda: (200, asking.accepted(node, found, account=account, days=given.days)))


@router.post("/appeals", tags=["work"])
@inside_statement()
def post_appeal(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Appeal a refused answer to a jury: an `appeal` statement. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": appeals.appeal(node, said).json}))


@router.post("/pauses", tags=["work"])
@inside_statement()
def post_pause(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Pause an order of one's own until a time, or let it go on (until 0): a `pause` statement. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": pausing.pause(node, said).json}))


@router.post("/guidelines", tags=["work"])
@inside_statement()
def post_guideline(node: AtNode, given: GuidelineIn, once: OnceOnly) -> JSONResponse:
    """Say after an order's calibration that it goes on, or under another guideline: a `guideline` statement. Answers with a receipt."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": calibrating.decide(node, said, text=given.text).json}))


@router.post("/remarks", tags=["work"])
@inside_statement()
def post_remark(node: AtNode, given: NotedIn, once: OnceOnly) -> JSONResponse:
    """Tell the buyer what the guideline left open in a task of the calibration: a `remark` statement. The words never enter the log."""
    said = given.statement.parsed()
    return once(
        lambda: (200, {"id": said.id, "receipt": calibrating.remark(node, said, note=given.note, salt=given.salt).json})
    )


@router.get("/orders/{order}/calibration", tags=["work"])
def get_calibration(node: AtNode, order: Hash, account: MaybeSignedIn) -> dict[str, Any]:
    """How far an order's calibration is; for its signed-in buyer also how its answers split, and the remarks."""
    return calibrations.view(node, order, reader=account)


@router.get("/submissions/{submission}", tags=["work"])
def get_submission(node: AtNode, submission: Hash) -> dict[str, Any]:
    """The verdict and reason of each answer of a submission."""
    return views.answers(node, submission)


@router.post("/orders/{order}/releases", tags=["market"], status_code=201)
def post_release(node: AtNode, order: Hash, account: SignedIn, given: ReleaseIn, once: OnceOnly) -> JSONResponse:
    """Make a release of a judged order, and offer licences for it on chain."""
    offer = None if given.offer is None else given.offer.model_dump()
    parents = [(each.release, each.bps) for each in given.parents]
    return once(
        lambda: (201, {"id": shelf.publish(node, order, account, name=given.name, offer=offer, parents=parents)}),
    )


@router.get("/releases", tags=["market"])
def get_releases(node: AtNode, cursor: After = 0, limit: Limit = 50) -> dict[str, Any]:
    """Releases, oldest first."""
    return views.releases(node, after=cursor, limit=limit)


@router.get("/releases/{release}", tags=["market"])
def get_release(node: AtNode, release: Hash) -> dict[str, Any]:
    """One release with its offers."""
    return views.release(node, release)


@router.get("/releases/{release}/lineage", tags=["market"])
def get_lineage(node: AtNode, release: Hash) -> dict[str, Any]:
    """What a release derives from, what derives from it, and each one's part of 1,000,000 micro-units of its income."""
    return lineage.show(node, release)


@router.get("/licences/{licence}", tags=["market"])
def get_licence(node: AtNode, licence: Number) -> dict[str, Any]:
    """One licence as the chain made it."""
    return views.licence(node, licence)


@router.post("/licences/{licence}/revocations", tags=["market"], status_code=202)
def post_licence_revocation(
    node: AtNode, licence: Number, account: SignedIn, given: RevocationIn, once: OnceOnly
) -> JSONResponse:
    """Withdraw the data of a licence; the operator only. No use is taken from now on, and the buyer gets back what has not vested."""
    return once(lambda: (202, revocations.revoke(node, account, licence, reason=given.reason)))


@router.post("/uses", tags=["market"])
@inside_statement()
def post_use(node: AtNode, given: Said, once: OnceOnly) -> JSONResponse:
    """Log one use of a licence; its id opens the files until the time that it says."""
    said = given.statement.parsed()
    return once(lambda: (200, {"id": said.id, "receipt": shelf.use(node, said).json}))


@router.get("/releases/{release}/files/{path}", tags=["market"], response_class=Response)
def get_file(
    node: AtNode,
    release: Hash,
    path: Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9._-]+$")],
    account: MaybeSignedIn,
    use: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None,
) -> Response:
    """A file of a release; a licensee's file needs the id of a logged use."""
    return stream(shelf.fetch(node, release, path, account=account, use_id=use), name=path)


@router.get("/statements", tags=["log"])
def get_statements(
    node: AtNode,
    kind: Annotated[str | None, Query(pattern=r"^[a-z]{1,32}$")] = None,
    author: Annotated[str | None, Query(pattern=r"^0x[0-9a-fA-F]{40}$")] = None,
    cursor: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Statements in order of intake; leaf is null until they are sequenced."""
    who = None if author is None else author.lower()
    return views.statements(node, kind=kind, author=who, after=cursor, limit=limit)


@router.get("/statements/{statement}", tags=["log"])
def get_statement(node: AtNode, statement: Hash) -> dict[str, Any]:
    """One statement."""
    return views.statement(node, statement)


@router.get("/log/inclusion", tags=["log"])
def get_inclusion(
    node: AtNode,
    statement: Annotated[str, Query(pattern=r"^[0-9a-f]{64}$")],
    size: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> dict[str, Any]:
    """The RFC 6962 proof that a statement is in the log of that size (the published one by default)."""
    return views.inclusion(node, statement, size)


@router.get("/log/consistency", tags=["log"])
def get_consistency(
    node: AtNode,
    first: Annotated[int, Query(ge=1, le=LARGEST)],
    second: Annotated[int, Query(ge=1, le=LARGEST)],
) -> dict[str, Any]:
    """The RFC 6962 proof that the log of size `second` begins with that of size `first`."""
    return views.consistency(node, first, second)
