"""One process that serves a node: the HTTP door, and the worker beside it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from hakari.app import Node
from hakari.doors.api import create_app
from hakari.doors.worker import work


def serve(node: Node) -> None:
    """Serve until interrupted; then finish the round that runs and close."""
    with _working(node):
        uvicorn.Server(_config(node)).run()


@contextmanager
def serving(node: Node) -> Generator[None]:
    """Serve in the background while the block runs."""
    server = uvicorn.Server(_config(node))
    thread = threading.Thread(target=server.run, name="hakari-http", daemon=True)
    with _working(node):
        thread.start()
        while not server.started and thread.is_alive():
            thread.join(0.02)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def _working(node: Node) -> Generator[None]:
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(node, stop), name="hakari-worker", daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(30)


def _config(node: Node) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(node),
        host=node.settings.host,
        port=node.settings.port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
        proxy_headers=bool(node.settings.public_url),
    )
