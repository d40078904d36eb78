"""The order wizard: five forms, each saved as it is sent. Only the last step, which signs and pays, needs script or a program."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from hakari.app import Node, drafting, drafts, market
from hakari.app.drafts import STEPS, Draft
from hakari.app.pages import pool
from hakari.core.errors import Malformed, Unknown
from hakari.doors.api.door import Address, AtNode
from hakari.doors.web import session
from hakari.doors.web.forms import micros, text, whole
from hakari.doors.web.shell import PageRoute, page
from hakari.sources.label import questions

router = APIRouter(include_in_schema=False, route_class=PageRoute)

DraftId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Step = Literal["what", "who", "quality", "money", "check"]
MOST_FILES = 2_000
LARGEST_PART = 1 << 20


async def filled(request: Request) -> AsyncIterator[FormData]:
    """Give a sent form, files and all; its files are closed after the request."""
    async with request.form(max_files=MOST_FILES, max_fields=200, max_part_size=LARGEST_PART) as form:
        yield form


Filled = Annotated[FormData, Depends(filled)]


@router.get("/orders/new", response_class=HTMLResponse)
def begin(request: Request, node: AtNode) -> HTMLResponse:
    """The first step, before anything is kept."""
    return _show(request, node, None, "what")


@router.post("/orders/new", response_class=HTMLResponse)
def first(request: Request, node: AtNode, address: Address, form: Filled) -> Response:
    """Begin a draft with what the first step says."""
    session.check_form(request, form.get("proof"))
    made = drafts.begin(node, owner=session.owner(request), account=session.account(request), address=address)
    return _take(request, node, made, "what", form)


@router.get("/orders/new/{draft}/order.json", response_class=JSONResponse)
def ready(request: Request, node: AtNode, draft: DraftId) -> JSONResponse:
    """What placing the draft's order takes, for the script or program that signs it."""
    return JSONResponse(drafting.order(node, _mine(request, node, draft)), headers={"Cache-Control": "no-store"})


@router.get("/orders/new/{draft}/{step}", response_class=HTMLResponse)
def show(request: Request, node: AtNode, draft: DraftId, step: Step) -> HTMLResponse:
    """One step of a draft."""
    return _show(request, node, _mine(request, node, draft), step)


@router.post("/orders/new/{draft}/{step}", response_class=HTMLResponse)
def take(request: Request, node: AtNode, draft: DraftId, step: Step, form: Filled) -> Response:
    """Keep what a step says and go to the next; or show the step again with what was wrong."""
    session.check_form(request, form.get("proof"))
    return _take(request, node, _mine(request, node, draft), step, form)


