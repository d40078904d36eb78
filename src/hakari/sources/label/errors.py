"""Why a labelling configuration is refused."""

from typing import ClassVar

from hakari.core.errors import Malformed


class MalformedConfig(Malformed):
    """A labelling configuration that can't be used. `line` and `column` count from 1; the column counts characters."""

    code: ClassVar[str] = "malformed_config"

    def __init__(self, reason: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class UnsupportedTag(MalformedConfig):
    """A tag of Label Studio that isn't supported here yet."""

    code = "unsupported_tag"


class UnsupportedAttribute(MalformedConfig):
    """An attribute of Label Studio that would change what an answer means, and isn't supported here yet."""

    code = "unsupported_attribute"
