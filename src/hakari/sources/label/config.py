"""The task definition of a labelling order: a labelling configuration as Label Studio's users write it, read strictly.

Supported: Choices (single, single-radio, multiple), Pairwise and Rating over Text, HyperText, Image and Audio, with View, Header
and Style around them. Source: labelstud.io/tags and label-studio-sdk's LabelInterface.
"""

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from hakari.core.errors import Unknown
from hakari.sources.label import tags
from hakari.sources.label.errors import UnsupportedAttribute
from hakari.sources.label.markup import Element, tree

LONGEST_NAME = 128
MOST_STARS = 100
SIDES = ("left", "right")


@dataclass(frozen=True, kw_only=True, slots=True)
class Object:
    """Something shown: `kind` is Text, HyperText, Image or Audio; exactly one of `variable` and `fixed` is not None."""

    name: str
    kind: str
    variable: str | None
    fixed: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One option. `label` is what an answer holds: the alias if there is one, as in Label Studio's results; `value` is shown."""

    label: str
    value: str
    hint: str | None
    selected: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """A question with options; at least one option, labels and shown values each distinct."""

    name: str
    to: str
    choices: tuple[Choice, ...]
    multiple: bool
    required: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """Return what an answer may hold, in the configuration's order."""
        return tuple(choice.label for choice in self.choices)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """A number of stars from 1 to `most`; `default` 0 shows none."""

    name: str
    to: str
    most: int
    default: int
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairwise:
    """Which of two objects is better, left or right."""

    name: str
    left: str
    right: str
    required: bool


Control: TypeAlias = "Choices | Rating | Pairwise"


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelConfig:
    """A checked configuration: objects and controls in the order written, variables by first appearance; `root` for the page."""

    objects: tuple[Object, ...]
    controls: tuple[Control, ...]
    variables: tuple[str, ...]
    root: Element

    def control(self, name: str) -> Control:
        """Return the control called `name`. Raises Unknown."""
        for control in self.controls:
            if control.name == name:
                return control
        raise Unknown(f"control must be one of {[control.name for control in self.controls]}, got {name!r}")


@dataclass(kw_only=True, slots=True)
class _Found:
    """What the walk has met so far, and where."""

    objects: list[Object] = field(default_factory=list[Object])
    controls: list[Control] = field(default_factory=list[Control])
    variables: dict[str, None] = field(default_factory=dict[str, None])
    places: dict[str, Element] = field(default_factory=dict[str, Element])


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
    for control in found.controls:
        _connected(control, found)
    if not found.variables:
        raise root.refused('a configuration must show a variable of the task\'s data, such as value="$text"')
    return LabelConfig(
        objects=tuple(found.objects),
        controls=tuple(found.controls),
        variables=tuple(found.variables),
        root=root,
    )


def classes(config: LabelConfig, control: str) -> tuple[str, ...]:
    """Return what a judge counts votes for, in the configuration's order; stars as decimal text. Raises Unknown."""
    asked = config.control(control)
    match asked:
        case Choices():
            return asked.labels
        case Rating():
            return tuple(str(stars) for stars in range(1, asked.most + 1))
        case Pairwise():
            return SIDES


def _shown(element: Element, found: _Found) -> None:
    """Add what `element`, outside any control, and its children say."""
    tags.known(element)
    given = tags.attributes(element)
    _text_only_where_it_belongs(element)
    if element.tag in tags.OBJECTS:
        found.objects.append(_object(element, given, found))
    elif element.tag == "Choices":
        found.controls.append(_choices(element, given, found))
    elif element.tag == "Rating":
        found.controls.append(_rating(element, given, found))
    elif element.tag == "Pairwise":
        found.controls.append(_pairwise(element, given, found))
    elif element.tag == "Header":
        _header(element, given, found)
    elif element.tag == "Choice":
        raise element.refused("must be inside Choices")
    if element.tag == "View":
        for child in element.children:
            _shown(child, found)
    elif element.tag != "Choices":
        _childless(element)


def _object(element: Element, given: dict[str, str], found: _Found) -> Object:
    name = _name(element, given, found)
    value = given.get("value", "")
    if not value.strip():
        raise element.refused("value is missing")
    variable = tags.variable(element, value)
    if variable is not None:
        found.variables[variable] = None
    return Object(name=name, kind=element.tag, variable=variable, fixed=value if variable is None else None)


def _header(element: Element, given: dict[str, str], found: _Found) -> None:
    value = given.get("value", element.text)
    if not value.strip():
        raise element.refused("value is missing")
    variable = tags.variable(element, value)
    if variable is not None:
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
    given = tags.attributes(element)
    if element.children and element.children[0].tag == "Choice":
        inner = element.children[0]
        raise UnsupportedAttribute(
            "Choice: a Choice inside a Choice is not supported yet; write one list",
            line=inner.line,
            column=inner.column,
        )
    _childless(element)
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


def _connected(control: Control, found: _Found) -> None:
    """Raise MalformedConfig unless every object that `control` names is there; objects may come after their control."""
    names = [thing.name for thing in found.objects]
    for name in (control.left, control.right) if isinstance(control, Pairwise) else (control.to,):
        if name not in names:
            known = f"one of {names}" if names else "the name of an object, and there is none"
            raise found.places[control.name].refused(f"toName must be {known}, got {name[:80]!r}")


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
