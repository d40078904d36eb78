"""Canonical JSON against an independent RFC 8785 implementation, and everything that it refuses."""

import json
import sys

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hakari.core import canonical
from hakari.core.canonical import LARGEST
from hakari.core.errors import Malformed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
things = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=25,
)


@given(things)
def test_bytes_equal_those_of_another_rfc_8785_writer(thing: object) -> None:
    assert canonical.encode(thing) == rfc8785.dumps(thing)  # type: ignore[arg-type]


@given(things)
def test_what_is_written_is_read_back_and_strict(thing: object) -> None:
    assert canonical.decode_strict(canonical.encode(thing)) == thing


def test_keys_are_sorted_by_utf_16_code_units_not_by_code_points() -> None:
    # U+1F600 is written as surrogates D83D DE00, which stand before U+FB33.
    assert canonical.encode({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "thing", [1.5, float("nan"), LARGEST + 1, -LARGEST - 1, {1: 2}, "\ud800", {"\ud800": 1}, b"x", {"a": {1.0}}]
)
def test_what_two_languages_could_write_differently_is_refused(thing: object) -> None:
    with pytest.raises(Malformed):
        canonical.encode(thing)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b"1.0",
        b"1e3",
        b"NaN",
        b"9007199254740993",
        b"1" * 5000,
        b"\xff",
        b"",
        b"{",
        b'"\x01"',
    ],
)
def test_bytes_that_mean_different_things_to_different_readers_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        canonical.decode(data)


@pytest.mark.parametrize("data", [b'{"b":1,"a":1}', b'{ "a":1}', b'"\\u0041"', b'"\\u00E9"', b'"\\/"', b"[1 ]", b"01"])
def test_json_that_is_not_in_canonical_form_is_refused_where_form_counts(data: bytes) -> None:
    with pytest.raises(Malformed):
        canonical.decode_strict(data)


def test_deep_nesting_is_refused_whatever_the_recursion_limit() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # as libraries of the Ethereum stack leave it
    try:
        for data in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 65 + b"]" * 65):
            with pytest.raises(Malformed, match="nest"):
                canonical.decode(data)
        assert canonical.decode(b"[" * 64 + b"]" * 64) is not None
        assert canonical.decode(json.dumps("[" * 1000).encode()) == "[" * 1000
    finally:
        sys.setrecursionlimit(before)


def test_evidence_lines_are_objects_one_a_line_with_a_line_feed_at_the_end() -> None:
    data = canonical.lines([{"b": 1, "a": "\n"}, {}])
    assert data == b'{"a":"\\n","b":1}\n{}\n'
    assert list(canonical.read_lines(data)) == [{"a": "\n", "b": 1}, {}]
    assert list(canonical.read_lines(b"")) == []


@pytest.mark.parametrize("data", [b"{}", b"{}\n\n", b"[]\n", b'{"a": 1}\n', b"{}\r\n", b"\n"])
def test_other_lines_are_refused_with_their_number(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(canonical.read_lines(data))
