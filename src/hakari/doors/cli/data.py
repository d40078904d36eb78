"""Commands of people who hand in data, and of whoever says that something is wrong; signed with a key of one's own."""

import mimetypes
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, DownloadColumn, TextColumn
from rich.progress import Progress as Bar

from hakari.doors.cli.terminal import as_json, ask, at_url, print_json, secret, words

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
with_key = click.option(
    "--key-file", type=FILE, required=True, help="File with your account's private key, 64 hexadecimal digits."
)

TYPES = {".jsonl": "application/jsonl", ".md": "text/markdown", ".parquet": "application/vnd.apache.parquet"}
"""Endings that the system's own table of types often lacks."""


def _client(url: str, key_file: Path, *, scopes: str | None = None) -> Any:
    from hakari.client import Client  # noqa: PLC0415 the command line starts fast

    client = Client(url, secret=secret(key_file))
    if scopes is not None:
        client.delegate(scopes=scopes)
    client.sign_in()
    return client


def _type(file: Path, named: str | None) -> str:
    found = named or TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0]
    if found is None:
        raise click.UsageError(f"the type of {file.name} can't be told from its name; say it with --type")
    return "audio/wav" if found == "audio/x-wav" else found


def _sent(client: Any, file: Path, type_: str, at: str | None = None) -> dict[str, Any]:
    with Bar(TextColumn(f"  {file.name}"), BarColumn(), DownloadColumn(), console=words, transient=True) as bar:
        task = bar.add_task("upload", total=file.stat().st_size)

        def tell(done: int, _: int) -> None:
            bar.update(task, completed=done)

        return client.upload(file, type=type_, at=at, tell=tell)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--type", "type_", default=None, help="The content's type, e.g. application/zip; told from the name if not said."
)
@click.option("--resume", default=None, help="Go on with this upload, begun before.")
@with_key
@at_url
@as_json
def upload(file: Path, type_: str | None, resume: str | None, key_file: Path, url: str, as_json: bool) -> None:  # noqa: PLR0917
    """Send FILE in parts; what was interrupted goes on where it stopped. Prints the upload's id and SHA-256."""
    found = _sent(_client(url, key_file), file, _type(file, type_), resume)
    if as_json:
        print_json(found)
    else:
        words.print(f"upload {found['id']}, SHA-256 {found['sha256']}")


@click.group()
def unit() -> None:
    """Units of data for an order that collects."""


@unit.command("send")
@click.argument("order")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--type", "type_", default=None, help="The type of all files; told from each name if not said.")
@click.option("--language", default="", help="Code of the language that the texts are in, e.g. ja.")
@click.option("--made", type=click.Choice(["people", "machines", "both"]), required=True, help="How they were made.")
@click.option("--tools", default="", help="The AI tools they were made with, where machines had a part.")
@click.option(
    "--right", "rights", multiple=True, help="A right that you declare; once for each (docs/reference/rules.md)."
)
@click.option("--check", "only_check", is_flag=True, help="Only have them checked; hand nothing in.")
@with_key
@at_url
@as_json
def unit_send(  # noqa: PLR0917 one parameter an option
    order: str,
    files: tuple[Path, ...],
    type_: str | None,
    language: str,
    made: str,
    tools: str,
    rights: tuple[str, ...],
    only_check: bool,
    key_file: Path,
    url: str,
    as_json: bool,
) -> None:
    """Upload FILES, have them checked against ORDER and hand in those that pass."""
    client = _client(url, key_file, scopes="work")
    said = {"language": language, "made": made, "rights": sorted(rights), "tools": tools}
    units = [{**said, "upload": _sent(client, file, _type(file, type_))["id"]} for file in files]
    receipt, checks = (None, client.checks(order, units)) if only_check else client.contribute(order, units)
    if as_json:
        print_json({"checks": checks, "receipt": None if receipt is None else dict(receipt.receipt)})
        return
    for file, check in zip(files, checks, strict=True):
        refused = check["refused"]
        words.print(f"{file.name}: {check['verdict'] if refused is None else refused['message']}", soft_wrap=True)
    words.print("Nothing was handed in." if receipt is None else f"Handed in: {receipt.id}")


