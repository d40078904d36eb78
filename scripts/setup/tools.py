"""Brings the programs that the tests use besides Python, and writes .cache/env, which `make test` reads.

    python3 scripts/setup/tools.py

What can't be had is said here and again at the end of the test run, where each test that needed it is listed as not run.
So this always ends with 0. Standard library only.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import debian

ROOT = debian.ROOT
CACHE = debian.CACHE
UNPACKED = debian.UNPACKED
ROOTS = (Path("/"), UNPACKED)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def first(*patterns: str) -> Path | None:
    """The newest file that fits one of the patterns (relative to /), on the system or among the unpacked packages."""
    for root in ROOTS:
        for pattern in patterns:
            found = sorted(root.glob(pattern))
            if found:
                return found[-1]
    return None


def postgres() -> dict[str, str] | None:
    """PostgreSQL 15 or newer: the folder of initdb and postgres."""
    server = first("usr/lib/postgresql/1[5-9]/bin/initdb")
    return {"HAKARI_PG_BIN": str(server.parent)} if server else None


def go() -> dict[str, str] | None:
    """Go and Debian's source package of golang.org/x/mod, whose sumdb/tlog and note check our log."""
    here = shutil.which("go")
    program = Path(here) if here else first("usr/lib/go-1.*/bin/go")
    source = first("usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go")
    if not program or not source:
        return None
    return {"HAKARI_GO": str(program), "HAKARI_GOPATH": str(source.parents[6])}


def node() -> dict[str, str] | None:
    """Node, only where it is already there: nothing of ours needs it, only checks against other people's programs."""
    here = shutil.which("node")
    return {"HAKARI_NODE": here} if here else None


def from_npm(home: Path, *, lock: Path, wanted: Path) -> bool:
    """Whether npm's packages of a lock are in `home`, the file `wanted` among them; fetched where they are not, only with Node."""
    npm = shutil.which("npm")
    if not shutil.which("node") or not npm:
        return False
    stamp = home / "node_modules" / ".hakari-lock"
    if wanted.exists() and stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return True
    say(f"  npm ci: {home.name}")
    home.mkdir(parents=True, exist_ok=True)
    if lock.parent != home:
        shutil.copy(lock, home)
        shutil.copy(lock.with_name("package.json"), home)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode or not wanted.exists():
        say(done.stderr[:1000])
        return False
    shutil.copy(lock, stamp)
    return True


def anvil() -> dict[str, str] | None:
    """Another implementation of the chain, from the npm registry by its lock (64-bit Linux)."""
    if shutil.which("anvil"):
        return {}
    home = CACHE / "anvil"
    program = home / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    lock = ROOT / "scripts" / "setup" / "anvil" / "package-lock.json"
    return {"PATH": str(program.parent)} if from_npm(home, lock=lock, wanted=program) else None


def tus_js() -> dict[str, str] | None:
    """Other people's upload client, from the npm registry by its lock; nothing is fetched without Node."""
    npm = shutil.which("npm")
    if not shutil.which("node") or not npm:
        return None
    home, source = CACHE / "tus_js", ROOT / "tests" / "outside" / "tus_js"
    lock, copy = source / "package-lock.json", home / "package-lock.json"
    if not ((home / "node_modules").is_dir() and copy.exists() and copy.read_bytes() == lock.read_bytes()):
        say("  npm ci: tus-js-client")
        home.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, home)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            copy.unlink()
            say(done.stderr[:1000])
            return None
    return {}


def islands() -> dict[str, str] | None:
    """The packages that the pages' scripts are built with, by their lock."""
    home = ROOT / "web"
    lock, wanted = home / "package-lock.json", home / "node_modules" / "vite" / "package.json"
    return {} if from_npm(home, lock=lock, wanted=wanted) else None


def chromium() -> dict[str, str] | None:
    """A browser for the pages, and letters of Chinese and Japanese for it."""
    program = first("usr/bin/chromium", "usr/bin/chromium-browser")
    letters = first("usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
    return {"HAKARI_CHROMIUM": str(program)} if program and letters else None


def axe() -> dict[str, str] | None:
    """The accessibility rules, from the npm registry by their lock."""
    home = CACHE / "axe"
    script = home / "node_modules" / "axe-core" / "axe.min.js"
    lock = ROOT / "scripts" / "setup" / "axe" / "package-lock.json"
    return {"HAKARI_AXE": str(script)} if from_npm(home, lock=lock, wanted=script) else None


NEEDS = (
    # what, how it is found, the Debian packages that hold it (none: it is never installed)
    ("PostgreSQL", postgres, ("postgresql-15",)),
    ("Go with x/mod", go, ("golang-go", "golang-golang-x-mod-dev")),
    ("Node", node, ()),
    ("anvil", anvil, ()),
    ("tus-js-client", tus_js, ()),
    ("the packages of web/", islands, ()),
    ("Chromium", chromium, ("chromium", "fonts-noto-cjk")),
    ("axe", axe, ()),
)


def main() -> int:
    CACHE.mkdir(exist_ok=True)
    settings: dict[str, str] = {}
    absent: list[str] = []
    for what, find, packages in NEEDS:
        found = find()
        if found is None and packages:
            say(f"{what} for the tests:")
            debian.bring(list(packages))
            found = find()
        if found is None:
            absent.append(what)
        settings |= found or {}
    paths = [settings.pop("PATH")] if "PATH" in settings else []
    lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    lines += [f"export PATH={shlex.quote(path)}:$PATH" for path in paths]
    fresh = CACHE / f"env.{os.getpid()}"
    fresh.write_text("\n".join(lines) + "\n")
    fresh.replace(CACHE / "env")
    for what in absent:
        say(f"not here: {what}; tests that need it are left out and listed at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
