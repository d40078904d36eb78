"""Regions, texts, trees and orders: one form for one meaning, refused with the place, read from Label Studio and written back."""

import json

import jsonschema_rs
import pytest
from everything import CANONICAL, CONFIG, DATA, REFUSED

from hakari.core import canonical
from hakari.core.errors import Malformed
from hakari.sources.label.answers import answer_schema, check_answer
from hakari.sources.label.config import parse
from hakari.sources.label.controls import Labels
from hakari.sources.label.data import check_data, public_of
from hakari.sources.label.errors import MalformedConfig, UnsupportedAttribute
from hakari.sources.label.label_studio import from_label_studio, to_label_studio

PARSED = parse(CONFIG)
PUBLIC = public_of(PARSED, check_data(PARSED, DATA))
WHOLE = {name: form for name, (_, form) in CANONICAL.items()}


@pytest.mark.parametrize("name", CANONICAL)
def test_what_means_the_same_has_one_form(name: str):
    said, form = CANONICAL[name]
    checked = check_answer(PARSED, {name: said}, PUBLIC)
    assert checked == {name: form}
    assert canonical.encode(check_answer(PARSED, checked, PUBLIC)) == canonical.encode(checked)
    jsonschema_rs.validator_for(answer_schema(PARSED)).validate(checked)


@pytest.mark.parametrize(("name", "said", "pointer"), [(n, *each) for n, all_ in REFUSED.items() for each in all_])
def test_what_no_answer_can_be_is_refused_with_its_place(name: str, said: object, pointer: str):
    with pytest.raises(Malformed) as caught:
        check_answer(PARSED, {name: said}, PUBLIC)
    assert caught.value.pointer == pointer
    assert "got" in caught.value.message


def test_only_lengths_and_ids_are_public():
    assert {"bounds": {"names": len(DATA["text"]), "order": ["a", "b", "c"]}} == PUBLIC
    assert check_data(PARSED, DATA) == DATA
    assert public_of(parse('<View><Text name="t" value="$t"/><Rating name="r" toName="t"/></View>'), {"t": "x"}) == {}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"items": [{"id": "a"}]}, "/items"),
        ({"items": [{"id": "a"}, {"id": "a"}]}, "/items/1/id"),
        ({"items": [{"id": "a"}, {"id": "b", "html": "<b>"}]}, "/items/1"),
        ({"items": "a,b"}, "/items"),
        ({"talk": [{"role": "user"}]}, "/talk/0"),
        ({"talk": [{"role": "user", "content": " "}]}, "/talk/0/content"),
        ({"lines": [{"author": "Ada", "text": "Hello."}]}, "/lines/0"),
        ({"photo": "javascript:alert(1)"}, "/photo"),
    ],
)
def test_data_of_another_form_is_refused(changed: dict, pointer: str):
    with pytest.raises(Malformed) as caught:
        check_data(PARSED, {**DATA, **changed})
    assert caught.value.pointer == pointer


def test_cannot_tell_is_an_answer_that_stands_alone():
    assert check_answer(PARSED, {"cannot_tell": True}) == {"cannot_tell": True}
    for wrong in ({"cannot_tell": 1}, {"cannot_tell": False}, {"cannot_tell": True, "why": "x"}):
        with pytest.raises(Malformed):
            check_answer(PARSED, wrong)
    assert to_label_studio(PARSED, {"cannot_tell": True}) == []


def test_label_studios_results_come_and_go_without_loss():
    results = to_label_studio(PARSED, WHOLE)
    assert from_label_studio(PARSED, json.loads(json.dumps(results))) == WHOLE
    kinds = [result["type"] for result in results]
    assert kinds.count("labels") == 4
    assert {"rectanglelabels", "polygonlabels", "taxonomy", "textarea", "ranker"} < set(kinds)
    [music] = [each["value"] for each in results if each["from_name"] == "parts"]
    assert music == {"start": 0.4, "end": 1.275, "labels": ["music"]}


