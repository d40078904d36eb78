"""Commands about a running node, asked over its API: the same words, the same answers."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from hakari.core import money
from hakari.core.purposes import PURPOSES
from hakari.doors.cli.terminal import as_json, in_dir, micros, print_json, secret, words

at_url = click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Address of the node.")


def ask(url: str) -> Any:
    """Return a client that reads from a node."""
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
    found = ask(url).get("/v1/node")
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
    found = ask(url).get("/v1/pools")["items"]
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
@click.option(
    "--derive-bps",
    type=click.IntRange(0, 10_000),
    default=0,
    show_default=True,
    help="Share asked of derived releases.",
)
@click.option(
    "--early",
    type=(click.IntRange(1, 10**6), click.IntRange(1, 10_000), click.IntRange(1, 10**6)),
    default=None,
    metavar="ANSWERS BPS MOST",
    help="Extra shares of each order's first accepted answers, of one person's for MOST at most.",
)
@click.option("--derive-of", type=click.Choice(["received", "all"]), default="received", show_default=True)
@in_dir
def pool_open(
    name: str,
    *,
    arbiter: str,
    court: str,
    evidence: str,
    fee_bps: int | None,
    licence: str | None,
    derive_bps: int,
    derive_of: str,
    early: tuple[int, int, int] | None,
    directory: Path | None,
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
            terms=pools.usual_terms(
                made,
                evidence=evidence,
                fee_bps=fee_bps,
                licence=licence,
                early=early,
                derivatives=(derive_bps, derive_of) if derive_bps or derive_of == "all" else None,
            ),
            arbiter=ids.account(arbiter),
            court=ids.account(court),
        )
    finally:
        made.close()
    words.print(f"The pool {name!r} is asked for. Start the node: it goes on chain and into the log by itself.")


@pool.command("votes")
@click.argument("pool", type=click.IntRange(0))
@at_url
@as_json
def pool_votes(pool: int, url: str, as_json: bool) -> None:
    """The votes of a POOL: what each would change, and where it stands."""
    found = ask(url).get(f"/v1/pools/{pool}/votes")["items"]
    if as_json:
        print_json(found)
        return
    rows = [
        {
            **row,
            "would change": ", ".join(f"{each['what']} {each['from'] or '–'} → {each['to']}" for each in row["change"])
            if row["change"] is not None
            else "not shown yet",
            "for": money.show(int(row["yes"])),
            "against": money.show(int(row["no"])),
            "of": money.show(int(row["total"])),
        }
        for row in found
    ]
    _show(rows, ["vote", "kind", "would change", "for", "against", "of", "state"])


@pool.command("vote")
@click.argument("vote", type=click.IntRange(1))
@click.option("--yes/--no", "support", required=True, help="For or against.")
@click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="Your key."
)
@at_url
def pool_vote(vote: int, *, support: bool, key_file: Path, url: str) -> None:
    """Vote with what you have earned in the pool. Costs no gas and can't be taken back."""
    from hakari.client import Client  # noqa: PLC0415

    Client(url, secret=secret(key_file)).vote(vote, support=support)
    words.print("Signed and handed to the relayer, which sends it now.")


WHOLE_ID = 64


@click.group()
def order() -> None:
    """Orders."""


@order.command("list")
@at_url
@as_json
def order_list(url: str, as_json: bool) -> None:
    """The orders of a node."""
    found = list(ask(url).pages("/v1/orders"))
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
    """One order, as JSON. The first digits of its id are enough, as the list shows them."""
    client = ask(url)
    print_json(client.get(f"/v1/orders/{_whole(client, order)}"))


@order.command("figures")
@click.argument("order")
@click.option("--items", "each_item", is_flag=True, help="How sure each item is, one line an item.")
@at_url
@as_json
def order_figures(order: str, *, each_item: bool, url: str, as_json: bool) -> None:
    """What an order's judged answers come to: agreement, confidence, cost, pace, whose voices they are."""
    client = ask(url)
    path = f"/v1/orders/{_whole(client, order)}/figures"
    if each_item:
        rows = list(client.pages(f"{path}/items", limit=200))
        if as_json:
            print_json(rows)
            return
        _show(
            [{**row, "confidence": _sure(row["confidence"])} for row in rows],
            ["task", "answers", "accepted", "confidence"],
        )
        return
    found = client.get(path)
    if as_json:
        print_json(found)
        return
    for name, text in _figures(found):
        words.print(f"{name}: {text}")


def _sure(confidence: dict[str, int]) -> str:
    return ", ".join(f"{name} {_share(bps)}" for name, bps in confidence.items()) or "–"


def _share(bps: int | None) -> str:
    return "–" if bps is None else f"{bps / 10_000:.2f}"


