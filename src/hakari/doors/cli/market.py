"""Commands about a running node, asked over its API: the same words, the same answers."""

from pathlib import Path

import click

from hakari.core import money
from hakari.core.purposes import PURPOSES
from hakari.doors.cli.bids import bid
from hakari.doors.cli.orders import order
from hakari.doors.cli.terminal import as_json, ask, at_url, in_dir, key_of, micros, print_json, secret, show, words


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
    show(rows, ["pool", "name", "evidence", "fee_bps", "licence"])


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
@click.option(
    "--invites",
    type=(click.IntRange(1, 2000), click.IntRange(1, 366)),
    default=None,
    metavar="BPS DAYS",
    help="Part of what an invited account's work earns that goes, for so many days, to who invited it.",
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
    invites: tuple[int, int] | None,
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
                invites=None if invites is None else (invites[0], invites[1] * 86_400),
                derivatives=(derive_bps, derive_of) if derive_bps or derive_of == "all" else None,
            ),
            arbiter=ids.account(arbiter),
            court=ids.account(court),
        )
    finally:
        made.close()
    words.print(f"The pool {name!r} is asked for. Start the node: it goes on chain and into the log by itself.")


@pool.command("draft")
@click.argument("pool", type=click.IntRange(1))
@click.argument("terms", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--arbiter", required=True, help="Who rules first on a challenged payout; not you.")
@click.option("--court", required=True, help="Who rules on appeal; neither you nor the arbiter.")
@in_dir
def pool_draft(pool: int, terms: Path, *, arbiter: str, court: str, directory: Path | None) -> None:
    """Keep further TERMS (JSON) of a POOL at its stopped node, and print what its people vote on. Changes nothing by itself."""
    import json  # noqa: PLC0415

    from hakari import config  # noqa: PLC0415
    from hakari.app import amending, open_node  # noqa: PLC0415
    from hakari.core import ids  # noqa: PLC0415

    try:
        text = json.loads(terms.read_bytes())
    except ValueError as error:
        raise click.UsageError(f"{terms} must hold the terms as JSON, got {error}") from error
    made = open_node(config.read(dir=directory))
    try:
        motion = amending.draft(made, pool, text, arbiter=ids.account(arbiter), court=ids.account(court))
    finally:
        made.close()
    words.print(f"Kept. Version {motion.version} holds once a vote of kind TERMS carries it; then the node says it.")
    print_json(
        {
            "hash": motion.hash,
            "payload": "0x" + motion.payload.hex(),
            "payload_hash": "0x" + motion.payload_hash.hex(),
            "version": motion.version,
        }
    )


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
    show(rows, ["vote", "kind", "would change", "for", "against", "of", "state"])


@pool.command("ask")
@click.argument("pool", type=click.IntRange(0))
@click.option("--operator", default=None, help="Vote on this account as the pool's operator.")
@click.option(
    "--price", type=(click.IntRange(1), str), default=None, metavar="OFFER AMOUNT", help="On an offer's price."
)
@click.option("--stop-sale", type=click.IntRange(1), default=None, metavar="OFFER", help="On the end of an offer.")
@key_of("Your key. You must have earned in the pool; the transaction is yours.")
@at_url
def pool_ask(
    pool: int, *, operator: str | None, price: tuple[int, str] | None, stop_sale: int | None, key_file: Path, url: str
) -> None:
    """Have the people of a POOL vote on one change, and show at the node what it would be."""
    from hakari.client import Client  # noqa: PLC0415
    from hakari.core import ids  # noqa: PLC0415

    words_of: dict[str, list[int]] = {}
    if operator is not None:
        words_of["operator"] = [int(ids.account(operator), 16)]
    if price is not None:
        words_of["price"] = [price[0], micros(price[1], "--price")]
    if stop_sale is not None:
        words_of["stop_sale"] = [stop_sale]
    if len(words_of) != 1:
        raise click.UsageError("one of --operator, --price and --stop-sale must be given")
    [(kind, numbers)] = words_of.items()
    client = Client(url, secret=secret(key_file))
    payload = b"".join(each.to_bytes(32, "big") for each in numbers)
    vote = client.ask_vote(pool, kind, payload)
    words.print(f"Vote {vote} is open.")
    client.show_vote(vote, payload)
    words.print("The node shows what it would change.")


@pool.command("carry-out")
@click.argument("pool", type=click.IntRange(0))
@click.argument("vote", type=click.IntRange(1))
@key_of("Your key. The transaction is yours; nobody needs a weight for it.")
@at_url
def pool_carry_out(pool: int, vote: int, *, key_file: Path, url: str) -> None:
    """Do what is next of a VOTE of a POOL that carries: note its majority, or carry it out after the timelock."""
    from hakari.client import Client  # noqa: PLC0415

    state = Client(url, secret=secret(key_file)).carry_out(pool, vote)
    words.print("Its majority is noted; the timelock runs." if state == "passed" else "It is carried out.")


@pool.command("vote")
@click.argument("vote", type=click.IntRange(1))
@click.option("--yes/--no", "support", required=True, help="For or against.")
@key_of("Your key.")
@at_url
def pool_vote(vote: int, *, support: bool, key_file: Path, url: str) -> None:
    """Vote with what you have earned in the pool. Costs no gas and can't be taken back."""
    from hakari.client import Client  # noqa: PLC0415

    Client(url, secret=secret(key_file)).vote(vote, support=support)
    words.print("Signed and handed to the relayer, which sends it now.")


@pool.command("invited")
@click.argument("pool", type=click.IntRange(0))
@click.option("--by", required=True, help="Who invited you: their account.")
@key_of("Your key.")
@at_url
def pool_invited(pool: int, *, by: str, key_file: Path, url: str) -> None:
    """Say who invited you into a POOL whose terms give them a part of what you earn. It holds for good."""
    from hakari.client import Client  # noqa: PLC0415

    client = Client(url, secret=secret(key_file))
    client.delegate(scopes="work")
    client.accept_invitation(pool=pool, by=by.lower())
    words.print(f"Recorded: {by} invited you.")


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
    show(rows, ["release", "name", "rows", "price"])


@release.command("make")
@click.argument("order")
@click.option("--name", required=True, help="What it is called.")
@key_of("The buyer's key.")
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
    show(rows, ["release", "derives from", "share"])
    parts = [{"of each 1 earned": money.show(int(part)), "to": names[each]} for each, part in found["parts"].items()]
    show(parts, ["of each 1 earned", "to"])
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
    show(rows, ["epoch", "amount", "why", "cause", "status"])


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


GROUPS = (node, pool, order, bid, release, account, statement)
