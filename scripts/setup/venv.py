"""Prepares .venv: the packages of one hashed lock, and this project as an editable install.

    scripts/setup/venv.sh run|test|bench

`test` holds all of `run` and goes into the same .venv; `bench` pins other versions and gets .cache/bench.

Standard library only; safe to interrupt (a half-done install is thrown away by the next call) and free when nothing changed.
pip comes from the first place that has one: .venv, ensurepip, the system's pip, or Debian's wheel of it, fetched without root.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".cache" / "bench" if sys.argv[1:] == ["bench"] else ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "hakari-installed.json"
UNFINISHED = VENV / "hakari-unfinished"
LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("run", "test", "bench")}
SOURCE_ONLY = ("jsonpath-rw",)
"""Packages that their authors never built; a lock that holds one holds setuptools too."""
WHEELS = (Path("/usr/share/python-wheels"), ROOT / ".cache" / "debian" / "usr" / "share" / "python-wheels")


QUIET = ("Requirement already satisfied", "Collecting ", "  Downloading ", "  Using cached ", "Ignoring ")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def digest(*paths: Path) -> str:
    """SHA-256 over the files, in order."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def wanted(name: str) -> dict[str, str]:
    """What the stamp says when lock `name` is in: the test lock holds every package of the run lock, so it answers for both."""
    # The place counts: scripts and the editable install name it. So does the interpreter: wheels fit one version.
    python = f"{sys.version_info[0]}.{sys.version_info[1]} {ROOT}"
    names = ("run", "test") if name == "test" else (name,)
    return {"python": python, "project": digest(ROOT / "pyproject.toml")} | {
        each: digest(LOCKS[each]) for each in names
    }


def installed() -> dict[str, str]:
    """What the last finished call wrote; empty if there was none."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def succeeds(*command: str | Path, env: dict[str, str] | None = None) -> bool:
    """Whether the command can be started and ends with 0; its output is dropped."""
    try:
        return subprocess.run(command, capture_output=True, env=env, check=False).returncode == 0
    except OSError:
        return False


def make_venv(stamp: dict[str, str]) -> None:
    """An empty .venv; one that was half filled, moved or made by another Python goes first."""
    same = installed().get("python", stamp["python"]) == stamp["python"]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    works = succeeds(PYTHON, "-c", f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')")
    if VENV.exists() and (UNFINISHED.exists() or not works or not same):
        say(f"  {VENV.relative_to(ROOT)} is half-done, moved or of another Python: making it anew")
        shutil.rmtree(VENV)
    if not VENV.exists():
        # Without pip: Debian splits it off into python3-venv, and this must work where that package is missing.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)


def pip() -> tuple[list[str], dict[str, str]]:
    """A command that runs pip for .venv, and its environment. Raises SystemExit, saying what to install, if there is none."""
    plain = dict(os.environ) | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    plain.pop("PIP_REQUIRE_VIRTUALENV", None)
    if succeeds(PYTHON, "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip"], plain
    if succeeds(PYTHON, "-m", "ensurepip", "--default-pip") and succeeds(PYTHON, "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip"], plain
    outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if succeeds(*outside, "--version"):
        return outside, plain
    for fetch in (False, True):
        if fetch:
            say("  this Python has no pip: fetching Debian's (python3-pip-whl)")
            subprocess.run([sys.executable, str(Path(__file__).with_name("debian.py")), "python3-pip-whl"], check=False)
        for folder in WHEELS:
            for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
                # Python imports from a wheel as from any zip file; pip supports being run like this.
                env = plain | {"PYTHONPATH": str(wheel)}
                if succeeds(PYTHON, "-m", "pip", "--version", env=env):
                    return [str(PYTHON), "-m", "pip"], env
    raise SystemExit(
        "Hakari needs pip to fill .venv, and none was found: not with this Python, not as python3-pip-whl from Debian.\n"
        "  As root:  apt-get install python3-venv        then run the same command again."
    )


def show(process: "subprocess.Popen[str]", total: int) -> list[str]:
    """Prints how far pip is; returns its lines for the case that it fails."""
    lines: list[str] = []
    seen, begun = 0, time.monotonic()
    live = sys.stderr.isatty()
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            name = line.split(": ")[-1].removeprefix("Collecting ").split()[0]
            if live:
                print(f"\r  {seen:3} of about {total}: {name:<50.50}", end="", file=sys.stderr, flush=True)
            elif seen % 40 == 0:
                say(f"  {seen} of about {total}")
        elif line.startswith("Installing collected packages"):
            print(
                "\r" if live else "",
                f" unpacking{'':<60}",
                sep="",
                end="" if live else "\n",
                file=sys.stderr,
                flush=True,
            )
    process.wait()
    print(
        "\r" if live else "", f"  {seen} packages in {time.monotonic() - begun:.0f} s{'':<50}", sep="", file=sys.stderr
    )
    return lines


def split(lock: str) -> tuple[str, str]:
    """The lock in two: what comes as wheels, and what has to be built."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", lock)
    built = [entry for entry in entries if entry.split("==")[0] in SOURCE_ONLY]
    return "".join(entry for entry in entries if entry not in built), "".join(built)


def fill(command: list[str], env: dict[str, str], lock: str, *how: str) -> None:
    """Puts a lock's packages into .venv. Raises SystemExit with pip's own words if pip refuses."""
    part = VENV / "hakari-lock.txt"
    part.write_text(lock)
    # Bytecode is compiled at first import, by both cores.
    words = [
        *command,
        "install",
        "--no-deps",
        "--require-hashes",
        "--no-compile",
        "--progress-bar",
        "off",
        *how,
        "-r",
        str(part),
    ]
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = show(process, len(re.findall(r"(?m)^[a-z0-9].*==", lock)))
    except KeyboardInterrupt:
        process.wait()
        raise
    if process.returncode:
        say("".join(line for line in lines if not line.startswith(QUIET))[-3000:])
        raise SystemExit(
            "pip could not install the locked packages: its last words are above. Nothing outside .venv changed."
        )


def install(name: str) -> None:
    """Puts the lock's packages and the project into .venv."""
    command, env = pip()
    wheels, sources = split(LOCKS[name].read_text())
    # Wheels only: a build would fetch build tools that no lock names. The few that must be built use the lock's own, now in .venv.
    fill(command, env, wheels, "--only-binary", ":all:")
    if sources:
        fill(command, env, sources, "--no-build-isolation")
    # The same for our own: hatchling and editables come from the lock, not from a second, unlocked download.
    own = [*command, "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)]
    subprocess.run(own, env=env, check=True)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        say("use: venv.py run|test|bench")
        return 2
    name = arguments[0]
    stamp = wanted(name)
    have = installed()
    if not UNFINISHED.exists() and PYTHON.exists() and all(have.get(key) == value for key, value in stamp.items()):
        return 0
    say(f"Setting up {VENV.relative_to(ROOT)} from requirements/{LOCKS[name].name} (once; about half a minute)")
    make_venv(stamp)
    UNFINISHED.touch()
    install(name)
    STAMP.write_text(json.dumps(stamp, indent=1))
    UNFINISHED.unlink()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\nstopped; the same command starts over cleanly")
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        say(f"failed: {' '.join(map(str, error.cmd))}")
        sys.exit(1)