def _figures(found: dict[str, Any]) -> list[tuple[str, str]]:
    if found["verdicts"] is None:
        return [("answers", "none judged yet")]
    made = [
        ("answers", f"{found['answers']:,} judged, {found['undecided']:,} of them accepted without confirmation"),
        (
            "items",
            f"{found['answered']:,} of {found['tasks']:,} answered, confidence {_share(found['confidence']['mean_bps'])}",
        ),
    ]
    made += [(f"agreement on {each['question']} (alpha)", _share(each["alpha_bps"])) for each in found["agreement"]]
    right, spent, pace, voices = (found[name] for name in ("right", "money", "pace", "voices"))
    if right is not None:
        made.append(("right", f"{_share(right['share_bps'])} by {right['by']} ({right['of']:,} items)"))
    if spent is not None:
        made += [
            (
                "cost",
                f"{money.show(int(spent['all']))}, of it fees {money.show(int(spent['fees']))}, audits and juries "
                f"{money.show(int(spent['blind']))}, paid for refused work {money.show(int(spent['refused']))}",
            ),
            ("not paid for what was not worth it", money.show(int(spent["kept"]))),
        ]
        if spent["per_right"] is not None:
            made.append(("cost of an item that is right", money.show(int(spent["per_right"]))))
    if pace is not None and pace["hourly"] is not None:
        made.append(("an hour of work came to", money.show(int(pace["hourly"]))))
    if voices is not None:
        top = f"the busiest gave {_share(voices['top_bps'])}, the ten busiest {_share(voices['top_ten_bps'])} of the answers"
        made.append(("voices", f"{voices['voices']:,} of {voices['accounts']:,} accounts; {top}"))
        made += [(f"language {name}", _share(bps)) for name, bps in voices["languages"].items()]
    return made


KEY_FILE = click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The buyer's key."
)


@order.command("pause")
@click.argument("order")
@click.option("--hours", type=click.IntRange(1, 168), required=True, help="For how long.")
@KEY_FILE
@at_url
def order_pause(order: str, *, hours: int, key_file: Path, url: str) -> None:
    """Give nothing more of an ORDER of your own out for some hours. What was given may still be handed in."""
    client = _buyer(url, key_file)
    until = int(time.time()) + hours * 3600
    client.pause(_whole(client, order), until=until)
    words.print(f"Paused until {until} (Unix seconds). The deadline stays; recorded answers stay reserved.")


@order.command("resume")
@click.argument("order")
@KEY_FILE
@at_url
def order_resume(order: str, *, key_file: Path, url: str) -> None:
    """Let a paused ORDER of your own go on."""
    client = _buyer(url, key_file)
    client.pause(_whole(client, order), until=0)
    words.print("It goes on.")


@order.command("calibration")
@click.argument("order")
@KEY_FILE
@at_url
def order_calibration(order: str, *, key_file: Path, url: str) -> None:
    """How the answers to the first tasks of an ORDER of your own split, and what people remark on the guideline. As JSON."""
    client = _buyer(url, key_file)
    client.sign_in()
    print_json(client.get(f"/v1/orders/{_whole(client, order)}/calibration")["calibration"])


@order.command("guideline")
@click.argument("order")
@click.option(
    "--text",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="A file with the next version. Without it the order goes on under the guideline that it has.",
)
@KEY_FILE
@at_url
def order_guideline(order: str, *, text: Path | None, key_file: Path, url: str) -> None:
    """After the calibration of an ORDER of your own: let it go on, or go on under another guideline."""
    client = _buyer(url, key_file)
    client.guideline(_whole(client, order), text=None if text is None else text.read_text(encoding="utf-8"))
    words.print(
        "It goes on under the guideline that it has." if text is None else "It goes on under the new guideline."
    )


@order.command("remark")
@click.argument("order")
@click.argument("task", type=click.IntRange(0))
@click.argument("note")
@click.option(
    "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="Your key."
)
@at_url
def order_remark(order: str, task: int, note: str, *, key_file: Path, url: str) -> None:
    """Tell an ORDER's buyer what its guideline left open in a TASK of its calibration that you answered."""
    from hakari.client import Client  # noqa: PLC0415

    client = Client(url, secret=secret(key_file))
    client.delegate(scopes="work")
    client.remark(_whole(client, order), task, note)
    words.print("Sent. Only the order's buyer can read it.")


