"""Settings, read once from the environment. docs/reference/settings.md lists them; a test compares."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from hakari.core.errors import Malformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a node is told. Every field is HAKARI_<NAME>; paths are local, times seconds.

    dir: all local state. database_url: empty means SQLite in dir. public: where the public files go, a path or `s3://…`; empty means
    dir/public. chain_url: empty means the embedded chain. chain_key: 32-byte hex of the account that deploys and operates on an
    outside chain; empty means one kept in dir. profile: local (days are seconds) or real. tick_ms: pause of the worker between
    rounds. include_s: the receipt's promise. rate: requests a second and client address, 0 for no limit.
    """

    dir: Path = Path(".hakari")
    database_url: str = ""
    public: str = ""
    chain_url: str = ""
    chain_id: int = 31337
    chain_key: str = ""
    profile: str = "local"
    name: str = "hakari"
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    passphrase: str = ""
    tick_ms: int = 200
    include_s: int = 60
    rate: int = 0
    body_mib: int = 32

    @property
    def url(self) -> str:
        """The address that people and programs use, without a final slash."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The log's origin line: the node's name and its host."""
        return f"{self.name}/log"

    @property
    def domain(self) -> str:
        """The host (and port) that sign-in messages name."""
        return urlsplit(self.url).netloc


def read(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Return the settings of the environment, with those given on the command line put over them.

    Raises Malformed for a number that is none, an unknown profile or an unknown HAKARI_ name.
    """
    environ = os.environ if environ is None else environ
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, object] = {}
    for name, text in environ.items():
        if not name.startswith("HAKARI_"):
            continue
        field = name.removeprefix("HAKARI_").lower()
        if field in ENVIRONMENT_ONLY:
            continue
        if field not in known:
            raise Malformed(
                f"{name} is no setting; the settings are {sorted('HAKARI_' + each.upper() for each in known)}"
            )
        values[field] = _value(name, text, known[field].default)
    values.update({name: value for name, value in given.items() if value is not None})
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.profile not in ("local", "real"):
        raise Malformed(f"HAKARI_PROFILE must be local or real, got {settings.profile!r}")
    return settings


ENVIRONMENT_ONLY = {"go", "gopath", "pg_bin", "nothing_left_out", "node"}
"""Names that the project's own tests read, no settings of a node."""


def _value(name: str, text: str, default: object) -> object:
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError as error:
            raise Malformed(f"{name} must be a whole number, got {text!r}") from error
    return text
