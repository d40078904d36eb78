"""What blind answers make known, whose word stands, and which of them an order had no need of."""

import pytest

from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.sources.kind import Answer
from hakari.work import blind

Row = tuple[str, Answer]


def rows(*given: tuple[str, str, Json]) -> list[Row]:
    """Answers to task 7 in the order of the log: role, who, what."""
    return [
        (role, Answer(account=Account(who), task=7, answer=answer, leaf=leaf, n=0))
        for leaf, (role, who, answer) in enumerate(given)
    ]


GOOD: Json = {"mood": "good"}
BAD: Json = {"mood": "bad"}
UNSURE: Json = {"cannot_tell": True}


@pytest.mark.parametrize(("audited", "ruled"), [(UNSURE, GOOD), (GOOD, UNSURE), (GOOD, BAD)])
def test_a_jury_s_word_stands_alone_where_the_audit_s_excludes_it(audited: Json, ruled: Json) -> None:
    given = rows(("audit", "a", audited), ("audit", "b", audited), *(("jury", who, ruled) for who in ("c", "d", "e")))
    known = blind.decided(given)
    assert known == {7: ruled}
    assert not blind.differs(ruled, known[7])
    assert blind.differs(audited, known[7])


def surplus(given: list[Row], committed: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    found = blind.surplus(given, least=lambda role: {"audit": 2}.get(role, 3), committed=committed)
    return [(str(answer.account), most) for _, answer, most in found]


def test_one_account_has_one_voice() -> None:
    assert surplus(rows(("audit", "a", GOOD), ("audit", "a", GOOD))) == [("a", 0)]
    assert surplus(rows(("audit", "a", GOOD), ("jury", "a", GOOD))) == []


def test_two_who_agree_are_enough_and_three_are_the_most() -> None:
    agreed = rows(*(("audit", who, GOOD) for who in "ab"), *(("audit", who, BAD) for who in "cd"))
    assert surplus(agreed) == [("c", 2), ("d", 3)]
    assert surplus(rows(("audit", "a", GOOD), ("audit", "b", BAD), ("audit", "c", BAD))) == []
    assert surplus(agreed, committed=("audit",)) == [("d", 3)]


def test_a_jury_has_no_more_than_its_seats() -> None:
    assert surplus(rows(*(("jury", who, GOOD) for who in "abcd"))) == [("d", 3)]