@order.command("more")
@click.argument("order")
@click.option("--how", type=click.Choice(["answers", "items", "rest"]), required=True, help="What is wanted more.")
@click.option("--items", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON lines.")
@click.option("--each", type=click.IntRange(1, 1000), default=None, show_default="as before", help="Answers a task.")
@click.option("--reward", default=None, show_default="as before", help="Pay for an answer, in whole tokens.")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True)
@KEY_FILE
@at_url
def order_more(
    order: str,
    *,
    how: str,
    file: Path | None,
    each: int | None,
    reward: str | None,
    days: int,
    key_file: Path,
    url: str,
) -> None:
    """Pay for more of an ORDER of your own: every task again, other items, or the rest of a closed one at better pay."""
    if (file is None) == (how == "items"):
        raise click.UsageError("--how items needs --items FILE, and nothing else takes it")
    client = _buyer(url, key_file)
    client.sign_in()
    items = [] if file is None else [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    micro = None if reward is None else micros(reward, "--reward")
    sent = client.more(_whole(client, order), how=how, each=each, reward=micro, days=days, items=items)
    words.print(f"Order {sent.id}. It continues {order}; each is judged and paid by itself.")


def _buyer(url: str, key_file: Path) -> Any:
    from hakari.client import Client  # noqa: PLC0415

    client = Client(url, secret=secret(key_file))
    client.delegate(scopes="buy")
    return client


def _whole(client: Any, start: str) -> str:
    """Return the id of the order that begins with these digits."""
    if len(start) == WHOLE_ID:
        return start
    found = [str(row["id"]) for row in client.pages("/v1/orders") if row["id"].startswith(start)]
    if len(found) != 1:
        raise click.UsageError(f"{len(found)} orders begin with {start!r}; hakari order list shows them")
    return found[0]


@click.group()
def release() -> None:
    """Releases."""


@release.command("list")
@at_url
@as_json
def release_list(url: str, as_json: bool) -> None:
    """The releases of a node."""
    found = list(ask(url).pages("/v1/releases"))
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


@release.command("make")
@click.argument("order")
@click.option("--name", required=True, help="What it is called.")
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--price", default=None, help="Offer licences at this price in whole tokens; without it nothing is sold.")
@click.option("--purpose", "purposes", type=click.Choice(list(PURPOSES)), multiple=True, help="What a licence allows.")
@click.option("--term-days", type=click.IntRange(0, 36_500), default=0, show_default="no end")
@click.option(
    "--vest-days",
    type=click.IntRange(0, 36_500),
    default=0,
    show_default="at once",
    help="The price is earned over this time.",
)
@click.option(
    "--parent", "parents", multiple=True, metavar="RELEASE=BPS", help="A release that it derives from, and its share."
)
@at_url
def release_make(
    order: str,
    *,
    name: str,
    key_file: Path,
    price: str | None,
    purposes: tuple[str, ...],
    term_days: int,
    vest_days: int,
    parents: tuple[str, ...],
    url: str,
) -> None:
    """Make a release of a judged ORDER of your own. Of its income each parent gets its share, in basis points."""
    from hakari.client import Client  # noqa: PLC0415

    offer = None
    if price is not None:
        if not purposes:
            raise click.UsageError("--price needs at least one --purpose")
        offer = {
            "price": str(micros(price, "--price")),
            "purposes": sum(PURPOSES[each] for each in set(purposes)),
            "term_seconds": term_days * 86_400,
            "vest_seconds": vest_days * 86_400,
        }
    client = Client(url, secret=secret(key_file))
    client.sign_in()
    made = client.release(order, name=name, offer=offer, parents=dict(map(_parent, parents)))
    words.print(f"Release {made}. It stands in the log and on chain with the node's next round.")


def _parent(text: str) -> tuple[str, int]:
    release, _, bps = text.partition("=")
    if not bps.isascii() or not bps.isdigit():
        raise click.UsageError(f"--parent must be RELEASE=BPS like 0123…=500, got {text!r}")
    return release, int(bps)


@release.command("lineage")
@click.argument("release")
@at_url
@as_json
def release_lineage(release: str, url: str, as_json: bool) -> None:
    """What a RELEASE derives from, what derives from it, and each one's part of its income."""
    found = ask(url).get(f"/v1/releases/{release}/lineage")
    if as_json:
        print_json(found)
        return
    names = {each: f"{row['name']} ({each[:12]}, pool {row['pool']})" for each, row in found["releases"].items()}
    rows = [
        {
            "release": names[each["child"]],
            "derives from": names[each["parent"]],
            "share": f"{each['bps'] / 100:g} % of {'all' if each['of'] == 'all' else 'what it received'}",
        }
        for each in found["parents"]
    ]
    _show(rows, ["release", "derives from", "share"])
    parts = [{"of each 1 earned": money.show(int(part)), "to": names[each]} for each, part in found["parts"].items()]
    _show(parts, ["of each 1 earned", "to"])
    for each in found["derived"]:
        words.print(f"below it: {names[each]}")


@click.group()
def account() -> None:
    """Accounts and their money."""


@account.command("show")
@click.argument("account")
@at_url
@as_json
def account_show(account: str, url: str, as_json: bool) -> None:
    """An account's answers, money by stage, and why each amount."""
    client = ask(url)
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
    made = ask(url).post(f"/v1/accounts/{account}/claims", {})
    words.print(f"Asked for {len(made['transactions'])} claims; the contract pays {account} itself.")


@click.group()
def statement() -> None:
    """Statements of the log."""


@statement.command("show")
@click.argument("statement")
@at_url
def statement_show(statement: str, url: str) -> None:
    """One statement with its place in the log and the proof, as JSON."""
    client = ask(url)
    found = client.get(f"/v1/statements/{statement}")
    proof = None if found["leaf"] is None else client.get("/v1/log/inclusion", statement=statement)
    print_json({**found, "inclusion": proof})


GROUPS = (node, pool, order, release, account, statement)
