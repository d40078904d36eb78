"""The collect kind: a request for units of data, answered with content by its hash.

A spec is a request (spec.py); an item is what to make, {"prompt": text}; the tasks are as many as units are wanted. An answer is a
unit:

{"bytes": n, "language": code or "", "made": how, "measured": {…}, "name": text, "rights": [declared], "sha256": digest,
 "tools": text, "type": type}

The bytes lie with the node, `measured` is what it found in them, and the contributor signs both: so nobody needs the bytes to
judge, and whoever has them can measure again.
"""

from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, cast

from hakari.core import ids
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Digest
from hakari.sources.collect import catalogue, personal
from hakari.sources.collect.alike import Known
from hakari.sources.collect.language import LANGUAGES, UNKNOWN
from hakari.sources.collect.measure import measure, same
from hakari.sources.collect.spec import several, spec
from hakari.sources.kind import Batch, Contents, Decision, Judged, Judgement, Kind, Named, TaskSpec, Verdict

RULES: Final = "collect/1"
LONGEST_PROMPT: Final = 4000
LONGEST_NAME: Final = 200

KEPT, DUPLICATE, NEAR = "kept", "duplicate", "near_duplicate"
WRONG_LANGUAGE, TOO_SMALL, REPETITIVE = "wrong_language", "too_small", "too_repetitive"
REASONS: Final = (KEPT, DUPLICATE, NEAR, WRONG_LANGUAGE, TOO_SMALL, REPETITIVE)

_MEMBERS: Final = {"bytes", "language", "made", "measured", "name", "rights", "sha256", "tools", "type"}


class PersonalData(Malformed):
    """A unit holds personal data, and the order does not take it. The message says of which kind and where."""

    code = "personal_data"
    status = 422


def plan(spec: Mapping[str, Json], items: Sequence[Json]) -> list[TaskSpec]:
    """Return as many tasks as units are wanted, the prompts in turn. Raises Malformed naming the item."""
    prompts: list[str] = []
    for n, item in enumerate(items):
        if not isinstance(item, dict) or set(item) != {"prompt"} or not isinstance(item["prompt"], str):
            raise Malformed("item must be an object with exactly the text «prompt»", pointer=f"/items/{n}")
        if not 0 < len(item["prompt"]) <= LONGEST_PROMPT:
            raise Malformed(f"prompt must have 1 to {LONGEST_PROMPT} characters", pointer=f"/items/{n}/prompt")
        prompts.append(item["prompt"])
    if not prompts:
        raise Malformed("items must hold at least one prompt, got none", pointer="/items")
    return [TaskSpec(public={}, data={"prompt": prompts[n % len(prompts)]}) for n in range(cast(int, spec["target"]))]


def check(spec: Mapping[str, Json], public: Mapping[str, Json], answer: Json) -> Json:
    """Return the canonical answer. Raises Malformed with a pointer where a unit is not of a type, size, making or right that was asked
    for, or where it declares or states what it can't."""
    del public
    if not isinstance(answer, dict) or set(answer) != _MEMBERS:
        got = sorted(answer) if isinstance(answer, dict) else type(answer).__name__
        raise Malformed(f"answer must be an object with exactly {sorted(_MEMBERS)}, got {got}", pointer="")
    type_ = _one_of(answer, "type", cast(list[str], spec["types"]))
    most = min(cast(int, spec["largest_bytes"]), catalogue.largest(type_))
    size = answer["bytes"]
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= most:
        raise Malformed(f"bytes must be 1 to {most} for {type_}, got {size!r}", pointer="/bytes")
    made = _one_of(answer, "made", cast(list[str], spec["made"]))
    language, languages = answer["language"], cast(list[str], spec["languages"]) or list(LANGUAGES)
    if language != "" or (type_ in catalogue.TEXTS and spec["languages"]):
        _one_of(answer, "language", languages)
    rights = several(answer["rights"], catalogue.RIGHTS, "/rights")
    missing = sorted(set(cast(list[str], spec["rights"])) - set(rights))
    if missing:
        raise Malformed(f"rights must declare {spec['rights']}, not declared: {missing}", pointer="/rights")
    tools = _text(answer, "tools")
    if (made == "people") != (tools == ""):
        raise Malformed(
            "tools must name the AI tools that a unit was made with, and nothing where people alone made it",
            pointer="/tools",
        )
    ids.digest(answer["sha256"], pointer="/sha256")
    _text(answer, "name")
    _measured(type_, answer["measured"])
    return {name: answer[name] for name in sorted(_MEMBERS)}


