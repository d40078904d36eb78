import pytest

from hakari.verify.boards import differences

A = {"high": 1100, "low": 1000, "model": "a", "rank": 1, "score": 1050, "votes": 10}
B = {"high": 999, "low": 900, "model": "b", "rank": 2, "score": 950, "votes": 10}


def differ(*recorded):
    return [number for number, _, _ in differences([A, B], list(recorded))]


def test_equal_boards_do_not_differ():
    assert differ(A, B) == []


@pytest.mark.parametrize("name", ["high", "low", "score"])
def test_points_may_differ_by_two_and_no_more(name):
    assert differ({**A, name: A[name] + 2}, B) == []
    assert differ({**A, name: A[name] - 3}, B) == [1]


@pytest.mark.parametrize(("name", "value"), [("votes", 11), ("model", "c"), ("rank", 2)])
def test_counts_names_and_clear_ranks_are_exact(name, value):
    assert differ({**A, name: value}, B) == [1]


def test_a_rank_may_differ_where_edges_nearly_touch():
    assert differ(A, {**B, "rank": 1}) == []
    clear = {**B, "high": 990}
    assert [number for number, _, _ in differences([A, clear], [A, {**clear, "rank": 1}])] == [2]


def test_other_summaries_are_exact():
    assert [number for number, _, _ in differences([{"n": 1}], [{"n": 2}])] == [1]
    assert [number for number, _, _ in differences([{"n": 1}], [{"n": 1}])] == []
