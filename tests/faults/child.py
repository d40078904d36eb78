"""A node in a process of its own that a test starts, kills and starts again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from world import World

from postgres import alive, free_port

SERVED = Path(__file__).with_name("served.py")


class Child:
    """A node over one folder, always at the same port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.log = folder / "served.log"
        self.pid = 0
        # Settings of the developer's shell must not reach it, nor the tests' own.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HAKARI_")}
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-W", "ignore", str(SERVED), str(folder), str(self.port)]
                + [f"{name}={value}" for name, value in settings.items()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environ,
            )

    def start(self) -> None:
        """Start it and return at once, before it is ready."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.write(b"start\n")
        self._keeper.stdin.flush()
        told = self._keeper.stdout.readline()
        assert told, self.said()
        self.pid = int(told)

    def kill(self) -> None:
        """kill -9, and wait until the kernel has taken back its locks."""
        if not self.pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        while alive(self.pid):
            time.sleep(0.002)

    def runs(self) -> bool:
        """Tell whether it runs: not killed, and not ended by itself."""
        return bool(self.pid) and alive(self.pid)

    def fill_disk(self) -> None:
        """From now on no file of the node can grow."""
        os.kill(self.pid, signal.SIGUSR1)

    def free_disk(self) -> None:
        """There is room again."""
        os.kill(self.pid, signal.SIGUSR2)

    def said(self) -> str:
        """Return what it wrote, for a failed test."""
        return self.log.read_text(errors="replace")[-5000:]

    def world(self, patience_s: float = 60.0) -> World:
        """Return the people around it."""
        return World(url=f"http://127.0.0.1:{self.port}", public=self.folder / "public", patience_s=patience_s)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait()
        self._keeper.stdout.close()
