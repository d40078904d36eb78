import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.depth import check_depth
from hakari.core.errors import Malformed


def test_what_nests_64_deep_passes_and_65_does_not():
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        check_depth(opened * 64 + b"0" + closed * 64)
        with pytest.raises(Malformed):
            check_depth(opened * 65 + b"0" + closed * 65)


def test_brackets_within_text_do_not_count():
    check_depth(json.dumps(["[" * 100, '"[{\\' * 100]).encode())


def test_brackets_behind_an_open_quote_do_not_count_since_they_are_not_parsed():
    check_depth(b'["' + b"[" * 100)


def test_siblings_do_not_add_up():
    check_depth(b"[" + b",".join([b"[]"] * 1000) + b"]")


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(
    st.recursive(
        st.text(alphabet='[]{}"\\a', max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[{"\\', max_size=3), inner, max_size=3)
        ),
    ),
    st.integers(0, 70),
)
def test_the_depth_is_that_of_the_value(value, more):
    for _ in range(more):
        value = [value]
    text = b"[" + json.dumps(value).encode() + b"]"
    if depth(value) + 1 <= 64:
        check_depth(text)
    else:
        with pytest.raises(Malformed):
            check_depth(text)
