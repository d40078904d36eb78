"""The project's pages, their blocks of code, and a runner for them.

A block is fenced with ```python or ```console. It runs, unless the line before it says `<!-- not run: reason -->`. A ```text block
right behind a python block is what that must print; in a console block the lines after a `$ command` are what it must print. `…` stands
for anything. Names that a block defines are there in the later blocks of its page.
"""

import contextlib
import gc
import io
import os
import re
import shlex
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from hakari.doors.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<before>[^\n]*)\n?^```(?P<kind>[a-z]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXCUSE = re.compile(r"<!-- not run: (.+) -->")
RUN = ("python", "console")
"""What a fence may call code that runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block. `excuse`: why it does not run, or None. `line` counts from 1 and is that of the block's first line of text."""

    page: Path
    line: int
    kind: str
    text: str
    excuse: str | None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for fence in FENCE.finditer(text):
        excuse = EXCUSE.fullmatch(fence["before"].strip())
        found.append(
            Block(
                page=page,
                line=text.count("\n", 0, fence.start("text")) + 1,
                kind=fence["kind"],
                text=fence["text"],
                excuse=excuse[1] if excuse else None,
            )
        )
    return found


def has_code(page: Path) -> bool:
    """Whether anything on the page runs."""
    return any(block.kind in RUN and block.excuse is None for block in blocks(page))


def run(page: Path, *, instead: Mapping[str, str] | None = None) -> None:
    """Run a page's blocks in the current folder and hold what they print against the page. instead: texts to put in place of others."""
    # What a page opens it leaves to the end of its process, as people do: connections of clients and of `hakari verify`.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        _run(page, instead or {})
        gc.collect()


def _run(page: Path, instead: Mapping[str, str]) -> None:
    names: dict[str, object] = {"__name__": "page"}
    todo = blocks(page)
    for block, after in zip(todo, [*todo[1:], None], strict=True):
        if block.kind not in RUN or block.excuse is not None:
            continue
        if block.kind == "python":
            printed = _python(block, names, instead)
            if after is not None and after.kind == "text":
                alike(after.place, _other(after.text, instead), printed)
        else:
            _console(block, instead)


def alike(place: str, expected: str, printed: str) -> None:
    """Raise AssertionError unless the text is as the page shows it."""
    pattern = re.escape(expected.strip()).replace(re.escape("…"), ".*?")
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), (
        f"{place}: the page says\n{expected}\nand it prints\n{printed}"
    )


def _other(text: str, instead: Mapping[str, str]) -> str:
    for old, new in instead.items():
        text = text.replace(old, new)
    return text


def _python(block: Block, names: dict[str, object], instead: Mapping[str, str]) -> str:
    # Lines are padded so that a traceback names the line of the page.
    code = compile("\n" * (block.line - 1) + _other(block.text, instead), str(block.page), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, names)  # noqa: S102 the pages are ours, and this is what they are for
    return out.getvalue()


def _console(block: Block, instead: Mapping[str, str]) -> None:
    for command, expected in commands(block):
        words = shlex.split(_other(command, instead))
        assert words[0] == "hakari", f"{block.place}: only `hakari` commands run here, got {command!r}"
        done = CliRunner(env={"COLUMNS": "300"}).invoke(cli, words[1:])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        if expected:
            alike(block.place, _other(expected, instead), done.output)
        else:
            assert done.exit_code == 0, f"{block.place}: {command}\n{done.output}"


def commands(block: Block) -> Sequence[tuple[str, str]]:
    """Return (command, expected output) of a console block."""
    made: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            made.append((line[2:], ""))
        else:
            assert made, f"{block.place}: a console block begins with a `$ command`"
            command, expected = made[-1]
            made[-1] = (command, f"{expected}{line}{os.linesep}")
    return made
