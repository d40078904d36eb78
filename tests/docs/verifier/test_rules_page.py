"""docs/reference/rules.md is enough: a judge written from the page alone gives what our kinds give."""

import ast
import random
import re
from pathlib import Path

import pytest
import rules

import llmfao
from hakari.core.ids import Account
from hakari.sources.kind import Answer, Batch, Judgement
from hakari.sources.table import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
CONFIG = """<View><Text name="t" value="$text"/>
<Choices name="animal" toName="t" required="true"><Choice value="Cat" alias="cat"/><Choice value="dog"/><Choice value="owl"/></Choices>
<Choices name="tags" toName="t" choice="multiple"><View><Choice value="big"/></View><Choice value="old"/></Choices>
<Rating name="stars" toName="t" maxRating="4"/><Rating name="one" toName="t" maxRating="1"/>
<Pairwise name="better" toName="t,u"/><Text name="u" value="$text"/></View>"""


def labels(seed: int, *, accounts: int, tasks: int, share: float) -> Batch:
    """A crowd of mixed quality: each account is right with its own chance, and leaves out what isn't required now and then."""
    draw = random.Random(seed)
    spec = KINDS["label"].spec({"config": CONFIG})
    words = {"animal": ["cat", "dog", "owl"], "stars": [1, 2, 3, 4], "one": [1], "better": ["left", "right"]}
    truth = [{name: draw.choice(each) for name, each in words.items()} for _ in range(tasks)]
    skill = [draw.random() for _ in range(accounts)]
    answers = []
    for task in range(tasks):
        for who in range(accounts):
            if draw.random() > share:
                continue
            said = {
                name: truth[task][name] if draw.random() < skill[who] else draw.choice(each)
                for name, each in words.items()
                if name == "animal" or draw.random() < 0.7
            }
            if draw.random() < 0.7:
                said["tags"] = draw.choice([["big"], ["old"], ["big", "old"]])
            checked = KINDS["label"].check(spec, {}, said)
            answers.append(
                Answer(account=Account(f"0x{who * 7919 % 997:040x}"), task=task, answer=checked, leaf=0, n=0)
            )
    draw.shuffle(answers)
    return Batch(spec=spec, quality={}, tasks=[{}] * tasks, answers=answers)


