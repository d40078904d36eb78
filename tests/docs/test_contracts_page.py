"""The page of contracts names every call of every contract, and its figures are those that the contract tests measure."""

import json
import re

import pages
import pytest

PAGE = (pages.ROOT / "docs" / "reference" / "contracts.md").read_text(encoding="utf-8")
ARTEFACTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pages.ROOT / "src" / "hakari" / "adapters" / "evm" / "artefacts").glob("*.json"))
}
GAS = json.loads((pages.ROOT / "tests" / "contracts" / "gas.json").read_text(encoding="utf-8"))
NAMED = re.compile(r"`(\w+)\(([\w, ]*)\)`")


def part(title: str) -> str:
    """Return what stands between a heading (of either form) and the next one."""
    found = re.search(rf"^(?:### {title}|{title}\n-+)$(.*?)^(?:#|[^\n]+\n---+$)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no part {title!r}"
    return found[1]


def said(title: str) -> tuple[set[str], set[str]]:
    """Return the calls in the rows of a contract's table, and those in its line of views, as name(arguments)."""
    rows, rest = set(), set()
    for line in part(title).splitlines():
        for name, arguments in NAMED.findall(line):
            (rows if line.startswith("| `") else rest).add(f"{name}({arguments})")
    return rows, rest


def true_calls(name: str) -> tuple[set[str], set[str]]:
    calls, views = set(), set()
    for entry in ARTEFACTS[name]["abi"]:
        if entry["type"] == "function":
            kind = views if entry["stateMutability"] in ("view", "pure") else calls
            kind.add(f"{entry['name']}({', '.join(each['name'] for each in entry['inputs'])})")
    return calls, views


def shape(call: str) -> tuple[str, int]:
    name, _, arguments = call.removesuffix(")").partition("(")
    return name, len(arguments.split(", ")) if arguments else 0


@pytest.mark.parametrize("name", ARTEFACTS)
def test_every_call_of_a_contract_is_on_the_page_and_nothing_else(name: str) -> None:
    calls, views = said(name)
    true, true_views = true_calls(name)
    assert calls == true
    # the compiler has no names for the keys of a public map, the page does
    assert sorted(map(shape, views)) == sorted(map(shape, true_views))
    nameless = {shape(view) for view in true_views if re.search(r"arg\d", view)}
    assert {view for view in views if shape(view) not in nameless} == {
        v for v in true_views if shape(v) not in nameless
    }


def test_every_call_says_who_may_and_what_it_moves() -> None:
    for name in ARTEFACTS:
        rows = [line for line in part(name).splitlines() if line.startswith("| `")]
        for row in rows:
            cells = [cell.strip() for cell in row.strip("|").split(" | ")]
            assert all(cells), row
            assert len(cells) == (2 if name == "proofs" else 3), row


def test_the_gas_on_the_page_is_the_snapshot() -> None:
    rows = re.findall(r"\| ([a-z][\w, ]+?) \| ([\d,]+) (?=\|)", part("What a call costs"))
    assert {name: int(gas.replace(",", "")) for name, gas in rows} == GAS
    assert round((GAS["post, 10 leaves more"] + GAS["propose, 1 order"] + GAS["settle, 1 order"]) / 10_000) == 34


def test_the_sizes_on_the_page_are_those_of_the_artefacts() -> None:
    head, _, sizes = part("What a call costs").strip().splitlines()[-3:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in (head, sizes)]
    assert {name: int(size.replace(",", "")) for name, size in zip(*cells, strict=True)} == {
        name: artefact["runtime_bytes"] for name, artefact in ARTEFACTS.items()
    }


def test_the_times_on_the_page_are_those_of_the_deployments_that_the_tests_make() -> None:
    text = (pages.ROOT / "tests" / "contracts" / "money_world.py").read_text(encoding="utf-8")
    used = {
        name: int(days)
        for names, values in re.findall(r"^([A-Z, _]+) = (\d+ \* DAY.*)$", text, re.MULTILINE)
        for name, days in zip(names.split(", "), re.findall(r"\d+", values), strict=True)
    }
    shown = {}
    for names, values in re.findall(r"^\| ([A-Z, _]+) \| ([\dd, ]+ d) \|", part("Times and bonds"), re.MULTILINE):
        shown |= dict(zip(names.split(", "), map(int, re.findall(r"\d+", values)), strict=True))
    assert shown == used


def test_every_attack_of_the_page_is_played_by_tests_that_there_are() -> None:
    """Rows that the specification's table has: 33 attacks, 9 invariants."""
    folders = (pages.ROOT / "tests" / "contracts", pages.ROOT / "tests" / "flows")
    written = {
        name
        for folder in folders
        for path in folder.glob("test_*.py")
        for name in re.findall(r"^ *def (\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = [line for line in part("Attacks").splitlines() if line.startswith("| ")]
    played = [re.findall(r"`([a-z]\w+)`", row.strip("| ").split(" | ")[-1]) for row in rows]
    heads = [row for row, names in zip(rows, played, strict=True) if not names]
    assert [head.split(" | ")[0] for head in heads] == ["| attack", "| it holds that"], "a row without its test"
    assert len(rows) - len(heads) >= 33 + 9
    assert {name for names in played for name in names} <= written
