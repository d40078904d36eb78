"""Commands about stake: what an account put up for its work, who may take of it, and a slash that is denied."""

from pathlib import Path
from typing import Any

import click

from hakari.doors.cli.terminal import ask, at_url, key_of, micros, print_json, secret, words

with_key = key_of("Your key.")
at_rpc = click.option("--rpc", default=None, help="The chain's JSON-RPC, where the node has none of its own.")


def _client(url: str, key_file: Path) -> Any:
    from hakari.client import Client  # noqa: PLC0415 the command line starts fast

    return Client(url, secret=secret(key_file))


@click.group()
def stake() -> None:
    """Stake: what answers for work, where an order asks for it."""


@stake.command("show")
@click.argument("account")
@at_url
def stake_show(account: str, url: str) -> None:
    """An ACCOUNT's stake, what each pool may take of it, and the slashes against it, as JSON."""
    print_json(ask(url).stakes(account))


@stake.command("add")
@click.argument("amount")
@with_key
@at_rpc
@at_url
def stake_add(amount: str, *, key_file: Path, rpc: str | None, url: str) -> None:
    """Put an AMOUNT, in whole tokens, at stake. No pool may touch it before you commit it to one."""
    _client(url, key_file).add_stake(micros(amount, "AMOUNT"), rpc=rpc)
    words.print("At stake. `hakari stake commit` lets a pool reach it.")


@stake.command("commit")
@click.argument("pool", type=click.IntRange(1))
@click.option("--limit", required=True, help="In whole tokens, in all; less than before counts after a time.")
@with_key
@at_rpc
@at_url
def stake_commit(pool: int, *, limit: str, key_file: Path, rpc: str | None, url: str) -> None:
    """Let a POOL take up to a limit of your stake: only a conviction by audits does, and it can be contested."""
    _client(url, key_file).commit_stake(pool, micros(limit, "--limit"), rpc=rpc)
    words.print(f"Pool {pool} may take up to {limit}.")


@stake.command("contest")
@click.argument("case", type=click.IntRange(1))
@with_key
@at_rpc
@at_url
def stake_contest(case: int, *, key_file: Path, rpc: str | None, url: str) -> None:
    """Deny a slash, CASE, so that the pool's arbiter has to judge it. If it stands a tenth more is lost."""
    _client(url, key_file).contest_slash(case, rpc=rpc)
    words.print(f"Case {case} is contested: the arbiter judges it, and the court after him.")


@stake.command("unstake")
@click.argument("amount")
@with_key
@at_rpc
@at_url
def stake_unstake(amount: str, *, key_file: Path, rpc: str | None, url: str) -> None:
    """Begin to take an AMOUNT, in whole tokens, back. It still answers for what was done until it has cooled."""
    _client(url, key_file).unstake(micros(amount, "AMOUNT"), rpc=rpc)
    words.print("It cools; `hakari stake show` says until when.")


@stake.command("withdraw")
@with_key
@at_rpc
@at_url
def stake_withdraw(key_file: Path, rpc: str | None, url: str) -> None:
    """Take back all that has cooled and that nobody asks for."""
    _client(url, key_file).withdraw_stake(rpc=rpc)
    words.print("Taken back.")
