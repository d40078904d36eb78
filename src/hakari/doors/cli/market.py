"""Commands about a running node, asked over its API: the same words, the same answers."""

import secrets
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from hakari.core import money
from hakari.doors.cli.terminal import as_json, in_dir, print_json, words

at_url = click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Address of the node.")


def _ask(url: str) -> Any:
    from hakari.client import Client  # noqa: PLC0415 the command line starts fast

    # Reading needs no account of one's own.
    return Client(url, secret=secrets.token_bytes(32))


def _show(rows: list[dict[str, Any]], columns: list[str]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    words.print(table)


@click.group()
def node() -> None:
    """A node."""


@node.command("show")
@at_url
@as_json
def node_show(url: str, as_json: bool) -> None:
    """Who a node is, and how far its log and chain are."""
    found = _ask(url).get("/v1/node")
    if as_json:
        print_json(found)
        return
    for name in ("name", "operator", "log_size", "waiting", "heard_block", "randomness"):
        words.print(f"{name}: {found[name]}")
    words.print(f"log: {found['log']['origin']}, key {found['log']['key']}")
    words.print(f"chain: {found['chain']['chain_id']}, {found['chain']['profile']} profile")


@click.group()
def pool() -> None:
    """Pools and their terms."""


@pool.command("list")
@at_url
@as_json
def pool_list(url: str, as_json: bool) -> None:
    """The pools of a node."""
    found = _ask(url).get("/v1/pools")["items"]
    if as_json:
        print_json(found)
        return
    rows = [{"pool": row["pool"], "name": row["name"], **row["terms"]} for row in found]
    _show(rows, ["pool", "name", "evidence", "fee_bps", "licence"])


@pool.command("open")
@click.argument("name")
@click.option("--arbiter", required=True, help="Who rules first on a challenged payout; not you.")
@click.option("--court", required=True, help="Who rules on appeal; neither you nor the arbiter.")
@click.option("--evidence", type=click.Choice(["open", "keyed", "sealed"]), default="keyed", show_default=True)
@click.option("--fee-bps", type=click.IntRange(0, 10_000), default=None, show_default="500")
@click.option("--licence", default=None, show_default="CC BY 4.0, by its address")
@in_dir
def pool_open(  # noqa: PLR0917 one parameter an option
    name: str, arbiter: str, court: str, evidence: str, fee_bps: int | None, licence: str | None, directory: Path | None
) -> None:
    """Open a pool of a stopped node; it stands in the log once the node runs again."""
    from hakari import config  # noqa: PLC0415
    from hakari.app import open_node, pools  # noqa: PLC0415
    from hakari.core import ids  # noqa: PLC0415

    made = open_node(config.read(dir=directory))
    try:
        pools.open_pool(
            made,
            name=name,
            terms=pools.usual_terms(made, evidence=evidence, fee_bps=fee_bps, licence=licence),
            arbiter=ids.account(arbiter),
            court=ids.account(court),
        )
    finally:
        made.close()
    words.print(f"The pool {name!r} is asked for. Start the node: it goes on chain and into the log by itself.")


@click.group()
def order() -> None:
    """Orders."""


@order.command("list")
@at_url
@as_json
def order_list(url: str, as_json: bool) -> None:
    """The orders of a node."""
    found = list(_ask(url).pages("/v1/orders"))
    if as_json:
        print_json(found)
        return
    rows = [
        {
            "order": row["id"][:12],
            "title": row["body"]["title"],
            "answers": f"{row['answered']:,} of {row['wanted']:,}",
            "pay": money.show(int(row["body"]["reward"])),
            "status": row["status"],
        }
        for row in found
    ]
    _show(rows, ["order", "title", "answers", "pay", "status"])


@order.command("show")
@click.argument("order")
@at_url
def order_show(order: str, url: str) -> None:
    """One order, as JSON."""
    print_json(_ask(url).get(f"/v1/orders/{order}"))


@click.group()
def release() -> None:
    """Releases."""


@release.command("list")
@at_url
@as_json
def release_list(url: str, as_json: bool) -> None:
    """The releases of a node."""
    found = list(_ask(url).pages("/v1/releases"))
    if as_json:
        print_json(found)
        return
    rows = [
        {
            "release": row["id"][:12],
            "name": row["body"]["name"],
            "rows": f"{row['body']['items']:,}",
            "price": ", ".join(money.show(int(offer["price"])) for offer in row["offers"]) or "–",
        }
        for row in found
    ]
    _show(rows, ["release", "name", "rows", "price"])


@click.group()
def account() -> None:
    """Accounts and their money."""


@account.command("show")
@click.argument("account")
@at_url
@as_json
def account_show(account: str, url: str, as_json: bool) -> None:
    """An account's answers, money by stage, and why each amount."""
    client = _ask(url)
    found = client.get(f"/v1/accounts/{account}")
    lines = list(client.lines(account))
    if as_json:
        print_json({**found, "lines": lines})
        return
    answers, earned = found["answers"], found["earnings"]
    words.print(f"answers: {answers['accepted']} accepted, {answers['refused']} refused, {answers['waiting']} waiting")
    words.print(", ".join(f"{name.replace('_', ' ')} {money.show(int(amount))}" for name, amount in earned.items()))
    rows = [{**line, "amount": money.show(int(line["amount"])), "cause": line["cause"][:12]} for line in lines]
    _show(rows, ["epoch", "amount", "why", "cause", "status"])


@account.command("claim")
@click.argument("account")
@at_url
def account_claim(account: str, url: str) -> None:
    """Have all that an account has coming paid to it. Costs it no gas, and anyone may ask."""
    made = _ask(url).post(f"/v1/accounts/{account}/claims", {})
    words.print(f"Asked for {len(made['transactions'])} claims; the contract pays {account} itself.")


@click.group()
def statement() -> None:
    """Statements of the log."""


@statement.command("show")
@click.argument("statement")
@at_url
def statement_show(statement: str, url: str) -> None:
    """One statement with its place in the log and the proof, as JSON."""
    client = _ask(url)
    found = client.get(f"/v1/statements/{statement}")
    proof = None if found["leaf"] is None else client.get("/v1/log/inclusion", statement=statement)
    print_json({**found, "inclusion": proof})


GROUPS = (node, pool, order, release, account, statement)
