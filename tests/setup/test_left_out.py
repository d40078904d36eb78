"""What did not run is listed, and counts as a failure where everything must run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SKIPPED = """
import pytest
def test_that_runs(): pass
def test_that_cannot(): pytest.skip("no such program here")
@pytest.mark.soak
def test_that_is_left_to_soak(): raise AssertionError
"""
WHOLE_FILE = "import pytest\npytest.importorskip('no_module_of_this_name')\n"


def run(folder: Path, *words: str, everything: bool) -> tuple[int, str]:
    """A pytest run of its own over `folder` with this project's conftest: its exit code and its output."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = soak\n")
    env = dict(os.environ) | {"PYTHONPATH": str(TESTS), "HAKARI_NOTHING_LEFT_OUT": str(int(everything))}
    for name in [name for name in env if name.startswith("PYTEST")]:
        del env[name]  # the inner run is no part of the outer one
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # some plugins take seconds to load; only this one matters here
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "conftest", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_left_out_test_is_listed_and_fails_the_run_that_must_be_whole(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_some.py").write_text(SKIPPED)
    (tmp_path / "test_none.py").write_text(WHOLE_FILE)
    code, output = run(tmp_path, "-n", workers, everything=True)
    assert code == 1, output
    assert "no such program here: 1 tests, among them test_some.py::test_that_cannot" in output
    assert "no_module_of_this_name" in output


def test_the_same_run_passes_where_something_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(SKIPPED)
    code, output = run(tmp_path, "-n", "0", everything=False)
    assert code == 0, output
    assert "no such program here" in output


def test_a_whole_run_passes_and_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(SKIPPED)
    code, output = run(tmp_path, "-n", "0", "-k", "runs or soak", everything=True)
    assert code == 0, output
    assert "what did not run" not in output
