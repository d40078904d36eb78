"""Drafts of orders: what a buyer has filled in so far, kept by this node for thirty days, or until newer ones need the room.

Pictures and sounds that a draft brought go with it, unless a funded order was placed that shows them.
A draft belongs to the visit that began it (a browser's cookie) and, once somebody is signed in, to their account too.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

from hakari.app import desk
from hakari.app.node import Node
from hakari.app.pages.pace import Pace, pace
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed, Unknown
from hakari.core.ids import Account, StatementId
from hakari.core.money import BPS
from hakari.data import uploads
from hakari.data.uploads import Upload
from hakari.sources.kind import TaskSpec
from hakari.sources.label import questions
from hakari.sources.label.config import parse
from hakari.sources.label.controls import Choices, Control, Pairwise, Rating
from hakari.sources.label.markup import Element
from hakari.sources.table import KINDS
from hakari.truth.rules import LABEL_RULES
from hakari.work import doubt, exams, orders, quality
from hakari.work.orders import unit_cost

_DIGEST = re.compile(r"[0-9a-f]{64}")
STEPS = ("what", "who", "quality", "money", "check")
KEEP_S = 30 * 86_400
MOST_DRAFTS = 500
MOST_BYTES = 2 * 2**30
"""What all drafts may take of the disk: anybody can begin one, without a key."""
TEST_ITEMS = 20
SHOWN = 5
REDUNDANCIES = (1, 3, 5, 7, 9)
AUDITED_BPS, AIMED_BPS = 1_000, 5_000
AUDIT_S = 2 * 86_400
MERIT: Mapping[str, Json] = {
    "margin_bps": 1_000,
    "hold": 20,
    "spread_bps": 7_000,
    "min_skill_bps": 6_500,
    "alpha_bps": 100,
}
"""The usual figures of label/2 (docs/reference/rules.md, section 5)."""


FIRST = 3
STOPPING: Mapping[str, Json] = {"first": FIRST, "full_bps": 1_000, "least_answers": 2_500, "sure_bps": 9_800}
"""When a unit's answers are enough (docs/reference/rules.md, section 5.8): below 2,500 answers nobody is known well enough to stop."""
SAVED_BPS: Mapping[int, int] = {5: 1_500, 7: 2_300, 9: 2_900}
"""What stopping is expected to save of so many answers a unit (docs/reference/benchmarks.md)."""


class UnknownDraft(Unknown):
    """A draft that this node does not keep, or that is another visitor's."""

    code = "unknown_draft"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An order in the making. Amounts are micro-units. columns: column → Text, Image or Audio; `shown` are those that workers see.

    question: one of sources.label.questions, or `own` for a configuration of the buyer's. redundancy: answers a unit. audits: whether
    people outside the order check a part of it blind. stopping: whether units whose answers agree get fewer. calibrate: whether some
    units come first, and then the buyer has a day for the guideline. days: how long the order takes answers. test: begin with the
    first TEST_ITEMS items. requires: the exam that workers must have passed, empty for none. exam: the column that holds the right
    answers where the order is an exam, empty where it is none; then pass_percent of them pass, and `places` accounts can sit it. done:
    steps that were
    filled in.
    """

    id: str
    owner: str
    account: str | None
    created: int
    saved: int
    file: str = ""
    bytes: int = 0
    media: tuple[str, ...] = ()
    count: int = 0
    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: tuple[str, ...] = ()
    title: str = ""
    about: str = ""
    guideline: str = ""
    question: str = "choose"
    asked: str = ""
    options: tuple[str, ...] = ()
    most: int = 5
    config: str = ""
    pool: int = 0
    redundancy: int = 3
    audits: bool = False
    calibrate: bool = False
    stopping: bool = False
    answer_minutes: int = 30
    requires: str = ""
    exam: str = ""
    pass_percent: int = 80
    places: int = 20
    reward: int = 40_000
    days: int = 14
    test: bool = True
    done: tuple[str, ...] = ()

    @property
    def each(self) -> int:
        """Answers that each unit gets at most."""
        return self.places if self.exam else self.redundancy

    @property
    def stops(self) -> bool:
        """Whether its order asks for fewer answers where they agree."""
        return self.stopping and not self.exam and self.redundancy > FIRST and stoppable(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What an order costs at most, for answers, their fee and audits (micro-units); how many units, answers, audited units it has.

    saved: what of it stopping is expected to leave, 0 where it stops nowhere or the order is small.
    """

    units: int
    answers: int
    pay: int
    fee: int
    fee_bps: int
    audited: int
    audits: int
    saved: int = 0

    @property
    def all(self) -> int:
        """What is put into escrow."""
        return self.pay + self.fee + self.audits


