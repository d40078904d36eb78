"""The pages' scripts: the committed files are what their sources build to, and the library agrees with the node's own code."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
BUILT = ROOT / "src" / "hakari" / "doors" / "web" / "static" / "islands"
BUDGET_KB = 100


def test_the_vectors_of_the_browser_library_are_what_the_node_makes() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / "web_vectors.py", "--check"], check=False)
    assert done.returncode == 0, "run scripts/web_vectors.py"


def node(*words: str, **environment: str) -> str:
    """Run a program of web/ in Node; skipped where Node or its packages are not here."""
    program = os.environ.get("HAKARI_NODE") or shutil.which("node")
    if program is None:
        pytest.skip("no Node: the scripts of the pages are not rebuilt")
    if not (WEB / "node_modules" / "vite").is_dir():
        pytest.skip("no packages in web/node_modules (npm ci): the scripts of the pages are not rebuilt")
    done = subprocess.run(
        [program, *words], cwd=WEB, env=dict(os.environ) | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def test_the_committed_scripts_are_what_their_sources_build_to(tmp_path: Path) -> None:
    node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", HAKARI_ISLANDS_OUT=str(tmp_path / "out"))
    built, committed = files(tmp_path / "out"), files(BUILT)
    assert built.keys() == committed.keys(), "run npm run build in web/"
    assert [name for name in built if built[name] != committed[name]] == []


def test_the_library_of_the_pages_agrees_with_the_node() -> None:
    # Inside web/, where the bundled tests find their packages.
    place = WEB / ".tests" / f"run-{os.getpid()}"
    try:
        node(
            "node_modules/vite/bin/vite.js",
            "build",
            "--config",
            "vite.tests.config.ts",
            HAKARI_ISLANDS_TESTS=str(place),
        )
        said = node("--test", str(place))
        assert "# fail 0" in said
        assert "# tests 0" not in said
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_no_script_asks_for_what_the_pages_policy_forbids() -> None:
    for name, data in files(BUILT).items():
        for word in (b"eval(", b"new Function", b"http://cdn", b"https://unpkg"):
            assert word not in data, f"{name} holds {word.decode()}"


LOCALES = ROOT / "src" / "hakari" / "doors" / "web" / "locales"


def test_the_islands_say_the_same_in_every_language() -> None:
    said = {tag: json.loads((LOCALES / tag / "islands.json").read_text(encoding="utf-8")) for tag in ("en", "ja", "zh")}
    names = re.compile(r"\{\w+\}")
    for tag, sentences in said.items():
        # Only English has a form for one: the others fall back to the sentence itself.
        assert sentences.keys() == {id_ for id_ in said["en"] if tag == "en" or not id_.endswith(".one")}, tag
        for id_, sentence in sentences.items():
            assert set(names.findall(sentence)) == set(names.findall(said["en"][id_])), (tag, id_)
            if tag != "en":
                assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff][,;]", sentence), (tag, id_)


def test_every_sentence_that_an_island_says_is_in_the_catalogue() -> None:
    known = json.loads((LOCALES / "en" / "islands.json").read_text(encoding="utf-8"))
    sources = [
        each.read_text(encoding="utf-8") for each in (WEB / "src").rglob("*") if each.suffix in (".ts", ".svelte")
    ]
    asked = {id_ for text in sources for id_ in re.findall(r"\bt\('([\w.]+)'", text)}
    assert asked
    assert {f"i.{id_}" for id_ in asked} - known.keys() == set()


@pytest.mark.parametrize("name", sorted(each.name for each in (WEB / "src" / "islands").iterdir()))
def test_an_island_keeps_its_budget_of_script(name: str) -> None:
    # Everything that it may load, one language of three.
    waiting, held = [BUILT / f"{name}.js"], dict[Path, bytes]()
    while waiting:
        file = waiting.pop()
        if file in held:
            continue
        held[file] = file.read_bytes()
        found = re.findall(r"""["'`](\.{1,2}/[\w./-]+\.js)["'`]""", held[file].decode())
        waiting += [(file.parent / each).resolve() for each in found]
    assert len(held) > 2
    sizes = {file.name: len(gzip.compress(data, 9)) for file, data in held.items()}
    languages = [size for file, size in sizes.items() if file.startswith("islands-")]
    assert len(languages) in (0, 3), "each language's words are a file of their own, and a page loads one"
    size = sum(sizes.values()) - sum(languages) + max(languages, default=0)
    assert size <= BUDGET_KB * 1000, f"{size} bytes in {sorted(file.name for file in held)}"
