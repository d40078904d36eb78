"""Nodes as processes of their own, for tests that kill them.

    python served.py DIR PORT [SETTING=value…] [lease_s=SECONDS]

For each line «start» on stdin a process is forked that serves the node in DIR; its process id goes to stdout. Everything is imported
once, so that a killed node is back in a fraction of a second. The process ends with its stdin, and so do its children.
"""

import contextlib
import os
import resource
import signal
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "flows")]

import pyarrow.parquet  # noqa: E402
import uvicorn  # noqa: E402
from world import open_pool, opened  # noqa: E402

from hakari.app import rounds  # noqa: E402
from hakari.doors import server  # noqa: E402
from hakari.truth import bradley_terry, dawid_skene, voters  # noqa: E402

LOADED = (bradley_terry, dawid_skene, pyarrow.parquet, uvicorn, voters)
"""Imported before the fork, though only the children use them."""


def serve(folder: Path, port: int, settings: dict[str, str]) -> None:
    """Serve until killed. On SIGUSR1 no file may grow any more: a full disk as one process sees it; on SIGUSR2 there is room again."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGUSR1, lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard)))
    signal.signal(signal.SIGUSR2, lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)))
    node = opened(folder, port=port, **settings)
    try:
        open_pool(node)
        server.serve(node)
    finally:
        node.close()


def main() -> None:
    folder, port, *rest = sys.argv[1:]
    settings = dict(each.split("=", 1) for each in rest)
    rounds.LEASE_S = int(settings.pop("lease_s", rounds.LEASE_S))
    children: list[int] = []
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            os.open(os.devnull, os.O_RDONLY)
            try:
                serve(Path(folder), int(port), settings)
            finally:
                os._exit(1)
        children.append(child)
        os.write(1, f"{child}\n".encode())
        # Those that were killed must not stay as zombies: their process ids are asked for.
        for each in children[:-1]:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(each, os.WNOHANG)
    for each in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


if __name__ == "__main__":
    main()
