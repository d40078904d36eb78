"""What a labelling configuration can show and ask, as it was read (`config.parse`)."""

from dataclasses import dataclass
from typing import TypeAlias

from hakari.core.errors import Unknown
from hakari.sources.label.markup import Element

SIDES = ("left", "right")


@dataclass(frozen=True, kw_only=True, slots=True)
class Object:
    """Something shown. Exactly one of `variable` and `fixed` is not None; a List, Chat or Paragraphs has a variable.

    keys: for Paragraphs, what a line calls its speaker and its text.
    """

    name: str
    kind: str
    variable: str | None
    fixed: str | None
    keys: tuple[str, str] = ("author", "text")


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Taxonomy:
    """A tree to choose from. paths: every node as its words from the root, in document order; leaves: those without children.

    most: how many nodes an answer may hold.
    """

    name: str
    to: str
    paths: tuple[tuple[str, ...], ...]
    leaves: frozenset[tuple[str, ...]]
    leaves_only: bool
    most: int
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TextArea:
    """Words of one's own. transcript: one text is right (what is said or written there), else several may be."""

    name: str
    to: str
    transcript: bool
    rows: int
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """Stretches of a text, in characters (code points), or of a sound, in milliseconds: `unit` is «character» or «millisecond»."""

    name: str
    to: str
    labels: tuple[str, ...]
    unit: str
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RectangleLabels:
    """Upright boxes on a picture."""

    name: str
    to: str
    labels: tuple[str, ...]
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PolygonLabels:
    """Outlines on a picture."""

    name: str
    to: str
    labels: tuple[str, ...]
    required: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranker:
    """The items of a List, best first."""

    name: str
    to: str
    required: bool


Classified: TypeAlias = "Choices | Rating | Pairwise"
"""Controls whose answers are classes; all others are compared by how alike two answers are."""

Marked: TypeAlias = "Labels | RectangleLabels | PolygonLabels"
Compared: TypeAlias = "Taxonomy | TextArea | Ranker | Marked"
Control: TypeAlias = "Classified | Compared"


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

    def shown(self, name: str) -> Object:
        """Return the object called `name`. Raises Unknown."""
        for thing in self.objects:
            if thing.name == name:
                return thing
        raise Unknown(f"object must be one of {[thing.name for thing in self.objects]}, got {name!r}")
