"""Settings, read once from the environment. docs/reference/settings.md lists them; a test compares."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from hakari.core.errors import Malformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a node is told. Every field is HAKARI_<NAME>; paths are local, times seconds.

    dir: all local state. database_url: empty means SQLite in dir. public: where the public files go, a path or `s3://…`; empty means
    dir/public. chain_url: empty means the embedded chain. chain_key: 32-byte hex of the account that deploys and operates on an
    outside chain; empty means one kept in dir. payment_token: address of the token that people are paid in; empty means the test token,
    which only local chains allow. confirmations: how many blocks deep an event must be before it is believed; None means 12 on an
    outside chain, 0 on the embedded one and on local test chains. profile: local (days are seconds) or real. name: empty means one
    made of the log's key. tick_ms: pause of the worker between rounds. include_s: the receipt's promise. rate, account_rate: requests
    a second of one client address, of one account; claim_rate: transactions a minute that one address may ask of the relayer; 0 for no
    limit. upload_gib: the largest upload. quota_gib: what one account's uploads may take. legal:
    the folder of the operator's legal texts. pay_floor: whole tokens an hour under which the wizard warns, 0 for no warning.
    What may hold a secret is left out of repr.
    """

    dir: Path = Path(".hakari")
    database_url: str = field(default="", repr=False)
    public: str = ""
    chain_url: str = field(default="", repr=False)
    chain_id: int = 31337
    chain_key: str = field(default="", repr=False)
    payment_token: str = ""
    confirmations: int | None = None
    profile: str = "local"
    name: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    passphrase: str = field(default="", repr=False)
    tick_ms: int = 200
    include_s: int = 60
    rate: int = 100
    account_rate: int = 20
    claim_rate: int = 20
    body_mib: int = 32
    upload_gib: int = 10
    quota_gib: int = 20
    legal: str = ""
    pay_floor: int = 5

    @property
    def url(self) -> str:
        """The address that people and programs use, without a final slash."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def legal_folder(self) -> Path:
        """The folder of notice.md, privacy.md and terms.md, where the operator wrote them."""
        return Path(self.legal)

    @property
    def domain(self) -> str:
        """The host (and port) that sign-in messages name."""
        return urlsplit(self.url).netloc


def read(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Return the settings of the environment, with those given on the command line put over them.

    Raises Malformed for a value that its setting can't have, and for an unknown HAKARI_ name.
    """
    environ = os.environ if environ is None else environ
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, object] = {}
    for name, text in environ.items():
        if not name.startswith("HAKARI_"):
            continue
        setting = name.removeprefix("HAKARI_").lower()
        if setting in ENVIRONMENT_ONLY:
            continue
        if setting not in known:
            raise Malformed(
                f"{name} is no setting; the settings are {sorted('HAKARI_' + each.upper() for each in known)}"
            )
        values[setting] = _value(name, text, known[setting].default)
    values.update({name: value for name, value in given.items() if value is not None})
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if settings.profile not in ("local", "real"):
        raise Malformed(f"HAKARI_PROFILE must be local or real, got {settings.profile!r}")
    for name, (low, high) in _RANGES.items():
        value = getattr(settings, name)
        if value is not None and not low <= value <= high:
            raise Malformed(f"HAKARI_{name.upper()} must be {low} to {high}, got {value}")
    if settings.name and not _NAME.fullmatch(settings.name):
        raise Malformed(f"HAKARI_NAME must be 1 to 64 letters, digits or any of . _ - /, got {settings.name!r}")
    if settings.chain_key and not _KEY.fullmatch(settings.chain_key):
        # The value itself is a secret, however wrong it is.
        raise Malformed(f"HAKARI_CHAIN_KEY must be 64 hexadecimal digits, got {len(settings.chain_key)} characters")
    address = urlsplit(settings.public_url)
    whole = address.scheme in ("http", "https") and address.netloc and not address.query and not address.fragment
    if settings.public_url and not whole:
        raise Malformed(
            f"HAKARI_PUBLIC_URL must begin with http:// or https:// and name a host, got {settings.public_url!r}"
        )
    if settings.chain_url and urlsplit(settings.chain_url).scheme not in ("http", "https"):
        raise Malformed("HAKARI_CHAIN_URL must begin with http:// or https://")


_RANGES = {
    "chain_id": (1, 2**53 - 1),
    "confirmations": (0, 10_000),
    "port": (1, 65_535),
    "tick_ms": (1, 60_000),
    "include_s": (1, 86_400),
    "rate": (0, 1_000_000),
    "account_rate": (0, 1_000_000),
    "claim_rate": (0, 1_000_000),
    "body_mib": (1, 1024),
    "upload_gib": (1, 1024),
    "quota_gib": (1, 1_000_000),
    "pay_floor": (0, 1_000_000),
}
# The name stands in the log's origin line and in signatures: no space, no plus, no control character (C2SP signed-note).
_NAME = re.compile(r"[A-Za-z0-9._/-]{1,64}")
_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")


ENVIRONMENT_ONLY = {"axe", "chromium", "go", "gopath", "pg_bin", "nothing_left_out", "node"}
"""Names that the project's own tests read, no settings of a node."""


def _value(name: str, text: str, default: object) -> object:
    if isinstance(default, Path):
        if not text:
            raise Malformed(f"{name} must be a folder, got nothing; leave it out for {default}")
        return Path(text)
    if isinstance(default, int) or default is None:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise Malformed(f"{name} must be a whole number, got {text!r}")
        return int(text)
    return text
