import pytest

from hakari.truth.infer import infer
from hakari.truth.tables import (
    BadTable,
    read_answers,
    read_first_labels,
    read_labels,
    read_preferences,
    read_roles,
)
from hakari.truth.votes import BadVotes, EmptyVotes


def test_labels_are_read_with_a_byte_order_mark_crlf_blank_lines_and_other_columns():
    data = '\ufeffworker,note,task,label\r\nw,x,t1,猫\r\n\r\nw,,"t,2",犬\r\n'.encode()
    assert read_labels(data) == [("t1", "w", "猫"), ("t,2", "w", "犬")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: columns task,worker,label expected, got nothing"),
        (b"task,worker\na,b\n", "line 1: columns task,worker,label expected, got task,worker"),
        (b"task,worker,label,label\na,b,c,d\n", "line 1: each column once"),
        (b"task,worker,label\n", "at least one row"),
        (b"task,worker,label\na,b\n", "line 2: 3 cells expected, got 2"),
        (b"task,worker,label\na,b,c\na,,c\n", "line 3: worker must not be empty"),
        (b"task,worker,label\na,b, \n", "line 2: label must not be empty"),
        (b"task,worker,label\na,b,c\nx,y,z\na,b,d\n", "line 4: worker 'b' has labelled task 'a' already on line 2"),
        (b"task,worker,label\na,b,\xff\n", "line 2: UTF-8 expected, got byte 0xff"),
        (b"task,worker,label\na,b,\0\n", "line 2: text expected, got a zero byte"),
        (b'task,worker,label\na,b,"c\n', "line 2: "),
        (b'task,worker,label\na,b,"c"d\n', "line 2: "),
    ],
)
def test_a_table_that_needs_guessing_is_refused_with_its_line(data, message):
    with pytest.raises(BadTable) as refused:
        read_labels(data)
    assert message in refused.value.message


def test_published_sets_with_repeats_can_be_read_on_purpose():
    rows, again = read_first_labels(b"task,worker,label\na,b,c\na,b,d\n")
    assert rows == [("a", "b", "c")]
    assert again == [(3, "a", "b", 2)]


def test_answers_and_roles_name_each_thing_once():
    assert read_answers(b"label,task\nyes,a\n") == [("a", "yes")]
    assert read_roles(b"worker,role\nw,army\n") == {"w": "army"}
    with pytest.raises(BadTable, match="line 3: task 'a' has an answer already on line 2"):
        read_answers(b"task,label\na,x\na,y\n")
    with pytest.raises(BadTable, match="line 3: worker 'w' has a role already"):
        read_roles(b"worker,role\nw,x\nw,y\n")


def test_preferences_may_repeat_and_need_no_worker():
    assert read_preferences(b"left,right,winner\na,b,tie\na,b,tie\n") == [("a", "b", "tie", "")] * 2
    assert read_preferences(b"winner,worker,left,right\nleft,w,a,b\n") == [("a", "b", "left", "w")]


@pytest.mark.parametrize("row", ["a,b,draw", "a,a,left", "a,,left"])
def test_a_preference_that_makes_no_sense_is_refused(row):
    with pytest.raises(BadTable, match="line 2"):
        read_preferences(f"left,right,winner\n{row}\n".encode())


def test_infer_answers_any_texts_and_reports_each_worker():
    rows = [(f"t{t}", w, "yes" if t % 2 else "no") for t in range(12) for w in "abc"]
    rows += [(f"t{t}", "liar", "no" if t % 2 else "yes") for t in range(12)]
    found = infer(rows, [("t0", "no"), ("elsewhere", "maybe")])
    assert [task.task for task in found.tasks] == sorted({row[0] for row in rows})
    assert all(task.label == ("yes" if int(task.task[1:]) % 2 else "no") for task in found.tasks)
    first = found.tasks[0]
    assert (first.audited, first.confidence, first.labels) == (True, 1.0, 4)
    assert found.workers["liar"]["audited_wrong"] == 1
    assert found.workers["liar"]["merit"] < 0 < found.workers["a"]["merit"]
    assert found.summary["audits_without_labels"] == 1


def test_infer_refuses_nothing_and_two_audits_of_a_task():
    with pytest.raises(EmptyVotes):
        infer([])
    with pytest.raises(BadVotes, match="one audit a task"):
        infer([("a", "w", "x")], [("a", "x"), ("a", "y")])


def test_infer_does_not_depend_on_the_order_of_rows():
    rows = [(f"t{t}", f"w{w}", str((t * w) % 3)) for t in range(20) for w in range(6)]
    assert infer(rows) == infer(rows[::-1])
