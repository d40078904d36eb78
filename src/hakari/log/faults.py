"""What can be wrong with a log; each names the file, so that an operator knows where to look."""

from hakari.core.errors import Conflict, HakariError


class LogFault(HakariError):
    """A file of the log is not what the checkpoint implies."""

    code = "log_fault"

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class Missing(LogFault):
    """A file that the checkpoint implies is not there."""

    code = "log_missing"

    def __init__(self, path: str) -> None:
        super().__init__("expected a file, got none", path=path)


class Unexpected(LogFault):
    """A file is there that the checkpoint doesn't imply."""

    code = "log_unexpected"

    def __init__(self, path: str, *, size: int) -> None:
        super().__init__(f"expected no such file in a log of size {size}, got one", path=path)


class Tampered(LogFault):
    """A file's bytes don't lead to the checkpoint's root. `expected` and `got` say what was compared, in words or hex."""

    code = "log_tampered"

    def __init__(self, path: str, *, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}", path=path)
        self.expected = expected
        self.got = got


class Fork(Conflict):
    """An append that would put another entry at an index which was written before. Never forced: it ends all trust in the log."""

    code = "log_fork"
