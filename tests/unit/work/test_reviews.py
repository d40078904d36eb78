"""Reviews: how many are asked, what they make known, what that refuses and convicts nobody by, and which reviewers are paid."""

from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import settlements, slashes
from hakari.pay.merits import Blinded, Pay, Worked
from hakari.pay.settlements import Blind, Rule
from hakari.sources.kind import Answer, Judgement, Verdict
from hakari.truth.judgement import DIFFERS_FROM_AUDIT
from hakari.verify.committed import Commits
from hakari.verify.placed import Placed, Submission
from hakari.work import blind, panels, quality
from hakari.work.blind import DIFFERS_FROM_REVIEW
from hakari.work.panels import Panel

DECLARED: dict[str, Json] = {
    "alpha_bps": 100,
    "hold": 4,
    "margin_bps": 1000,
    "min_skill_bps": 6500,
    "rules": "label/2",
    "spread_bps": 7000,
}
REVIEWS: dict[str, Json] = {"reward": "90000", "share_bps": 2500, "within_s": 600}
AUDITS: dict[str, Json] = {"reward": "100000", "share_bps": 8000, "within_s": 600}
ROSTER = tuple(Account(f"0x{n:040x}") for n in range(1, 9))


def moods(said: str) -> list[Json]:
    return [{"mood": each} for each in said]


def rows(role: str, said: str, *, task: int = 7, leaf: int = 0) -> list[tuple[str, Answer]]:
    """One answer of each letter, by accounts of the role's own."""
    return [
        (role, Answer(account=Account(f"{role} {n}"), task=task, answer={"mood": each}, leaf=leaf + n, n=0))
        for n, each in enumerate(said)
    ]


def judged(said: Mapping[str, tuple[str, bool, int]], *, task: int = 7) -> list[tuple[Answer, Verdict]]:
    """Work on a task: who said what, whether it was accepted, and its score."""
    return [
        (
            Answer(account=Account(who), task=task, answer={"mood": mood}, leaf=0, n=n),
            Verdict(accepted=accepted, score_bps=score, reason="any"),
        )
        for n, (who, (mood, accepted, score)) in enumerate(said.items())
    ]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", 3),
        ("aa", 3),
        ("aaa", 3),
        ("ab", 5),
        ("aab", 5),
        ("abc", 5),
        ("aaab", 5),
        ("aaabb", 5),
        ("abbcd", 5),
        ("aabbc", 6),
        ("abcde", 6),
        ("aabbca", 5),
        ("aabbcd", 6),
    ],
)
def test_three_are_asked_two_more_where_these_differ_and_one_more_where_no_answer_leads(said: str, wanted: int) -> None:
    assert blind.wanted("review", moods(said), seats=3) == wanted


def test_auditors_and_jurors_are_asked_as_before() -> None:
    assert [blind.wanted("audit", moods(said), seats=2) for said in ("", "aa", "ab", "abc")] == [2, 2, 3, 3]
    assert blind.wanted("audit", moods("aa"), seats=3) == 3
    assert blind.wanted("jury", moods("ab"), seats=5) == 5


@given(st.lists(st.sampled_from("abcd"), min_size=0, max_size=6))
def test_whoever_comes_in_any_order_a_task_ends_with_at_most_six_and_each_step_goes_on_from_the_last(
    said: list[str],
) -> None:
    """Seats are taken as long as the task wants more; it ends where all agree, where one answer leads, or with six."""
    task = Panel(task=0, accounts=ROSTER)
    taken: list[str] = []
    for each in said:
        wanted = blind.wanted("review", moods("".join(taken)), seats=3)
        open_ = panels.open_seats(task, ROSTER[: len(taken)], wanted=wanted, late=False)
        if not open_:
            break
        assert open_ == list(ROSTER[len(taken) : wanted])
        taken.append(each)
    counts = sorted((taken.count(each) for each in set(taken)), reverse=True)
    ended = len(taken) >= blind.wanted("review", moods("".join(taken)), seats=3)
    assert ended == (
        (len(taken) == 3 and len(counts) == 1)
        or (len(taken) == 5 and counts[0] > 1 and (len(counts) == 1 or counts[0] > counts[1]))
        or len(taken) == 6
    )


def surplus(said: str, committed: Sequence[str] = ()) -> list[tuple[str, int]]:
    found = blind.surplus(rows("review", said), least=lambda _: 3, committed=committed)
    return [(str(answer.account), most) for _, answer, most in found]


