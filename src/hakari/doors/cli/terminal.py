"""What every command shares: where words go, where JSON goes, common options, amounts and keys as people give them."""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from hakari.core import money
from hakari.core.errors import Malformed

Command = TypeVar("Command", bound=Callable[..., Any])

words = Console(stderr=True, highlight=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
in_dir = click.option(
    "--dir", "directory", type=click.Path(path_type=Path), default=None, help="Where the node lives (HAKARI_DIR)."
)

at_url = click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Address of the node.")


def key_of(help_: str) -> Callable[[Command], Command]:
    """Return the option of a command that signs: the file that holds a private key."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--key-file", type=path, required=True, help=help_)


def ask(url: str) -> Any:
    """Return a client that reads from a node."""
    from hakari.client import Client  # noqa: PLC0415 the command line starts fast

    # Reading needs no account of one's own.
    return Client(url, secret=secrets.token_bytes(32))


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as a table."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    words.print(table)


_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,6}))?")


def print_json(thing: Any) -> None:
    """Print JSON on stdout."""
    click.echo(json.dumps(thing, ensure_ascii=False, indent=1))


def micros(text: str, option: str) -> int:
    """Return the micro-units of an amount in whole tokens, as an option gives it. Raises UsageError."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise click.UsageError(f"{option} must be an amount like 1000 or 0.5, got {text!r}")
    return int(found[1]) * money.UNIT + int((found[2] or "").ljust(6, "0"))


def new_secret(path: Path) -> None:
    """Put a new private key into a file that is not there yet, readable by its owner only."""
    with open(path, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secrets.token_bytes(32).hex() + "\n")


def secret(path: Path) -> bytes:
    """Return the private key in a file: 64 hexadecimal digits. Raises Malformed."""
    text = path.read_text(encoding="ascii", errors="replace").strip().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise Malformed(f"{path} must hold 64 hexadecimal digits, got {len(text)} characters")
    return bytes.fromhex(text)
