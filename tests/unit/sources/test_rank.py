"""The rank kind: pairs are drawn fairly, answers are strict, votes are judged by what they say and by nothing else."""

import random
from collections import Counter
from dataclasses import replace
from math import log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import llmfao
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch, Decision, Judged, Judgement
from hakari.sources.rank.kind import RANK, followed
from hakari.truth.voters import Voters

MODELS = ["ash", "birch", "cedar", "elm"]
SPEC = {"models": MODELS, "pairs": 0}
GIVEN = {"prompt": "p", "left_model": "ash", "right_model": "elm", "left": "x", "right": "y"}
ARROW = {"string": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}


def account(number: int) -> Account:
    return Account(f"0x{number:040x}")


def crowd(seed: int = 1, *, honest: int = 8, blind: int = 6, each: int = 40) -> Batch:
    """Honest voters prefer the lower model most of the time; blind ones don't look."""
    draw = random.Random(seed)
    tasks = [
        {"left": left, "prompt": prompt, "right": right}
        for prompt in range(6)
        for left in range(4)
        for right in range(4)
        if left != right
    ]
    answers = []
    for who in range(honest + blind):
        for task in draw.sample(range(len(tasks)), each):
            better = "left" if tasks[task]["left"] < tasks[task]["right"] else "right"
            said = better if who < honest and draw.random() < 0.9 else draw.choice(["left", "right", "tie"])
            answers.append(Answer(account=account(who + 1), task=task, answer={"winner": said}, leaf=len(answers), n=0))
    return Batch(spec=SPEC, quality={}, tasks=tasks, answers=answers)


def said(batch: Batch, judged: Judgement) -> dict[tuple[str, int], tuple[bool, str, int]]:
    return {
        (answer.account, answer.task): (verdict.accepted, verdict.reason, verdict.score_bps)
        for answer, verdict in zip(batch.answers, judged.verdicts, strict=True)
    }


def alike(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        one[key][:2] == other[key][:2] and abs(one[key][2] - other[key][2]) <= 1 for key in one
    )


def refusal(call, *args) -> tuple[str | None, str]:
    with pytest.raises(Malformed) as caught:
        call(*args)
    return caught.value.pointer, caught.value.message


# -- spec, plan, check


@pytest.mark.parametrize(
    ("spec", "pointer", "part"),
    [
        (None, "/spec", "«models» and «pairs»"),
        ({"models": MODELS}, "/spec", "exactly"),
        ({**SPEC, "seed": 1}, "/spec", "exactly"),
        ({"models": ["ash"], "pairs": 0}, "/spec/models", "2 to 1000"),
        ({"models": ["ash", "ash"], "pairs": 0}, "/spec/models", "distinct"),
        ({"models": ["ash", ""], "pairs": 0}, "/spec/models", "names"),
        ({"models": "ash", "pairs": 0}, "/spec/models", "names"),
        ({"models": [str(n) for n in range(1001)], "pairs": 0}, "/spec/models", "1000"),
        ({"models": MODELS, "pairs": -1}, "/spec/pairs", "from 0, got -1"),
        ({"models": MODELS, "pairs": True}, "/spec/pairs", "got True"),
    ],
)
def test_a_spec_that_cannot_be_ranked_is_refused(spec, pointer, part):
    where, message = refusal(RANK.spec, spec)
    assert where == pointer
    assert part in message


def test_a_good_spec_is_kept_as_it_is():
    assert RANK.spec(SPEC) == SPEC
    assert RANK.spec({"models": [str(n) for n in range(1000)], "pairs": 7})["pairs"] == 7


@pytest.mark.parametrize(
    ("change", "pointer", "part"),
    [
        ({"prompt": 1}, "/items/1", "«prompt»"),
        ({"left": None}, "/items/1", "exactly the texts"),
        ({"known": "left"}, "/items/1", "exactly the texts"),
        ({"left_model": "oak"}, "/items/1/left_model", "'oak'"),
        ({"right_model": "oak"}, "/items/1/right_model", "'oak'"),
        ({"right_model": "ash"}, "/items/1", "differ"),
    ],
)
def test_a_comparison_that_cannot_be_shown_is_refused(change, pointer, part):
    where, message = refusal(RANK.plan, SPEC, [GIVEN, {**GIVEN, **change}])
    assert where == pointer
    assert part in message


def test_given_comparisons_become_tasks_in_order_and_hide_the_models():
    planned = RANK.plan(SPEC, [GIVEN, {**GIVEN, "prompt": "q"}, {**GIVEN, "left_model": "cedar"}])
    assert [task.public for task in planned] == [
        {"left": 0, "prompt": 0, "right": 3},
        {"left": 0, "prompt": 1, "right": 3},
        {"left": 2, "prompt": 0, "right": 3},
    ]
    assert planned[0].data == {"left": "x", "prompt": "p", "right": "y"}