def test_label_studios_own_numbers_are_rounded_and_a_turned_box_is_refused():
    value = {"x": 33.333333, "y": 0, "width": 66.666667, "height": 12.5, "rotation": 0, "rectanglelabels": ["car"]}
    result = {"id": "x", "from_name": "boxes", "to_name": "p", "type": "rectanglelabels", "value": value}
    [box] = from_label_studio(PARSED, [result])["boxes"]
    assert box == {"x": 33_333, "y": 0, "width": 66_667, "height": 12_500, "label": "car"}
    for change, pointer in [
        ({"rotation": 5}, "/0/value/rotation"),
        ({"x": "1"}, "/0/value/x"),
        ({"x": float("nan")}, "/0/value/x"),
        ({"rectanglelabels": ["car", "cat"]}, "/0/value/rectanglelabels"),
    ]:
        with pytest.raises(Malformed) as caught:
            from_label_studio(PARSED, [{**result, "value": {**value, **change}}])
        assert caught.value.pointer == pointer


def test_no_region_at_all_says_that_there_is_none():
    config = parse('<View><Text name="t" value="$t"/><Labels name="n" toName="t"><Label value="P"/></Labels></View>')
    assert from_label_studio(config, []) == {"n": []}
    assert to_label_studio(config, {"n": []}) == []


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ('<Labels name="n" toName="p"><Label value="a"/></Labels>', "one of the tags Text, Audio, got a Image"),
        (
            '<RectangleLabels name="n" toName="t"><Label value="a"/></RectangleLabels>',
            "one of the tags Image, got a Text",
        ),
        ('<Ranker name="n" toName="t"/>', "one of the tags List, got a Text"),
        ('<Labels name="n" toName="t"/>', "at least one Label"),
        ('<Labels name="n" toName="t"><Choice value="a"/></Labels>', "which holds Label"),
        ('<Labels name="n" toName="t"><Label value="a"/><Label value="b" alias="a"/></Labels>', "got 'a' again"),
        ('<Label value="a"/>', "must be inside Labels"),
        ('<Taxonomy name="n" toName="t"/>', "at least one Choice"),
        ('<Taxonomy name="n" toName="t"><Choice value="a"/><Choice value="a"/></Taxonomy>', "got 'a' again"),
        ('<Taxonomy name="n" toName="t" maxUsages="0"><Choice value="a"/></Taxonomy>', "maxUsages must be"),
        ('<TextArea name="n" toName="t" rows="0"/>', "rows must be"),
        ('<TextArea name="cannot_tell" toName="t"/>', "name must not be 'cannot_tell'"),
        ('<TextArea name="n" toName="t" colour="red"/>', "unknown attribute"),
        ('<List name="n" value="a,b"/>', "value must be one $name"),
        ('<Chat name="n" value="$text"/>', "$text must be shown by tags of one kind"),
    ],
)
def test_a_control_that_fits_nothing_is_refused(control: str, reason: str):
    with pytest.raises(MalformedConfig) as caught:
        parse(f'<View><Text name="t" value="$text"/><Image name="p" value="$p"/>{control}</View>')
    assert reason in caught.value.message


@pytest.mark.parametrize(
    "control",
    [
        '<TextArea name="n" toName="t" maxSubmissions="3"/>',
        '<TextArea name="n" toName="t" value="$guess"/>',
        '<TextArea name="n" toName="t" perRegion="true"/>',
        '<Labels name="n" toName="t" maxUsages="1"><Label value="a"/></Labels>',
        '<Taxonomy name="n" toName="t" labeling="true"><Choice value="a"/></Taxonomy>',
        '<Chat name="n" value="$c" editable="true"/>',
        '<Paragraphs name="n" value="$c" valueType="url"/>',
    ],
)
def test_what_would_mean_another_answer_is_unsupported(control: str):
    with pytest.raises(UnsupportedAttribute):
        parse(f'<View><Text name="t" value="$text"/>{control}</View>')


def test_a_stretch_is_of_characters_or_of_milliseconds():
    units = {control.name: control.unit for control in PARSED.controls if isinstance(control, Labels)}
    assert units == {"names": "character", "parts": "millisecond"}
    assert DATA["text"][1:3] == "東京"
    assert DATA["text"][13:18] == "👩‍👩‍👧"
