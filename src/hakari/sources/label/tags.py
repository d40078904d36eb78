"""What Label Studio's tags and attributes mean here: read, carried along for the page, or refused.

Source: labelstud.io/tags, one page a tag, and the editor's models of them. The editor lowers attribute names before it
reads them, so `showInLine` is `showInline`.
"""

import re

from hakari.sources.label.errors import MalformedConfig, UnsupportedAttribute, UnsupportedTag
from hakari.sources.label.markup import Element

STRUCTURED = ("List", "Chat", "Paragraphs")
"""Objects whose data is a list: things to rank, or what was said by whom."""
OBJECTS = ("Text", "HyperText", "Image", "Audio", *STRUCTURED)
CONTROLS = (
    "Choices",
    "Labels",
    "Pairwise",
    "PolygonLabels",
    "Ranker",
    "Rating",
    "RectangleLabels",
    "Taxonomy",
    "TextArea",
)
SUPPORTED = (*CONTROLS, "Choice", "Label", *OBJECTS, "Header", "Style", "View")

_LATER = """
    AudioPlus Bitmask BitmaskLabels Brush BrushLabels Bucket ChatMessage Collapse Cube CubeLabels DateTime Dialog Ellipse
    EllipseLabels Filter HyperTextLabels KeyPoint KeyPointLabels MagicWand Markdown Number Object3D OcrLabels
    OcrTokenLabels Panel ParagraphLabels Pdf PdfLabels Polygon ReactCode Rectangle Relation Relations Repeater Shortcut Table
    TableLabels TimeSeries TimeSeriesLabels TimelineLabels Vector VectorLabels Video VideoRectangle VideoVector
    VideoVectorLabels
"""
UNSUPPORTED = frozenset(_LATER.split())

_EITHER = frozenset({"true", "false"})
_REGION = {"required": _EITHER, "showinline": _EITHER, "choice": frozenset({"single"})}
_SAID: dict[str, dict[str, frozenset[str]]] = {
    "Choices": {
        "choice": frozenset({"single", "single-radio", "multiple"}),
        "layout": frozenset({"select", "inline", "vertical"}),
        "showinline": _EITHER,
        "required": _EITHER,
        "randomize": _EITHER,
    },
    "Choice": {"selected": _EITHER},
    "Rating": {
        "icon": frozenset({"star", "heart", "fire", "smile"}),
        "size": frozenset({"small", "medium", "large"}),
        "required": _EITHER,
    },
    # `required` is ours for these: Label Studio never asks for a Pairwise, a Ranker or a region.
    "Pairwise": {"required": _EITHER},
    "Ranker": {"required": _EITHER},
    "Labels": _REGION,
    "RectangleLabels": {**_REGION, "canrotate": _EITHER, "snap": frozenset({"none", "pixel"})},
    "PolygonLabels": {
        **_REGION,
        "snap": frozenset({"none", "pixel"}),
        "pointsize": frozenset({"small", "medium", "large"}),
        "pointstyle": frozenset({"rectangle", "circle", "triangle"}),
    },
    "Label": {"selected": _EITHER, "showalias": _EITHER},
    "Taxonomy": {"leafsonly": _EITHER, "showfullpath": _EITHER, "required": _EITHER, "legacy": _EITHER},
    "TextArea": {
        "required": _EITHER,
        "transcription": _EITHER,
        "editable": _EITHER,
        "skipduplicates": _EITHER,
        "showsubmitbutton": _EITHER,
        "displaymode": frozenset({"tag", "region-list"}),
    },
    "Paragraphs": {"layout": frozenset({"none", "dialogue"}), "showplayer": frozenset({"false"})},
    "HyperText": {"inline": _EITHER, "clickablelinks": _EITHER},
    "Header": {"underline": _EITHER},
    "View": {"display": frozenset({"block", "inline"})},
}
"""Tag → attribute → the values it may have."""

_LOOKS = frozenset(
    {"name", "toname", "opacity", "fillcolor", "fillopacity", "strokecolor", "strokewidth", "showlabels", "style"}
) | {"classname"}
_FREE: dict[str, frozenset[str]] = {
    "Choices": frozenset({"name", "toname", "requiredmessage", "style", "classname", "hotkey"}),
    "Choice": frozenset({"value", "alias", "hint", "hotkey", "html", "style", "classname", "background", "color"}),
    "Rating": frozenset(
        {"name", "toname", "maxrating", "defaultvalue", "requiredmessage", "hotkey", "style", "classname"}
    ),
    "Pairwise": frozenset(
        {"name", "toname", "leftclass", "rightclass", "selectionstyle", "requiredmessage", "style", "classname"}
    ),
    "Ranker": frozenset({"name", "toname", "requiredmessage", "style", "classname"}),
    "Labels": _LOOKS,
    "RectangleLabels": _LOOKS,
    "PolygonLabels": _LOOKS,
    "Label": frozenset(
        {"value", "alias", "hint", "hotkey", "background", "color", "selectedcolor", "size", "aliasstyle", "category"}
    ),
    "Taxonomy": frozenset(
        {
            "name",
            "toname",
            "maxusages",
            "maxwidth",
            "minwidth",
            "dropdownwidth",
            "pathseparator",
            "placeholder",
            "requiredmessage",
        }
    ),
    "TextArea": frozenset(
        {"name", "toname", "label", "placeholder", "rows", "maxsubmissions", "requiredmessage", "hotkey", "style"}
    )
    | {"classname"},
}
"""Controls and their choices take no attribute that isn't known, for a misspelt `required` would change what is paid for. On tags
that only show something an unknown attribute can't change an answer, and the editor's versions differ, so it passes."""