def test_a_review_that_nobody_needed_is_surplus() -> None:
    assert surplus("aaaa") == [("review 3", 3)]
    assert surplus("aabaab") == [("review 5", 5)]
    assert surplus("aabbca") == []
    assert surplus("aabbcab") == [("review 6", 5)]
    # Committed first, they stand in the log in another order than they were asked in: six at most, whatever they say.
    assert surplus("aaaaaaa", committed=["review"]) == [("review 6", 6)]


def test_a_jury_s_word_stands_over_an_audit_s_and_an_audit_s_over_a_review_s() -> None:
    review, audit, jury = rows("review", "aaa"), rows("audit", "bb"), rows("jury", "ccc")
    assert blind.decided(review) == {7: {"mood": "a"}}
    assert blind.decided([*review, *audit]) == {7: {"mood": "b"}}
    assert blind.decided([*review, *jury]) == {7: {"mood": "c"}}
    assert blind.decided([*review, *audit, *jury]) == {7: {"mood": "c"}}
    assert blind.audited(review) == {}
    # Jurors who don't agree say nothing: the review stands.
    assert blind.decided([*review, *rows("jury", "cdb")]) == {7: {"mood": "a"}}


def test_a_review_refuses_by_a_reason_of_its_own_and_the_sequential_test_does_not_count_it() -> None:
    hidden = [*rows("review", "aaa", task=7), *rows("audit", "aa", task=8)]
    answers = [Answer(account=Account("w"), task=task, answer={"mood": "b"}, leaf=task, n=0) for task in (7, 8, 9)]
    refused = Verdict(accepted=False, score_bps=0, reason=DIFFERS_FROM_AUDIT, merit_bps=-500)
    other = Verdict(accepted=False, score_bps=0, reason="differs_from_consensus", merit_bps=-500)
    found = blind.by_review(Judgement(rules="label/2", verdicts=[refused, refused, other]), answers, hidden)
    assert [each.reason for each in found.verdicts] == [DIFFERS_FROM_REVIEW, DIFFERS_FROM_AUDIT, other.reason]
    [batch] = settlements.batches(zip(answers, found.verdicts, strict=True), blind.audited(hidden))
    assert (batch.right, batch.wrong, batch.answers) == (0, 1, 3)


def paid(said: str, work: Mapping[str, tuple[str, bool, int]], *, jury: str = "") -> dict[str, int]:
    """Return which reviewers are paid for their answer, by the letter that they said."""
    hidden = [*rows("review", said), *rows("jury", jury, leaf=20)]
    found: list[Blind] = settlements.blind_batches(
        hidden,
        judged=judged(work),
        rewards={"review": quality.read({**DECLARED, "reviews": REVIEWS}).reviews.reward},
        fee_bps=0,  # type: ignore[union-attr]
    )
    letters = {
        account: cast(dict[str, str], answer.answer)["mood"] for _, answer in hidden for account in [answer.account]
    }
    return {letters[each.account]: each.accepted for each in found}


def test_a_reviewer_whom_the_others_contradict_is_unpaid_only_where_a_worker_says_so_too() -> None:
    assert paid("aaaab", {"w": ("a", True, 10_000), "x": ("b", False, 0)}) == {"a": 1, "b": 0}
    # No accepted answer says as the others do: they would be measured against each other alone.
    assert paid("aaaab", {"w": ("b", False, 0), "x": ("c", False, 0)}) == {"a": 1, "b": 1}


def test_where_reviewers_agree_on_nothing_the_workers_belief_is_what_came_out() -> None:
    crowd = {"w": ("a", True, 9000), "x": ("a", True, 9000), "y": ("b", True, 4000)}
    assert paid("aabbcd", crowd) == {"a": 1, "b": 0, "c": 0, "d": 0}
    # One alone is no belief of the crowd's, nor is a half.
    assert paid("aabbcd", {"w": ("a", True, 9000)}) == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert set(paid("aabbcd", {**crowd, "z": ("b", True, 14_000)}).values()) == {1}


def test_a_jury_s_word_decides_over_reviewers_pay_too() -> None:
    assert paid("aaaab", {"w": ("a", True, 10_000)}, jury="bbb") == {"a": 0, "b": 1}


