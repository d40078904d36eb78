"""Time the HTTP door: signed submissions a second into one server process, beside a bare insert over the same stack.

    python benchmarks/intake.py [--singles 4000] [--batches 80] [--connections 16] [--json]

The server is what `hakari serve` runs: uvicorn, the worker beside it, SQLite with synchronous=FULL. Every statement is signed by a
session key of its own account before the clock starts, and every answer comes back with a signed receipt. The peer is the least that
anybody could write: FastAPI, the same body, one insert and one commit a request. Load comes from a second process.
Goals: 400 single submissions a second with p99 below 100 ms, 20,000 answers a second in batches of 500.
"""

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import os
import socket
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# In place of this folder, in which `http` is not the standard library's.
sys.path[0] = str(ROOT / "tests" / "api")

BATCH = 500
HEAD = b"POST /v1/submissions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--singles", type=int, default=4000)
    parser.add_argument("--batches", type=int, default=80)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--batch-connections", type=int, default=4)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases lie while it runs")
    parser.add_argument(
        "--profile", type=Path, default=None, help="write cProfile figures of the server's threads there"
    )
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found["hakari"] = measured(hakari_server, Path(folder) / "hakari", options)
        found["bare insert"] = measured(bare_server, Path(folder) / "bare", options)
    for name in ("singles", "batches"):
        rates = [found[who][name]["answers a second"] for who in ("hakari", "bare insert")]
        found[f"{name}: share of the bare insert's rate"] = round(rates[0] / rates[1], 2)
    json.dump(found, sys.stdout, indent=2)
    print()


