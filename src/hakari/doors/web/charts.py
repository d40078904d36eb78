"""Charts as SVG, drawn at the width they are shown in. Colours come from the style sheet, by class; every chart has a name for readers.

Numbers in, markup out: texts become plain strings before they are added, or Markup would escape the drawing.
Each figure that a chart shows also stands in the page as text or in a table.
"""

from collections.abc import Sequence

from markupsafe import Markup

Point = tuple[float, float]


def _n(value: float) -> str:
    """Return a coordinate with one decimal at most."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _svg(width: float, height: float, name: str, body: str, css: str) -> Markup:
    return Markup(
        '<svg class="chart {}" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
    ).format(css, _n(width), _n(height), _n(width), _n(height), name) + Markup(body + "</svg>")


_WEIGHT = "M-5-6h10c1 2.2-2.6 3.4-2.6 6S6 3.8 5 6H-5c-1-2.2 2.6-3.4 2.6-6S-6-3.8-5-6z"
"""The weight (分銅), 12 high, around its middle."""


def weight(x: float, y: float) -> str:
    """Return the weight as a pointer, hung at (x, y)."""
    return f'<path class="weight" transform="translate({_n(x)} {_n(y)})" d="{_WEIGHT}"/>'


def beam(
    value: float,
    *,
    low: float,
    high: float,
    name: str,
    goal: float | None = None,
    first: float = 0.0,
    last: float = 1.0,
    width: int = 190,
) -> Markup:
    """Return the steelyard: a rod with ticks, the interval as a brass band, the estimate as a weight, the goal as a notch."""
    pad, rod = 6.0, 14.0

    def at(share: float) -> float:
        return pad + (width - 2 * pad) * min(1.0, max(0.0, (share - first) / (last - first)))

    ticks = "".join(
        f'<path class="tick" d="M{_n(at(first + (last - first) * n / 10))} {6 if n % 5 == 0 else 9}V{_n(rod)}"/>'
        for n in range(11)
    )
    band = f'<rect class="band" x="{_n(at(low))}" y="{_n(rod - 3)}" width="{_n(max(2.0, at(high) - at(low)))}" height="6"/>'
    notch = "" if goal is None else f'<path class="goal" d="M{_n(at(goal) - 5)} 1h10l-5 7zM{_n(at(goal))} 8v6"/>'
    body = (
        f'{ticks}{band}<path class="rod" d="M{_n(pad)} {_n(rod)}H{_n(width - pad)}"/>{notch}'
        f'<path class="thread" d="M{_n(at(value))} {_n(rod)}v4"/>{weight(at(value), rod + 10)}'
    )
    return _svg(width, 34, name, body, "beam")


def progress(share: float, *, name: str, width: int = 320) -> Markup:
    """Return how far something is, as the weight's way along the rod."""
    pad, rod = 6.0, 10.0
    x = pad + (width - 2 * pad) * min(1.0, max(0.0, share))
    ticks = "".join(
        f'<path class="tick" d="M{_n(pad + (width - 2 * pad) * n / 10)} {3 if n % 5 == 0 else 5}V{_n(rod)}"/>'
        for n in range(11)
    )
    body = (
        f'{ticks}<path class="rod" d="M{_n(pad)} {_n(rod)}H{_n(width - pad)}"/>'
        f'<path class="done" d="M{_n(pad)} {_n(rod)}H{_n(x)}"/><path class="thread" d="M{_n(x)} {_n(rod)}v3"/>'
        f"{weight(x, rod + 9)}"
    )
    return _svg(width, 28, name, body, "beam")


def stacked(parts: Sequence[tuple[str, int]], *, name: str, width: int = 320) -> Markup:
    """Return one bar of parts, (class of its colour, size) from the left; at least a hair's width for what is not nothing."""
    total = sum(size for _, size in parts) or 1
    x, body = 0.0, ""
    for css, size in parts:
        wide = (width - 2) * size / total
        if size:
            body += f'<rect class="{css}" x="{_n(x + 1)}" y="1" width="{_n(max(1.0, wide - 1))}" height="18"/>'
        x += wide
    return _svg(width, 20, name, body, "stacked")


def columns(counts: Sequence[int], *, name: str, width: int = 96, height: int = 28) -> Markup:
    """Return a histogram for the head of a table: bars from zero."""
    most = max(counts, default=0) or 1
    wide = width / max(1, len(counts))
    body = "".join(
        f'<rect class="c1" x="{_n(n * wide)}" y="{_n(height - max(1.0, (height - 1) * count / most))}" '
        f'width="{_n(max(1.0, wide - 1.5))}" height="{_n(max(1.0, (height - 1) * count / most))}"/>'
        for n, count in enumerate(counts)
        if count
    )
    return _svg(width, height, name, body, "columns")


def bars(sizes: Sequence[int], *, name: str, width: int = 720, height: int = 60) -> Markup:
    """Return one thin bar for each person, largest first."""
    most = max(sizes, default=0) or 1
    wide = width / max(1, len(sizes))
    gap = 1.0 if wide >= 3 else 0.0
    body = "".join(
        f'<rect class="c2" x="{_n(n * wide)}" y="{_n(height - max(1.0, height * size / most))}" '
        f'width="{_n(max(0.6, wide - gap))}" height="{_n(max(1.0, height * size / most))}"/>'
        for n, size in enumerate(sorted(sizes, reverse=True))
    )
    return _svg(width, height, name, body, "people")


_LABEL = 90.0
"""Room for a label of the x axis, in pixels."""


