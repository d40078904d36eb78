"""The label kind: each control is judged by what all others believe, and rows say what the accepted answers say."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch, Judged, Judgement, Verdict
from hakari.sources.label.errors import MalformedConfig, UnsupportedTag
from hakari.sources.label.kind import LABEL

ARROW = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}
OPEN = '<View><Text name="t" value="$text"/>'
ANIMAL = '<Choices name="animal" toName="t" required="true"><Choice value="cat"/><Choice value="dog"/><Choice value="owl"/></Choices>'
TAGS = '<Choices name="tags" toName="t" choice="multiple"><Choice value="big"/><Choice value="old"/><Choice value="red"/></Choices>'
STARS = '<Rating name="stars" toName="t" maxRating="5"/>'


def spec(*controls: str) -> dict[str, Json]:
    return LABEL.spec({"config": OPEN + "".join(controls) + "</View>"})


def account(number: int) -> Account:
    return Account(f"0x{number:040x}")


def batch(asked: dict[str, Json], said: list[tuple[int, int, Json]], **more: object) -> Batch:
    """said: (account, task, answer) rows; each goes through `check` as at the door."""
    answers = [
        Answer(account=account(who), task=task, answer=LABEL.check(asked, {}, answer), leaf=n, n=0)
        for n, (who, task, answer) in enumerate(said)
    ]
    tasks = 1 + max((task for _, task, _ in said), default=-1)
    return Batch(spec=asked, quality={}, tasks=[{}] * tasks, answers=answers, **more)


def crowd(seed: int = 2) -> Batch:
    """Seven accounts that are right nine times in ten, two that guess; everybody answers every task."""
    draw = random.Random(seed)
    truth = [draw.choice(["cat", "dog", "owl"]) for _ in range(40)]
    said: list[tuple[int, int, Json]] = []
    for who in range(9):
        for task, right in enumerate(truth):
            sure = who < 7 and draw.random() < 0.9
            said.append((who, task, {"animal": right if sure else draw.choice(["cat", "dog", "owl"])}))
    return batch(spec(ANIMAL), said)


def told(given: Batch, judged: Judgement) -> dict[tuple[str, int], tuple[bool, str, int]]:
    return {
        (answer.account, answer.task): (verdict.accepted, verdict.reason, verdict.score_bps)
        for answer, verdict in zip(given.answers, judged.verdicts, strict=True)
    }


def alike(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        one[key][:2] == other[key][:2] and abs(one[key][2] - other[key][2]) <= 1 for key in one
    )


# -- spec, plan, check


@pytest.mark.parametrize(
    ("given", "pointer", "part"),
    [
        (None, "/spec", "exactly the text «config»"),
        ({"config": 1}, "/spec", "exactly the text «config»"),
        ({"config": OPEN + ANIMAL + "</View>", "more": 1}, "/spec", "exactly the text «config»"),
        ({"config": "<View>"}, "/spec/config", "line 1, column"),
        ({"config": OPEN + "</View>"}, "/spec/config", "must ask something"),
        (
            {"config": OPEN + ANIMAL.replace("animal", "text") + "</View>"},
            "/spec/config",
            "different columns, got ['text']",
        ),
        ({"config": OPEN + ANIMAL.replace("animal", "answers") + "</View>"}, "/spec/config", "['answers']"),
        ({"config": OPEN.replace("$text", "$salt") + ANIMAL + "</View>"}, "/spec/config", "['salt']"),
        (
            {"config": OPEN + ANIMAL + STARS.replace("stars", "animal_confidence") + "</View>"},
            "/spec/config",
            "['animal_confidence']",
        ),
    ],
)
def test_a_spec_that_cannot_be_asked_is_refused(given, pointer, part):
    with pytest.raises(Malformed) as caught:
        LABEL.spec(given)
    assert caught.value.pointer == pointer
    assert part in caught.value.message


def test_a_refused_configuration_keeps_its_place_and_code():
    with pytest.raises(UnsupportedTag) as caught:
        LABEL.spec({"config": OPEN + "\n<Brush name='x' toName='t'/></View>"})
    assert isinstance(caught.value, MalformedConfig)
    assert (caught.value.line, caught.value.column, caught.value.code) == (2, 1, "unsupported_tag")


def test_names_that_only_look_alike_are_taken():
    assert spec(ANIMAL.replace("animal", "Text"), TAGS.replace('"tags"', '"text_"'))


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ("text", "/items/1"),
        ({}, "/items/1/text"),
        ({"text": 5}, "/items/1/text"),
        ({"text": " "}, "/items/1/text"),
        ({"text": "x", "gold": "cat"}, "/items/1/gold"),
    ],
)
def test_an_item_that_cannot_be_shown_is_refused(item, pointer):
    with pytest.raises(Malformed) as caught:
        LABEL.plan(spec(ANIMAL), [{"text": "fine"}, item])
    assert caught.value.pointer == pointer


def test_items_become_tasks_in_order_and_nothing_of_them_is_public():
    planned = LABEL.plan(spec(ANIMAL), [{"text": "one"}, {"text": "two"}])
    assert [(dict(task.public), dict(task.data)) for task in planned] == [({}, {"text": "one"}), ({}, {"text": "two"})]


@pytest.mark.parametrize(
    ("answer", "pointer", "part"),
    [
        (["cat"], "", "an object"),
        ({"animal": "bird"}, "/animal", "['cat', 'dog', 'owl'], got 'bird'"),
        ({"stars": 3}, "/animal", "got nothing"),
        ({"animal": "cat", "stars": 6}, "/stars", "from 1 to 5"),
        ({"animal": "cat", "tags": ["big", "big"]}, "/tags/1", "once"),
        ({"animal": "cat", "mood": 1}, "/mood", "only"),
    ],
)
def test_an_answer_in_another_form_is_refused(answer, pointer, part):
    with pytest.raises(Malformed) as caught:
        LABEL.check(spec(ANIMAL, TAGS, STARS), {}, answer)
    assert caught.value.pointer == pointer
    assert part in caught.value.message


def test_an_answer_is_put_in_order():
    given = {"stars": 3, "tags": ["red", "big"], "animal": "cat"}
    checked = LABEL.check(spec(ANIMAL, TAGS, STARS), {}, given)
    assert list(checked.items()) == [("animal", "cat"), ("tags", ["big", "red"]), ("stars", 3)]


# -- judging


def test_nothing_to_judge_gives_nothing():
    judged = LABEL.judge(batch(spec(ANIMAL), []), None)
    assert (list(judged.verdicts), list(judged.decisions), judged.summary) == ([], [], None)


def test_who_looks_is_accepted_and_who_guesses_is_not():
    given = crowd()
    judged = LABEL.judge(given, None)
    accepted = Counter(a.account for a, v in zip(given.answers, judged.verdicts, strict=True) if v.accepted)
    assert all(accepted[account(who)] >= 30 for who in range(7))
    assert all(accepted[account(who)] <= 24 for who in (7, 8))


def test_the_order_of_answers_does_not_matter():
    given = crowd()
    shuffled = list(given.answers)
    random.Random(3).shuffle(shuffled)
    other = replace(given, answers=shuffled)
    assert alike(told(given, LABEL.judge(given, None)), told(other, LABEL.judge(other, None)))


def test_the_names_of_accounts_do_not_matter():
    given = crowd()
    new = {account(who): account(500 - 13 * who) for who in range(9)}
    renamed = replace(given, answers=[replace(each, account=new[each.account]) for each in given.answers])
    moved = {(new[who], task): verdict for (who, task), verdict in told(given, LABEL.judge(given, None)).items()}
    assert alike(moved, told(renamed, LABEL.judge(renamed, None)))


def test_another_answer_gets_another_verdict():
    given = crowd()
    judged = LABEL.judge(given, None)
    place = next(n for n, each in enumerate(judged.verdicts) if each.reason == "agrees" and each.score_bps > 9900)
    wrong = "cat" if given.answers[place].answer != {"animal": "cat"} else "dog"
    answers = list(given.answers)
    answers[place] = replace(answers[place], answer={"animal": wrong})
    after = LABEL.judge(replace(given, answers=answers), None).verdicts[place]
    assert (after.accepted, after.reason) == (False, "differs_from_consensus")


def test_there_are_no_decisions_so_a_record_changes_nothing():
    given = crowd()
    judged = LABEL.judge(given, None)
    assert LABEL.judge(given, judged.decisions) == judged


def test_all_equal_answers_agree():
    given = batch(spec(ANIMAL), [(who, task, {"animal": "dog"}) for who in range(5) for task in range(6)])
    judged = LABEL.judge(given, None)
    assert {(each.accepted, each.reason) for each in judged.verdicts} == {(True, "agrees")}
    assert min(each.score_bps for each in judged.verdicts) > 9000


@pytest.mark.parametrize("words", [["cat"], ["cat", "dog"], ["cat", "dog", "owl"]])
def test_one_worker_alone_is_believed_and_never_refused(words):
    given = batch(spec(ANIMAL), [(1, task, {"animal": words[task % len(words)]}) for task in range(12)])
    judged = LABEL.judge(given, None)
    assert all(each.accepted for each in judged.verdicts)
    if len(words) == 3:
        # Even beliefs agree with whatever was said, whatever rounding makes of a third.
        assert {(each.score_bps, each.reason) for each in judged.verdicts} == {(3333, "agrees")}


def test_one_task_with_1000_answers_has_one_consensus():
    given = batch(spec(ANIMAL), [(who, 0, {"animal": "cat" if who % 5 else "dog"}) for who in range(1000)])
    judged = LABEL.judge(given, None)
    for answer, verdict in zip(given.answers, judged.verdicts, strict=True):
        assert verdict.accepted == (answer.answer == {"animal": "cat"})


def test_every_option_of_several_is_a_question_of_its_own():
    said = [(who, task, {"tags": ["big", "old"] if task % 2 else ["red"]}) for who in range(6) for task in range(8)]
    said += [(6, task, {"tags": ["big"] if task % 2 else ["red"]}) for task in range(8)]
    given = batch(spec(TAGS), said)
    verdicts = told(given, LABEL.judge(given, None))
    assert all(verdicts[account(who), task][0] for who in range(6) for task in range(8))
    # Leaving out «old» is one wrong answer to one of three questions: the worst one counts.
    assert [verdicts[account(6), task][0] for task in range(4)] == [True, False, True, False]
    assert verdicts[account(6), 1][1] == "differs_from_consensus"


def test_a_rating_is_judged_star_by_star():
    said = [(who, task, {"stars": 1 + task % 5}) for who in range(6) for task in range(10)]
    said += [(6, task, {"stars": 1 + (task + (task == 3)) % 5}) for task in range(10)]
    given = batch(spec(STARS), said)
    verdicts = told(given, LABEL.judge(given, None))
    assert [task for task in range(10) if not verdicts[account(6), task][0]] == [3]


def test_a_control_that_was_left_out_costs_nothing_and_the_worst_one_counts():
    said = [(who, task, {"animal": "cat" if task % 2 else "dog", "stars": 2}) for who in range(5) for task in range(8)]
    said += [(5, task, {"animal": "cat" if task % 2 else "dog"}) for task in range(8)]
    said += [
        (6, task, {"animal": "owl" if task == 1 else "cat" if task % 2 else "dog", "stars": 2}) for task in range(8)
    ]
    given = batch(spec(ANIMAL, STARS), said)
    verdicts = told(given, LABEL.judge(given, None))
    assert all(verdicts[account(5), task][0] for task in range(8))
    assert [task for task in range(8) if not verdicts[account(6), task][0]] == [1]
    assert verdicts[account(6), 1][2] < 2000


def test_an_option_without_an_alternative_cannot_be_wrong():
    only = '<Choices name="seen" toName="t"><Choice value="yes"/></Choices>'
    judged = LABEL.judge(batch(spec(only), [(1, 0, {"seen": "yes"})]), None)
    assert judged.verdicts == [Verdict(accepted=True, score_bps=10_000, reason="agrees")]


def test_an_audit_outweighs_the_crowd():
    said = [(who, task, {"animal": "cat"}) for who in range(5) for task in range(4)] + [(9, 0, {"animal": "dog"})]
    given = batch(spec(ANIMAL), said)
    audited = replace(given, audits={0: {"animal": "dog"}})
    before, after = told(given, LABEL.judge(given, None)), told(audited, LABEL.judge(audited, None))
    assert before[account(9), 0][1] == "differs_from_consensus"
    assert after[account(9), 0] == (True, "agrees", 10_000)
    assert {after[account(who), 0] for who in range(5)} == {(False, "differs_from_audit", 0)}
    assert all(after[account(who), 1][0] for who in range(5))


# -- rows


def judged_tasks(given: Batch, judged: Judgement) -> list[list[Judged]]:
    per_task: list[list[Judged]] = [[] for _ in given.tasks]
    for answer, verdict in zip(given.answers, judged.verdicts, strict=True):
        per_task[answer.task].append(Judged(answer=answer, verdict=verdict))
    return per_task


def test_rows_fit_their_schema_for_every_control():
    asked = spec(ANIMAL, TAGS, STARS, '<Pairwise name="better" toName="t,u"/><Text name="u" value="$other"/>')
    said = [
        (who, task, {"animal": "owl", "tags": ["old", "red"], "stars": 4, "better": "right"})
        for who in range(4)
        for task in range(2)
    ]
    given = batch(asked, said)
    planned = LABEL.plan(asked, [{"text": f"t{n}", "other": f"o{n}"} for n in range(3)])
    rows = LABEL.rows(asked, planned, [*judged_tasks(given, LABEL.judge(given, None)), []])
    assert rows[0] | {"text": "", "other": ""} == {
        "text": "",
        "other": "",
        "animal": "owl",
        "animal_confidence": 10_000,
        "tags": "old|red",
        "tags_confidence": 10_000,
        "stars": "4",
        "stars_confidence": 10_000,
        "better": "right",
        "better_confidence": 10_000,
        "answers": 4,
    }
    assert (rows[2]["animal"], rows[2]["tags_confidence"], rows[2]["answers"]) == ("", 0, 0)
    schema = LABEL.schema(asked)
    assert all(list(row) == [name for name, _ in schema] for row in rows)
    table = pa.Table.from_pylist(rows, schema=pa.schema([(name, ARROW[kind]) for name, kind in schema]))
    assert table.to_pylist() == rows


@pytest.mark.parametrize(
    ("scores", "animal", "confidence"),
    [
        ([("cat", 6000, True), ("dog", 3000, True)], "cat", 6666),
        ([("dog", 5000, True), ("cat", 5000, True)], "cat", 5000),
        ([("dog", 1, True), ("cat", 9000, False)], "dog", 10_000),
        ([("dog", 0, True)], "", 0),
    ],
)
def test_rows_weigh_accepted_answers_by_their_scores(scores, animal, confidence):
    asked = spec(ANIMAL)
    judged = [
        Judged(
            answer=Answer(account=account(n), task=0, answer={"animal": said}, leaf=n, n=0),
            verdict=Verdict(accepted=accepted, score_bps=score, reason="agrees"),
        )
        for n, (said, score, accepted) in enumerate(scores)
    ]
    row = LABEL.rows(asked, LABEL.plan(asked, [{"text": "x"}]), [judged])[0]
    assert (row["animal"], row["animal_confidence"]) == (animal, confidence)


def test_several_choices_need_more_than_half_of_the_weight_each():
    asked = spec(TAGS)
    judged = [
        Judged(
            answer=Answer(account=account(n), task=0, answer={"tags": said}, leaf=n, n=0),
            verdict=Verdict(accepted=True, score_bps=5000, reason="agrees"),
        )
        for n, said in enumerate([["big"], ["big", "old"], ["big", "red"], ["old"]])
    ]
    row = LABEL.rows(asked, LABEL.plan(asked, [{"text": "x"}]), [judged])[0]
    # big 3 of 4, old 2 of 4, red 1 of 4: the greatest doubt is that about «old», one half.
    assert (row["tags"], row["tags_confidence"]) == ("big", 5000)


def test_a_rotating_ring_cannot_make_the_verdicts_depend_on_the_order_of_sums():
    """Three accounts that always disagree in rotation put nine tasks on a symmetric saddle of the fit."""
    from hakari.sources.label.agreement import verdicts as judged
    from hakari.truth.votes import UNKNOWN, Votes

    draw = random.Random(5)
    rows = [(f"ring{t}", f"r{n}", (t + n) % 3) for t in range(9) for n in range(3)]
    for t in range(30):
        right = draw.randrange(3)
        rows += [(f"t{t:02d}", f"w{n}", right if draw.random() < 0.7 else draw.randrange(3)) for n in range(5)]
    tables = set()
    for _ in range(8):
        # Other names put the same votes in another order: sums run over them differently.
        tasks = {name: f"{draw.random():.12f}" for name in {row[0] for row in rows}}
        people = {name: f"{draw.random():.12f}" for name in {row[1] for row in rows}}
        votes = Votes.from_rows([(tasks[t], people[w], label) for t, w, label in rows], classes=3)
        found = judged(votes, classes=3, known=np.full(len(votes.tasks), UNKNOWN, np.int32))
        at = {(votes.tasks[t], votes.workers[w]): v for t, w, v in zip(votes.task, votes.worker, found, strict=True)}
        tables.add(tuple((at[tasks[t], people[w]].reason, at[tasks[t], people[w]].score_bps) for t, w, _ in rows))
    assert len(tables) == 1


# -- answers that are no classes

WHOLE_TEXT = "田中さんは東京で Ada に会った。"
SPANS = '<Labels name="names" toName="t"><Label value="PER"/><Label value="LOC"/></Labels>'


def marked(*regions: tuple[int, int, str]) -> dict[str, Json]:
    return {"names": [{"start": start, "end": end, "label": label} for start, end, label in regions]}


def test_spans_are_judged_by_how_far_they_overlap_and_rows_hold_what_most_marked():
    asked = spec(SPANS)
    [task] = LABEL.plan(asked, [{"text": WHOLE_TEXT}])
    assert task.public == {"bounds": {"names": len(WHOLE_TEXT)}}
    right, near = ((0, 2, "PER"), (5, 7, "LOC")), ((0, 4, "PER"), (5, 7, "LOC"))
    said = [(1, 0, marked(*right)), (2, 0, marked(*right)), (3, 0, marked(*near)), (4, 0, marked((9, 12, "LOC")))]
    given = batch(asked, said)
    judged = LABEL.judge(given, None)
    results = told(given, judged)
    assert [results[account(who), 0][0] for who in (1, 2, 3, 4)] == [True, True, True, False]
    assert results[account(4), 0][1:] == ("differs_from_consensus", 0)
    assert results[account(3), 0][2] == 7500, "half of one name, all of the other"
    held = [Judged(answer=a, verdict=v) for a, v in zip(given.answers, judged.verdicts, strict=True)]
    [row] = LABEL.rows(asked, [task], [held])
    assert row["names"] == '[{"end":2,"label":"PER","start":0},{"end":7,"label":"LOC","start":5}]'
    assert 8000 < row["names_confidence"] <= 10_000


def test_an_audit_stands_over_what_a_crowd_marked():
    asked = spec(SPANS)
    given = batch(asked, [(who, 0, marked((0, 2, "PER"))) for who in range(1, 4)], audits={0: marked((5, 7, "LOC"))})
    assert {verdict.reason for verdict in LABEL.judge(given, None).verdicts} == {"differs_from_audit"}


def test_free_texts_that_differ_are_paid_and_marked_for_review():
    asked = spec('<TextArea name="why" toName="t"/>')
    said = [(who, 0, {"why": text}) for who, text in enumerate(["a b c d", "zzzz yyyy", "something else entirely"])]
    verdicts = LABEL.judge(batch(asked, said), None).verdicts
    assert {(each.accepted, each.reason) for each in verdicts} == {(True, "needs_review")}


def test_cannot_tell_is_judged_as_an_answer():
    said = [(who, 0, {"animal": "cat"}) for who in range(4)] + [(4, 0, {"cannot_tell": True})]
    said += [(who, 1, {"cannot_tell": True}) for who in range(4)] + [(4, 1, {"animal": "owl"})]
    given = batch(spec(ANIMAL), said)
    results = told(given, LABEL.judge(given, None))
    assert results[account(0), 0][0]
    assert results[account(0), 1][0]
    assert results[account(4), 0][:2] == (False, "differs_from_consensus")
    assert results[account(4), 1][:2] == (False, "differs_from_consensus")