def test_what_an_order_asks_of_reviews_is_read_and_priced_with_every_seat() -> None:
    declared = quality.read({**DECLARED, "reviews": REVIEWS})
    assert declared is not None
    assert declared.reviews is not None
    assert (declared.reviews.count(40, None), declared.within_s("review"), declared.least("review")) == (10, 600, 3)
    assert quality.cost(declared, tasks=40, fee_bps=1000) == 10 * 6 * 99_000
    assert quality.rewards({**DECLARED, "reviews": REVIEWS}) == {"review": 90_000}
    # What is audited needs no review: of ten tasks eight are, and two remain.
    both = quality.read({**DECLARED, "audits": AUDITS, "reviews": {**REVIEWS, "share_bps": 10_000}})
    assert quality.cost(both, tasks=10, fee_bps=0) == 8 * 3 * 100_000 + 2 * 6 * 90_000
    assert both is not None
    lot = panels.lot(both, "review", tasks=10, appealed=(), audited=range(8))
    assert (lot.among, lot.count, lot.places) == ((8, 9), 2, 8)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"reward": -1}, "/body/quality/reviews/reward"),
        ({"share_bps": 0}, "/body/quality/reviews/share_bps"),
        ({"share_bps": 10_001}, "/body/quality/reviews/share_bps"),
        ({"within_s": 0}, "/body/quality/reviews/within_s"),
        ({"reviewers": 3}, "/body/quality/reviews"),
    ],
)
def test_a_review_that_can_t_be_is_refused_where_it_is_wrong(changed: dict[str, Json], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        quality.read({**DECLARED, "reviews": {**REVIEWS, **changed}})
    assert refused.value.pointer == pointer


def test_an_exam_has_no_reviews() -> None:
    with pytest.raises(Malformed, match="reviews"):
        quality.read({**DECLARED, "exam": {"pass_bps": 5000, "truths": "0" * 64}, "reviews": REVIEWS})


def test_what_reviews_cost_is_no_part_of_what_a_convicted_account_cost_its_buyer() -> None:
    """Reviews prove nothing of anybody: of blind answers in the settlement that convicts, audits alone were the price."""
    rule = Rule(reward=Micros(40_000), fee_each=Micros(4000), margin_bps=0, hold=0, spread_bps=0, skill=(6500, 100))
    spam = Worked(
        account=Account("spam"), answers=9, accepted=0, merit_bps=0, right=0, wrong=9, statistic=9.0, threshold=4.0,
        convicted=True, earned=Micros(0), lost=Micros(0), held=Micros(0), due=Micros(0),
    )  # fmt: skip

    def loss(*blinded: tuple[str, int]) -> int:
        lines = tuple(
            Blinded(account=Account(role), role=role, answers=1, accepted=1, due=Micros(due)) for role, due in blinded
        )
        fee = Micros(sum(due for _, due in blinded) // 10)
        by = slashes.Past(id="s", buyer=Account("buyer"), pay=Pay(worked=(spam,), blind=lines), rule=rule, fee=fee)
        return slashes.loss(Account("spam"), by, [by])

    assert loss(("audit", 100_000)) == 110_000
    assert loss(("audit", 100_000), ("review", 300_000)) == 110_000
    assert loss(("review", 300_000)) == loss() == 0


def test_a_call_before_all_whom_a_review_wants_have_committed_is_seen_once_they_are_opened() -> None:
    """Two more are wanted where the first differ: a call after one of them would show its answer to the other."""
    declared = quality.read({**DECLARED, "reviews": REVIEWS, "reveal": {"roles": ["review"], "within_s": 60}})
    assert declared is not None
    commits, order = Commits(), {"order": "o", "role": "review", "tasks": [0], "turn": 1}

    def commit(leaf: int) -> None:
        commits.take(
            Submission(
                leaf=leaf,
                id=StatementId(f"s{leaf}"),
                author=ROSTER[leaf],
                time=0,
                commitments=b"0" * 32,
                role="review",
                tasks=(0,),
            )
        )

    def say(leaf: int, body: Mapping[str, Json]) -> Placed:
        return Placed(leaf=leaf, id=StatementId(f"p{leaf}"), author=ROSTER[leaf % 7], time=0, body=body)

    for leaf in range(3):
        commit(leaf)
    commits.call(say(10, order), declared, ends=600, places=3)
    for leaf in range(3):
        opening = Placed(
            leaf=20 + leaf,
            id=StatementId(f"r{leaf}"),
            author=ROSTER[leaf],
            time=0,
            body={"n": [0], "submission": f"s{leaf}"},
        )
        commits.reveal(opening, commits.submissions[StatementId(f"s{leaf}")], 60)
    commit(3)
    commits.call(say(30, order), declared, ends=600, places=3)
    same, differ = dict.fromkeys(((0, 0), (1, 0), (2, 0)), "a"), {(0, 0): "a", (1, 0): "b", (2, 0): "a"}
    assert commits.torn(same, 3) == []
    assert [(wave.call.leaf, wave.stands, wanted) for wave, wanted in commits.torn(differ, 3)] == [(30, 4, 5)]
