"""`hakari watch`: follow a node's pools from outside and act."""

import json
import sys
import time
from pathlib import Path

import click
from rich.markup import escape

from hakari.core.errors import HakariError
from hakari.doors.cli.terminal import micros, new_secret, secret, words


@click.command()
@click.argument("source")
@click.option("--rpc", default=None, help="A chain node that you trust. Not needed where the node makes its own chain.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("hakari-watcher.key"),
    show_default=True,
    help="The account's private key, 64 hexadecimal digits; made where there is none. It pays gas and bonds.",
)
@click.option(
    "--limit", default="0", show_default=True, help="Most that bonds may have locked or lost, in whole tokens."
)
@click.option("--key", default=None, help="The log's verifier key, as you know it from elsewhere.")
@click.option("--claim", is_flag=True, help="Also claim for everybody, at your gas; the money goes to them.")
@click.option("--propose/--no-propose", default=True, help="Propose the honest epoch where the operator is silent.")
@click.option("--every", type=float, default=None, help="Seconds between rounds: 15, on a local chain 0.3.")
@click.option("--once", is_flag=True, help="One round, then stop: 1 if something is wrong that it could not act on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout for all it sees and does.")
def watch(
    source: str,
    *,
    rpc: str | None,
    key_file: Path,
    limit: str,
    key: str | None,
    claim: bool,
    propose: bool,
    every: float | None,
    once: bool,
    as_json: bool,
) -> None:
    """Recompute every proposed payout of SOURCE and stop wrong ones on chain.

    Proofs, settlements and appeals against silence cost gas only. Challenges, appeals and proposals need a bond: give --limit.
    """
    from hakari.app import watcher, watching  # noqa: PLC0415 the command line starts fast

    def tell(word: watcher.Word) -> None:
        if as_json:
            click.echo(json.dumps(word.json(), ensure_ascii=False, sort_keys=True))
            sys.stdout.flush()
        style = {"did": "bold green", "could_not": "bold red"}.get(word.kind, "bold")
        place = f"pool {word.pool}, epoch {word.epoch}: " if word.pool else ""
        words.print(f"[{style}]{word.kind.replace('_', ' ')}[/] {place}{escape(word.text)}", soft_wrap=True)

    bound = micros(limit, "--limit")
    if not key_file.exists():
        new_secret(key_file)
        words.print(f"A new key for this watcher is in {key_file}, for you alone. What it earns belongs to that key.")
    eyes = watcher.open_watch(
        source,
        rpc=rpc,
        secret=secret(key_file),
        limit=bound,
        claims=claim,
        proposes=propose,
        tell=tell,
        key=key,
    )
    words.print(f"Watching {source} as {eyes.account}, limit {limit}. Ctrl-C stops it; nothing is lost.")
    for sentence in watcher.purse(eyes):
        words.print(sentence)
    pause = (0.3 if eyes.local else 15.0) if every is None else every
    while True:
        try:
            watching.look(eyes)
        except HakariError as error:
            if once:
                raise
            eyes.say("could_not", f"{error.code}: {error.message}; trying again")
        if once:
            sys.exit(1 if eyes.trouble else 0)
        time.sleep(pause)
