"""The node's secret keys at rest: one encrypted file for each, under one passphrase.

The passphrase is HAKARI_PASSPHRASE. Without it one is made and kept beside the keys: that protects a copied key file only, and
`open_keys` says so.
"""

import json
import os
import secrets
import shutil
import threading
import warnings
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from hakari.core.errors import HakariError, Malformed

_BOX = SecretBox.NONCE_SIZE + SecretBox.MACBYTES + 32


class WrongPassphrase(HakariError):
    """The passphrase does not open this key."""

    code = "wrong_passphrase"


class DamagedKey(HakariError):
    """A key's file does not hold what this program writes."""

    code = "damaged_key"


class UnsafePassphrase(UserWarning):
    """The passphrase lies beside the keys that it protects."""


class Keys:
    """Named 32-byte secrets in a folder. Each file holds a salt and the secret in an XSalsa20-Poly1305 box under Argon2id."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self._folder = folder
        self._passphrase = passphrase.encode()
        self._open: dict[str, bytes] = {}
        self._turn = threading.Lock()

    def secret(self, name: str) -> bytes:
        """Return the secret of that name; a new random one is made and kept at the first call.

        Where several processes ask first at once, all get the same. Raises WrongPassphrase and DamagedKey.
        """
        with self._turn:
            if name not in self._open:
                path = self._folder / f"{name}.json"
                self._open[name] = self._read_or_make(path)
            return self._open[name]

    def use(self, name: str, secret: bytes) -> None:
        """Take a secret from outside under that name; it is held in memory only."""
        self._open[name] = secret

    def ages(self) -> dict[str, int]:
        """Return since when (Unix seconds) each key in use is the one it is, by name; a key from outside is not among them."""
        found: dict[str, int] = {}
        for path in self._folder.glob("*.json"):
            if "." not in path.stem:  # «log.0» came before, «log.next» comes after
                found[path.stem] = int(path.stat().st_mtime)
        return found

    def former(self, name: str) -> list[str]:
        """Return the names of the keys that came before the one of that name and are kept here, oldest first: `<name>.<n>`."""
        found = [path.stem for path in self._folder.glob(f"{name}.*.json")]
        numbers = sorted(int(each.rpartition(".")[2]) for each in found if each.rpartition(".")[2].isdecimal())
        return [f"{name}.{number}" for number in numbers]

    def stage(self, name: str) -> bytes:
        """Return the secret that is to follow the one of that name; it is made and kept as `<name>.next.json` at the first call."""
        path = self._folder / f"{name}.next.json"
        with self._turn:
            return self._read_or_make(path)

    def staged(self, name: str) -> bytes | None:
        """Return the secret that is to follow, or None where none is staged."""
        path = self._folder / f"{name}.next.json"
        return self.opened(path) if path.exists() else None

    def promote(self, name: str) -> None:
        """Put the staged secret in its place; the old file is kept as `<name>.<n>.json`.

        Raises WrongPassphrase where the passphrase is not that of both: one folder has one passphrase.
        """
        path, following = self._folder / f"{name}.json", self._folder / f"{name}.next.json"
        with self._turn:
            secret = self.opened(following)
            if path.exists():
                self.opened(path)
                number = 0
                while not _linked(path, self._folder / f"{name}.{number}.json"):
                    number += 1
            following.replace(path)
            _settle(self._folder)
            self._open[name] = secret

    def opened(self, path: Path) -> bytes:
        """Return the secret in a file. Raises WrongPassphrase and DamagedKey."""
        try:
            kept = json.loads(path.read_text())
            salt, box = bytes.fromhex(kept["salt"]), bytes.fromhex(kept["box"])
            whole = len(salt) == argon2id.SALTBYTES and len(box) == _BOX
        except (ValueError, KeyError, TypeError):
            salt, box, whole = b"", b"", False
        if not whole:
            raise DamagedKey(f"{path} must hold a salt and a box in hexadecimal; restore it from a copy")
        try:
            return self._box(salt).decrypt(box)
        except CryptoError as error:
            raise WrongPassphrase(f"HAKARI_PASSPHRASE must open {path.name}; it does not") from error

    def _read_or_make(self, path: Path) -> bytes:
        if not path.exists():
            secret = secrets.token_bytes(32)
            if _kept(path, self.sealed(secret)):
                return secret
        return self.opened(path)

    def sealed(self, secret: bytes) -> str:
        """Return what a file holds that keeps this secret."""
        salt = secrets.token_bytes(argon2id.SALTBYTES)
        kept = {"box": bytes(self._box(salt).encrypt(secret)).hex(), "kdf": "argon2id-interactive", "salt": salt.hex()}
        return json.dumps(kept, sort_keys=True)

    def _box(self, salt: bytes) -> SecretBox:
        key = argon2id.kdf(
            SecretBox.KEY_SIZE,
            self._passphrase,
            salt,
            opslimit=argon2id.OPSLIMIT_INTERACTIVE,
            memlimit=argon2id.MEMLIMIT_INTERACTIVE,
        )
        return SecretBox(key)


SEALED = "sealed"
"""The folder of key files under a new passphrase that are to take the place of the old ones. It is there whole or not at all."""


def change_passphrase(folder: Path, old: str | None, new: str) -> int:
    """Put every key in `folder` under a new passphrase: all of them, or none where it is cut off too early. Returns how many.

    old: None opens them with the passphrase that is kept beside them, which is taken away. Raises WrongPassphrase and DamagedKey before
    anything is changed. No other process may have the keys open.
    """
    if not new:
        raise Malformed("the new passphrase must not be empty")
    _take_sealed(folder)
    kept = folder / "passphrase"
    before, after = Keys(folder, old or (kept.read_text().strip() if kept.exists() else "")), Keys(folder, new)
    secrets_ = {path.name: before.opened(path) for path in sorted(folder.glob("*.json"))}
    fresh = folder / f"{SEALED}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for name, secret in secrets_.items():
        _kept(fresh / name, after.sealed(secret))
    # From this step on the new passphrase holds; the files follow one by one, now or when the keys are opened next.
    fresh.rename(folder / SEALED)
    _settle(folder)
    _take_sealed(folder)
    return len(secrets_)


def _take_sealed(folder: Path) -> None:
    sealed = folder / SEALED
    if not sealed.is_dir():
        return
    for path in sorted(sealed.glob("*.json")):
        path.replace(folder / path.name)
    (folder / "passphrase").unlink(missing_ok=True)
    _settle(folder)
    sealed.rmdir()


def open_keys(folder: Path, passphrase: str | None) -> Keys:
    """Return the keys in `folder`, after finishing a change of their passphrase.

    Warns UnsafePassphrase where no passphrase is given and one is kept beside the keys.
    """
    _take_sealed(folder)
    if passphrase:
        return Keys(folder, passphrase)
    kept = folder / "passphrase"
    if not kept.exists():
        _kept(kept, secrets.token_urlsafe(24))
    warnings.warn(
        "HAKARI_PASSPHRASE is not set: the passphrase of the node's keys lies beside them. Fine for trying, not for money.",
        UnsafePassphrase,
        stacklevel=2,
    )
    return Keys(folder, kept.read_text().strip())


def _kept(path: Path, text: str) -> bool:
    """Write a file that only we may read, unless one of that name stands: then that one is the right one, and False is returned."""
    fresh = _written(path, text)
    try:
        first = _linked(fresh, path)
    finally:
        fresh.unlink()
    _settle(path.parent)
    return first


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _linked(old: Path, new: Path) -> bool:
    # A link is made or refused in one step, unlike a look and a write after it.
    try:
        os.link(old, new)
    except FileExistsError:
        return False
    return True


def _settle(folder: Path) -> None:
    # A key that was used before a power loss must be there after it: money hangs on it.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
