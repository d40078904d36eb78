"""Brings Debian packages: installed as root, unpacked into .cache/debian for an ordinary user.

    python3 scripts/setup/debian.py PACKAGE...

As an ordinary user nothing outside .cache changes: apt keeps its lists there too if the system has none.
Ends with 0 if every package is there, 1 if not (with apt's own words), 3 on a system without apt. Standard library only.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
UNPACKED = CACHE / "debian"
APT = CACHE / "apt"
POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTERS = Path("/etc/postgresql-common")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(*command: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command's outcome, output captured; nothing is raised for a code other than 0."""
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)


def present(package: str) -> bool:
    """Whether dpkg has the package installed."""
    return run("dpkg-query", "-W", "-f=${db:Status-Status}", package).stdout == "installed"


def lists_are_empty(folder: Path) -> bool:
    return not any(folder.glob("*_Packages*"))


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """While open, an installed server is neither started nor given a cluster: the tests bring their own.

    Both files are Debian's own switches (invoke-rc.d, postgresql-common). What was there before stays and wins; ours go again.
    """
    ours: list[Path] = []
    folders: list[Path] = []
    try:
        if not POLICY.exists():
            POLICY.write_text("#!/bin/sh\nexit 101\n")
            POLICY.chmod(0o755)
            ours.append(POLICY)
        for folder in (CLUSTERS, CLUSTERS / "createcluster.d"):
            if not folder.exists():
                folder.mkdir()
                folders.append(folder)
        clusters = CLUSTERS / "createcluster.d" / "hakari-tests.conf"
        clusters.write_text("create_main_cluster = false\n")
        ours.append(clusters)
        yield
    finally:
        for path in ours:
            path.unlink(missing_ok=True)
        for folder in reversed(folders):
            with contextlib.suppress(OSError):
                folder.rmdir()  # stays if a package has put its own files there


def install(packages: list[str]) -> int:
    """As root: apt-get install, without recommended packages and without starting anything."""
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    unknown = [package for package in packages if run("apt-cache", "policy", package).stdout.find("Candidate: ") < 0]
    if unknown or lists_are_empty(Path("/var/lib/apt/lists")):
        say("  apt-get update")
        run("apt-get", "update", env=env)
    say(f"  apt-get install {' '.join(packages)}")
    command = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *packages]
    with nothing_starts():
        done = run(*command, env=env)
        if done.returncode:  # the lists may be older than what the archive still holds
            run("apt-get", "update", env=env)
            done = run(*command, env=env)
    if done.returncode:
        say(done.stdout[-1000:] + done.stderr[-2000:])
    return int(done.returncode != 0)


def own_lists() -> list[str]:
    """apt's options for a user without rights: its lists and caches under .cache/apt; what is installed it reads from the system."""
    for name in ("lists/partial", "cache/archives/partial"):
        (APT / name).mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::lists={APT / 'lists'}", "-o", f"Dir::Cache={APT / 'cache'}", "-o", "Debug::NoLocking=1"]


def needed(packages: list[str], options: list[str]) -> list[str] | None:
    """The packages and what they depend on and the system lacks, as name=version; None if apt can't say."""
    plan = run("apt-get", *options, "install", "-s", "--no-install-recommends", *packages)
    if plan.returncode:
        return None
    found: list[str] = []
    for line in plan.stdout.splitlines():
        if line.startswith("Inst "):
            # Inst NAME [installed version, for an upgrade] (VERSION ARCHIVE [ARCHITECTURE])
            name, rest = line.removeprefix("Inst ").split(" ", 1)
            if not rest.startswith("["):  # what is there in an older version is good enough
                found.append(f"{name}={rest.removeprefix('(').split()[0]}")
    return found


def unpack(packages: list[str]) -> int:
    """As an ordinary user: download the packages and what they lack, and unpack them; no package script runs."""
    options = own_lists()
    if lists_are_empty(APT / "lists"):
        say("  reading Debian's package lists (into .cache)")
        run("apt-get", *options, "update")
    plan = needed(packages, options)
    if plan is None:
        run("apt-get", *options, "update")
        plan = needed(packages, options)
    if plan is None:
        say(f"apt knows no way to {' '.join(packages)}")
        return 1
    say(f"  unpacking {len(plan)} Debian packages into .cache/debian for {' '.join(packages)}")
    archives = APT / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    archives.mkdir(parents=True)
    got = run("apt-get", *options, "download", *plan, cwd=archives)
    if got.returncode:  # as above: old lists name versions that are gone
        run("apt-get", *options, "update")
        got = run("apt-get", *options, "download", *(needed(packages, options) or plan), cwd=archives)
    if got.returncode:
        say(got.stderr[-2000:])
        return 1
    UNPACKED.mkdir(parents=True, exist_ok=True)
    for archive in sorted(archives.glob("*.deb")):
        out = run("dpkg-deb", "-x", str(archive), str(UNPACKED))
        if out.returncode:
            say(out.stderr[-2000:])
            return 1
    shutil.rmtree(archives, ignore_errors=True)
    return 0


def bring(packages: list[str]) -> int:
    """Makes the packages' files available; see the module's first lines for the exit codes."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        say(f"no apt here: install what {' '.join(packages)} is called on this system")
        return 3
    missing = [package for package in packages if not present(package)]
    if not missing:
        return 0
    return install(missing) if os.geteuid() == 0 else unpack(missing)


if __name__ == "__main__":
    sys.exit(bring(sys.argv[1:]) if sys.argv[1:] else 2)
