"""The kind: what is asked, what is answered, what is kept."""

import hashlib
import io

import pytest
from made import SPEC, TEXTS, edited, picture

from hakari.core.errors import Malformed
from hakari.sources.collect.kind import COLLECT, PersonalData
from hakari.sources.kind import Answer, Batch, Judged


def unit(data: bytes, type_: str = "text/plain", **other: object) -> dict:
    measured = COLLECT.contents.measure(type_, io.BytesIO(data))
    return {
        "bytes": len(data),
        "language": "en" if type_.startswith("text") else "",
        "made": "people",
        "measured": measured,
        "name": "",
        "rights": ["made_by_me", "may_be_licensed"],
        "sha256": hashlib.sha256(data).hexdigest(),
        "tools": "",
        "type": type_,
        **other,
    }


def text(content: str, **other: object) -> dict:
    return unit(content.encode(), **other)


def judged(units: list[dict], earlier: list[dict] = [], spec: dict = SPEC) -> list[str]:  # noqa: B006 never changed
    answers = [Answer(account=f"0x{n:040x}", task=n, answer=each, leaf=n, n=0) for n, each in enumerate(units)]
    batch = Batch(spec=spec, quality={}, tasks=[{}] * len(units), answers=answers, earlier=earlier)
    again = Batch(spec=spec, quality={}, tasks=[{}] * len(units), answers=answers[::-1], earlier=earlier)
    found = COLLECT.judge(batch, None)
    assert COLLECT.judge(again, None).verdicts == found.verdicts[::-1]
    assert all(verdict.accepted == (verdict.reason == "kept") for verdict in found.verdicts)
    return [verdict.reason for verdict in found.verdicts]


def test_the_first_of_alike_units_is_kept_whoever_hands_it_in() -> None:
    units = [text(TEXTS[0]), text(TEXTS[1]), text(TEXTS[0]), text(edited(TEXTS[1])), text(TEXTS[2])]
    assert judged(units) == ["kept", "kept", "duplicate", "near_duplicate", "kept"]


def test_what_the_pool_kept_earlier_stands_before() -> None:
    assert judged([text(edited(TEXTS[0])), text(TEXTS[1])], earlier=[text(TEXTS[0])]) == ["near_duplicate", "kept"]


def test_a_unit_that_was_not_kept_stands_in_nobodys_way() -> None:
    poor = text("the end of the road " * 40)
    assert judged([poor, poor]) == ["too_repetitive", "too_repetitive"]


def test_the_other_reasons() -> None:
    german = text(
        "Der alte Mann ist nicht im Haus, und die Kinder spielen mit dem Hund auf der Straße, weil es warm ist."
    )
    small = unit(picture(seed=1, size=(24, 24)), "image/png")
    assert judged([german, text("Too short."), small]) == ["wrong_language", "too_small", "too_small"]


def test_pictures_are_alike_by_their_fingerprints() -> None:
    units = [
        unit(picture(seed=1), "image/png"),
        unit(picture(seed=1, kind="JPEG", quality=60), "image/jpeg"),
        unit(picture(seed=2), "image/png"),
        unit(picture(seed=1), "image/png"),
    ]
    assert judged(units) == ["kept", "near_duplicate", "kept", "duplicate"]


def test_two_plain_pictures_are_not_called_alike() -> None:
    blank = [unit(picture(seed=1), "image/png") for _ in range(2)]
    for n, each in enumerate(blank):
        each["measured"] = {**each["measured"], "fingerprint": f"{n:016x}"}
        each["sha256"] = f"{n:064x}"
    assert judged(blank) == ["kept", "kept"]