def line(
    points: Sequence[Point],
    *,
    name: str,
    band: Sequence[tuple[float, float, float]] = (),
    goal: tuple[float, str] | None = None,
    x_labels: Sequence[tuple[float, str]] = (),
    y_labels: Sequence[tuple[float, str]] = (),
    end: str = "",
    width: int = 640,
    height: int = 240,
) -> Markup:
    """Return a line through (x, y) with a band of (x, low, high), a dashed goal and direct labels; the last point is «now»."""
    left, right, top, bottom = 48.0, 16.0, 12.0, 26.0
    xs: list[float] = [x for x, _ in points] + [x for x, _ in x_labels]
    ys: list[float] = (
        [y for _, y in points] + [y for y, _ in y_labels] + [edge for _, low, high in band for edge in (low, high)]
    )
    if goal is not None:
        ys.append(goal[0])
    x0, x1 = (min(xs), max(xs)) if xs else (0.0, 1.0)
    y0, y1 = (min(ys), max(ys)) if ys else (0.0, 1.0)

    def at(x: float, y: float) -> Point:
        return (
            left + (width - left - right) * ((x - x0) / ((x1 - x0) or 1.0)),
            top + (height - top - bottom) * (1 - (y - y0) / ((y1 - y0) or 1.0)),
        )

    def path(way: Sequence[Point]) -> str:
        return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in (at(*point) for point in way))

    body = ""
    for height_of, label in y_labels:
        body += f'<path class="grid" d="M{_n(left)} {_n(at(x0, height_of)[1])}H{_n(width - right)}"/>'
        body += str(
            Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(
                _n(left - 8), _n(at(x0, height_of)[1] + 4), label
            )
        )
    if band:
        edge = [(x, high) for x, _, high in band] + [(x, low) for x, low, _ in reversed(band)]
        body += f'<path class="area" d="{path(edge)}Z"/>'
    if goal is not None:
        mark = at(x0, goal[0])[1]
        body += f'<path class="goal-line" d="M{_n(left)} {_n(mark)}H{_n(width - right)}"/>'
        body += str(
            Markup('<text class="goal-text" x="{}" y="{}">{}</text>').format(_n(left + 4), _n(mark - 5), goal[1])
        )
    if len(points) > 1:
        body += f'<path class="line" d="{path(points)}"/>'
    body += f'<path class="rod" d="M{_n(left)} {_n(height - bottom)}H{_n(width - right)}"/>'
    for x, label in x_labels:
        # At the edges a label stands inside, or it would be cut off.
        to_edge = min(at(x, y0)[0] - left, width - right - at(x, y0)[0])
        anchor = "middle" if to_edge > _LABEL / 2 else ("start" if at(x, y0)[0] < width / 2 else "end")
        body += str(
            Markup('<text class="axis" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                _n(at(x, y0)[0]), _n(height - 8), anchor, label
            )
        )
    if points:
        x, y = at(*points[-1])
        body += f'<circle class="now" cx="{_n(x)}" cy="{_n(y)}" r="5"/>'
        if end:
            falling = len(points) > 1 and at(*points[-2])[1] < y
            below = y + 20 if y < top + 24 or falling else y - 10
            body += str(
                Markup('<text class="label" x="{}" y="{}" text-anchor="end">{}</text>').format(
                    _n(min(x, width - right)), _n(below), end
                )
            )
    return _svg(width, height, name, body, "plot")


def intervals(
    rows: Sequence[tuple[float, float, float]], *, first: float, last: float, names: Sequence[str], width: int = 160
) -> list[Markup]:
    """Return a dot with its interval for each (value, low, high), all on one scale."""

    def at(value: float) -> float:
        return 6 + (width - 12) * min(1.0, max(0.0, (value - first) / ((last - first) or 1.0)))

    return [
        _svg(
            width,
            16,
            name,
            f'<path class="grid" d="M6 8H{width - 6}"/><rect class="band" x="{_n(at(low))}" y="5" '
            f'width="{_n(max(2.0, at(high) - at(low)))}" height="6"/><circle class="c1" cx="{_n(at(value))}" cy="8" r="4"/>',
            "dot",
        )
        for (value, low, high), name in zip(rows, names, strict=True)
    ]


def matrix(table: Sequence[Sequence[int]], labels: Sequence[str], *, name: str, cell: int = 44) -> Markup:
    """Return a table of counts as a matrix of one hue, the percentage of its row printed in each cell that is not empty."""
    left = 12 + 8 * min(12, max((len(label) for label in labels), default=1))
    top = 24
    body = ""
    for n, label in enumerate(labels):
        body += str(
            Markup('<text class="axis" x="{}" y="16" text-anchor="middle">{}</text>').format(
                _n(left + n * cell + cell / 2), label[:6]
            )
        )
        body += str(
            Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(
                left - 8, _n(top + n * cell + cell / 2 + 4), label[:12]
            )
        )
    for r, row in enumerate(table):
        total = sum(row) or 1
        for c, count in enumerate(row):
            share = count / total
            if count:
                shade = min(9, int(share * 10))
                body += (
                    f'<rect class="heat h{shade}" x="{left + c * cell + 1}" y="{top + r * cell + 1}" '
                    f'width="{cell - 2}" height="{cell - 2}"/><text class="heat-text t{shade}" '
                    f'x="{_n(left + c * cell + cell / 2)}" y="{_n(top + r * cell + cell / 2 + 4)}" '
                    f'text-anchor="middle">{share:.0%}</text>'
                )
    return _svg(left + cell * len(labels) + 4, top + cell * len(table) + 4, name, body, "matrix")
