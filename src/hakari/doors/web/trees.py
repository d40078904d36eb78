"""A path through a Merkle tree as a small picture: the way up is thick, what is only given stands beside it."""

from collections.abc import Sequence

from markupsafe import Markup

_STEP, _WIDE, _HIGH = 46, 66, 22
_MIDDLE, _NEAR, _FAR, _FOOT = 150, 34, 104, 40


def path(
    own: Sequence[str], given: Sequence[str], left: Sequence[bool], *, name: str, top: str, bottom: str, shown: int = 6
) -> Markup:
    """Return the way from a leaf to its root as SVG: at most the `shown` steps above the leaf, and the root.

    own: labels from the leaf up to the root, one more than given; given: the siblings' labels from the leaf
    up; left[i]: whether own[i] is the left one of its pair.
    """
    steps = min(len(given), shown)
    cut = len(given) > steps
    height = (steps + (2 if cut else 1)) * _STEP + _FOOT
    lines, boxes = Markup(""), Markup("")

    def x(n: int) -> int:
        return _MIDDLE if n == steps else _MIDDLE + (-_NEAR if left[n] else _NEAR)

    def y(n: int) -> int:
        return height - _FOOT - n * _STEP

    for n in range(steps):
        beside = _MIDDLE + (_FAR if left[n] else -_FAR)
        lines += _line(x(n + 1), y(n + 1), beside, y(n), "tick") + _line(x(n + 1), y(n + 1), x(n), y(n), "way")
        boxes += _box(beside, y(n), given[n], "given")
    for n in range(steps + 1):
        boxes += _box(x(n), y(n), own[n], "own")
    if cut:
        lines += _line(_MIDDLE, y(steps + 1), _MIDDLE, y(steps), "way cut")
        boxes += _box(_MIDDLE, y(steps + 1), own[-1], "own")
    words = _text(_MIDDLE, 14, top, "axis") + _text(x(0), height - 10, bottom, "axis")
    return Markup(
        '<svg class="chart tree" width="300" height="{}" viewBox="0 0 300 {}" role="img" aria-label="{}">{}</svg>'
    ).format(height, height, name, lines + boxes + words)


def _line(x0: int, y0: int, x1: int, y1: int, css: str) -> Markup:
    return Markup('<path class="{}" d="M{} {}L{} {}"/>').format(css, x0, y0, x1, y1)


def _text(x: int, y: int, label: str, css: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(css, x, y, label)


def _box(x: int, y: int, label: str, css: str) -> Markup:
    box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>').format(
        css, x - _WIDE // 2, y - _HIGH // 2, _WIDE, _HIGH
    )
    return box + _text(x, y + 4, label, f"{css}-text")
