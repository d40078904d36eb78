"""Commands about orders: what stands, how one does, and what its buyer may still say of it."""

import json
import time
from pathlib import Path
from typing import Any

import click

from hakari.core import money
from hakari.doors.cli.terminal import as_json, ask, at_url, key_of, micros, print_json, secret, show, words

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
    show(rows, ["order", "title", "answers", "pay", "status"])


@order.command("show")
@click.argument("order")
@at_url
def order_show(order: str, url: str) -> None:
    """One order, as JSON. The first digits of its id are enough, as the list shows them."""
    client = ask(url)
    print_json(client.get(f"/v1/orders/{whole(client, order)}"))


@order.command("figures")
@click.argument("order")
@click.option("--items", "each_item", is_flag=True, help="How sure each item is, one line an item.")
@at_url
@as_json
def order_figures(order: str, *, each_item: bool, url: str, as_json: bool) -> None:
    """What an order's judged answers come to: agreement, confidence, cost, pace, whose voices they are."""
    client = ask(url)
    path = f"/v1/orders/{whole(client, order)}/figures"
    if each_item:
        rows = list(client.pages(f"{path}/items", limit=200))
        if as_json:
            print_json(rows)
            return
        show(
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
        made += [(f"region {name}", _share(bps)) for name, bps in voices["regions"].items()]
    return made


KEY_FILE = key_of("The buyer's key.")


@order.command("pause")
@click.argument("order")
@click.option("--hours", type=click.IntRange(1, 168), required=True, help="For how long.")
@KEY_FILE
@at_url
def order_pause(order: str, *, hours: int, key_file: Path, url: str) -> None:
    """Give nothing more of an ORDER of your own out for some hours. What was given may still be handed in."""
    client = buyer(url, key_file)
    until = int(time.time()) + hours * 3600
    client.pause(whole(client, order), until=until)
    words.print(f"Paused until {until} (Unix seconds). The deadline stays; recorded answers stay reserved.")


@order.command("resume")
@click.argument("order")
@KEY_FILE
@at_url
def order_resume(order: str, *, key_file: Path, url: str) -> None:
    """Let a paused ORDER of your own go on."""
    client = buyer(url, key_file)
    client.pause(whole(client, order), until=0)
    words.print("It goes on.")


@order.command("calibration")
@click.argument("order")
@KEY_FILE
@at_url
def order_calibration(order: str, *, key_file: Path, url: str) -> None:
    """How the answers to the first tasks of an ORDER of your own split, and what people remark on the guideline. As JSON."""
    client = buyer(url, key_file)
    client.sign_in()
    print_json(client.get(f"/v1/orders/{whole(client, order)}/calibration")["calibration"])


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
    client = buyer(url, key_file)
    client.guideline(whole(client, order), text=None if text is None else text.read_text(encoding="utf-8"))
    words.print(
        "It goes on under the guideline that it has." if text is None else "It goes on under the new guideline."
    )


@order.command("remark")
@click.argument("order")
@click.argument("task", type=click.IntRange(0))
@click.argument("note")
@key_of("Your key.")
@at_url
def order_remark(order: str, task: int, note: str, *, key_file: Path, url: str) -> None:
    """Tell an ORDER's buyer what its guideline left open in a TASK of its calibration that you answered."""
    client = worker(url, key_file)
    client.remark(whole(client, order), task, note)
    words.print("Sent. Only the order's buyer can read it.")


@order.command("more")
@click.argument("order")
@click.option(
    "--how", type=click.Choice(["answers", "challenges", "items", "rest"]), required=True, help="What is wanted more."
)
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
    """Pay for more of an ORDER of your own: every task again, other items, the rest of a closed one at better pay, or, while its audits
    are sealed, other items with its tasks hidden among them as challenges."""
    if (file is None) == (how in ("challenges", "items")):
        raise click.UsageError("--how items and --how challenges need --items FILE, and nothing else takes it")
    client = buyer(url, key_file)
    client.sign_in()
    items = [] if file is None else [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    micro = None if reward is None else micros(reward, "--reward")
    sent = client.more(whole(client, order), how=how, each=each, reward=micro, days=days, items=items)
    words.print(f"Order {sent.id}. It continues {order}; each is judged and paid by itself.")


def buyer(url: str, key_file: Path) -> Any:
    """Return a client of the account in a key file that may buy."""
    from hakari.client import Client  # noqa: PLC0415 the command line starts fast

    client = Client(url, secret=secret(key_file))
    client.delegate(scopes="buy")
    return client


def worker(url: str, key_file: Path) -> Any:
    """Return a client of the account in a key file that may work."""
    from hakari.client import Client  # noqa: PLC0415

    client = Client(url, secret=secret(key_file))
    client.delegate(scopes="work")
    return client


def whole(client: Any, start: str) -> str:
    """Return the id of the order that begins with these digits. Raises UsageError unless there is one."""
    if len(start) == WHOLE_ID:
        return start
    found = [str(row["id"]) for row in client.pages("/v1/orders") if row["id"].startswith(start)]
    if len(found) != 1:
        raise click.UsageError(f"{len(found)} orders begin with {start!r}; hakari order list shows them")
    return found[0]