@pytest.mark.parametrize(
    ("item", "pointer", "part"),
    [
        (GIVEN, "/items/0", "at least two"),
        ({"prompt": "p", "answers": {"ash": "x"}}, "/items/0", "at least two"),
        ({"prompt": "p", "answers": {"ash": "x", "oak": "y"}}, "/items/0/answers", "'oak'"),
        ({"prompt": "p", "answers": {"ash": "x", "elm": 1}}, "/items/0/answers", "'elm'"),
        ("p", "/items/0", "object"),
    ],
)
def test_answers_that_cannot_be_paired_are_refused(item, pointer, part):
    where, message = refusal(RANK.plan, {**SPEC, "pairs": 2}, [item])
    assert where == pointer
    assert part in message


def prompts(count: int) -> list:
    return [{"prompt": f"p{n}", "answers": {name: f"{name}{n}" for name in MODELS}} for n in range(count)]


def test_drawn_pairs_are_the_same_whenever_and_in_whatever_order_answers_come():
    spec = {**SPEC, "pairs": 3}
    turned = [{**item, "answers": dict(reversed(item["answers"].items()))} for item in prompts(20)]
    assert RANK.plan(spec, prompts(20)) == RANK.plan(spec, prompts(20)) == RANK.plan(spec, turned)
    other = [{**item, "prompt": item["prompt"] + "!"} for item in prompts(20)]
    assert [t.public for t in RANK.plan(spec, other)] != [t.public for t in RANK.plan(spec, prompts(20))]


def test_drawn_pairs_and_sides_are_balanced():
    planned = RANK.plan({**SPEC, "pairs": 3}, prompts(1000))
    assert len(planned) == 3000
    pairs = Counter(frozenset((task.public["left"], task.public["right"])) for task in planned)
    assert len(pairs) == 6
    # 500 expected each; four standard deviations are 63.
    assert all(abs(count - 500) < 65 for count in pairs.values())
    for model in range(4):
        left = sum(task.public["left"] == model for task in planned)
        right = sum(task.public["right"] == model for task in planned)
        assert abs(left - right) < 160
    # Sides don't follow from which pair was drawn first.
    first = sum(task.public["left"] < task.public["right"] for task in planned[::3])
    assert abs(first - 500) < 65


@given(st.integers(1, 9), st.integers(2, 4))
def test_one_prompt_never_shows_a_pair_twice(pairs, models):
    item = {"prompt": "p", "answers": {name: name + "!" for name in MODELS[:models]}}
    planned = RANK.plan({**SPEC, "pairs": pairs}, [item])
    shown = [frozenset((task.public["left"], task.public["right"])) for task in planned]
    assert len(set(shown)) == len(shown) == min(pairs, models * (models - 1) // 2)
    for task in planned:
        assert task.data["left"] == MODELS[task.public["left"]] + "!"
        assert task.data["right"] == MODELS[task.public["right"]] + "!"


@pytest.mark.parametrize("winner", ["left", "right", "tie"])
def test_the_three_answers_are_taken(winner):
    assert RANK.check(SPEC, {"left": 0, "prompt": 0, "right": 1}, {"winner": winner}) == {"winner": winner}


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ("left", ""),
        ({}, ""),
        ({"winner": "left", "why": "better"}, ""),
        ({"winner": "ash"}, "/winner"),
        ({"winner": ["left"]}, "/winner"),
        ({"winner": None}, "/winner"),
    ],
)
def test_any_other_answer_is_refused(answer, pointer):
    where, message = refusal(RANK.check, SPEC, {}, answer)
    assert where == pointer
    assert "must be" in message


# -- judging


def test_nothing_to_judge_gives_nothing():
    empty = RANK.judge(Batch(spec=SPEC, quality={}, tasks=[], answers=[]), None)
    assert (list(empty.verdicts), list(empty.decisions), list(empty.summary or [])) == ([], [], [])


def test_honest_voters_are_accepted_and_hardly_a_blind_one_is():
    judged = RANK.judge(crowd(), None)
    words = {decision.account: decision.decision for decision in judged.decisions}
    assert [words[account(who)] for who in range(1, 9)] == ["accept"] * 8
    assert [words[account(who)] for who in range(9, 15)].count("accept") <= 1
    assert [line["model"] for line in judged.summary] == MODELS
    scores = [line["score"] for line in judged.summary]
    assert scores == sorted(scores, reverse=True)