def test_a_good_answer_is_canonical_as_it_is() -> None:
    good = text(TEXTS[0])
    assert COLLECT.check(SPEC, {}, good) == good


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "image/gif"}, "/type"),
        ({"bytes": 1_000_001}, "/bytes"),
        ({"bytes": True}, "/bytes"),
        ({"made": "both"}, "/made"),
        ({"language": "ja"}, "/language"),
        ({"language": ""}, "/language"),
        ({"rights": ["made_by_me"]}, "/rights"),
        ({"rights": ["may_be_licensed", "made_by_me"]}, "/rights"),
        ({"rights": ["stolen"]}, "/rights"),
        ({"made": "machines"}, "/tools"),
        ({"tools": "a model"}, "/tools"),
        ({"sha256": "X"}, "/sha256"),
        ({"name": "a\nb"}, "/name"),
        ({"measured": {}}, "/measured"),
        ({"surprise": 1}, ""),
    ],
)
def test_what_was_not_asked_for_is_refused_with_its_place(change: dict, pointer: str) -> None:
    with pytest.raises(Malformed) as raised:
        COLLECT.check(SPEC, {}, {**text(TEXTS[0]), **change})
    assert raised.value.pointer == pointer


@pytest.mark.parametrize(
    ("name", "value"), [("letters", -1), ("language", "xx"), ("sketch", "g" * 256), ("sketch", "00")]
)
def test_a_measurement_of_another_form_is_refused(name: str, value: object) -> None:
    good = text(TEXTS[0])
    with pytest.raises(Malformed) as raised:
        COLLECT.check(SPEC, {}, {**good, "measured": {**good["measured"], name: value}})
    assert raised.value.pointer == f"/measured/{name}"


def test_a_creation_by_machines_is_declared_with_its_tools() -> None:
    made = text(TEXTS[0], made="machines", tools="A language model, version 3")
    assert COLLECT.check(SPEC, {}, made) == made


def test_personal_data_is_refused_with_kind_and_place_and_without_its_content() -> None:
    data = b"Mail me at someone@example.org about the boat."
    with pytest.raises(PersonalData) as raised:
        COLLECT.contents.measure("text/plain", io.BytesIO(data))
    assert "email at 11 to 30" in raised.value.message
    assert "someone" not in raised.value.message


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"types": []}, "/spec/types"),
        ({"types": ["text/html"]}, "/spec/types"),
        ({"types": ["text/plain", "image/png"]}, "/spec/types"),
        ({"largest_bytes": 2**40}, "/spec/largest_bytes"),
        ({"languages": ["xx"]}, "/spec/languages"),
        ({"minimum": {}}, "/spec/minimum"),
        ({"minimum": {**SPEC["minimum"], "side": -1}}, "/spec/minimum/side"),
        ({"near_bps": 4999}, "/spec/near_bps"),
        ({"paid": "hour"}, "/spec/paid"),
        ({"personal": "allow"}, "/spec/personal"),
        ({"target": 0}, "/spec/target"),
        ({"surprise": 1}, "/spec"),
    ],
)
def test_a_request_that_asks_for_what_there_is_not_is_refused(change: dict, pointer: str) -> None:
    assert COLLECT.spec(SPEC) == SPEC
    with pytest.raises(Malformed) as raised:
        COLLECT.spec({**SPEC, **change})
    assert raised.value.pointer == pointer


def test_a_request_has_as_many_tasks_as_units_are_wanted_and_rows_for_what_was_kept() -> None:
    tasks = COLLECT.plan(SPEC, [{"prompt": "a place"}, {"prompt": "a person"}])
    assert [task.data["prompt"] for task in tasks] == ["a place", "a person"] * 4
    units = [text(TEXTS[0]), text(TEXTS[0])]
    answers = [Answer(account=f"0x{n:040x}", task=n, answer=each, leaf=n, n=0) for n, each in enumerate(units)]
    verdicts = COLLECT.judge(Batch(spec=SPEC, quality={}, tasks=[{}] * 8, answers=answers), None).verdicts
    per_task = [[Judged(answer=a, verdict=v)] for a, v in zip(answers, verdicts, strict=True)] + [[]] * 6
    rows = COLLECT.rows(SPEC, tasks, per_task)
    assert [(row["prompt"], row["sha256"]) for row in rows] == [("a place", units[0]["sha256"])]
    assert list(rows[0]) == [name for name, _ in COLLECT.schema(SPEC)]
    for items in ([], [{"text": "x"}], [{"prompt": ""}]):
        with pytest.raises(Malformed):
            COLLECT.plan(SPEC, items)