def _one_of(answer: Mapping[str, Json], name: str, known: Sequence[str]) -> str:
    value = answer[name]
    if not isinstance(value, str) or value not in known:
        raise Malformed(f"{name} must be one of {list(known)}, got {value!r}", pointer=f"/{name}")
    return value


def _text(answer: Mapping[str, Json], name: str) -> str:
    value = answer[name]
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not value.isprintable():
        raise Malformed(f"{name} must be printable text of at most {LONGEST_NAME} characters", pointer=f"/{name}")
    return value


def _measured(type_: str, value: Json) -> None:
    members = _SHAPES.get(type_, {})
    if not isinstance(value, dict) or set(value) != set(members):
        raise Malformed(f"measured must be an object with exactly {sorted(members)}", pointer="/measured")
    for name, width in members.items():
        each = value[name]
        if width is None:
            fits = isinstance(each, int) and not isinstance(each, bool) and each >= 0
        elif width == 0:
            fits = each in (*LANGUAGES, UNKNOWN)
        else:
            fits = isinstance(each, str) and len(each) == width and not set(each) - set("0123456789abcdef")
        if not fits:
            raise Malformed(f"{name} must be as this node measured it, got {each!r:.80}", pointer=f"/measured/{name}")


_TEXT: Final[Mapping[str, int | None]] = {
    "language": 0,
    "letters": None,
    "rows": None,
    "sketch": 256,
    "variety_bps": None,
}
_PICTURE: Final[Mapping[str, int | None]] = {"fingerprint": 16, "height": None, "width": None}
_SOUND: Final[Mapping[str, int | None]] = {"milliseconds": None}
_SHAPES: Final[Mapping[str, Mapping[str, int | None]]] = {
    **dict.fromkeys(catalogue.TEXTS, _TEXT),
    **dict.fromkeys(catalogue.IMAGES, _PICTURE),
    **dict.fromkeys(catalogue.SOUNDS, _SOUND),
}
"""The members of `measured` by type: None a whole number, 0 a language, else that many hexadecimal digits."""


def judge(batch: Batch, recorded: Sequence[Decision] | None) -> Judgement:
    """Return a verdict for each unit (docs/reference/rules.md, collect/1): good enough by itself, then new among all that is kept.

    Of two alike units the one with the earlier place in the log is kept, and whatever the pool kept earlier stands before both.
    """
    del recorded
    known = Known(near_bps=cast(int, batch.spec["near_bps"]))
    for unit in batch.earlier:
        known.add(cast(Mapping[str, Json], unit))
    places = sorted(range(len(batch.answers)), key=lambda n: (batch.answers[n].leaf, batch.answers[n].n))
    reasons = [KEPT] * len(places)
    for place in places:
        unit = cast(Mapping[str, Json], batch.answers[place].answer)
        reasons[place] = _flaw(batch.spec, unit) or _seen(known, unit) or KEPT
        if reasons[place] == KEPT:
            known.add(unit)
    return Judgement(
        rules=RULES,
        verdicts=[
            Verdict(accepted=reason == KEPT, score_bps=10_000 * (reason == KEPT), reason=reason) for reason in reasons
        ],
    )


def _flaw(spec: Mapping[str, Json], unit: Mapping[str, Json]) -> str | None:
    """Return why a unit is not good enough by itself, or None."""
    measured = cast(Mapping[str, Json], unit["measured"])
    found = measured.get("language", UNKNOWN)
    if unit["language"] and found not in (UNKNOWN, unit["language"]):
        return WRONG_LANGUAGE
    minimum = cast(Mapping[str, int], spec["minimum"])
    sizes = {"letters": measured.get("letters"), "milliseconds": measured.get("milliseconds")}
    if "width" in measured:
        sizes["side"] = min(cast(int, measured["width"]), cast(int, measured["height"]))
    if any(size is not None and cast(int, size) < minimum[name] for name, size in sizes.items()):
        return TOO_SMALL
    variety = measured.get("variety_bps")
    return REPETITIVE if variety is not None and cast(int, variety) < minimum["variety_bps"] else None


