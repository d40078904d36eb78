"""The locks: every package by its hashes, from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run", "test", "bench")


def pins(name: str) -> dict[tuple[str, str], frozenset[str]]:
    """(package==version, marker) → its hashes, from requirements/NAME.txt."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found: dict[tuple[str, str], frozenset[str]] = {}
    for entry in re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines():
        requirement, *rest = entry.split(" --hash=")
        pinned, _, marker = requirement.partition(";")
        found[pinned.strip(), marker.strip()] = frozenset(word.strip() for word in rest)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_one_version_with_its_hashes(name: str) -> None:
    for (pinned, _), hashes in pins(name).items():
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.!+]*", pinned), pinned
        assert hashes, f"{pinned} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), pinned


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry_host_or_path(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.search(
        r"://|^\s*-|index-url|find-links|trusted-host| @ |file:|(?m:^\s+# via -r (?!requirements/))", text
    )


def test_the_anvil_lock_names_no_registry_either() -> None:
    text = (ROOT / "scripts" / "setup" / "anvil" / "package-lock.json").read_text()
    assert "://" not in text
    assert '"integrity": "sha512-' in text


def test_what_runs_is_what_was_tested() -> None:
    # Without the markers: they say on which platforms each lock wants a package, and the smaller one may want it on fewer.
    run, test = ({pinned: hashes for (pinned, _), hashes in pins(name).items()} for name in ("run", "test"))
    assert run.items() <= test.items()


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = {
        "run": project["dependencies"] + extras["demo"] + extras["postgres"],
        "test": project["dependencies"] + extras["demo"] + extras["postgres"] + extras["test"],
        "bench": project["dependencies"] + extras["bench"],
    }
    for name, wanted in asked.items():
        held = {pinned.split("==")[0] for pinned, _ in pins(name)}
        # The editable install of `make setup` is built without a download: its tools must be locked too.
        for requirement in [*wanted, "pytest", "hatchling", "editables"]:
            package = re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")
            assert package in held, f"{requirement} is not in requirements/{name}.txt: run make lock"