@click.group()
def report() -> None:
    """Say that something is wrong, and see what became of it."""


@report.command("send")
@click.argument("subject")
@click.option("--reason", type=click.Choice(["copyright", "illegal", "private", "unsafe"]), required=True)
@click.option("--note", default="", help="What is wrong, for the operator; the log does not get it.")
@with_key
@at_url
def report_send(subject: str, reason: str, note: str, key_file: Path, url: str) -> None:
    """Report SUBJECT: release:ID, row:RELEASE:ROW, order:ID, task:ORDER:N or account:ADDRESS."""
    made = _client(url, key_file, scopes="work").report(subject, reason=reason, note=note)
    words.print(f"Reported: {made.id}. `hakari report list {subject}` shows what is decided.")


@report.command("list")
@click.argument("subject")
@click.option("--key-file", type=FILE, default=None, help="The operator's key: shows the words of reports too.")
@at_url
def report_list(subject: str, key_file: Path | None, url: str) -> None:
    """Reports, decisions and objections about SUBJECT, as JSON."""
    client = ask(url) if key_file is None else _client(url, key_file)
    print_json(client.get("/v1/reports", subject=subject))


@report.command("decide")
@click.argument("subject")
@click.option("--result", type=click.Choice(["quarantined", "restored", "upheld", "dismissed"]), required=True)
@click.option("--reason", type=click.Choice(["copyright", "illegal", "private", "unsafe"]), required=True)
@click.option("--about", multiple=True, help="A report or objection that this answers; once for each.")
@with_key
@at_url
def report_decide(  # noqa: PLR0917 one parameter an option
    subject: str, result: str, reason: str, about: tuple[str, ...], key_file: Path, url: str
) -> None:
    """Decide about SUBJECT, with the operator's key. In quarantine it is neither served nor sold."""
    body = {"about": list(about), "reason": reason, "result": result, "subject": subject}
    made = _client(url, key_file).post("/v1/decisions", body)
    words.print(f"Decided: {made['id']}")


@report.command("object")
@click.argument("subject")
@click.argument("decision")
@click.option("--note", default="", help="Why, for the operator; the log does not get it.")
@with_key
@at_url
def report_object(subject: str, decision: str, note: str, key_file: Path, url: str) -> None:
    """Object to DECISION, which put SUBJECT into quarantine: for its owner and those who made it."""
    made = _client(url, key_file, scopes="work").object_to(subject, decision=decision, note=note)
    words.print(f"Objected: {made.id}")


@click.group()
def licence() -> None:
    """Licences: one as it stands, and its end before its time."""


@licence.command("show")
@click.argument("number", type=click.IntRange(1))
@at_url
def licence_show(number: int, url: str) -> None:
    """Licence NUMBER as the chain made it, as JSON."""
    print_json(ask(url).get(f"/v1/licences/{number}"))


@licence.command("revoke")
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why; its SHA-256 goes on chain.")
@click.option(
    "--breach", is_flag=True, help="With the arbiter's key: it was broken, and nothing goes back to the buyer."
)
@with_key
@at_url
def licence_revoke(number: int, *, reason: str, breach: bool, key_file: Path, url: str) -> None:
    """End licence NUMBER, with the operator's key: the data is withdrawn, and the buyer gets back what has not vested."""
    client = _client(url, key_file)
    if breach:
        client.revoke_for_breach(number, reason=reason)
    else:
        client.revoke_licence(number, reason=reason)
    words.print(f"Licence {number} opens nothing any more.")


@licence.command("refund")
@click.argument("number", type=click.IntRange(1))
@with_key
@at_url
def licence_refund(number: int, key_file: Path, url: str) -> None:
    """Take back what had not vested of licence NUMBER, with the buyer's key, once it is withdrawn."""
    _client(url, key_file).refund_licence(number)
    words.print(f"What had not vested of licence {number} is yours again.")


DATA = (upload, unit, report, licence)
