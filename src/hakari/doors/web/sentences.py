"""What a statement says, as one sentence in plain words."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from markupsafe import Markup

from hakari.app import market
from hakari.doors.web import formats
from hakari.doors.web.formats import Formats


class Said(Protocol):
    """A statement as the explorer finds it."""

    @property
    def kind(self) -> str:
        """What kind it is."""
        ...

    @property
    def author(self) -> str:
        """Who said it."""
        ...

    @property
    def statement(self) -> Any:
        """The statement itself."""
        ...


def sentence(form: Formats, said: Said) -> Markup:
    """Return the sentence of a statement in the reader's language; of a kind without one, that its author said something of it."""
    say, body = form.say, said.statement.body
    values = _VALUES.get(said.kind)
    if values is None or not say.has(f"said.{said.kind}"):
        return say("said.other", who=formats.short(said.author), kind=said.kind)
    if said.kind == "node" and body.get("operator", said.author) != said.author:
        return say("said.succession", who=formats.short(said.author), **values(form, body))
    if said.kind == "wave" and not body["further"]:
        return say("said.wave_over")
    return say(f"said.{said.kind}", who=formats.short(said.author), **values(form, body))


def purposes(form: Formats, mask: int) -> str:
    """Return the names of a mask's purposes in the reader's language."""
    return str(form.say("list.and_comma")).join(
        str(form.say(f"facet.purpose.{name}")) for name in market.purposes(mask)
    )


def _named(form: Formats, group: str, name: str) -> str:
    return str(form.say(f"{group}.{name}")) if form.say.has(f"{group}.{name}") else name


def _span(first: int, last: int) -> str:
    return formats.number(first) if first == last else f"{formats.number(first)}–{formats.number(last)}"


def _nothing(_form: Formats, _body: Mapping[str, Any]) -> dict[str, object]:
    return {}


Values = Callable[[Formats, Mapping[str, Any]], dict[str, object]]

_VALUES: Mapping[str, Values] = {
    "appeal": lambda form, body: {"reason": _named(form, "appeal", body["reason"])},
    "assignment": lambda _, body: {"count": len(body["tasks"]), "account": formats.short(body["account"])},
    "calibration": _nothing,
    "call": lambda form, body: {"count": len(body["tasks"]), "role": _named(form, "role", body["role"])},
    "chain": lambda _, body: {
        "count": formats.number(body["count"]),
        "blocks": _span(body["from"], body["to"]),
    },
    "bid": lambda form, body: {"count": formats.number(body["count"]), "price": form.money_text(body["price"])},
    "delegation": lambda form, body: {"until": form.day(body["expires"])},
    "draw": lambda form, body: {"role": _named(form, "role", body["role"])},
    "epoch": lambda form, body: {
        "number": body["number"],
        "pool": body["pool"],
        "total": form.money_text(body["total"]),
    },
    "decision": lambda form, body: {"result": _named(form, "result", body["result"])},
    "guideline": lambda _, body: {"version": body["version"]},
    "instalment": lambda form, body: {"amount": form.money_text(body["amount"])},
    "node": lambda _, body: {"name": body["name"], "operator": formats.short(body.get("operator", ""))},
    "order": lambda form, body: {
        "title": body["title"],
        "budget": form.money_text(body["budget"]),
        "reward": form.money_text(body["reward"]),
    },
    "objection": _nothing,
    "outcome": lambda form, body: {"result": _named(form, "outcome", body["result"])},
    "qualification": lambda form, body: {
        "account": formats.short(body["account"]),
        "right": formats.number(body["right"]),
        "tasks": formats.number(body["tasks"]),
        "result": str(form.say("exam.passed" if body["passed"] else "exam.failed")),
    },
    "funding": lambda _, body: {"block": body["block"]},
    "invitation": lambda _, body: {"pool": body["pool"], "by": formats.short(body["by"])},
    "pause": lambda form, body: {
        "state": form.say("pause.until", until=form.when(body["until"])) if body["until"] else form.say("pause.over")
    },
    "pool": lambda _, body: {"name": body["name"], "pool": body["pool"], "version": body["terms_version"]},
    "release": lambda _, body: {
        "name": body["name"],
        "version": body["version"],
        "count": formats.number(body["items"]),
    },
    "remark": lambda _, body: {"task": formats.number(body["task"] + 1)},
    "report": lambda form, body: {"reason": _named(form, "wrong", body["reason"])},
    "reveal": lambda _, body: {"count": len(body["n"])},
    "revocation": _nothing,
    "sale": lambda form, body: {"licence": body["licence"], "price": form.money_text(body["price"])},
    "service": lambda form, body: {
        "pool": body["pool"],
        "roles": str(form.say("list.and_comma")).join(_named(form, "role", role) for role in body["roles"]),
        "until": form.day(body["until"]),
    },
    "settlement": lambda form, body: {"paid": form.money_text(body["paid"])},
    "slash": lambda form, body: {"account": formats.short(body["account"]), "income": form.money_text(body["income"])},
    "submission": lambda _, body: {"count": len(body["commitments"])},
    "tasks": lambda _, body: {"count": formats.number(body["count"])},
    "use": lambda form, body: {"licence": body["licence"], "purpose": purposes(form, body["purpose"])},
    "wave": lambda _, body: {"count": body["further"]},
    "verdicts": lambda form, body: {
        "accepted": formats.number(body["accepted"]),
        "count": formats.number(body["count"]),
        "paid": form.money_text(body["paid"]),
    },
}
"""What a sentence's placeholders are, by kind; `who` is the author in all of them."""
