"""What every command shares: where words go, where JSON goes, common options."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

words = Console(stderr=True, highlight=False)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
in_dir = click.option(
    "--dir", "directory", type=click.Path(path_type=Path), default=None, help="Where the node lives (HAKARI_DIR)."
)


def print_json(thing: Any) -> None:
    """Print JSON on stdout."""
    click.echo(json.dumps(thing, ensure_ascii=False, indent=1))