def test_the_order_of_answers_does_not_matter():
    batch = crowd()
    shuffled = list(batch.answers)
    random.Random(3).shuffle(shuffled)
    other = replace(batch, answers=shuffled)
    one, two = RANK.judge(batch, None), RANK.judge(other, None)
    assert alike(said(batch, one), said(other, two))
    assert [d.decision for d in one.decisions] == [d.decision for d in two.decisions]


def test_the_names_of_accounts_do_not_matter():
    batch = crowd()
    new = {account(who): account(1000 - 7 * who) for who in range(20)}
    renamed = replace(batch, answers=[replace(each, account=new[each.account]) for each in batch.answers])
    one, two = RANK.judge(batch, None), RANK.judge(renamed, None)
    moved = {(new[who], task): verdict for (who, task), verdict in said(batch, one).items()}
    assert alike(moved, said(renamed, two))
    assert [each.account for each in two.decisions] == sorted(new[each.account] for each in one.decisions)


def test_an_answer_that_says_something_else_is_judged_otherwise():
    batch = crowd()
    turned = {"left": "right", "right": "left", "tie": "left"}
    first = batch.answers[0]
    other = replace(
        batch, answers=[replace(first, answer={"winner": turned[first.answer["winner"]]}), *batch.answers[1:]]
    )
    before, after = RANK.judge(batch, None), RANK.judge(other, None)
    assert abs(before.verdicts[0].score_bps - after.verdicts[0].score_bps) > 1000


def test_what_is_recorded_reproduces_the_judgement():
    batch = crowd()
    judged = RANK.judge(batch, None)
    assert RANK.judge(batch, judged.decisions) == judged


@pytest.mark.parametrize("word", ["accept", "refuse", "each"])
def test_a_decision_flipped_in_the_record_is_not_followed(word):
    batch = crowd()
    judged = RANK.judge(batch, None)
    for place, decision in enumerate(judged.decisions):
        if decision.decision == word:
            continue
        lie = [*judged.decisions[:place], replace(decision, decision=word), *judged.decisions[place + 1 :]]
        again = RANK.judge(batch, lie)
        assert again == judged
        # So who compares what is recorded with what comes out sees the lie.
        assert again.decisions[place].decision != lie[place].decision


def test_a_lie_about_the_statistic_does_not_help():
    batch = crowd()
    judged = RANK.judge(batch, None)
    lie = [
        replace(each, statistic=each.threshold, decision="each" if each.decision == "accept" else "accept")
        for each in judged.decisions
    ]
    assert RANK.judge(batch, lie) == judged


def test_decisions_about_other_accounts_are_refused():
    batch = crowd()
    judged = RANK.judge(batch, None)
    with pytest.raises(Malformed, match="14 accounts"):
        RANK.judge(batch, judged.decisions[:-1])


@pytest.mark.parametrize(
    ("off", "given", "followed_", "recorded_off"),
    [
        (-5e-7, "accept", True, 0.0),
        (-5e-6, "accept", False, 0.0),
        (-5e-7, "accept", True, 4e-7),
        (-5e-7, "accept", False, 4e-6),
        (-5e-7, "refuse", False, 0.0),
    ],
)
def test_within_rounding_of_the_threshold_the_record_decides(off, given, followed_, recorded_off):
    threshold = log(9)
    statistic = threshold + off
    found = Voters(
        statistic=np.array([statistic]),
        threshold=threshold,
        decision=("each",),
        votes=np.array([1], np.int32),
        accepted=np.array([True]),
        score_bps=np.array([5000], np.int32),
        gain=np.array([1.0]),
    )
    record = [Decision(account=account(1), decision=given, statistic=statistic + recorded_off, threshold=threshold)]
    assert followed(found, record, [account(1)]) == ((given,) if followed_ else ("each",))


@pytest.mark.parametrize("winner", ["left", "right", "tie"])
def test_when_all_say_the_same_nobody_is_refused_and_the_board_holds(winner):
    batch = crowd()
    same = replace(batch, answers=[replace(each, answer={"winner": winner}) for each in batch.answers])
    judged = RANK.judge(same, None)
    assert all(0 <= each.score_bps <= 10_000 for each in judged.verdicts)
    assert "refuse" not in {each.decision for each in judged.decisions}


def test_one_voter_alone_is_neither_accepted_nor_refused_as_a_whole():
    batch = crowd()
    alone = replace(batch, answers=[each for each in batch.answers if each.account == account(1)])
    judged = RANK.judge(alone, None)
    assert [each.decision for each in judged.decisions] == ["each"]
    assert {each.reason for each in judged.verdicts} <= {"vote_supported", "vote_unsupported"}


