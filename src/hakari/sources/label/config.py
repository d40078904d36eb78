"""The task definition of a labelling order: a labelling configuration as Label Studio's users write it, read strictly.

What is supported stands in tags.py (and docs/how-to/label-studio-config.md). Source: labelstud.io/tags and label-studio-sdk's
LabelInterface.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from hakari.sources.kind import CANNOT_TELL
from hakari.sources.label import tags
from hakari.sources.label.controls import (
    SIDES,
    Choice,
    Choices,
    Control,
    LabelConfig,
    Labels,
    Object,
    Pairwise,
    PolygonLabels,
    Ranker,
    Rating,
    RectangleLabels,
    Taxonomy,
    TextArea,
)
from hakari.sources.label.errors import UnsupportedAttribute
from hakari.sources.label.markup import Element, tree

LONGEST_NAME = 128
MOST_STARS = 100
MOST_PATHS = 1000
"""What an answer says instead of its controls: that the task does not let one decide."""


@dataclass(kw_only=True, slots=True)
class _Found:
    """What the walk has met so far, and where."""

    objects: list[Object] = field(default_factory=list[Object])
    controls: list[Control] = field(default_factory=list[Control])
    variables: dict[str, None] = field(default_factory=dict[str, None])
    places: dict[str, Element] = field(default_factory=dict[str, Element])
    shapes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def parse(xml: str | bytes) -> LabelConfig:
    """Return the configuration that `xml` writes down.

    Raises MalformedConfig with line and column, in particular its subclasses UnsupportedTag and UnsupportedAttribute for what
    Label Studio has and we don't yet. Cost O(size); at most 64 KiB and 32 levels.
    """
    root = tree(xml)
    tags.known(root)
    if root.tag != "View":
        raise root.refused("the outermost tag must be View")
    found = _Found()
    _shown(root, found)
    if not found.controls:
        raise root.refused(f"a configuration must ask something: one of {', '.join(tags.CONTROLS)}")
    controls = tuple(_connected(control, found) for control in found.controls)
    if not found.variables:
        raise root.refused('a configuration must show a variable of the task\'s data, such as value="$text"')
    return LabelConfig(
        objects=tuple(found.objects),
        controls=controls,
        variables=tuple(found.variables),
        root=root,
    )


def classes(config: LabelConfig, control: str) -> tuple[str, ...]:
    """Return what a judge counts votes for, in the configuration's order; stars as decimal text. Raises Unknown.

    Controls whose answers are no classes, such as marked regions, have none.
    """
    asked = config.control(control)
    match asked:
        case Choices():
            return asked.labels
        case Rating():
            return tuple(str(stars) for stars in range(1, asked.most + 1))
        case Pairwise():
            return SIDES
        case _:
            return ()


def _shown(element: Element, found: _Found) -> None:
    """Add what `element`, outside any control, and its children say."""
    tags.known(element)
    given = tags.attributes(element)
    _text_only_where_it_belongs(element)
    if element.tag in tags.OBJECTS:
        found.objects.append(_object(element, given, found))
    elif element.tag in _READERS:
        found.controls.append(_READERS[element.tag](element, given, found))
    elif element.tag == "Header":
        _header(element, given, found)
    elif element.tag in _INSIDE:
        raise element.refused(f"must be inside {_INSIDE[element.tag]}")
    if element.tag == "View":
        for child in element.children:
            _shown(child, found)
    elif element.tag not in _HOLDERS:
        _childless(element)


def _object(element: Element, given: dict[str, str], found: _Found) -> Object:
    name = _name(element, given, found)
    value = given.get("value", "")
    if not value.strip():
        raise element.refused("value is missing")
    variable = tags.variable(element, value)
    if variable is not None:
        found.variables[variable] = None
    elif element.tag in tags.STRUCTURED:
        raise element.refused(f"value must be one $name, got {value[:40]!r}")
    if variable is not None and _structure(element, given) != found.shapes.setdefault(
        variable, _structure(element, given)
    ):
        raise element.refused(f"${variable} must be shown by tags of one kind, for its data has one form")
    return Object(
        name=name,
        kind=element.tag,
        variable=variable,
        fixed=value if variable is None else None,
        keys=(given.get("namekey", "author"), given.get("textkey", "text")),
    )


def _structure(element: Element, given: dict[str, str]) -> tuple[str, ...]:
    """Return what form the data of an object has: two objects may share a variable of one form only."""
    if element.tag == "Paragraphs":
        return (element.tag, given.get("namekey", "author"), given.get("textkey", "text"))
    return (element.tag,) if element.tag in tags.STRUCTURED else ("Text",)


def _header(element: Element, given: dict[str, str], found: _Found) -> None:
    value = given.get("value", element.text)
    if not value.strip():
        raise element.refused("value is missing")
    variable = tags.variable(element, value)
    if variable is not None:
        if found.shapes.setdefault(variable, ("Text",)) != ("Text",):
            raise element.refused(f"${variable} must be shown by tags of one kind, for its data has one form")
        found.variables[variable] = None


def _choices(element: Element, given: dict[str, str], found: _Found) -> Choices:
    name = _name(element, given, found)
    options = [_choice(option) for option in _options(element, found)]
    if not options:
        raise element.refused("must hold at least one Choice")
    multiple = given.get("choice") == "multiple"
    if not multiple and sum(option.selected for option in options) > 1:
        raise element.refused("at most one Choice may be selected beforehand unless choice is 'multiple'")
    return Choices(
        name=name,
        to=_to(element, given),
        choices=tuple(options),
        multiple=multiple,
        required=_true(given, "required"),
    )


def _options(element: Element, found: _Found) -> list[Element]:
    """Return the Choice elements inside `element` in order, through Views; shown values and labels must differ."""
    options: list[Element] = []
    waiting = list(reversed(element.children))
    while waiting:
        child = waiting.pop()
        tags.known(child)
        _text_only_where_it_belongs(child)
        if child.tag == "Choice":
            options.append(child)
        elif child.tag == "View":
            tags.attributes(child)
            waiting.extend(reversed(child.children))
        elif child.tag == "Header":
            _header(child, tags.attributes(child), found)
            _childless(child)
        else:
            raise child.refused("must not be inside Choices, which holds Choice, Header and View")
    values: set[str] = set()
    labels: set[str] = set()
    for option in options:
        choice = _choice(option)
        for said, earlier in ((choice.value, values), (choice.label, labels)):
            if said in earlier:
                raise option.refused(f"value and alias must differ from every earlier Choice, got {said[:40]!r} again")
            earlier.add(said)
    return options


def _choice(element: Element) -> Choice:
    if element.children and element.children[0].tag == "Choice":
        inner = element.children[0]
        raise UnsupportedAttribute(
            "Choice: a Choice inside a Choice is not supported yet in Choices; write one list, or a Taxonomy",
            line=inner.line,
            column=inner.column,
        )
    _childless(element)
    return _choice_itself(element)


def _choice_itself(element: Element) -> Choice:
    """Return a Choice or Label without what is inside it."""
    given = tags.attributes(element)
    if "value" not in given:
        raise element.refused("value is missing")
    value = tags.fixed(element, "value", given["value"])
    label = tags.fixed(element, "alias", given["alias"]) if "alias" in given else value
    return Choice(label=label, value=value, hint=given.get("hint"), selected=_true(given, "selected"))


def _rating(element: Element, given: dict[str, str], found: _Found) -> Rating:
    name = _name(element, given, found)
    most = _number(element, "maxRating", given.get("maxrating", "5"), 1, MOST_STARS)
    return Rating(
        name=name,
        to=_to(element, given),
        most=most,
        default=_number(element, "defaultValue", given.get("defaultvalue", "0"), 0, most),
        required=_true(given, "required"),
    )


def _pairwise(element: Element, given: dict[str, str], found: _Found) -> Pairwise:
    name = _name(element, given, found)
    both = _to(element, given).split(",")
    if len(both) != 2 or both[0] == both[1]:
        raise element.refused(f"toName must be two different names with a comma between, got {given['toname'][:80]!r}")
    return Pairwise(name=name, left=both[0], right=both[1], required=_true(given, "required"))


def _taxonomy(element: Element, given: dict[str, str], found: _Found) -> Taxonomy:
    name = _name(element, given, found)
    paths: list[tuple[str, ...]] = []
    leaves: set[tuple[str, ...]] = set()

    def walk(parent: Element, above: tuple[str, ...]) -> None:
        earlier: set[str] = set()
        for child in parent.children:
            tags.known(child)
            _text_only_where_it_belongs(child)
            if child.tag != "Choice":
                raise child.refused("must not be inside Taxonomy, which holds Choice")
            word = _choice_itself(child).label
            if word in earlier:
                raise child.refused(f"value and alias must differ from every Choice beside it, got {word[:40]!r} again")
            earlier.add(word)
            path = (*above, word)
            paths.append(path)
            if len(paths) > MOST_PATHS:
                raise child.refused(f"a Taxonomy must have at most {MOST_PATHS} Choices")
            if child.children:
                walk(child, path)
            else:
                leaves.add(path)

    walk(element, ())
    if not paths:
        raise element.refused("must hold at least one Choice")
    return Taxonomy(
        name=name,
        to=_to(element, given),
        paths=tuple(paths),
        leaves=frozenset(leaves),
        leaves_only=_true(given, "leafsonly"),
        most=_number(element, "maxUsages", given.get("maxusages", str(MOST_PATHS)), 1, MOST_PATHS),
        required=_true(given, "required"),
    )


def _text_area(element: Element, given: dict[str, str], found: _Found) -> TextArea:
    if given.get("maxsubmissions", "1") != "1":
        raise UnsupportedAttribute(
            "TextArea: maxSubmissions other than 1 is not supported yet; an answer is one text",
            line=element.line,
            column=element.column,
        )
    return TextArea(
        name=_name(element, given, found),
        to=_to(element, given),
        transcript=_true(given, "transcription"),
        rows=_number(element, "rows", given.get("rows", "3"), 1, 100),
        required=_true(given, "required"),
    )


def _marks(element: Element, given: dict[str, str], found: _Found) -> Labels | RectangleLabels | PolygonLabels:
    name, to = _name(element, given, found), _to(element, given)
    labels: list[str] = []
    values: set[str] = set()
    for child in element.children:
        tags.known(child)
        _text_only_where_it_belongs(child)
        if child.tag != "Label":
            raise child.refused(f"must not be inside {element.tag}, which holds Label")
        choice = _choice_itself(child)
        _childless(child)
        if choice.label in labels or choice.value in values:
            said = choice.label if choice.label in labels else choice.value
            raise child.refused(f"value and alias must differ from every earlier Label, got {said[:40]!r} again")
        labels.append(choice.label)
        values.add(choice.value)
    if not labels:
        raise element.refused("must hold at least one Label")
    required = _true(given, "required")
    match element.tag:
        case "RectangleLabels":
            return RectangleLabels(name=name, to=to, labels=tuple(labels), required=required)
        case "PolygonLabels":
            return PolygonLabels(name=name, to=to, labels=tuple(labels), required=required)
        case _:
            return Labels(name=name, to=to, labels=tuple(labels), unit="character", required=required)


def _ranker(element: Element, given: dict[str, str], found: _Found) -> Ranker:
    return Ranker(name=_name(element, given, found), to=_to(element, given), required=_true(given, "required"))


_READERS: Mapping[str, Callable[[Element, dict[str, str], _Found], Control]] = {
    "Choices": _choices,
    "Rating": _rating,
    "Pairwise": _pairwise,
    "Taxonomy": _taxonomy,
    "TextArea": _text_area,
    "Labels": _marks,
    "RectangleLabels": _marks,
    "PolygonLabels": _marks,
    "Ranker": _ranker,
}
_INSIDE = {"Choice": "Choices or Taxonomy", "Label": "Labels, RectangleLabels or PolygonLabels"}
_HOLDERS = ("Choices", "Taxonomy", "Labels", "RectangleLabels", "PolygonLabels")
_OVER: Mapping[type, tuple[str, ...]] = {
    Labels: ("Text", "Audio"),
    RectangleLabels: ("Image",),
    PolygonLabels: ("Image",),
    Ranker: ("List",),
}
"""Which kinds of objects a control can be about, where not all."""


def _connected(control: Control, found: _Found) -> Control:
    """Return `control` with the unit of its object. Raises MalformedConfig unless each object that it names is there and fits.

    Objects may come after their control.
    """
    kinds = {thing.name: thing.kind for thing in found.objects}
    place = found.places[control.name]
    for name in (control.left, control.right) if isinstance(control, Pairwise) else (control.to,):
        if name not in kinds:
            known = f"one of {list(kinds)}" if kinds else "the name of an object, and there is none"
            raise place.refused(f"toName must be {known}, got {name[:80]!r}")
        fitting = _OVER.get(type(control))
        if fitting is not None and kinds[name] not in fitting:
            raise place.refused(f"toName must name one of the tags {', '.join(fitting)}, got a {kinds[name]}")
    if control.name == CANNOT_TELL:
        raise place.refused(f"name must not be {CANNOT_TELL!r}, which an answer may say instead of its controls")
    if isinstance(control, Labels) and kinds[control.to] == "Audio":
        return replace(control, unit="millisecond")
    return control


def _name(element: Element, given: dict[str, str], found: _Found) -> str:
    if not given.get("name", "").strip():
        raise element.refused("name is missing")
    name = given["name"]
    if len(name) > LONGEST_NAME or "," in name or name != name.strip():
        # A comma would split the name in a Pairwise's toName.
        raise element.refused(
            f"name must have at most {LONGEST_NAME} characters, no comma and no space around it, got {name[:80]!r}"
        )
    if name in found.places:
        raise element.refused(
            f"name must differ from every other, got {name!r}, which line {found.places[name].line} has"
        )
    found.places[name] = element
    return name


def _to(element: Element, given: dict[str, str]) -> str:
    if not given.get("toname", "").strip():
        raise element.refused("toName is missing")
    return given["toname"]


def _number(element: Element, attribute: str, text: str, least: int, most: int) -> int:
    # int() would take signs, spaces, underscores and other scripts' digits, which the editor reads differently.
    if re.fullmatch(r"[0-9]{1,9}", text) is None or not least <= int(text) <= most:
        raise element.refused(f"{attribute} must be a whole number from {least} to {most}, got {text[:40]!r}")
    return int(text)


def _true(given: dict[str, str], attribute: str) -> bool:
    return given.get(attribute, "false").lower() == "true"


def _childless(element: Element) -> None:
    if element.children:
        child = element.children[0]
        raise child.refused(f"must not be inside {element.tag}")


def _text_only_where_it_belongs(element: Element) -> None:
    if element.tag not in ("Header", "Style") and element.text.strip():
        raise element.refused(
            f"must hold no loose text, got {element.text.strip()[:40]!r}; write Header or Text around it"
        )
