"""Data and answers are canonical or refused with a pointer; Label Studio's results say the same answers."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.canonical import encode
from hakari.core.errors import Malformed
from hakari.sources.label.answers import LARGEST_TEXT_BYTES, answer_schema, check_answer, check_data
from hakari.sources.label.config import Choices, LabelConfig, Rating, classes, parse
from hakari.sources.label.label_studio import from_label_studio, to_label_studio

XML = """<View>
  <Text name="t" value="$text"/><Image name="i" value="$photo"/>
  <Choices name="label" toName="t" required="true"><Choice value="cat"/><Choice value="Dog!" alias="dog"/></Choices>
  <Choices name="tags/all" toName="i" choice="multiple"><Choice value="red"/><Choice value="big"/><Choice value="old"/></Choices>
  <Rating name="stars" toName="t" maxRating="4"/>
  <Pairwise name="better" toName="t,i"/>
</View>"""
CONFIG = parse(XML)
OPTIONAL = parse(XML.replace('required="true"', ""))
FULL: dict[str, Any] = {"label": "dog", "tags/all": ["red", "old"], "stars": 3, "better": "left"}
RESULTS: list[dict[str, Any]] = [
    {"from_name": "label", "to_name": "t", "type": "choices", "value": {"choices": ["dog"]}},
    {"from_name": "tags/all", "to_name": "i", "type": "choices", "value": {"choices": ["red", "old"]}},
    {"from_name": "stars", "to_name": "t", "type": "rating", "value": {"rating": 3}},
    {"from_name": "better", "to_name": "better", "type": "pairwise", "value": {"selected": "left"}},
]


def refused(config: LabelConfig, answer: object) -> tuple[str, str | None]:
    with pytest.raises(Malformed) as caught:
        check_answer(config, answer)
    return caught.value.message, caught.value.pointer


def answers(config: LabelConfig) -> st.SearchStrategy[dict[str, Any]]:
    def values(name: str) -> st.SearchStrategy[Any]:
        control, names = config.control(name), classes(config, name)
        if isinstance(control, Rating):
            return st.integers(1, control.most)
        if isinstance(control, Choices) and control.multiple:
            return st.lists(st.sampled_from(names), min_size=1, unique=True)
        return st.sampled_from(names)

    must = {control.name: values(control.name) for control in config.controls if control.required}
    may = {control.name: values(control.name) for control in config.controls if not control.required}
    return st.fixed_dictionaries(must, optional=may).filter(bool)


def test_an_answer_comes_back_in_the_configurations_order():
    given = {"better": "left", "tags/all": ["old", "red"], "stars": 3, "label": "dog"}
    checked = check_answer(CONFIG, given)
    assert checked == FULL
    assert list(checked) == ["label", "tags/all", "stars", "better"]
    assert given["tags/all"] == ["old", "red"]


@pytest.mark.parametrize(
    ("answer", "message", "pointer"),
    [
        ({"label": "bird"}, "label must be one of ['cat', 'dog'], got 'bird'", "/label"),
        ({"label": "Dog!"}, "label must be one of ['cat', 'dog'], got 'Dog!'", "/label"),
        ({"label": ["cat"]}, "label must be one of ['cat', 'dog'], got a list", "/label"),
        ({"label": None}, "label must be one of ['cat', 'dog'], got None", "/label"),
        ({"stars": 1}, "label must be one of ['cat', 'dog'], got nothing", "/label"),
        (
            {"label": "cat", "tags/all": ["red", "blue"]},
            "tags/all must be one of ['red', 'big', 'old'], got 'blue'",
            "/tags~1all/1",
        ),
        (
            {"label": "cat", "tags/all": ["red", "red"]},
            "tags/all must hold each choice once, got 'red' twice",
            "/tags~1all/1",
        ),
        (
            {"label": "cat", "tags/all": []},
            "tags/all must be a list of ['red', 'big', 'old'], got an empty list (leave the control out to choose none)",
            "/tags~1all",
        ),
        (
            {"label": "cat", "tags/all": "red"},
            "tags/all must be a list of ['red', 'big', 'old'], got 'red'",
            "/tags~1all",
        ),
        ({"label": "cat", "stars": 0}, "stars must be a whole number from 1 to 4, got 0", "/stars"),
        ({"label": "cat", "stars": 5}, "stars must be a whole number from 1 to 4, got 5", "/stars"),
        ({"label": "cat", "stars": 2.0}, "stars must be a whole number from 1 to 4, got 2.0", "/stars"),
        ({"label": "cat", "stars": True}, "stars must be a whole number from 1 to 4, got True", "/stars"),
        (
            {"label": "cat", "stars": 10**9999},
            "stars must be a whole number from 1 to 4, got a very large integer",
            "/stars",
        ),
        ({"label": "cat", "better": "t"}, "better must be one of ['left', 'right'], got 't'", "/better"),
        (
            {"label": "cat", "colour": 1},
            "answer must hold only ['label', 'tags/all', 'stars', 'better'], got 'colour' too",
            "/colour",
        ),
        (["cat"], "answer must be an object with ['label', 'tags/all', 'stars', 'better'], got a list", ""),
    ],
)
def test_an_answer_is_refused_with_what_was_expected_and_where(answer: object, message: str, pointer: str):
    assert refused(CONFIG, answer) == (message, pointer)


def test_optional_controls_may_be_left_out_but_not_all_of_them():
    assert check_answer(OPTIONAL, {"stars": 4}) == {"stars": 4}
    assert refused(OPTIONAL, {})[0].startswith("answer must hold at least one of ['label'")


def test_a_message_stays_short_when_choices_are_many():
    options = "".join(f'<Choice value="{n}"/>' for n in range(500))
    many = parse(f'<View><Text name="t" value="$t"/><Choices name="c" toName="t">{options}</Choices></View>')
    message, _ = refused(many, {"c": "x" * 10_000})
    assert "and 480 more" in message
    assert len(message) < 400


def test_the_schema_says_the_same_as_the_check():
    assert answer_schema(CONFIG) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "label": {"type": "string", "enum": ["cat", "dog"]},
            "tags/all": {
                "type": "array",
                "items": {"type": "string", "enum": ["red", "big", "old"]},
                "minItems": 1,
                "uniqueItems": True,
            },
            "stars": {"type": "integer", "minimum": 1, "maximum": 4},
            "better": {"type": "string", "enum": ["left", "right"]},
        },
        "required": ["label"],
        "minProperties": 1,
        "additionalProperties": False,
    }


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 6), st.sampled_from(["cat", "dog", "red", "big", "left", "up", ""])
)
ANYTHING = st.one_of(
    LEAVES,
    st.lists(LEAVES, max_size=4),
    st.dictionaries(
        st.sampled_from(["label", "tags/all", "stars", "better", "x"]), st.one_of(LEAVES, st.lists(LEAVES, max_size=3))
    ),
)


@given(ANYTHING)
def test_an_outside_validator_of_the_schema_agrees_with_the_check(answer: Any):
    validator = pytest.importorskip("jsonschema_rs")
    for config in (CONFIG, OPTIONAL):
        try:
            checked = check_answer(config, answer)
        except Malformed:
            assert not validator.is_valid(answer_schema(config), answer)
        else:
            assert validator.is_valid(answer_schema(config), answer)
            assert check_answer(config, checked) == checked
            assert encode(checked)


@given(answers(OPTIONAL))
def test_answers_survive_the_way_through_label_studio(answer: dict[str, Any]):
    checked = check_answer(OPTIONAL, answer)
    results = to_label_studio(OPTIONAL, answer)
    assert from_label_studio(OPTIONAL, results) == checked
    assert from_label_studio(OPTIONAL, results[::-1]) == checked
    assert to_label_studio(OPTIONAL, checked) == results


def test_an_answer_becomes_the_results_that_the_editor_writes():
    assert to_label_studio(CONFIG, FULL) == RESULTS
    decorated = [{**result, "id": "x1", "origin": "manual", "score": 0.5} for result in RESULTS]
    assert from_label_studio(CONFIG, decorated) == FULL
    with pytest.raises(Malformed, match=r"label must be one of \['cat', 'dog'\], got nothing"):
        to_label_studio(CONFIG, {"stars": 1})


@pytest.mark.parametrize(
    ("place", "change", "message", "pointer"),
    [
        (
            0,
            {"from_name": "lable"},
            "from_name must be one of ['label', 'tags/all', 'stars', 'better'], got 'lable'",
            "/0/from_name",
        ),
        (0, {"to_name": "i"}, "to_name must be 't', got 'i'", "/0/to_name"),
        (0, {"type": "labels"}, "type must be 'choices', got 'labels'", "/0/type"),
        (0, {"value": None}, "value must be an object with 'choices' and nothing else, got None", "/0/value"),
        (
            0,
            {"value": {"choices": ["cat"], "start": 1}},
            "value must be an object with 'choices' and nothing else, got 'choices', 'start'",
            "/0/value",
        ),
        (0, {"value": {"choices": "cat"}}, "choices must be a list, got 'cat'", "/0/value/choices"),
        (0, {"value": {"choices": ["cat", "dog"]}}, "label must hold one choice, got 2", "/0/value/choices"),
        (0, {"value": {"choices": []}}, "label must hold one choice, got 0", "/0/value/choices"),
        (0, {"value": {"choices": ["bird"]}}, "label must be one of ['cat', 'dog'], got 'bird'", "/0/value/choices/0"),
        (
            1,
            {"value": {"choices": ["red", "blue"]}},
            "tags/all must be one of ['red', 'big', 'old'], got 'blue'",
            "/1/value/choices/1",
        ),
        (2, {"value": {"rating": 9}}, "stars must be a whole number from 1 to 4, got 9", "/2/value/rating"),
        (2, {"value": {"rating": 0.0}}, "stars must be a whole number from 1 to 4, got 0.0", "/2/value/rating"),
        (2, {"value": {"rating": False}}, "stars must be a whole number from 1 to 4, got False", "/2/value/rating"),
        (3, {"value": {"selected": "up"}}, "better must be one of ['left', 'right'], got 'up'", "/3/value/selected"),
        (1, RESULTS[0], "label must be answered once, got two results", "/1/from_name"),
    ],
)
def test_a_wrong_result_is_refused_with_its_place(place: int, change: dict[str, Any], message: str, pointer: str):
    results = copy.deepcopy(RESULTS)
    results[place].update(change)
    with pytest.raises(Malformed) as caught:
        from_label_studio(CONFIG, results)
    assert (caught.value.message, caught.value.pointer) == (message, pointer)


def test_the_editors_words_for_nothing_count_as_unanswered():
    results = copy.deepcopy(RESULTS)
    results[2]["value"], results[3]["value"] = {"rating": 0}, {"selected": "none"}
    assert from_label_studio(CONFIG, results) == {"label": "dog", "tags/all": ["red", "old"]}
    with pytest.raises(Malformed, match="at least one of"):
        from_label_studio(OPTIONAL, results[2:])
    results[3] = {**RESULTS[3], "to_name": "t,i"}
    assert from_label_studio(CONFIG, results)["better"] == "left"


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "from_name": st.sampled_from(["label", "tags/all", "stars", "better", "x", None]),
        "to_name": st.sampled_from(["t", "i", "better", ["t"]]),
        "type": st.sampled_from(["choices", "rating", "pairwise", {}]),
        "value": st.one_of(ANYTHING, st.dictionaries(st.sampled_from(["choices", "rating", "selected"]), ANYTHING)),
    },
)


@given(st.one_of(ANYTHING, st.lists(st.one_of(ENTRIES, st.sampled_from(RESULTS)), max_size=4)))
def test_results_are_a_canonical_answer_or_malformed_and_nothing_else(results: object):
    try:
        answer = from_label_studio(CONFIG, results)
    except Malformed:
        return
    assert check_answer(CONFIG, answer) == answer
    assert from_label_studio(CONFIG, to_label_studio(CONFIG, answer)) == answer


def test_data_is_what_the_configuration_shows_in_its_order():
    data = check_data(CONFIG, {"photo": "https://example.org/a%20b.png?x=1", "text": "猫\n"})
    assert data == {"text": "猫\n", "photo": "https://example.org/a%20b.png?x=1"}
    assert list(data) == ["text", "photo"]
    assert check_data(CONFIG, {"text": "a", "photo": "/files/1.png"})["photo"] == "/files/1.png"
    assert check_data(CONFIG, {"text": "a" * LARGEST_TEXT_BYTES, "photo": "/1"})


@pytest.mark.parametrize(
    ("change", "message", "pointer"),
    [
        ({"text": 3}, "text must be a string, got 3", "/text"),
        ({"text": " "}, "text must not be empty", "/text"),
        ({"text": "a\0"}, "text must not hold the character U+0000", "/text"),
        ({"text": "\ud800"}, "text must be Unicode without lone surrogates", "/text"),
        ({"text": "猫" * 21846}, "text must have at most 65536 bytes, got 65538", "/text"),
        (
            {"gold/label": "cat"},
            "data must hold only what the configuration shows, ['text', 'photo'], got 'gold/label' too",
            "/gold~1label",
        ),
    ],
)
def test_data_is_refused_with_its_place(change: dict[str, Any], message: str, pointer: str):
    with pytest.raises(Malformed) as caught:
        check_data(CONFIG, {"text": "a", "photo": "/1.png"} | change)
    assert (caught.value.message, caught.value.pointer) == (message, pointer)


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org/x"),
        *("https://", "http:///x", "/a b", "/\\example.org", "photo.png", "https://example.org/" + "x" * 2048, "/a\n"),
    ],
)
def test_an_address_that_a_browser_would_run_or_misread_is_refused(address: str):
    with pytest.raises(Malformed, match="photo must be an http or https address"):
        check_data(CONFIG, {"text": "a", "photo": address})


def test_data_that_is_missing_too_much_or_no_object_is_refused():
    with pytest.raises(Malformed, match="photo must be a string, got nothing"):
        check_data(CONFIG, {"text": "a"})
    with pytest.raises(Malformed, match="data must be an object"):
        check_data(CONFIG, ["a"])
    texts = "".join(f'<Text name="t{n}" value="$v{n}"/>' for n in range(5))
    five = parse(f'<View>{texts}<Rating name="r" toName="t0"/></View>')
    most = {f"v{n}": "a" * LARGEST_TEXT_BYTES for n in range(5)}
    with pytest.raises(Malformed, match="at most 262144 bytes in all, got 327680"):
        check_data(five, most)
    assert check_data(five, most | {"v0": "a", "v1": "a"})


@pytest.mark.soak  # its peer is too heavy for every run: `make soak` with the bench extra
def test_label_studios_own_reader_agrees():
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(XML)
    assert sorted(control.name for control in interface.controls) == sorted(control.name for control in CONFIG.controls)
    assert {thing.name for thing in interface.objects} == {thing.name for thing in CONFIG.objects}
    for name in ("label", "tags/all"):
        assert tuple(interface.get_control(name).labels) == classes(CONFIG, name)
    good = {"result": to_label_studio(CONFIG, FULL)}
    assert interface.validate_annotation(good)
    wrong = copy.deepcopy(good)
    wrong["result"][0]["value"]["choices"] = ["bird"]  # type: ignore[index,call-overload]
    assert not interface.validate_annotation(wrong)
