"""A new kind of contribution is one patch to five files, and nothing else of the house has to know."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCH = Path(__file__).with_name("new_kind.patch")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a kind is made of, with the patch applied."""
    if shutil.which("git") is None:
        pytest.skip("git, which applies the patch, is absent")
    copy = tmp_path_factory.mktemp("house")
    without = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "src", copy / "src", ignore=without)
    for file in ("pyproject.toml", "docs/reference/rules.md", "tests/unit/sources/test_table.py"):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    applied = run(copy, "git", "apply", "--verbose", str(PATCH))
    assert applied.returncode == 0, applied.stdout
    return copy


def run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {
        "PYTHONPATH": str(house / "src"),
        # Keeps git from taking a repository above the copy for its own.
        "GIT_CEILING_DIRECTORIES": str(house.parent),
        # The contract compiler's plugin alone takes seconds to load.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        command,
        cwd=house,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def imports(house: Path) -> subprocess.CompletedProcess[str]:
    return run(house, str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def test_the_patch_touches_at_most_five_files():
    lines = PATCH.read_text(encoding="utf-8").splitlines()
    touched = [line for line in lines if line.startswith("diff --git ")]
    assert 0 < len(touched) <= 5


def test_the_table_has_the_new_kind_beside_the_old_ones(house):
    asked = run(house, sys.executable, "-c", "import hakari.sources.table as t; print(t.__file__, *t.KINDS)")
    file, *kinds = asked.stdout.split()
    assert Path(file).is_relative_to(house)
    assert {"count", "label", "rank"} <= set(kinds)


def test_the_new_kind_passes_its_own_flow_and_the_tests_of_the_table(house):
    tests = ["tests/flows/test_count.py", "tests/unit/sources/test_table.py"]
    ran = run(house, sys.executable, "-m", "pytest", "-p", "pytest_socket", "-p", "no:cacheprovider", *tests)
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout


def test_the_import_rules_hold_with_the_new_kind(house):
    linted = imports(house)
    assert linted.returncode == 0, linted.stdout


def test_a_new_kind_that_looks_into_another_is_caught(house, tmp_path):
    nosy = shutil.copytree(house, tmp_path / "nosy")
    room = nosy / "src" / "hakari" / "sources" / "count" / "__init__.py"
    room.write_text(room.read_text(encoding="utf-8") + "\nimport hakari.sources.rank.kind\n", encoding="utf-8")
    linted = imports(nosy)
    assert linted.returncode == 1
    assert "blind to each other BROKEN" in linted.stdout
