"""What every command shares: where words go, where JSON goes, common options, amounts and keys as people give them."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from hakari.core import money
from hakari.core.errors import Malformed

words = Console(stderr=True, highlight=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
in_dir = click.option(
    "--dir", "directory", type=click.Path(path_type=Path), default=None, help="Where the node lives (HAKARI_DIR)."
)

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