def begin(node: Node, *, owner: str, account: Account | None, address: str) -> Draft:
    """Return a fresh draft for a visit from a network address. Drafts of nobody who signed in, the oldest first, make room where
    there are too many. Raises TooMany."""
    node.drafts_pace.take(address)
    _sweep(node)
    with node.store.reading() as book:
        pools = [row.pool for row in book.orders.pools()]
    made = Draft(
        id=secrets.token_hex(16),
        owner=owner,
        account=account,
        created=node.clock(),
        saved=node.clock(),
        pool=pools[0] if pools else 0,
    )
    return save(node, made)


def save(node: Node, draft: Draft) -> Draft:
    """Keep a draft as it is now."""
    kept = replace(draft, saved=node.clock())
    node.private.write(f"drafts/{kept.id}.json", json.dumps(asdict(kept), ensure_ascii=False).encode())
    return kept


def get(node: Node, id_: str, *, owner: str, account: Account | None) -> Draft:
    """Return a draft to the visit or account that it is of. Raises UnknownDraft."""
    data = node.private.read(f"drafts/{id_}.json")
    if data is None:
        raise UnknownDraft(f"draft must be one of yours, got {id_}")
    draft = _read(data)
    if draft.owner != owner and (account is None or draft.account != account):
        # The same words as for none at all: whose it is is nobody else's business.
        raise UnknownDraft(f"draft must be one of yours, got {id_}")
    return draft


def bring(node: Node, draft: Draft, files: Sequence[tuple[str, bytes]]) -> Draft:
    """Return the draft with the items that files hold. Raises UnreadableUpload."""
    upload: Upload = uploads.read(files)
    _drop_media(node, draft, _sweep(node))
    for digest, (_, data) in upload.media.items():
        node.private.write(f"uploads/{digest}", data)
    names: dict[str, str] = {}
    for column in upload.kinds:
        names[column] = questions.variable(column, tuple(names.values()))
    items = [{names[column]: text for column, text in item.items()} for item in upload.items]
    lines = canonical.lines(cast(list[dict[str, Json]], items))
    node.private.write(f"drafts/{draft.id}.items", lines)
    columns = {names[column]: kind for column, kind in upload.kinds.items()}
    first = next((name for name, kind in columns.items() if kind != "Text"), next(iter(columns)))
    return replace(
        draft,
        file=files[0][0][:120] if len(files) == 1 else "",
        # What lies on the disk, not what came: a zip of some hundred kilobytes unpacks to a thousand times as much.
        bytes=len(lines) + sum(len(data) for _, data in upload.media.values()),
        media=tuple(sorted(upload.media)),
        count=len(items),
        columns=columns,
        # One column only until the buyer ticks more: another may hold the known answers.
        shown=(first,),
    )


def items(node: Node, draft: Draft) -> list[dict[str, Json]]:
    """Return a draft's items as tasks will be planned from them: shown columns only, a test's first ones where it begins with one."""
    return [{name: line[name] for name in draft.shown} for line in _lines(node, draft)]


def _lines(node: Node, draft: Draft) -> list[dict[str, Any]]:
    data = node.private.read(f"drafts/{draft.id}.items")
    wanted = TEST_ITEMS if draft.test and not draft.exam else None
    return [] if data is None else list(canonical.read_lines(data))[:wanted]


