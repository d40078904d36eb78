import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core import canonical
from hakari.core.errors import Malformed
from hakari.core.statement import answer_commitment
from hakari.sources.kind import Decision, Verdict
from hakari.verify import results
from hakari.verify.openings import Wrong, opened

SALT = "abcdefghijklmnopqrstuv"

answers = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["leaf", "n", "salt", "é", '"']), inner)
    ),
    max_leaves=5,
)


def line(answer, *, leaf=7, n=0, salt=SALT, task=3):
    return canonical.encode({"answer": answer, "leaf": leaf, "n": n, "salt": salt, "task": task})


def commitment(answer, *, salt=SALT, task=3):
    return bytes.fromhex(answer_commitment(task=task, answer=answer, salt=salt))


@given(answers, st.text(min_size=22, max_size=64), st.integers(0, 2**53 - 1))
def test_what_was_committed_opens_whatever_its_text(answer, salt, task):
    got = list(opened([line(answer, salt=salt, task=task)], [(7, 0)], commitment(answer, salt=salt, task=task)))
    assert got == [(task, answer)]


@given(answers, answers)
def test_another_answer_does_not_open(answer, other):
    got = list(opened([line(other)], [(7, 0)], commitment(answer)))
    assert isinstance(got[0], Wrong) == (canonical.encode(answer) != canonical.encode(other))


@given(answers, st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_a_line_with_other_bytes_does_not_open(answer, at, junk):
    """Every byte is fixed by the commitment or by the place: there is no second spelling of an opening."""
    good = line(answer)
    at = min(at, len(good))
    for changed in (good[:at] + junk + good[at:], good[:at] + junk + good[at + len(junk) :]):
        if changed != good:
            got = list(opened([changed], [(7, 0)], commitment(answer)))
            assert isinstance(got[0], Wrong), changed


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        line(1).replace(b":7", b":07"),
        line(1).replace(b":7", b": 7"),
        line(1).replace(b":7", b":7.0"),
        line(1).replace(b":7", b":true"),
        line(1, leaf=8),
        line(1, n=1),
        line(1, salt="short"),
        line(1, salt="x" * 65),
        line(1, task=4),
        line(1)[:-1] + b',"x":1}',
        b'{"answer":' + b"[" * 70 + b"]" * 70 + line(1)[len(b'{"answer":1') :],
        b'{"answer":1,"answer":1' + line(1)[len(b'{"answer":1') :],
    ],
)
def test_a_line_of_another_form_is_wrong_and_the_next_is_read(bad):
    got = list(opened([bad, line(1, n=1)], [(7, 0), (7, 1)], commitment(1) * 2))
    assert isinstance(got[0], Wrong)
    assert got[1] == (3, 1)


def test_a_line_beyond_the_commitments_is_left_for_the_caller():
    lines = iter([line(1), line(2)])
    assert list(opened(lines, [(7, 0)], commitment(1))) == [(3, 1)]
    assert next(lines) == line(2)


def row(**changed):
    return canonical.encode({"accepted": True, "leaf": 7, "n": 0, "reason": "agrees", "score": 9000, **changed})


DECISION = canonical.encode({"account": "0xab", "decision": "each", "statistic": "0.25", "threshold": "0.5"})


def test_results_are_decisions_then_rows():
    got = list(results.read([DECISION, row(), row(accepted=False, reason="Grüße \n", score=0)]))
    assert got == [
        Decision(account="0xab", decision="each", statistic=0.25, threshold=0.5),
        (7, 0, Verdict(accepted=True, score_bps=9000, reason="agrees")),
        (7, 0, Verdict(accepted=False, score_bps=0, reason="Grüße \n")),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        DECISION,
        b"",
        b"{}",
        row(score=10_001),
        row(score=-1),
        row(accepted=1),
        row(reason=3),
        row().replace(b":7", b":07"),
        row().replace(b",", b", "),
    ],
)
def test_a_row_of_another_form_is_refused_by_its_number(bad):
    with pytest.raises(Malformed, match="line 2"):
        list(results.read([row(), bad]))
