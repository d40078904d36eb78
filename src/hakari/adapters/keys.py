"""The node's secret keys at rest: one encrypted file for each, under one passphrase.

The passphrase is HAKARI_PASSPHRASE. Without it one is made and kept beside the keys: that protects a copied key file only, and
`open_keys` says so.
"""

import json
import os
import secrets
import warnings
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from hakari.core.errors import HakariError


class WrongPassphrase(HakariError):
    """The passphrase does not open this key."""

    code = "wrong_passphrase"


class UnsafePassphrase(UserWarning):
    """The passphrase lies beside the keys that it protects."""


class Keys:
    """Named 32-byte secrets in a folder. Each file holds a salt and the secret in an XSalsa20-Poly1305 box under Argon2id."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self._folder = folder
        self._passphrase = passphrase.encode()
        self._open: dict[str, bytes] = {}

    def secret(self, name: str) -> bytes:
        """Return the secret of that name; a new random one is made and kept at the first call. Raises WrongPassphrase."""
        if name not in self._open:
            path = self._folder / f"{name}.json"
            self._open[name] = self._read(path) if path.exists() else self._make(path, secrets.token_bytes(32))
        return self._open[name]

    def use(self, name: str, secret: bytes) -> None:
        """Take a secret from outside under that name; it is held in memory only."""
        self._open[name] = secret

    def replace(self, name: str) -> bytes:
        """Make and keep a new secret under that name; the old file is kept as `<name>.<n>.json`. Returns the new secret."""
        path = self._folder / f"{name}.json"
        if path.exists():
            old = sum(1 for _ in self._folder.glob(f"{name}.*.json"))
            os.link(path, self._folder / f"{name}.{old}.json")
        self._open[name] = self._make(path, secrets.token_bytes(32))
        return self._open[name]

    def _read(self, path: Path) -> bytes:
        kept = json.loads(path.read_text())
        try:
            return self._box(bytes.fromhex(kept["salt"])).decrypt(bytes.fromhex(kept["box"]))
        except CryptoError as error:
            raise WrongPassphrase(f"HAKARI_PASSPHRASE must open {path.name}; it does not") from error

    def _make(self, path: Path, secret: bytes) -> bytes:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        salt = secrets.token_bytes(argon2id.SALTBYTES)
        kept = {"box": bytes(self._box(salt).encrypt(secret)).hex(), "kdf": "argon2id-interactive", "salt": salt.hex()}
        _write_private(path, json.dumps(kept, sort_keys=True))
        return secret

    def _box(self, salt: bytes) -> SecretBox:
        key = argon2id.kdf(
            SecretBox.KEY_SIZE,
            self._passphrase,
            salt,
            opslimit=argon2id.OPSLIMIT_INTERACTIVE,
            memlimit=argon2id.MEMLIMIT_INTERACTIVE,
        )
        return SecretBox(key)


def open_keys(folder: Path, passphrase: str | None) -> Keys:
    """Return the keys in `folder`. Warns UnsafePassphrase where no passphrase is given and one is kept beside the keys."""
    if passphrase:
        return Keys(folder, passphrase)
    kept = folder / "passphrase"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(kept, secrets.token_urlsafe(24))
    warnings.warn(
        "HAKARI_PASSPHRASE is not set: the passphrase of the node's keys lies beside them. Fine for trying, not for money.",
        UnsafePassphrase,
        stacklevel=2,
    )
    return Keys(folder, kept.read_text())


def _write_private(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
