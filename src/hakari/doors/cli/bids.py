"""Commands about bids: what somebody would hand in to a request for data at a price of their own, and the order that takes one."""

import time
from pathlib import Path

import click

from hakari.core import money
from hakari.doors.cli.orders import KEY_FILE, buyer, whole, worker
from hakari.doors.cli.terminal import as_json, ask, at_url, key_of, micros, print_json, show, words

DAY_S = 86_400


@click.group()
def bid() -> None:
    """Bids on requests for data."""


@bid.command("make")
@click.argument("order")
@click.option("--count", type=click.IntRange(1), required=True, help="How many units you would hand in.")
@click.option("--price", required=True, help="For each unit that is kept, in whole tokens.")
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long it holds.")
@key_of("Your key.")
@at_url
def bid_make(order: str, *, count: int, price: str, days: int, key_file: Path, url: str) -> None:
    """Bid on somebody's request, an ORDER that collects. It binds nobody until its buyer places the order that takes it."""
    client = worker(url, key_file)
    until = int(time.time()) + days * DAY_S
    sent = client.bid(whole(client, order), count=count, price=micros(price, "--price"), until=until)
    words.print(f"Bid {sent.id}. The request's buyer can take it until {until} (Unix seconds); the log keeps it.")


@bid.command("list")
@click.argument("order")
@at_url
@as_json
def bid_list(order: str, *, url: str, as_json: bool) -> None:
    """The bids on a request, oldest first, and which order took each."""
    client = ask(url)
    found = client.get(f"/v1/orders/{whole(client, order)}/bids")["items"]
    if as_json:
        print_json(found)
        return
    rows = [
        {**row, "bid": row["id"], "price": money.show(int(row["price"])), "taken by": (row["taken"] or "–")[:12]}
        for row in found
    ]
    show(rows, ["bid", "author", "count", "price", "until", "taken by"])


@bid.command("accept")
@click.argument("order")
@click.argument("bid")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How long units are taken.")
@KEY_FILE
@at_url
def bid_accept(order: str, bid: str, *, days: int, key_file: Path, url: str) -> None:
    """Take a BID on a request of your own, ORDER: fund and place the order that is for its author alone, at its price."""
    client = buyer(url, key_file)
    client.sign_in()
    sent = client.accept_bid(whole(client, order), bid, days=days)
    words.print(f"Order {sent.id}. Only the bid's author can answer it; what is not handed in comes back to you.")