_CONDITIONS = frozenset({"visiblewhen", "whentagname", "whenlabelvalue", "whenchoicevalue"})
_CHANGING: dict[str, frozenset[str]] = {
    "Choices": _CONDITIONS | {"value", "apiurl"},
    "Pairwise": _CONDITIONS,
    "Rating": _CONDITIONS,
    "View": _CONDITIONS,
    "Ranker": _CONDITIONS,
    "Labels": _CONDITIONS | {"value", "maxusages", "allowempty"},
    "RectangleLabels": _CONDITIONS | {"value", "maxusages", "allowempty", "smart", "smartonly"},
    "PolygonLabels": _CONDITIONS | {"value", "maxusages", "allowempty", "smart", "smartonly"},
    "Label": frozenset({"maxusages"}),
    "Taxonomy": _CONDITIONS | {"value", "apiurl", "labeling", "sharedstore"},
    # A text to begin with would be another's answer in the worker's mouth.
    "TextArea": _CONDITIONS | {"value", "applyeffects"},
    "Image": frozenset({"valuelist"}),
    "Chat": frozenset({"minmessages", "maxmessages", "messageroles", "editable", "llm"}),
    "Paragraphs": frozenset({"audiourl", "contextscroll"}),
}
_CHANGING_UNLESS = {
    "valuetype": "text",
    "perregion": "false",
    "peritem": "false",
    "allownested": "false",
    "encoding": "none",
}
"""Attribute → the one value, Label Studio's default, that leaves everything as it is."""

# The editor replaces every match of this in a value by the task's data, also in the middle of other text.
_REFERENCE = re.compile(r"\$[\w\[\].{}]+", re.ASCII)
_VARIABLE = re.compile(r"\$(\w+)", re.ASCII)


def known(element: Element) -> None:
    """Raise UnsupportedTag for a tag of Label Studio that isn't supported here, MalformedConfig for any other unknown one."""
    tag, line, column = element.tag, element.line, element.column
    if tag in SUPPORTED:
        return
    supported = ", ".join(SUPPORTED)
    if tag in UNSUPPORTED:
        raise UnsupportedTag(f"{tag} is not supported yet; supported are {supported}", line=line, column=column)
    alike = [name for name in (*SUPPORTED, *sorted(UNSUPPORTED)) if name.lower() == tag.lower()]
    hint = f"; write it {alike[0]}" if alike else f"; supported are {supported}"
    raise MalformedConfig(f"unknown tag {tag[:40]!r}{hint}", line=line, column=column)


def attributes(element: Element) -> dict[str, str]:
    """Return the element's attributes under lowered names.

    Raises MalformedConfig for one written twice, one that its control doesn't know and a value outside its list, and
    UnsupportedAttribute for one that would change what an answer means.
    """
    tag = element.tag
    found: dict[str, str] = {}
    for written, value in element.attributes:
        name = written.lower()
        if name in found:
            raise element.refused(f"{written} is given twice")
        usual = (
            ("json" if tag == "Paragraphs" else "text") if name == "valuetype" else _CHANGING_UNLESS.get(name, value)
        )
        if name in _CHANGING.get(tag, ()) or usual != value:
            raise UnsupportedAttribute(
                f"{tag}: {written} is not supported yet; leave it out", line=element.line, column=element.column
            )
        _listed(element, written, value)
        found[name] = value
    return found


def _listed(element: Element, written: str, value: str) -> None:
    name = written.lower()
    said = _SAID.get(element.tag, {})
    if name in said:
        given = value.lower() if said[name] is _EITHER else value
        if given not in said[name]:
            raise element.refused(f"{written} must be one of {sorted(said[name])}, got {value[:40]!r}")
        return
    free = _FREE.get(element.tag)
    if free is not None and name not in free and name not in _CHANGING_UNLESS:
        raise element.refused(f"unknown attribute {written[:40]!r}; known are {', '.join(sorted(free | said.keys()))}")


def variable(element: Element, value: str) -> str | None:
    """Return the name in `$name`, or None for fixed text. Raises MalformedConfig for a mixture and for paths into the data."""
    if _REFERENCE.search(value) is None and not value.startswith("$"):
        return None
    match = _VARIABLE.fullmatch(value)
    if match is None:
        raise element.refused(
            f"value must be fixed text or one $name of letters, digits and underscores, got {value[:40]!r}"
        )
    return match[1]


def fixed(element: Element, attribute: str, value: str) -> str:
    """Return `value`, which must not be blank nor hold a `$name`. Raises MalformedConfig."""
    if not value.strip():
        raise element.refused(f"{attribute} must not be empty")
    if _REFERENCE.search(value) is not None:
        raise element.refused(
            f"{attribute} must be the same for every task, got {value[:40]!r}, which names a variable"
        )
    return value
