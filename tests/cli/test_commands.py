"""The commands whose form is fixed: what they read, what they write, how they end."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

LABELS = "task,worker,label\n" + "".join(
    f"t{task},w{worker},{'cat' if (task + (worker == 3)) % 2 else 'dog'}\n" for task in range(12) for worker in range(4)
)
TRUTH = "task,label\n" + "".join(f"t{task},{'cat' if task % 2 else 'dog'}\n" for task in range(12))
VOTES = "left,right,winner,worker\n" + "a,b,left,w1\nb,c,left,w2\na,c,left,w1\nc,a,tie,w3\n" * 5


def hakari(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hakari.doors.cli.main", *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "labels.csv").write_text(LABELS)
    (tmp_path / "truth.csv").write_text(TRUTH)
    (tmp_path / "votes.csv").write_text(VOTES)
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_infer_writes_task_label_confidence_and_the_workers_report(folder: Path) -> None:
    ended = hakari(
        "infer", folder / "labels.csv", "--audits", folder / "truth.csv", "--out", folder / "out.csv", "--json"
    )
    assert ended.returncode == 0, ended.stderr
    found = rows(folder / "out.csv")
    assert list(found[0]) == ["task", "label", "confidence"]
    assert {row["task"]: row["label"] for row in found} == {f"t{n}": "cat" if n % 2 else "dog" for n in range(12)}
    assert all(0 <= float(row["confidence"]) <= 1 for row in found)
    assert set(json.loads(ended.stdout)["workers"]) == {"w0", "w1", "w2", "w3"}


def test_rank_writes_the_board(folder: Path) -> None:
    ended = hakari("rank", folder / "votes.csv", "--out", folder / "board.csv", "--json")
    assert ended.returncode == 0, ended.stderr
    found = rows(folder / "board.csv")
    assert list(found[0]) == ["model", "score", "low", "high", "rank", "votes"]
    assert found[0]["model"] == "a"
    assert all(float(row["low"]) <= float(row["score"]) <= float(row["high"]) for row in found)
    assert json.loads(ended.stdout)["votes"] == 20


def test_replay_tells_what_each_role_was_paid(folder: Path) -> None:
    (folder / "roles.csv").write_text("worker,role\nw3,liar\n")
    ended = hakari("replay", folder, "--seed", "3", "--audit-rate", "0.5", "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert {"accuracy", "labels", "audits", "roles"} <= set(found)
    for role in ("honest", "liar"):
        row = found["roles"][role]
        assert {"workers", "labels", "paid_micros", "lost_micros", "net_micros", "positive", "convicted"} <= set(row)
        assert row["net_micros"] == row["paid_micros"] - row["lost_micros"]
        assert 0 <= row["positive"] <= 1
    assert found["roles"]["liar"]["workers"] == 1
    assert hakari("replay", folder, "--seed", "3", "--audit-rate", "0.5", "--json").stdout == ended.stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("labels.csv", "task,worker\nt,w\n", "label"),
        ("labels.csv", "task,worker,label\nt,w,a\nt,w\n", "line 3"),
        ("votes.csv", "left,right,winner\na,b,maybe\n", "left, right or tie"),
        ("votes.csv", "", "empty"),
    ],
)
def test_a_bad_table_is_refused_with_its_line_and_leaves_no_output(
    folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_text(text)
    command = "infer" if name == "labels.csv" else "rank"
    ended = hakari(command, folder / name, "--out", folder / "out.csv")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert said in ended.stderr or said == "empty"
    assert not (folder / "out.csv").exists()


def test_a_worker_s_repeated_label_is_passed_over_and_said(folder: Path) -> None:
    (folder / "labels.csv").write_text("task,worker,label\nt,w,a\nt,v,a\nt,w,b\n")
    ended = hakari("infer", folder / "labels.csv", "--out", folder / "out.csv", "--json")
    assert ended.returncode == 0
    assert rows(folder / "out.csv")[0]["label"] == "a"
    assert json.loads(ended.stdout)["repeats"] == 1
    assert "line 4" in ended.stderr


@pytest.mark.parametrize("args", [["verify"], ["verify", "/nowhere/at/all"], ["nonsense"], ["rank", "missing.csv"]])
def test_wrong_use_ends_with_two_and_a_sentence(args: list[str]) -> None:
    ended = hakari(*args)
    assert ended.returncode == 2
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr


def test_verify_ends_with_one_and_names_what_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "node.json").write_text("{}")
    ended = hakari("verify", tmp_path, "--json")
    assert ended.returncode == 1
    report = json.loads(ended.stdout)
    assert not report["ok"]
    assert "node.json" in json.dumps(report["mismatches"])