def truths(node: Node, draft: Draft) -> str:
    """Return the right answers of a draft's exam, sealed by salts that only who has the draft can make. Raises Malformed."""
    if draft.exam not in draft.columns or draft.exam in draft.shown:
        raise Malformed(
            f"the right answers must be a column that workers don't see, one of {sorted(set(draft.columns) - set(draft.shown))}, "
            f"got {draft.exam!r}",
            pointer="/exam",
        )
    kind, xml = KINDS["label"], configuration(draft)
    planned = tasks(node, draft)
    lines: list[dict[str, Json]] = [
        {
            "answer": questions.answer(parse(xml), str(line[draft.exam]), row=n + 1),
            "salt": hashlib.sha256(f"{draft.id} {n}".encode()).hexdigest()[:32],
            "task": n,
        }
        for n, line in enumerate(_lines(node, draft))
    ]
    try:
        exams.check_tasks(len(lines))
        exams.truths(lines, kind, kind.spec({"config": xml}), [task.public for task in planned])
    except Malformed as error:
        error.pointer = "/exam"
        raise
    return canonical.lines(lines).decode()


def configuration(draft: Draft) -> str:
    """Return the labelling configuration of a draft's question. Raises Malformed."""
    if draft.question == "own":
        return draft.config
    shown = {name: draft.columns[name] for name in draft.shown if name in draft.columns}
    return questions.config(draft.question, asked=draft.asked, shown=shown, options=draft.options, most=draft.most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One item as a worker sees it: what is asked, what is shown as (kind, content), and what can be chosen."""

    asked: str
    shown: tuple[tuple[str, str], ...]
    options: tuple[str, ...]


def samples(node: Node, draft: Draft) -> list[Sample]:
    """Return the first items as workers will see them, or none while the question is not whole."""
    if not draft.count or not draft.shown:
        return []
    try:
        parsed = parse(configuration(draft))
        planned = tasks(node, draft)[:SHOWN]
    except Malformed:
        return []
    asked = " ".join(_headers(parsed.root))
    return [
        Sample(
            asked=asked,
            shown=tuple(
                (thing.kind, str(task.data[thing.variable]) if thing.variable else str(thing.fixed))
                for thing in parsed.objects
            ),
            options=tuple(option for control in parsed.controls for option in _options(control)),
        )
        for task in planned
    ]


def _headers(element: Element) -> Iterator[str]:
    if element.tag == "Header":
        yield dict(element.attributes).get("value", element.text.strip())
    for child in element.children:
        yield from _headers(child)


def _options(control: Control) -> Iterator[str]:
    if isinstance(control, Choices):
        yield from (choice.value for choice in control.choices)
    elif isinstance(control, Rating):
        yield from (str(star) for star in range(1, control.most + 1))
    elif isinstance(control, Pairwise):
        yield from ("A", "B")
    else:
        yield type(control).__name__


def tasks(node: Node, draft: Draft) -> list[TaskSpec]:
    """Return a draft's tasks, planned as its order's will be. Raises Malformed naming what does not fit."""
    kind = KINDS["label"]
    return kind.plan(kind.spec({"config": configuration(draft)}), cast(list[Json], items(node, draft)))


def cost(node: Node, draft: Draft) -> Cost:
    """Return what a draft's order costs at most."""
    units = min(draft.count, TEST_ITEMS) if draft.test and not draft.exam else draft.count
    answers = units * draft.each
    with node.store.reading() as book:
        fee_bps = desk.terms(book, draft.pool).fee_bps if book.orders.pool(draft.pool) else 0
    fee = unit_cost(reward=draft.reward, fee_bps=fee_bps) - draft.reward
    declared = quality.read(_rules(draft))
    return Cost(
        units=units,
        answers=answers,
        pay=answers * draft.reward,
        fee=answers * fee,
        fee_bps=fee_bps,
        audited=declared.audits.count(units) if declared and declared.audits else 0,
        audits=quality.cost(declared, tasks=units, fee_bps=fee_bps) if units else 0,
        saved=_saved(draft, units) * answers * (draft.reward + fee) // BPS,
    )


def _saved(draft: Draft, units: int) -> int:
    """Return the share of a draft's answers that stopping is expected to save, in basis points."""
    large = units * FIRST >= int(str(STOPPING["least_answers"]))
    return SAVED_BPS.get(draft.redundancy, 0) if draft.stops and large else 0


def stoppable(draft: Draft) -> bool:
    """Return whether a draft's question has options for everything that it asks, so that one can be sure of an answer."""
    try:
        asked = KINDS["label"].asks({"config": configuration(draft)})
    except Malformed:
        return False
    return all(each.options for each in asked)


def _rules(draft: Draft, sealed: str = "0" * 64) -> dict[str, Json]:
    """Return the quality rule of a draft: by agreement alone; or by merit where a tenth of the units is audited at twice the pay, where
    it stops early, where an exam is required, or where it is one. sealed: the digest of an exam's right answers."""
    asked: dict[str, Json] = {"requires": draft.requires} if draft.requires else {}
    if draft.exam:
        exam: dict[str, Json] = {"pass_bps": draft.pass_percent * 100, "truths": sealed}
        return {"rules": LABEL_RULES, **MERIT, **asked, "exam": exam}
    if draft.stops:
        asked["stopping"] = dict(STOPPING)
    if not draft.audits:
        return {"rules": LABEL_RULES, **MERIT, **asked} if asked else {"rules": KINDS["label"].rules}
    audits: dict[str, Json] = {
        "aimed_bps": AIMED_BPS,
        "reward": str(2 * draft.reward),
        "share_bps": AUDITED_BPS,
        "within_s": AUDIT_S,
    }
    return {"rules": LABEL_RULES, **MERIT, **asked, "audits": audits}


def exams_of(node: Node) -> list[tuple[StatementId, str]]:
    """Return the exams of this node that somebody may still sit or has passed, newest first, with their titles."""
    with node.store.reading() as book:
        rows = [row for status in ("open", "judged") for row in book.orders.with_status(status)]
        said = [book.statements.get(row.id) for row in reversed(rows)]
    return [
        (each[0].id, str(each[0].body["title"]))
        for each in said
        if each is not None and quality.exam(orders.order(each[0]).quality) is not None
    ]


def prices(node: Node, draft: Draft) -> dict[int, int]:
    """Return what the order costs at most for each number of answers a unit that is offered, micro-units."""
    return {n: cost(node, replace(draft, redundancy=n)).all for n in REDUNDANCIES}


def usual_pace(node: Node, *, kind: str = "label") -> Pace | None:
    """Return the pace of the newest order of a kind that has one, or None."""
    with node.store.reading() as book:
        rows = [row for status in ("open", "judged") for row in book.orders.with_status(status) if row.source == kind]
        return next((found for row in reversed(rows[-20:]) if (found := pace(book.figures.sent(row.id)))), None)


def people(node: Node) -> int:
    """Return how many accounts have given answers here."""
    with node.store.reading() as book:
        return book.figures.contributors()


def order(node: Node, draft: Draft) -> dict[str, Any]:
    """Return what placing a draft's order takes: the statement's body without escrow order and deadline, items, guideline, seconds.

    Raises Malformed where a step is not filled in or the items don't fit the question.
    """
    missing = [step for step in STEPS[:-1] if step not in draft.done]
    if missing or not draft.count:
        raise Malformed(f"steps must all be filled in, missing {missing or ['what']}")
    tasks(node, draft)
    with node.store.reading() as book:
        pool = desk.terms(book, draft.pool)
    kind = KINDS["label"]
    sealed, found = truths(node, draft) if draft.exam else "", items(node, draft)
    rules = _rules(draft, hashlib.sha256(sealed.encode()).hexdigest())
    body: dict[str, Json] = {
        "answer_seconds": draft.answer_minutes * 60,
        "assignment": "drawn",
        "budget": str(cost(node, draft).all),
        **_calibration(draft, len(found)),
        "decided_seconds": doubt.usual(rules),
        "description": draft.about,
        "evidence": pool.evidence,
        "guideline": {"sha256": hashlib.sha256(draft.guideline.encode()).hexdigest(), "version": 1},
        "pool": draft.pool,
        "quality": rules,
        "redundancy": draft.each,
        "reward": str(draft.reward),
        "source": kind.name,
        "spec": cast(Json, kind.spec({"config": configuration(draft)})),
        "terms_version": pool.version,
        "title": draft.title,
    }
    return {
        "body": body,
        "extra": [sealed] if sealed else [],
        "guideline": draft.guideline,
        "items": found,
        "seconds": draft.days * 86_400,
    }


def media(node: Node, digest: str) -> tuple[str, bytes] | None:
    """Return type and bytes of a picture or sound that a buyer brought, or None."""
    data = node.private.read(f"uploads/{digest}")
    kind = None if data is None else uploads.media_type(data)
    return None if data is None or kind is None else (kind, data)


def keep_media(node: Node, items: Sequence[Json]) -> None:
    """Let the pictures and sounds that a funded order's items name stay for good."""
    for item in items:
        for value in item.values() if isinstance(item, dict) else ():
            digest = value.removeprefix("/files/") if isinstance(value, str) and value.startswith("/files/") else ""
            if not _DIGEST.fullmatch(digest) or node.private.read(f"uploads/{digest}.kept") is not None:
                continue
            if node.private.read(f"uploads/{digest}") is not None:
                node.private.write(f"uploads/{digest}.kept", b"")


def _sweep(node: Node) -> list[Draft]:
    """Take away drafts older than KEEP_S; where there are above MOST_DRAFTS or they take above MOST_BYTES, first those of nobody who
    signed in, of these the oldest. Returns those that stay."""
    found = [node.private.read(path) for path in list(node.private.list("drafts/")) if path.endswith(".json")]
    ranked = sorted((_read(data) for data in found if data is not None), key=_worth, reverse=True)
    stay: list[Draft] = []
    go: list[Draft] = []
    taken = 0
    for draft in ranked:
        taken += draft.bytes
        late = draft.saved + KEEP_S < node.clock()
        (go if late or len(stay) >= MOST_DRAFTS or taken > MOST_BYTES else stay).append(draft)
    for draft in go:
        _drop_media(node, draft, stay)
        node.private.delete(f"drafts/{draft.id}.json")
        node.private.delete(f"drafts/{draft.id}.items")
    return stay


def _worth(draft: Draft) -> tuple[bool, int]:
    return draft.account is not None, draft.saved


def _drop_media(node: Node, draft: Draft, stay: Sequence[Draft]) -> None:
    """Take away the pictures and sounds that only this draft brought: two buyers can bring the same one."""
    others = {digest for each in stay if each.id != draft.id for digest in each.media}
    for digest in draft.media:
        if digest not in others and node.private.read(f"uploads/{digest}.kept") is None:
            node.private.delete(f"uploads/{digest}")


def _read(data: bytes) -> Draft:
    held: Any = json.loads(data)
    lists: Any = {name: tuple(held[name]) for name in ("shown", "options", "done", "media")}
    return Draft(**{**held, **lists})


def _calibration(draft: Draft, units: int) -> dict[str, Json]:
    """Return an order's calibration as a member: CALIBRATED units or half of them come first, none where one alone is left."""
    if not draft.calibrate or draft.exam or units < 2:
        return {}
    return {"calibration": {"tasks": min(CALIBRATED, units // 2), "word_s": WORD_S}}


CALIBRATED = 10
"""Units of a calibration, at most half of the order."""
WORD_S = 86_400
"""A buyer's time for the guideline after it."""