def _seen(known: Known, unit: Mapping[str, Json]) -> str | None:
    if known.has(unit):
        return DUPLICATE
    return NEAR if known.has_near(unit) else None


def rows(
    spec: Mapping[str, Json], tasks: Sequence[TaskSpec], judged: Sequence[Sequence[Judged]]
) -> list[dict[str, Json]]:
    """Return one row for each unit that was kept. `file` and `text` are empty: who has the bytes fills one of them."""
    del spec
    made: list[dict[str, Json]] = []
    for task, answers in zip(tasks, judged, strict=True):
        for each in answers:
            if not each.verdict.accepted:
                continue
            unit = cast(Mapping[str, Json], each.answer.answer)
            made.append(
                {
                    "prompt": task.data["prompt"],
                    "type": unit["type"],
                    "language": unit["language"],
                    "made": unit["made"],
                    "tools": unit["tools"],
                    "rights": "|".join(cast(list[str], unit["rights"])),
                    "bytes": unit["bytes"],
                    "sha256": unit["sha256"],
                    "file": "",
                    "text": "",
                }
            )
    return made


def schema(spec: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the columns of the rows."""
    del spec
    names = ("prompt", "type", "language", "made", "tools", "rights", "bytes", "sha256", "file", "text")
    return [(name, "int64" if name == "bytes" else "string") for name in names]


def loose(spec: Mapping[str, Json]) -> dict[str, int | None]:
    """Return the columns that show what was asked for, and the bytes that were given."""
    del spec
    return dict.fromkeys(("prompt", "file", "text"))


def _named(answer: Json) -> Named:
    unit = cast(Mapping[str, Json], answer)
    return Named(
        sha256=Digest(cast(str, unit["sha256"])),
        type=cast(str, unit["type"]),
        bytes=cast(int, unit["bytes"]),
        stated=cast(Mapping[str, Json], unit["measured"]),
    )


def _measured_of(type_: str, file: BinaryIO) -> dict[str, Json]:
    """Return what is stated of a unit's bytes. Raises Malformed, and PersonalData where they hold what no order takes."""
    found = measure(type_, file)
    if found.personal:
        told = ", ".join(f"{place.kind} at {place.start} to {place.end}" for place in found.personal[:10])
        raise PersonalData(f"a unit must hold no personal data, got {told}", pointer="/sha256")
    return found.stated


def _masked(spec: Mapping[str, Json], text: str) -> tuple[str, list[list[Json]]]:
    """Return the text with its personal data masked where the order says so, and the places of the text as it was."""
    if spec["personal"] != "mask":
        return text, []
    places = personal.places(text)
    return personal.masked(text, places), [[place.kind, place.start, place.end] for place in places]


def _answer(named: Named, declared: Mapping[str, Json]) -> dict[str, Json]:
    return {
        **declared,
        "bytes": named.bytes,
        "measured": dict(named.stated),
        "sha256": named.sha256,
        "type": named.type,
    }


COLLECT = Kind(
    name="collect",
    rules=RULES,
    spec=spec,
    plan=plan,
    check=check,
    judge=judge,
    rows=rows,
    schema=schema,
    loose=loose,
    # Under «keyed», answers are for everybody, and these say which content they are about: a guess could be confirmed.
    evidence=("open", "sealed"),
    contents=Contents(
        named=_named,
        measure=_measured_of,
        same=same,
        ending=lambda type_: catalogue.TYPES[type_],
        inline=lambda type_, size: type_ in catalogue.TEXTS and size <= catalogue.INLINE,
        largest=catalogue.largest,
        masked=_masked,
        answer=_answer,
    ),
    remembers=True,
)