def test_one_comparison_with_1000_votes_is_judged():
    votes = [
        Answer(account=account(n), task=0, answer={"winner": "left" if n % 10 else "right"}, leaf=n, n=0)
        for n in range(1, 1001)
    ]
    batch = Batch(spec=SPEC, quality={}, tasks=[{"left": 0, "prompt": 0, "right": 1}], answers=votes)
    judged = RANK.judge(batch, None)
    assert len(judged.verdicts) == len(judged.decisions) == 1000
    left = {verdict.score_bps for vote, verdict in zip(votes, judged.verdicts, strict=True) if vote.leaf % 10}
    assert all(8800 < score < 9100 for score in left)


def test_when_no_vote_counts_there_is_no_board():
    # Two voters who contradict each other on everything tell nobody anything.
    tasks = [{"left": 0, "prompt": prompt, "right": 1} for prompt in range(12)]
    votes = [
        Answer(account=account(who), task=task, answer={"winner": ["left", "right"][(who + task) % 2]}, leaf=0, n=0)
        for who in (1, 2)
        for task in range(12)
    ]
    judged = RANK.judge(Batch(spec=SPEC, quality={}, tasks=tasks, answers=votes), None)
    assert {each.accepted for each in judged.verdicts} == {False}
    assert judged.summary == []


def test_random_voters_among_real_ones_are_mostly_refused_and_none_is_trusted():
    real = llmfao.batch(3000)
    draw = random.Random(7)
    fake = [
        Answer(
            account=account(10_000 + who),
            task=task,
            answer={"winner": draw.choice(["left", "right", "tie"])},
            leaf=0,
            n=0,
        )
        for who in range(25)
        for task in draw.sample(range(len(real.tasks)), 70)
    ]
    mixed = replace(real, answers=[*real.answers, *fake])
    judged = RANK.judge(mixed, None)
    by_account = Counter[tuple[bool, bool]]()
    for answer, verdict in zip(mixed.answers, judged.verdicts, strict=True):
        by_account[answer.account >= account(10_000), verdict.accepted] += 1
    words = Counter(each.decision for each in judged.decisions if each.account >= account(10_000))
    assert words["accept"] <= 2
    assert by_account[True, True] < 0.2 * len(fake)
    before = RANK.judge(real, None)
    kept, had = by_account[False, True], sum(each.accepted for each in before.verdicts)
    assert kept > 0.9 * had


# -- rows


def judged_tasks(batch: Batch, judged: Judgement) -> list[list[Judged]]:
    per_task: list[list[Judged]] = [[] for _ in batch.tasks]
    for answer, verdict in zip(batch.answers, judged.verdicts, strict=True):
        per_task[answer.task].append(Judged(answer=answer, verdict=verdict))
    return per_task


def test_rows_hold_the_votes_that_count_and_fit_their_schema():
    items = [{**GIVEN, "prompt": f"p{n}"} for n in range(3)]
    planned = RANK.plan(SPEC, items)
    votes = [(0, "left", True), (0, "left", True), (0, "right", False), (1, "left", True), (1, "right", True)]
    per_task: list[list[Judged]] = [[], [], []]
    verdict = RANK.judge(crowd(), None).verdicts[0]
    for n, (task, winner, counts) in enumerate(votes):
        answer = Answer(account=account(n), task=task, answer={"winner": winner}, leaf=n, n=0)
        per_task[task].append(Judged(answer=answer, verdict=replace(verdict, accepted=counts)))
    rows = RANK.rows(SPEC, planned, per_task)
    assert [row["winner"] for row in rows] == ["left", "tie", "tie"]
    assert [(row["votes_left"], row["votes_right"], row["votes_tie"]) for row in rows] == [
        (2, 0, 0),
        (1, 1, 0),
        (0, 0, 0),
    ]
    schema = RANK.schema(SPEC)
    assert all(list(row) == [name for name, _ in schema] for row in rows)
    table = pa.Table.from_pylist(rows, schema=pa.schema([(name, ARROW[kind]) for name, kind in schema]))
    assert table.to_pylist() == rows


def test_rows_of_a_whole_crowd_count_every_accepted_vote_once():
    batch = crowd()
    items = [
        {
            "prompt": f"p{task['prompt']}",
            "left_model": MODELS[task["left"]],
            "right_model": MODELS[task["right"]],
            "left": "x",
            "right": "y",
        }
        for task in batch.tasks
    ]
    planned = RANK.plan(SPEC, items)
    assert [task.public for task in planned] == list(batch.tasks)
    judged = RANK.judge(batch, None)
    rows = RANK.rows(SPEC, planned, judged_tasks(batch, judged))
    counted = sum(row[f"votes_{side}"] for row in rows for side in ("left", "right", "tie"))
    assert counted == sum(each.accepted for each in judged.verdicts)
