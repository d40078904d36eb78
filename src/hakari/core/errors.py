"""The one base of every error that a caller can cause or must act on."""

from typing import ClassVar


class HakariError(Exception):
    """An input or a state that can't be accepted.

    The message says what was wrong, what was expected and what was got. `code` is stable and part of the API; `status` is the
    HTTP status that a door answers with; `pointer` is the JSON pointer of the offending field, or None.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, pointer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


class Malformed(HakariError):
    """Bytes or fields that don't have the stated form."""

    code = "malformed"


class Unknown(HakariError):
    """A thing that is named but does not exist here."""

    code = "unknown"
    status = 404


class Forbidden(HakariError):
    """A signer who may not do this."""

    code = "forbidden"
    status = 403


class Conflict(HakariError):
    """The state has moved on: done already, closed, or taken."""

    code = "conflict"
    status = 409
