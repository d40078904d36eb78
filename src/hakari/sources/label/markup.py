"""XML bytes to a plain tree with places, refusing whatever a labelling configuration has no need of.

No DTD is ever read: the refusal comes at its first characters, before an entity could be declared, so entities can't expand
and nothing outside is fetched.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from hakari.sources.label.errors import MalformedConfig

LARGEST_BYTES = 64 * 1024
DEEPEST = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One XML element: attributes as written, in order; `text` is all its own character data. Line and column count from 1."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["Element", ...]
    text: str
    line: int
    column: int

    def refused(self, reason: str) -> MalformedConfig:
        """Return the refusal of this element, for the caller to raise."""
        return MalformedConfig(f"{self.tag}: {reason}", line=self.line, column=self.column)


@dataclass(kw_only=True, slots=True)
class _Open:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    line: int
    column: int
    children: list[Element] = field(default_factory=list[Element])
    text: list[str] = field(default_factory=list[str])

    def closed(self) -> Element:
        return Element(
            tag=self.tag,
            attributes=self.attributes,
            children=tuple(self.children),
            text="".join(self.text),
            line=self.line,
            column=self.column,
        )


def tree(xml: str | bytes) -> Element:
    """Return the root element.

    Raises MalformedConfig, with the place, for more than 64 KiB, bytes that are not UTF-8, XML that is not well formed, a DTD,
    an entity declaration, a processing instruction, a declared encoding other than UTF-8 and nesting deeper than 32.
    """
    data = _utf8(xml)
    reader = expat.ParserCreate("utf-8")
    reader.buffer_text = True
    stack: list[_Open] = []
    roots: list[Element] = []

    def refused(reason: str) -> MalformedConfig:
        return MalformedConfig(reason, line=reader.CurrentLineNumber, column=reader.CurrentColumnNumber + 1)

    def opened(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) == DEEPEST:
            raise refused(f"tags must nest at most {DEEPEST} deep")
        stack.append(
            _Open(
                tag=tag,
                attributes=tuple(attributes.items()),
                line=reader.CurrentLineNumber,
                column=reader.CurrentColumnNumber + 1,
            )
        )

    def closed(_tag: str) -> None:
        element = stack.pop().closed()
        (stack[-1].children if stack else roots).append(element)

    def text(data: str) -> None:
        stack[-1].text.append(data)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        # The bytes were read as UTF-8 above; another name here means that the author's tool wrote something else.
        if encoding is not None and encoding.lower() != "utf-8":
            raise refused(f"encoding must be UTF-8, got {encoding[:40]!r}")

    def doctype(*_: object) -> None:
        raise refused("a document type (DOCTYPE) and entity declarations are not allowed")

    def instruction(target: str, _data: str) -> None:
        raise refused(f"processing instructions are not allowed, got <?{target[:40]}")

    reader.StartElementHandler = opened
    reader.EndElementHandler = closed
    reader.CharacterDataHandler = text
    reader.XmlDeclHandler = declared
    reader.StartDoctypeDeclHandler = doctype
    reader.EntityDeclHandler = doctype
    reader.ProcessingInstructionHandler = instruction
    try:
        reader.Parse(data, True)
    except expat.ExpatError as error:
        reason = f"well-formed XML expected, got: {expat.ErrorString(error.code)}"
        raise MalformedConfig(reason, line=error.lineno, column=error.offset + 1) from error
    return roots[0]


def _utf8(xml: str | bytes) -> bytes:
    if len(xml) > LARGEST_BYTES:
        raise _too_large(len(xml))
    if isinstance(xml, bytes):
        try:
            xml.decode("utf-8")
        except UnicodeDecodeError as error:
            before = xml[: error.start].decode("utf-8")
            raise _at_end_of(before, f"text must be UTF-8, got byte {xml[error.start]:#04x}") from error
        return xml
    try:
        data = xml.encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"text must be Unicode without lone surrogates, got {xml[error.start]!r}"
        raise _at_end_of(xml[: error.start], reason) from error
    if len(data) > LARGEST_BYTES:
        raise _too_large(len(data))
    return data


def _too_large(size: int) -> MalformedConfig:
    return MalformedConfig(
        f"a configuration must have at most {LARGEST_BYTES} bytes, got {size} or more", line=1, column=1
    )


def _at_end_of(text: str, reason: str) -> MalformedConfig:
    return MalformedConfig(reason, line=text.count("\n") + 1, column=len(text) - (text.rfind("\n") + 1) + 1)
