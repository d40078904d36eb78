"""Two plots for docs: `python benchmarks/plots.py --out docs/images [--sets FOLDER] [--names balanced,correlated]`.

attack-share.svg: accuracy against the share of labels that an army gives; net-by-role.svg: what each role earns at 40 %.
"""

import argparse
from pathlib import Path

from hakari.truth.attacks import ATTACKS
from hakari.truth.crowds import read_sets, stand_ins
from hakari.truth.economy import Cell, Set, cell, oracle

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
LINES = {"oracle": "#888888", "ours": "#1a7f5a", "dawid_skene": "#b3541e", "majority": "#4a5fa5"}
NAMES = {"oracle": "honest labels only", "ours": "hakari", "dawid_skene": "Dawid-Skene", "majority": "majority"}
TEXT = 'font-family="sans-serif" font-size="12" fill="#444444"'


def cells(sets: dict[str, Set], attack: str, share: float, seed: int) -> list[Cell]:
    """Return an attack at a share on every set."""
    return [
        cell(attack, name, rows, truth, oracle(rows, truth, share=share, seed=seed), share=share, seed=seed)
        for name, (rows, truth) in sets.items()
    ]


def share_plot(sets: dict[str, Set], seed: int) -> str:
    """Return the SVG of mean accuracy over the sets against the army's share."""
    found = [cells(sets, "army", share, seed) for share in SHARES]
    parts: list[str] = []
    for tick in range(3, 11):
        y = 320 - 40 * (tick - 3)
        parts.append(
            f'<path d="M60 {y}H560" stroke="#dddddd"/><text x="52" y="{y + 4}" text-anchor="end" {TEXT}>.{tick}</text>'
        )
    for n, share in enumerate(SHARES):
        parts.append(f'<text x="{60 + n * 500 / 6:.0f}" y="342" text-anchor="middle" {TEXT}>{share:.0%}</text>')
    ends: list[float] = []
    for line, colour in LINES.items():
        means = [sum(getattr(each, line) for each in row) / len(row) for row in found]
        points = " ".join(f"{60 + n * 500 / 6:.1f},{320 - 400 * (mean - 0.3):.1f}" for n, mean in enumerate(means))
        end = 320 - 400 * (means[-1] - 0.3)
        while any(abs(end - other) < 14 for other in ends):
            end += 14
        ends.append(end)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="568" y="{end + 4:.0f}" {TEXT}>{NAMES[line]}</text>')
    return _svg(700, 370, "Accuracy on tasks that were not audited, by the share of labels that copy one sheet", parts)


def net_plot(sets: dict[str, Set], seed: int) -> str:
    """Return the SVG of net earnings by role, in shares of the reward a label, each attack at 40 % of the labels."""
    sums: dict[str, list[float]] = {}
    for attack in ATTACKS:
        for each in cells(sets, attack, 0.4, seed):
            for role, row in each.roles.items():
                both = sums.setdefault(role, [0.0, 0.0])
                both[0] += row["net_micros"] / 40_000
                both[1] += row["labels"]
    means = sorted(((net / labels, role) for role, (net, labels) in sums.items()), reverse=True)
    parts = [f'<path d="M300 34V{44 + 24 * len(means)}" stroke="#888888"/>']
    for n, (mean, role) in enumerate(means):
        y, wide = 42 + 24 * n, 340 * abs(mean)
        colour = "#1a7f5a" if mean > 0 else "#b3541e"
        left = 300 if mean > 0 else 300 - wide
        parts.append(f'<rect x="{left:.1f}" y="{y}" width="{wide:.1f}" height="16" fill="{colour}"/>')
        parts.append(f'<text x="150" y="{y + 13}" text-anchor="end" {TEXT}>{role}</text>')
        parts.append(f'<text x="{306 + max(0.0, 340 * mean):.0f}" y="{y + 13}" {TEXT}>{mean:+.2f}</text>')
    return _svg(640, 60 + 24 * len(means), "Net earnings a label, in shares of the reward", parts)


def _svg(width: int, height: int, title: str, parts: list[str]) -> str:
    head = f'<text x="12" y="20" font-family="sans-serif" font-size="13" fill="#222222">{title}</text>'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{head}\n{body}\n</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".cache/plots"))
    parser.add_argument("--sets", type=Path, default=None)
    parser.add_argument("--names", default="balanced,correlated")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    every = stand_ins() if args.sets is None else read_sets(args.sets)
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = {name: every[name] for name in args.names.split(",")} if args.names else every
    (args.out / "attack-share.svg").write_text(share_plot(chosen, args.seed), encoding="utf-8")
    (args.out / "net-by-role.svg").write_text(net_plot(chosen, args.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
