"""Rules keep their outputs: verdicts in logs name them, and a verifier of next year must find what was found then."""

import json
from math import log
from pathlib import Path

import pytest

from hakari.sources.kind import Answer, Batch, Decision, Judgement
from hakari.sources.table import KINDS

HERE = Path(__file__).parent


def golden(name: str) -> tuple[Batch, Judgement, dict]:
    held = json.loads((HERE / name).read_text(encoding="utf-8"))
    answers = [
        Answer(account=account, task=task, answer=answer, leaf=0, n=n)
        for n, (account, task, answer) in enumerate(held["answers"])
    ]
    batch = Batch(spec=held["spec"], quality={}, tasks=held["tasks"], answers=answers)
    kind = next(kind for kind in KINDS.values() if kind.rules == held["rules"])
    return batch, kind.judge(batch, None), held


@pytest.mark.parametrize("name", ["golden_collect_1.json", "golden_label_1.json", "golden_rank_1.json"])
def test_rules_never_change_what_they_give(name):
    # Better rules get a new number, a section of the page and a file of their own here.
    _, judged, held = golden(name)
    assert judged.rules == held["rules"]
    for (accepted, score, reason), ours in zip(held["verdicts"], judged.verdicts, strict=True):
        assert (ours.accepted, ours.reason) == (accepted, reason)
        assert abs(ours.score_bps - score) <= 1
    for (account, word, statistic), decision in zip(held["decisions"], judged.decisions, strict=True):
        assert (decision.account, decision.decision) == (account, word)
        assert abs(decision.statistic - float(statistic)) <= 1e-6
        assert abs(decision.threshold - log(9)) <= 1e-6
    assert (judged.summary is None) == (held["summary"] is None)
    for line, ours in zip(held["summary"] or [], judged.summary or [], strict=True):
        assert (ours["model"], ours["rank"], ours["votes"]) == (line["model"], line["rank"], line["votes"])
        assert all(abs(ours[name] - line[name]) <= 2 for name in ("high", "low", "score"))


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        (
            "golden_collect_1.json",
            {"kept", "duplicate", "near_duplicate", "too_repetitive", "too_small", "wrong_language"},
        ),
        ("golden_label_1.json", {"agrees", "undecided", "differs_from_consensus"}),
        ("golden_rank_1.json", {"voter_accepted", "voter_refused", "vote_supported", "vote_unsupported"}),
    ],
)
def test_what_is_held_fixed_has_every_reason(name, reasons):
    held = json.loads((HERE / name).read_text(encoding="utf-8"))
    assert {reason for _, _, reason in held["verdicts"]} == reasons


def test_a_word_that_a_decision_may_not_have_changes_nothing():
    batch, judged, _ = golden("golden_rank_1.json")
    said = [
        Decision(account=each.account, decision="perhaps", statistic=each.statistic, threshold=each.threshold)
        for each in judged.decisions
    ]
    assert KINDS["rank"].judge(batch, said) == judged