def votes(seed: int, *, models: int, accounts: int, count: int) -> Batch:
    """Some voters follow the models' strengths, some vote blindly, some say the same each time."""
    draw = random.Random(seed)
    tasks = []
    for prompt in range(3):
        for _ in range(max(2, count // 12)):
            left, right = draw.sample(range(models), 2)
            tasks.append({"left": left, "prompt": prompt, "right": right})
    answers = []
    for _ in range(count):
        who, task = draw.randrange(accounts), draw.randrange(len(tasks))
        sure = draw.random() < (0.9, 0.6, 0.0)[who % 3]
        better = "left" if tasks[task]["left"] < tasks[task]["right"] else "right"
        said = better if sure else "tie" if who % 5 == 0 else draw.choice(["left", "right", "tie"])
        answers.append(
            Answer(account=Account(f"0x{who * 7919 % 997:040x}"), task=task, answer={"winner": said}, leaf=0, n=0)
        )
    spec = {"models": [f"m{n}" for n in range(models)], "pairs": 0}
    return Batch(spec=spec, quality={}, tasks=tasks, answers=answers)


def by_the_page(batch: Batch, recorded=None, counted=None):
    given = [(each.account, batch.tasks[each.task], each.answer) for each in batch.answers]
    return rules.rank(batch.spec, given, recorded, counted)


def agrees(batch: Batch, judged: Judgement) -> None:
    verdicts, decisions, board = by_the_page(batch, counted=[each.accepted for each in judged.verdicts])
    for mine, ours in zip(verdicts, judged.verdicts, strict=True):
        assert (mine["accepted"], mine["reason"]) == (ours.accepted, ours.reason)
        assert abs(mine["score"] - ours.score_bps) <= 1
    assert [(account, word) for account, word, _ in decisions] == [(d.account, d.decision) for d in judged.decisions]
    for (_, _, statistic), ours in zip(decisions, judged.decisions, strict=True):
        assert abs(statistic - ours.statistic) <= 1e-6
        assert abs(rules.THRESHOLD - ours.threshold) <= 1e-6
    assert rules.same_board(board, judged.summary)


@pytest.mark.parametrize(
    ("seed", "accounts", "tasks", "share"),
    [(seed, 2 + seed * 2, 5 + 6 * seed, 0.2 + seed / 12) for seed in range(9)] + [(9, 1, 8, 1.0), (10, 40, 1, 1.0)],
)
def test_labels_are_judged_as_the_page_says(seed, accounts, tasks, share):
    batch = labels(seed, accounts=accounts, tasks=tasks, share=share)
    mine = rules.label(batch.spec, [(each.account, each.task, each.answer) for each in batch.answers])
    ours = KINDS["label"].judge(batch, None).verdicts
    for here, there in zip(mine, ours, strict=True):
        assert (here["accepted"], here["reason"]) == (there.accepted, there.reason)
        assert abs(here["score"] - there.score_bps) <= 1


def test_the_label_batches_hold_every_reason():
    found = []
    for seed in range(9):
        batch = labels(seed, accounts=2 + seed * 2, tasks=5 + 6 * seed, share=0.2 + seed / 12)
        found += rules.label(batch.spec, [(each.account, each.task, each.answer) for each in batch.answers])
    assert {each["reason"] for each in found} == {"agrees", "undecided", "differs_from_consensus"}


@pytest.mark.parametrize(
    ("seed", "models", "accounts", "count"),
    [(1, 2, 1, 3), (2, 2, 1, 40), (3, 3, 9, 60), (4, 6, 15, 300), (5, 9, 30, 500), (6, 40, 12, 200), (7, 4, 60, 900)],
)
def test_votes_are_judged_as_the_page_says(seed, models, accounts, count):
    batch = votes(seed, models=models, accounts=accounts, count=count)
    agrees(batch, KINDS["rank"].judge(batch, None))


def test_1500_real_votes_are_judged_as_the_page_says():
    batch = llmfao.batch(1500)
    judged = KINDS["rank"].judge(batch, None)
    assert {each.reason for each in judged.verdicts} >= {"voter_accepted", "voter_refused", "vote_supported"}
    agrees(batch, judged)


def test_a_board_from_other_votes_is_noticed():
    batch = votes(4, models=6, accounts=15, count=300)
    _, _, board = by_the_page(batch)
    fewer = Batch(spec=batch.spec, quality={}, tasks=batch.tasks, answers=batch.answers[:-1])
    assert rules.same_board(board, KINDS["rank"].judge(batch, None).summary)
    assert not rules.same_board(board, KINDS["rank"].judge(fewer, None).summary)
    wrong = [{**line, "rank": line["rank"] + 1} for line in board]
    assert not rules.same_board(board, wrong)


def test_the_page_refuses_a_flipped_decision_as_our_kind_does():
    batch = votes(4, models=6, accounts=15, count=300)
    judged = KINDS["rank"].judge(batch, None)
    recorded = {each.account: (each.decision, each.statistic) for each in judged.decisions}
    assert by_the_page(batch, recorded)[1] == by_the_page(batch)[1]
    account, (word, statistic) = next(iter(recorded.items()))
    recorded[account] = ("refuse" if word == "accept" else "accept", statistic)
    with pytest.raises(ValueError, match="recorded"):
        by_the_page(batch, recorded)


def test_the_check_values_of_the_page_are_right():
    asked = re.findall(r"(mix|draw)\(([0-9, ]+)\) = ([0-9]+)", PAGE)
    assert len(asked) == 4
    for name, given, result in asked:
        assert getattr(rules, name)(*map(int, given.split(","))) == int(result)


def test_the_second_judge_knows_nothing_of_the_first():
    tree = ast.parse((Path(__file__).parent / "rules.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}
    assert names == {"math", "numpy", "collections", "xml.etree"}
