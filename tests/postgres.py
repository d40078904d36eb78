"""A private PostgreSQL for the tests: its own folder, its own port on 127.0.0.1, gone when the test run is.

Fixture `postgres_url`: an empty database. Class `Cluster`: a server of one's own, for tests that stop or kill it.

One server serves all workers of a run. It is kept by a process of its own that watches the run's first process: so it ends after
Ctrl-C and after kill -9 of the tests as well, when no fixture gets to clean up.
"""

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg
import pytest

USER = "hakari"
OPTIONS = {
    # A test's database need not survive the machine, but kill -9 of the server it must: a commit waits for its log as always.
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}


class NoPostgres(Exception):
    """There is no server program here, or it did not start; the text says which."""


def programs() -> Path:
    """The folder of initdb and postgres: what `make test` found, or Debian's. Raises NoPostgres if there is none."""
    named = os.environ.get("HAKARI_PG_BIN")
    for folder in [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise NoPostgres("PostgreSQL 15 or newer is not on this machine")


def libraries(folder: Path) -> dict[str, str]:
    """What lets programs of an unpacked package find their libraries; nothing for installed ones."""
    root = folder.parents[4]  # …/usr/lib/postgresql/15/bin
    found = [str(path) for path in (root / "usr" / "lib").glob("*-linux-gnu")] if root != Path("/") else []
    return {"LD_LIBRARY_PATH": ":".join(found)} if found else {}


class Cluster:
    """One PostgreSQL server with its data in a temporary folder.

    As root it runs as `postgres` or `nobody`, since PostgreSQL refuses root. Start, stop and kill may be called in any order.
    """

    def __init__(self) -> None:
        self.bin = programs()
        # Under /tmp itself: pytest's own folders are closed to other users, and a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="hakari-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.password = secrets.token_urlsafe(16)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC"} | libraries(self.bin)
        self.owner = {}
        if os.geteuid() == 0:
            user = self._unprivileged()
            self.owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    @staticmethod
    def _unprivileged() -> pwd.struct_passwd:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam("postgres")
        return pwd.getpwnam("nobody")

    def _initialise(self) -> None:
        word = self.folder / "password"
        word.write_text(self.password)
        if self.owner:
            os.chown(word, self.owner["user"], self.owner["group"])
        word.chmod(0o600)
        command = [self.bin / "initdb", "-D", self.data, "-U", USER, f"--pwfile={word}", "--auth=scram-sha-256"]
        command += ["--no-sync", "--encoding=UTF8", "--no-locale"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False, **self.owner
        )
        if done.returncode:
            raise NoPostgres(f"initdb failed: {done.stderr.strip()[-500:]}")

    def start(self) -> None:
        """Starts the server and returns when it answers. The port stays the same over restarts. Raises NoPostgres if it won't."""
        if not self.data.exists():
            self._initialise()
        for _ in range(5):
            port = self.port or free_port()
            options = OPTIONS | {"port": str(port), "unix_socket_directories": str(self.folder)}
            command = [str(self.bin / "postgres"), "-D", str(self.data)]
            command += [f"--{name}={value}" for name, value in options.items()]
            with (self.folder / "server.log").open("ab") as log:
                self.process = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    **self.owner,
                )
            if self._answers(port):
                self.port = port
                return
            self.stop()  # somebody took the port between our look and the start
        raise NoPostgres(f"the server did not start: {(self.folder / 'server.log').read_text()[-500:]}")

    def _answers(self, port: int) -> bool:
        assert self.process is not None
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                psycopg.connect(self._url(port, "postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def stop(self) -> None:
        """Ends the server as an administrator would: connections are cut, data are written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9 of the server; its children notice and end too."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _url(self, port: int, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{port}/{database}"

    def url(self, database: str) -> str:
        """The address of a database of this server; it need not exist."""
        return self._url(self.port, database)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Stops the server and takes its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def keep(answer: Path, watched: int) -> None:
    """Runs a server until process `watched` is gone; `answer` tells its address, or why there is none."""

    def tell(**words: str) -> None:
        fresh = answer.with_suffix(".new")
        fresh.write_text(json.dumps(words))
        fresh.replace(answer)

    try:
        with Cluster() as cluster:
            tell(url=cluster.url("{}"))
            while alive(watched) and cluster.process is not None and cluster.process.poll() is None:
                time.sleep(0.3)
    except NoPostgres as error:
        tell(missing=str(error))


def alive(process: int) -> bool:
    """Whether the process runs; one that ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def shared(folder: Path, watched: int) -> str:
    """The address of the run's server, with {} for the database; the first worker to ask starts it. Raises NoPostgres."""
    answer = folder / "postgres.json"
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            # Through a process that ends at once: the keeper must be nobody's child, or each worker would have to wait for it.
            subprocess.run([sys.executable, __file__, str(answer), str(watched)], check=True)
        until = time.monotonic() + 60
        while not answer.exists() and time.monotonic() < until:
            time.sleep(0.05)
    words = json.loads(answer.read_text()) if answer.exists() else {"missing": "the server gave no answer for 60 s"}
    if "missing" in words:
        raise NoPostgres(words["missing"])
    return words["url"]


@pytest.fixture(scope="session")
def postgres_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This worker's own database on the run's server. Skips where there is no PostgreSQL."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = tmp_path_factory.getbasetemp()
    try:
        programs()
        address = shared(base.parent if worker else base, os.getppid() if worker else os.getpid())
    except NoPostgres as error:
        pytest.skip(str(error))
    name = f"test_{worker or 'main'}"
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return address.format(name)


@pytest.fixture
def postgres_url(postgres_database: str) -> Iterator[str]:
    """The address of an empty database; whoever is still connected to it afterwards is cut off."""
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    yield postgres_database
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


if __name__ == "__main__":
    os.setsid()  # Ctrl-C reaches the whole foreground group; the server must outlive it for as long as the tests clean up
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        keep(Path(sys.argv[1]), int(sys.argv[2]))
