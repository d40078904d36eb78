"""`hakari`: parse, call one function, format. JSON on stdout with --json, words on stderr; 0 done, 1 the check failed, 2 wrong use."""

import sys
import warnings
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from hakari.core import money
from hakari.core.errors import HakariError
from hakari.doors.cli.data import DATA
from hakari.doors.cli.economy import economy
from hakari.doors.cli.market import GROUPS
from hakari.doors.cli.stakes import stake
from hakari.doors.cli.terminal import as_json, in_dir, print_json, words
from hakari.doors.cli.trust import trust
from hakari.doors.cli.watch import watch

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 2, never a traceback."""
    warnings.showwarning = _warn
    try:
        cli.main(prog_name="hakari", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        words.print("Stopped. Nothing is lost; the same command goes on from here.")
        sys.exit(130)
    except HakariError as error:
        words.print(f"[bold red]{error.code}[/]: {escape(error.message)}", soft_wrap=True)
        sys.exit(2)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    words.print(f"[yellow]Note:[/] {escape(str(message))}", soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hakari")
def cli() -> None:
    """An open market for AI training data whose every judgement and payout a stranger can recompute."""


class Steps:
    """The demo's progress in a terminal."""

    def __init__(self) -> None:
        self._bar = Bar(
            TextColumn("  votes"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=words, transient=True
        )
        self._task: Any = None

    def step(self, text: str) -> None:
        """Say what happens now."""
        if self._task is not None:
            self._bar.stop()
            self._task = None
        words.print(f"[bold]·[/] {text}")

    def count(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("votes", total=total)
        self._bar.update(self._task, completed=done, total=total)


@cli.command()
@in_dir
@click.option("--port", type=int, default=None, help="Port of the node while the demo runs.")
@click.option("--example", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None)
@as_json
def demo(directory: Path | None, port: int | None, example: Path | None, as_json: bool) -> None:
    """The main job on 8,931 real votes by 124 people, then its verification. Picks up where it stopped."""
    from hakari import config  # noqa: PLC0415 the command line starts fast
    from hakari.app import checking, open_node  # noqa: PLC0415
    from hakari.doors.cli.demo import Demo  # noqa: PLC0415
    from hakari.doors.server import serving  # noqa: PLC0415

    # Of the 124 people each would have an address of their own.
    paces = dict.fromkeys(("rate", "account_rate", "claim_rate"), 0)
    settings = config.read(dir=directory or Path(".hakari/demo"), port=port or _free_port(), **paces)
    steps = Steps()
    steps.step("Starting a node: keys, embedded chain, contracts, database, log")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = open_node(settings)
    try:
        with serving(node):
            told = Demo(node, example or _example(), people=settings.dir / "people", progress=steps).run()
    finally:
        node.close()
    steps.step("A stranger verifies all of it from the public files alone")
    report = checking.check(str(settings.dir / "public"), receipts=settings.dir / "people" / "receipts.jsonl")
    if as_json:
        print_json({**told.facts, "verify": report.json()})
    else:
        _show_report(report)
        _show_facts(told.facts)
    sys.exit(0 if report.ok else 1)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _example() -> Path:
    for place in (Path("examples/llmfao"), Path(__file__).parents[4] / "examples/llmfao"):
        if place.is_dir():
            return place
    raise click.UsageError("examples/llmfao is not here; name its folder with --example")


def _show_facts(facts: Any) -> None:
    words.print()
    board = Table("rank", "model", "score", "95 % interval", title="The board", title_justify="left")
    for line in facts["board"]:
        score, low, high = (f"{line[name] / 1000:.0f}" for name in ("score", "low", "high"))
        board.add_row(str(line["rank"]), line["model"], score, f"{low} to {high}")
    words.print(board)
    words.print(
        f"{facts['people']} people, {facts['votes']:,} votes, {facts['accepted']:,} accepted; "
        f"{money.show(int(facts['claimed_micros']))} test USD claimed in {facts['epochs']} epochs; "
        f"{facts['log_size']:,} statements in the log; {facts['seconds']} s.",
        soft_wrap=True,
    )
    left = facts["open"]
    words.print(
        f"Open for you: {left['sets']} sets of work at {money.show(int(left['each_micros']))} test USD an answer, "
        f"{left['requests']} request for data.",
        soft_wrap=True,
    )
    words.print(f"Data loaded with {facts['dataset']['loaded_with']}.")
    # One line each, however narrow the terminal: a command that is broken in two can't be copied.
    words.print(f"Public files: {facts['public']}", soft_wrap=True)
    words.print(f"Check them yourself: [bold]hakari verify {facts['public']}[/]", soft_wrap=True)


@cli.command()
@in_dir
@click.option("--host", default=None, help="Address to listen on (HAKARI_HOST).")
@click.option("--port", type=int, default=None, help="Port to listen on (HAKARI_PORT).")
@click.option("--public-url", default=None, help="The address that others use (HAKARI_PUBLIC_URL).")
def serve(directory: Path | None, host: str | None, port: int | None, public_url: str | None) -> None:
    """Serve the node: API, public files, worker, embedded chain."""
    from hakari import config  # noqa: PLC0415
    from hakari.app import open_node  # noqa: PLC0415
    from hakari.doors.server import serve as run  # noqa: PLC0415

    settings = config.read(dir=directory, host=host, port=port, public_url=public_url)
    node = open_node(settings)
    words.print(f"Hakari at [bold]{settings.url}[/] (API: {settings.url}/v1/docs). Ctrl-C stops it; nothing is lost.")
    words.print(f"Check it from anywhere: [bold]hakari verify {settings.url}[/]", soft_wrap=True)
    try:
        run(node)
    finally:
        node.close()


@cli.command()
@in_dir
def worker(directory: Path | None) -> None:
    """Run a worker beside servers that share its database and chain."""
    import threading  # noqa: PLC0415

    from hakari import config  # noqa: PLC0415
    from hakari.app import open_node  # noqa: PLC0415
    from hakari.doors.worker import work  # noqa: PLC0415

    node = open_node(config.read(dir=directory))
    try:
        work(node, threading.Event())
    finally:
        node.close()


@cli.command()
@click.argument("source")
@click.option("--rpc", default=None, help="A chain node that you trust: also catches a chain made up by the operator.")
@click.option("--receipts", type=EXISTING, default=None, help="Receipts that you kept, one JSON object a line.")
@click.option("--key", default=None, help="The log's verifier key, as you know it from elsewhere.")
@as_json
def verify(source: str, rpc: str | None, receipts: Path | None, key: str | None, as_json: bool) -> None:
    """Recompute every verdict and payout of SOURCE, a folder or an http(s) URL of public files."""
    from hakari.app import checking  # noqa: PLC0415

    report = checking.check(source, rpc=rpc, receipts=receipts, key=key)
    if as_json:
        print_json(report.json())
    else:
        _show_report(report)
    sys.exit(0 if report.ok else 1)


def _show_report(report: Any) -> None:
    title = f"Log {escape(report.origin)}, {report.size:,} statements" if report.origin else "No log that could be read"
    table = Table("checked", "how", "count", title=title, title_justify="left")
    colours = {"recomputed": "green", "attested": "blue", "asserted": "yellow"}
    for check in report.checks:
        table.add_row(check.name, f"[{colours.get(check.level, 'white')}]{check.level}[/]", f"{check.count:,}")
    words.print(table)
    # What a log that breaks off would hide is no list of four.
    unseen = report.unseen if report.complete else ()
    for name, text in (("note", report.notes), ("not visible here", unseen)):
        for line in text:
            words.print(f"[dim]{name}:[/] {escape(line)}", soft_wrap=True)
    for each in report.overdue:
        words.print(f"[yellow]overdue[/] {escape(each.line())}", soft_wrap=True)
    for mismatch in report.mismatches:
        words.print(f"[bold red]does not match[/] {escape(mismatch.line())}", soft_wrap=True)
    if not report.complete:
        words.print("The log itself does not hold: nothing that rests on it was looked at.")
    if report.ok:
        words.print("[bold green]Everything that can be checked here holds.[/]")
    else:
        count = "1 thing does" if report.found == 1 else f"{report.found:,} things do"
        words.print(f"[bold red]{count} not hold.[/]")


@cli.group()
def keys() -> None:
    """The node's keys."""


@keys.command("rotate")
@click.argument("name", type=click.Choice(["log", "operator", "relayer", "session"]))
@in_dir
def keys_rotate(name: str, directory: Path | None) -> None:
    """Replace a key of a stopped node. The old file is kept; the log says what changed."""
    from hakari import config  # noqa: PLC0415
    from hakari.app import open_node, rotate, rounds  # noqa: PLC0415

    settings = config.read(dir=directory)
    rotate(settings, name)
    node = open_node(settings)
    rounds.number(node)
    operator = node.operator
    node.close()
    words.print(f"The key {name!r} is new. Start the node again; the log says so from its next checkpoint on.")
    if name == "operator":
        words.print(
            f"This node is operated by {operator} now. Keep the old key's file until nothing of its account stands open."
        )


@keys.command("passphrase")
@click.option(
    "--file",
    "file",
    type=EXISTING,
    default=None,
    help="A file whose first line is the new passphrase; asked for without.",
)
@in_dir
def keys_passphrase(file: Path | None, directory: Path | None) -> None:
    """Put all keys of a stopped node under a new passphrase. HAKARI_PASSPHRASE is the old one."""
    from hakari import config  # noqa: PLC0415
    from hakari.app import repass  # noqa: PLC0415

    settings = config.read(dir=directory)
    if file is None:
        new = str(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True))
    else:
        new = file.read_text().partition("\n")[0]
    count = repass(settings, new)
    words.print(f"{count} keys are under the new passphrase. Set HAKARI_PASSPHRASE to it before the next start.")


@cli.command()
@click.argument("labels", type=EXISTING)
@click.option("--audits", type=EXISTING, default=None, help="task,label: answers known to be right.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@as_json
def infer(labels: Path, audits: Path | None, out: Path, as_json: bool) -> None:
    """Most likely label of each task: LABELS.csv (task,worker,label) to OUT.csv (task,label,confidence)."""
    from hakari.truth import tables  # noqa: PLC0415
    from hakari.truth.infer import infer as run  # noqa: PLC0415

    known = [] if audits is None else tables.read_answers(audits.read_bytes())
    rows, again = tables.read_first_labels(labels.read_bytes())
    found = run(rows, known)
    _write_csv(
        out,
        ["task", "label", "confidence"],
        [[task.task, task.label, f"{task.confidence:.4f}"] for task in found.tasks],
    )
    if as_json:
        print_json(
            {
                "repeats": len(again),
                "summary": dict(found.summary),
                "workers": {name: dict(report) for name, report in found.workers.items()},
            }
        )
    if again:
        line, task, name, first = again[0]
        words.print(
            f"{len(again)} repeated labels were passed over, the first on line {line}: worker {name} labelled task {task} on "
            f"line {first} already."
        )
    words.print(f"{len(found.tasks):,} tasks, {len(found.workers):,} workers: {out}")


@cli.command()
@click.argument("votes", type=EXISTING)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@as_json
def rank(votes: Path, out: Path, as_json: bool) -> None:
    """Board of VOTES.csv (left,right,winner[,worker]) to BOARD.csv (model,score,low,high,rank,votes)."""
    from hakari.truth import boards, tables  # noqa: PLC0415

    board = boards.of_rows(tables.read_preferences(votes.read_bytes()))
    _write_csv(out, ["model", "score", "low", "high", "rank", "votes"], [list(row.values()) for row in board])
    if as_json:
        print_json({"models": len(board), "votes": sum(int(row["votes"]) for row in board) // 2, "board": board})
    words.print(f"{len(board):,} models: {out}")


@cli.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", type=int, default=1)
@click.option("--audit-rate", type=click.FloatRange(0, 1), default=0.1, help="Share of tasks that are audited, in all.")
@click.option("--reward", type=click.IntRange(1), default=40_000, help="Micro-units a unit.")
@click.option("--margin", type=float, default=0.10)
@click.option("--hold", type=click.IntRange(0), default=20, help="First answers held back (n0).")
@click.option("--min-skill", type=click.FloatRange(0, 1), default=None, help="Declared minimum skill.")
@click.option("--alpha", type=click.FloatRange(0, 1, min_open=True), default=0.01, help="False-conviction bound.")
@click.option(
    "--stake", type=click.IntRange(0), default=0, help="Micro-units at stake a label; a conviction takes them."
)
@click.option("--stop", is_flag=True, help="Buy labels in order of arrival only until a task has enough.")
@as_json
def replay(folder: Path, as_json: bool, **rules: Any) -> None:
    """Judge and pay FOLDER (labels.csv in order of arrival, truth.csv, optional roles.csv) as production does, without HTTP."""
    from hakari.truth import replays  # noqa: PLC0415
    from hakari.truth.replay import Terms  # noqa: PLC0415

    found = replays.of_tables(
        (folder / "labels.csv").read_bytes(),
        (folder / "truth.csv").read_bytes(),
        (folder / "roles.csv").read_bytes() if (folder / "roles.csv").exists() else None,
        seed=rules.pop("seed"),
        audit_rate=rules.pop("audit_rate"),
        stop=rules.pop("stop"),
        terms=Terms(**rules),
    )
    if as_json:
        print_json(found)
        return
    table = Table("role", "workers", "labels", "paid", "lost", "net", "positive", "convicted")
    for role, row in found["roles"].items():
        amounts = [money.show(int(row[name])) for name in ("paid_micros", "lost_micros", "net_micros")]
        counts = [str(row["workers"]), str(row["labels"])]
        table.add_row(role, *counts, *amounts, f"{row['positive']:.3f}", str(row["convicted"]))
    words.print(table)
    words.print(
        f"accuracy {found['accuracy']}, {found['labels']} of {found['labels_given']} labels, {found['audits']} audits"
    )


def _write_csv(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    import csv  # noqa: PLC0415

    fresh = path.with_name(f"{path.name}.next")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    fresh.replace(path)


for group in (*GROUPS, *DATA, stake, trust, watch, economy):
    cli.add_command(group)

if __name__ == "__main__":
    main()
