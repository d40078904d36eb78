"""The page of the command line and the command line say the same."""

import re
from collections.abc import Iterator

import click
import pages

from hakari.doors.cli.main import cli

PAGE = pages.ROOT / "docs" / "reference" / "cli.md"
ROWS = re.findall(r"^\| `(hakari [^`]+)` \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from leaves(each, f"{name} {each.name}")
    else:
        yield name, command


def test_every_command_is_on_the_page_and_nothing_else() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(name for name, _ in leaves(cli, "hakari"))


def test_every_option_is_on_the_page_and_nothing_else() -> None:
    said = {name: sorted(re.findall(r"`(--[a-z-]+)`", options)) for name, options in ROWS}
    true = {
        name: sorted(each.opts[0] for each in command.params if isinstance(each, click.Option))
        for name, command in leaves(cli, "hakari")
    }
    assert said == true