def measured(server: Any, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Start a server process, load it with singles, then with batches; return rates and latencies."""
    folder.mkdir()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=server, args=(folder, options.singles, options.batches, options.profile, there)
    )
    process.start()
    try:
        there.close()
        port, single_order, batch_order = here.recv()
        singles = [body(n, single_order, [n % 1000]) for n in range(options.singles)]
        batches = [body(n, batch_order, range(BATCH)) for n in range(options.batches)]
        warm = [body(options.singles + n, single_order, [n % 1000]) for n in range(50)]
        asyncio.run(load(port, warm, 4))
        result: dict[str, Any] = {}
        for name, bodies, connections, answers in (
            ("singles", singles, options.connections, 1),
            ("batches", batches, options.batch_connections, BATCH),
        ):
            here.send("processor")
            burnt = -here.recv()
            result[name] = asyncio.run(load(port, bodies, connections))
            here.send("processor")
            burnt += here.recv()
            result[name]["answers a second"] = result[name]["requests a second"] * answers
            # Of the whole server process, its worker included: the figure that other programs' load disturbs least.
            result[name]["processor ms a request"] = round(burnt * 1000 / len(bodies), 2)
        here.send("stop")
        process.join(30)
        return result
    finally:
        process.kill()


def obey(pipe: Connection) -> None:
    """Tell the processor time of this process whenever asked, until told to stop."""
    while pipe.recv() != "stop":
        pipe.send(time.process_time())


def seed(n: int) -> bytes:
    return hashlib.sha256(f"bench {n}".encode()).digest()


def account(n: int) -> str:
    return "0x" + hashlib.sha256(f"account {n}".encode()).hexdigest()[:40]


def body(n: int, order: str, tasks: Sequence[int]) -> bytes:
    """Return a signed submission of account n as bytes of a request."""
    from hakari.core import canonical, statement
    from hakari.core.ids import Account
    from hakari.people import signing

    answers = [
        {"task": task, "answer": {"mood": "good" if task % 3 else "bad"}, "salt": f"{n:08d}{task:08d}abcdefgh"}
        for task in tasks
    ]
    said = {
        "commitments": [
            statement.answer_commitment(task=int(each["task"]), answer=each["answer"], salt=str(each["salt"]))
            for each in answers
        ],
        "guideline": 1,
        "order": order,
    }
    key, at = signing.public_key(seed(n)), int(time.time())
    message = statement.signed_bytes(kind="submission", author=Account(account(n)), time=at, body=said, key=key)
    made = statement.Statement(
        kind="submission",
        author=Account(account(n)),
        time=at,
        body=said,
        key=key,
        signature=signing.sign(seed(n), message),
    )
    return json.dumps({"statement": canonical.decode(made.bytes), "answers": answers}).encode()


async def load(port: int, bodies: Sequence[bytes], connections: int) -> dict[str, Any]:
    """Send every body once over `connections` kept-alive connections, each as fast as its answers come."""
    waiting = iter(bodies)
    taken: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for data in waiting:
            started = time.perf_counter()
            writer.write(HEAD % len(data) + data)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            text = await reader.readexactly(length)
            taken.append(time.perf_counter() - started)
            if b" 200 " not in answer[:16] or b'"id"' not in text:
                raise SystemExit(f"refused: {text[:300]!r}")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    seconds = time.perf_counter() - started
    taken.sort()
    return {
        "requests": len(taken),
        "connections": connections,
        "requests a second": round(len(taken) / seconds),
        "p50 ms": round(taken[len(taken) // 2] * 1000, 1),
        "p99 ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
    }


def hakari_server(folder: Path, singles: int, batches: int, profile: Path | None, pipe: Connection) -> None:
    """Serve a node with two funded orders and people whose session keys are delegated."""
    from market import Market, served

    from hakari.core.ids import Account
    from hakari.doors.server import serving
    from hakari.people import signing
    from hakari.people.delegation import SessionKey

    # One address sends all of it: what is measured is the door, not its limits (Market sets none).
    market = Market(folder / "node")
    with served(market):
        single = market.order(tasks=1000, redundancy=singles // 1000 + 2)
        batch = market.order(tasks=BATCH, redundancy=batches + 1)
    now = int(time.time())
    with market.node.store.book() as book:
        for n in range(max(singles + 50, batches)):
            book.statements.keep_key(
                SessionKey(
                    account=Account(account(n)),
                    key=signing.public_key(seed(n)),
                    scopes=("work",),
                    not_before=now - 60,
                    expires=now + 86_400,
                    nonce=0,
                )
            )
    with profiled(profile), serving(market.node):
        pipe.send((market.port, single.id, batch.id))
        obey(pipe)
    market.close()


def bare_server(folder: Path, singles: int, batches: int, profile: Path | None, pipe: Connection) -> None:
    """Serve the least: parse the same body, insert its answers, commit."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    del singles, batches, profile

    class Statement(BaseModel):
        author: str
        body: dict[str, Any]
        key: str
        kind: str
        signature: str
        time: int
        version: int

    class Answer(BaseModel):
        task: int
        answer: Any
        salt: str

    class Submission(BaseModel):
        statement: Statement
        answers: list[Answer]

    database = sqlite3.connect(folder / "bare.sqlite", check_same_thread=False, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE answers (id TEXT, task INTEGER, answer TEXT, PRIMARY KEY (id, task))")
    turn = threading.Lock()
    app = FastAPI()

    @app.post("/v1/submissions")
    def post(given: Submission) -> dict[str, str]:
        rows = [(given.statement.signature, each.task, json.dumps(each.answer)) for each in given.answers]
        with turn:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO answers VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")
        return {"id": given.statement.signature[:64]}

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    pipe.send((port, "00" * 32, "11" * 32))
    obey(pipe)
    server.should_exit = True
    thread.join(10)


class profiled:
    """Profile every thread that starts inside the block, and write the sums as text."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: list[Any] = []

    def __enter__(self) -> None:
        if self._path is None:
            return
        import cProfile

        kept, plain = self._kept, threading.Thread.run

        def run(thread: threading.Thread) -> None:
            profile = cProfile.Profile()
            kept.append(profile)
            profile.runcall(plain, thread)

        threading.Thread.run = run  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        if self._path is None:
            return
        import pstats

        for profile in self._kept:
            profile.create_stats()
        with self._path.open("w") as file:
            pstats.Stats(*self._kept, stream=file).sort_stats("cumulative").print_stats(120)


if __name__ == "__main__":
    main()
