"""The explorer's pages: the log, a statement, and the file of an account, order, epoch, release or licence."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from hakari.app import climbs, dossiers, explorer, market, tracing, trust
from hakari.app.climbs import Climb
from hakari.core import ids
from hakari.doors.api.door import AtNode
from hakari.doors.web import sentences, trees
from hakari.doors.web.shell import PageRoute, formats_of, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

LARGEST = 2**53
Place = Annotated[int | None, Query(ge=0, le=LARGEST)]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{40}$")]
Number = Annotated[int, Path(ge=0, le=LARGEST)]


def shown(request: Request, template: str, **data: Any) -> HTMLResponse:
    """Return a page of the explorer, with what its templates say statements and purposes by."""
    form = formats_of(request)
    said = partial(sentences.sentence, form)
    named = partial(sentences.purposes, form)
    return page(request, f"explore/{template}", here="explore", sentence=said, purposes=named, **data)


@router.get("/explore", response_class=HTMLResponse)
def log(
    request: Request,
    node: AtNode,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Place = None,
    kind: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The newest statements, or what a search found: where that is one thing, the thing itself."""
    if q.strip():
        hits = explorer.search(node, q)
        if len(hits) == 1:
            return RedirectResponse(hits[0].path, status_code=303)
        return shown(request, "found.html", text=q, hits=hits)
    listing = explorer.newest(node, before=before, kind=kind or None)
    return shown(request, "log.html", listing=listing, kinds=explorer.KINDS, kind=kind, before=before)


@router.get("/explore/verify", response_class=HTMLResponse)
def verify(
    request: Request,
    statement: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
    account: Annotated[str, Query(pattern=r"^(0x[0-9a-fA-F]{40})?$")] = "",
) -> HTMLResponse:
    """The check in the reader's own browser."""
    return shown(request, "verify.html", statement=statement, account=account.lower())


@router.get("/explore/trust", response_class=HTMLResponse)
def trust_page(request: Request, node: AtNode) -> HTMLResponse:
    """Every role, who holds it, what it can and can never do, and what is not decentralised yet."""
    return shown(request, "trust.html", trust=trust.trust(node))


@router.get("/explore/statements/{id_}", response_class=HTMLResponse)
def statement_by_id(request: Request, node: AtNode, id_: Id) -> Response:
    """A statement by its id: at its place in the log, once it has one."""
    found = explorer.statement(node, id_=id_)
    if found.leaf is not None:
        return RedirectResponse(f"/explore/{found.leaf}", status_code=303)
    return _statement(request, node, found)


@router.get("/explore/{index:int}", response_class=HTMLResponse)
def statement(request: Request, node: AtNode, index: Number) -> HTMLResponse:
    """A statement: one sentence, its place in the chain of stages, what it states, its bytes, its proof."""
    return _statement(request, node, explorer.statement(node, leaf=index))


@router.get("/explore/{id_}", response_class=HTMLResponse)
def anything(id_: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$|^0x[0-9a-fA-F]{40}$")]) -> Response:
    """What somebody pasted behind the address: a statement's id or an account."""
    return RedirectResponse(f"/explore/{'accounts' if id_.startswith('0x') else 'statements'}/{id_}", status_code=303)


def _statement(request: Request, node: AtNode, found: Any) -> HTMLResponse:
    proof = explorer.prove(node, found)
    return shown(
        request,
        "statement.html",
        found=found,
        stages=tracing.trace(node, found),
        facts=tracing.facts(found),
        raw=found.statement.bytes.decode("utf-8", "replace"),
        proof=proof,
        picture=None if proof is None else partial(_picture, proof.climb),
    )


def _picture(climb: Climb, *, name: str, top: str, bottom: str) -> Markup:
    rungs = climb.rungs
    return trees.path(
        [*[each.own.hex()[:5] for each in rungs], climb.root.hex()[:5]],
        [each.given.hex()[:5] for each in rungs],
        [each.left for each in rungs],
        name=name,
        top=top,
        bottom=bottom,
    )


@router.get("/explore/{index:int}/proof")
def proof_file(node: AtNode, index: Number) -> Response:
    """The proof of inclusion as a file that programs check without this node."""
    made = explorer.prove(node, explorer.statement(node, leaf=index))
    if made is None:
        raise explorer.NoSuchPlace(f"place must be in the published log, got {index}")
    name = f"statement-{index}.tlog-proof"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(made.file.raw, media_type="application/octet-stream", headers=headers)


@router.get("/explore/accounts/{who}", response_class=HTMLResponse)
def account(request: Request, node: AtNode, who: Address, before: Place = None) -> HTMLResponse:
    """An account: what it said, did and was paid."""
    file = dossiers.account(node, ids.account(who.lower()), before=before)
    return shown(request, "account.html", subject=f"account:{file.account}", file=file)


@router.get("/explore/orders/{id_}", response_class=HTMLResponse)
def order(request: Request, node: AtNode, id_: Id) -> HTMLResponse:
    """An order: its money and what came of it."""
    file = dossiers.order(node, id_)
    return shown(
        request, "order.html", subject=f"order:{file.found.id}", file=file, stages=tracing.trace(node, file.found)
    )


@router.get("/explore/epochs/{pool}/{number}", response_class=HTMLResponse)
def epoch(
    request: Request,
    node: AtNode,
    pool: Number,
    number: Number,
    after: Annotated[str, Query(pattern=r"^(0x[0-9a-f]{40})?$")] = "",
) -> HTMLResponse:
    """An epoch: what it promises to whom, and what the chain said."""
    file = dossiers.epoch(node, pool, number, after=after)
    return shown(request, "epoch.html", file=file, stages=tracing.trace(node, file.found))


@router.get("/explore/epochs/{pool}/{number}/{who}", response_class=HTMLResponse)
def payout(request: Request, node: AtNode, pool: Number, number: Number, who: Address) -> HTMLResponse:
    """An account's leaf of an epoch, with its way to the root that the chain holds."""
    file = dossiers.leaf(node, pool, number, ids.account(who.lower()))
    climb = climbs.in_payouts(file.leaf)
    return shown(request, "payout.html", file=file, climb=climb, picture=partial(_picture, climb))


@router.get("/explore/releases/{id_}", response_class=HTMLResponse)
def release(request: Request, node: AtNode, id_: Id) -> HTMLResponse:
    """A release: what is in it, whose it is, who bought it, how it was used."""
    file = dossiers.release(node, id_)
    stages = tracing.trace(node, file.found)
    subject = f"release:{file.found.id}"
    return shown(request, "release.html", subject=subject, file=file, stages=stages, purposes_of=market.purposes)


@router.get("/explore/licences/{number}", response_class=HTMLResponse)
def licence(request: Request, node: AtNode, number: Number) -> HTMLResponse:
    """A licence with every use of it."""
    return shown(request, "licence.html", file=dossiers.licence(node, number))
