"""The table of bars, on a small crowd."""

import json
from dataclasses import replace

import pytest

from hakari.truth.audits import doubted
from hakari.truth.bars import bars
from hakari.truth.crowds import read_sets, stand_ins
from hakari.truth.economy import as_json, economy
from hakari.truth.replay import drawn, numbered
from hakari.truth.standins import MAKES
from hakari.truth.tables import BadTable
from hakari.truth.votes import BadVotes


@pytest.fixture(scope="module")
def found():
    return economy({"balanced": stand_ins()["balanced"]}, attacks=["army", "spam"], seed=1)


def test_the_table_holds_each_attack_once_as_it_is_and_once_with_fresh_identities(found):
    assert [cell.attack for cell in found.cells] == ["army", "spam", "spam, fresh", "army, fresh"]
    fresh = found.cells[-1].roles["army"]
    assert fresh["labels"] / fresh["workers"] < 7
    for cell in found.cells:
        assert cell.ours > cell.dawid_skene
        assert sum(row["net_micros"] for role, row in cell.roles.items() if role != "honest") < 0
        assert cell.able_paid <= cell.able <= cell.honest
    json.dumps(as_json(found))


def test_a_bar_is_met_or_missed_by_what_was_measured(found):
    met = {each.bar: each.met for each in bars(found)}
    assert met["worst set of any attack, gap, points"]
    bad = replace(found, cells=(replace(found.cells[0], ours=0.2), *found.cells[1:]))
    worst = {each.bar: each for each in bars(bad)}["worst set of any attack, gap, points"]
    assert not worst.met
    assert worst.where == "army, balanced"


def test_audits_that_all_voices_contradict_are_doubted_and_right_ones_hardly():
    rows, truth = stand_ins()["balanced"]
    votes, true, names = numbered(rows, truth.items())
    known = true.copy()
    known[~drawn(votes, true, seed=1, rate=0.1)] = -1
    at = (known >= 0).nonzero()[0]
    lied = known.copy()
    lied[at[:4]] = (true[at[:4]] + 1) % len(names)
    looked = doubted(votes, classes=len(names), known=lied)
    assert looked[at[:4]].sum() >= 3
    assert looked[at[4:]].mean() < 0.15
    assert not looked[known < 0].any()


def test_sets_are_read_from_a_folder_or_a_folder_of_folders(tmp_path):
    assert set(stand_ins()) == set(MAKES)
    one = tmp_path / "one"
    one.mkdir()
    (one / "labels.csv").write_text("task,worker,label\na,u,x\na,v,y\n")
    (one / "truth.csv").write_text("task,label\na,x\n")
    assert read_sets(one) == {"one": ([("a", "u", "x"), ("a", "v", "y")], {"a": "x"})}
    assert read_sets(tmp_path) == read_sets(one)
    (one / "truth.csv").write_text("task,label\na\n")
    with pytest.raises(BadTable, match="one: line 2"):
        read_sets(tmp_path)
    (one / "truth.csv").unlink()
    with pytest.raises(BadTable, match="expected, got none"):
        read_sets(tmp_path)


def test_a_set_without_truth_is_refused():
    with pytest.raises(BadVotes, match="empty: the truth"):
        economy({"empty": ([("a", "u", "x")], {"b": "x"})})
    with pytest.raises(BadVotes):
        economy({})