@router.get("/files/{digest}", response_class=Response)
def media(node: AtNode, digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> Response:
    """A picture or sound of an order's items, by its hash, in a sandbox: no browser runs its bytes as a page of ours."""
    found = drafts.media(node, digest)
    if found is None:
        raise Unknown(f"no file {digest} is here")
    return Response(
        found[1],
        media_type=found[0],
        headers={
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _mine(request: Request, node: Node, draft: str) -> Draft:
    return drafts.get(node, draft, owner=session.owner(request), account=session.account(request))


def _take(request: Request, node: Node, draft: Draft, step: Step, form: FormData) -> Response:
    brought = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    changed = draft
    try:
        changed = _READERS[step](draft, form)
        if brought:
            changed = drafts.bring(node, changed, [(str(each.filename), each.file.read()) for each in brought])
        elif step == "what":
            if not changed.count:
                raise Malformed("a file must be chosen, got none", pointer="/files")
            drafting.tasks(node, changed)
        elif step == "quality":
            drafting.check_quality(node, changed)
        elif step == "who" and changed.requires and changed.requires not in dict(drafting.exams_of(node)):
            raise Malformed(f"exam must be one of this server's, got {changed.requires[:80]!r}", pointer="/requires")
    except Malformed as error:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return _show(request, node, drafts.save(node, changed), step, error=error, typed=typed)
    if not brought:
        changed = replace(changed, done=tuple(sorted({*changed.done, step})))
    saved = drafts.save(node, replace(changed, account=changed.account or session.account(request)))
    # After a file has come, the same step shows what is in it.
    to = step if brought else STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
    return RedirectResponse(f"/orders/new/{saved.id}/{to}", status_code=303)


def _what(draft: Draft, form: FormData) -> Draft:
    named = [str(each) for each in form.getlist("shown")]
    question = text(form, "question")
    changed = replace(
        draft,
        title=text(form, "title"),
        about=text(form, "about", most=2000),
        guideline=text(form, "guideline", most=200_000),
        question=question if question in (*questions.QUESTIONS, "own") else "choose",
        asked=text(form, "asked", most=500),
        options=tuple(line for line in text(form, "options", most=20_000).split("\n") if line.strip()),
        most=whole(form, "most", 2, 10) if text(form, "most") else 5,
        config=text(form, "config", most=200_000),
        shown=tuple(name for name in draft.columns if name in named) if named else draft.shown,
    )
    for name in ("title", "about", "guideline"):
        if not getattr(changed, name):
            raise Malformed(f"{name} must be filled in, got nothing", pointer=f"/{name}")
    return changed


def _who(draft: Draft, form: FormData) -> Draft:
    return replace(
        draft,
        pool=whole(form, "pool", 0, 2**53),
        answer_minutes=whole(form, "answer_minutes", 1, 43_200),
        requires=text(form, "requires"),
    )


def _quality(draft: Draft, form: FormData) -> Draft:
    exam = text(form, "exam")
    return replace(
        draft,
        redundancy=whole(form, "redundancy", 1, 25),
        stopping=form.get("stopping") == "yes" and not exam,
        audits=form.get("audits") == "yes" and not exam,
        reviews=form.get("reviews") == "yes" and not exam,
        calibrate=form.get("calibrate") == "yes" and not exam,
        exam=exam,
        pass_percent=whole(form, "pass_percent", 1, 100) if exam else draft.pass_percent,
        places=whole(form, "places", 1, 1000) if exam else draft.places,
        training=form.get("training") == "yes" and bool(exam),
    )


def _money(draft: Draft, form: FormData) -> Draft:
    reward = micros(text(form, "reward"), pointer="/reward")
    if not reward:
        raise Malformed("reward must be above 0, got 0", pointer="/reward")
    return replace(draft, reward=reward, days=whole(form, "days", 1, 365), test=form.get("test") == "yes")


def _check(draft: Draft, form: FormData) -> Draft:
    del form
    return draft


_READERS: dict[str, Callable[[Draft, FormData], Draft]] = {
    "what": _what,
    "who": _who,
    "quality": _quality,
    "money": _money,
    "check": _check,
}


def _show(
    request: Request,
    node: Node,
    draft: Draft | None,
    step: Step,
    *,
    error: Malformed | None = None,
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:
    shown = draft or Draft(id="", owner="", account=None, created=0, saved=0)
    pace, floor = drafting.usual_pace(node), node.settings.pay_floor
    data: dict[str, Any] = {
        "draft": shown,
        "kept": draft is not None,
        "step": step,
        "place": STEPS.index(step),
        "steps": STEPS,
        "cost": drafting.cost(node, shown),
        "prices": drafting.prices(node, shown),
        "review_price": drafting.cost(node, replace(shown, reviews=True, exam="")).reviews,
        "challenges": {
            "window": drafting.CHALLENGE_S,
            "jurors": drafting.JURORS,
            "share": drafting.CHALLENGED_BPS,
        },
        "stops": drafting.stops(shown),
        "stoppable": draft is not None and drafting.stoppable(shown),
        "saved": {each: bps // 100 for each, bps in drafting.SAVED_BPS.items()},
        "pace": pace,
        "floor": floor,
        "low": pace is not None and pace.below(shown.reward, floor),
        "people": drafting.people(node),
        "pools": pool.pools(node),
        "exams": drafting.exams_of(node),
        "samples": drafting.samples(node, shown) if draft else [],
        "error": error,
        "typed": typed or {},
        "wrong": (error.pointer or "").strip("/").split("/")[0] if error else "",
        "questions": (*questions.QUESTIONS, "own"),
        "unit": market.unit(node),
        "test_items": drafts.TEST_ITEMS,
    }
    return page(request, "wizard.html", here="orders", status=422 if error else 200, **data)
