"""`hakari economy`: the table of bars on any folder of sets."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from hakari.doors.cli.terminal import as_json, print_json, words


@click.command()
@click.option(
    "--sets",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="A folder with labels.csv and truth.csv, or of such folders (default: five made-up crowds).",
)
@click.option("--attacks", default=None, help="Which attacks, with commas between (default: all).")
@click.option("--share", type=click.FloatRange(0, 1), default=0.4, help="Share of labels that attackers give.")
@click.option("--audit-rate", type=click.FloatRange(0, 1), default=0.1, help="Share of tasks that are audited, in all.")
@click.option("--seed", type=int, default=0)
@as_json
def economy(folder: Path | None, attacks: str | None, as_json: bool, **rules: Any) -> None:
    """Put attackers among real or made-up crowds; judge and pay as production does; print every bar beside what was measured.

    Exit code 1 if a bar is missed."""
    from hakari.truth import economy as rules_of  # noqa: PLC0415 the command line starts fast
    from hakari.truth.attacks import ATTACKS  # noqa: PLC0415
    from hakari.truth.bars import bars  # noqa: PLC0415
    from hakari.truth.crowds import read_sets, stand_ins  # noqa: PLC0415

    found = rules_of.economy(
        stand_ins() if folder is None else read_sets(folder),
        attacks=ATTACKS if attacks is None else [name.strip() for name in attacks.split(",")],
        progress=lambda text: words.print(f"[dim]{text}[/]"),
        **rules,
    )
    if as_json:
        print_json(rules_of.as_json(found))
    else:
        _show(found)
        table = Table("bar", "goal", "measured", "where", "")
        for bar in bars(found):
            table.add_row(
                bar.bar, bar.goal, f"{bar.measured:.4g}", bar.where, "[green]met[/]" if bar.met else "[red]missed[/]"
            )
        words.print(table)
    sys.exit(0 if all(bar.met for bar in bars(found)) else 1)


def _show(found: Any) -> None:
    clean = Table("set", "labels", "majority", "Dawid-Skene", "ours", title="Clean", title_justify="left")
    for each in found.clean:
        clean.add_row(each.set, f"{each.labels:,}", *(f"{x:.4f}" for x in (each.majority, each.dawid_skene, each.ours)))
    words.print(clean)
    table = Table(
        "attack", "set", "majority", "Dawid-Skene", "ours", "oracle", "gap", "honest net", "attackers' net", "convicted",
        title="Under attack; net in micro-units a label", title_justify="left",
    )  # fmt: skip
    for cell in found.cells:
        rest = {role: row for role, row in cell.roles.items() if role != "honest"}
        honest = cell.roles.get("honest")
        labels = sum(row["labels"] for row in rest.values())
        table.add_row(
            cell.attack,
            cell.set,
            *(f"{x:.4f}" for x in (cell.majority, cell.dawid_skene, cell.ours, cell.oracle)),
            f"{cell.gap:+.1f}",
            f"{honest['net_micros'] / honest['labels']:,.0f}" if honest else "–",
            f"{sum(row['net_micros'] for row in rest.values()) / labels:,.0f}" if labels else "–",
            f"{sum(row['convicted'] for row in rest.values())} of {sum(row['workers'] for row in rest.values())}",
        )
    words.print(table)
