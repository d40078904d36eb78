import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.truth.votes import UNKNOWN, BadVotes, Votes

ROWS = [("b", "w2", 1), ("a", "w1", 0), ("a", "w2", 2), ("é", "w1", 1)]


@given(st.permutations(ROWS))
def test_the_order_of_arrival_leaves_no_trace(rows):
    first, other = Votes.from_rows(ROWS, classes=3), Votes.from_rows(rows, classes=3)
    assert first.tasks == other.tasks == ("a", "b", "é")
    for name in ("task", "worker", "label"):
        assert getattr(first, name).tobytes() == getattr(other, name).tobytes()


def test_ids_are_sorted_by_their_bytes():
    votes = Votes.from_rows([("Z", "x", 0), ("a", "x", 0), ("ｚ", "x", 0), ("𐀀", "x", 0)], classes=1)
    assert votes.tasks == ("Z", "a", "ｚ", "𐀀")


@pytest.mark.parametrize("label", [-1, 3, 1.0, float("nan"), True, None, "1"])
def test_a_label_that_is_no_class_is_refused_with_its_row(label):
    with pytest.raises(BadVotes, match="row 2: label must be"):
        Votes.from_rows([("a", "w", 0), ("b", "w", label)], classes=3)


def test_a_second_label_of_a_worker_on_a_task_is_refused():
    with pytest.raises(BadVotes, match="two of worker 'w' on task 'a'"):
        Votes.from_rows([("a", "w", 0), ("b", "w", 0), ("a", "w", 1)], classes=2)


@pytest.mark.parametrize("label", [[0.5], [np.nan], [np.inf], [2], [-1], [[0]]])
def test_arrays_of_no_classes_are_refused(label):
    with pytest.raises(BadVotes):
        Votes.from_arrays([0], [0], label, classes=2, tasks=["a"], workers=["w"])


def test_arrays_need_sorted_ids_of_one_length():
    with pytest.raises(BadVotes, match="sorted by their bytes"):
        Votes.from_arrays([0], [0], [0], classes=2, tasks=["b", "a"], workers=["w"])
    with pytest.raises(BadVotes, match="one length"):
        Votes.from_arrays([0], [0, 0], [0], classes=2, tasks=["a"], workers=["w"])
    assert len(Votes.from_arrays([0.0], [0], [1], classes=2, tasks=["a"], workers=["w"])) == 1


def test_known_answers_are_placed_by_id_and_strangers_left_out():
    votes = Votes.from_rows(ROWS, classes=3)
    assert votes.known({"b": 2, "nowhere": 1}, classes=3).tolist() == [UNKNOWN, 2, UNKNOWN]
    with pytest.raises(BadVotes):
        votes.known({"b": 3}, classes=3)


def test_votes_cannot_be_changed():
    votes = Votes.from_rows(ROWS, classes=3)
    with pytest.raises(ValueError, match="read-only"):
        votes.label[0] = 1
