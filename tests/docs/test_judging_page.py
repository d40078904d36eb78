"""The figures of docs/explain/judging.md that the rules give in a second are the rules' own."""

import re
import sys

import pages
import pytest

sys.path.insert(0, str(pages.ROOT / "benchmarks"))
import voters

PAGE = (pages.ROOT / "docs" / "explain" / "judging.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def people() -> voters.Batch:
    return voters.crowd(voters.EXAMPLE)


def test_the_page_says_how_many_real_people_are_accepted(people: voters.Batch) -> None:
    found = voters.rates(people, voters.KINDS["rank"].judge(people, None), injected=False)
    words = [round(found["voters"] * found[word]) for word in ("accept", "refuse", "each")]
    said = re.search(r"(\d+) of (\d+) people are accepted as a whole, (\d+) refused,\s+(\d+) judged", PAGE)
    assert said is not None
    assert [int(each) for each in said.groups()] == [words[0], found["voters"], words[1], words[2]]
    assert f"{found['votes_counted']:.1%}".replace("%", " %") in PAGE


def test_both_tables_have_every_cell_that_the_script_runs() -> None:
    cells = re.findall(r"^\| (\d+)% \| (\d+) \|", PAGE, re.MULTILINE)
    wanted = [(f"{share:.0%}"[:-1], str(each)) for share in voters.SHARES for each in voters.EACH]
    assert cells == [*wanted, *wanted]


def test_injected_voters_cast_their_share_and_answer_no_task_twice(people: voters.Batch) -> None:
    mixed = voters.inject(people, share=0.2, each=70, kind="alike", seed=1)
    added = mixed.answers[len(people.answers) :]
    assert len(added) / len(mixed.answers) == pytest.approx(0.2, abs=0.005)
    assert len({(answer.account, answer.task) for answer in added}) == len(added)
    assert mixed != voters.inject(people, share=0.2, each=70, kind="alike", seed=2)
