"""A real node with a pool and people, served over HTTP on loopback; its worker's rounds are called by hand."""

import contextlib
import hashlib
import json
import socket
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import func, select

from hakari.adapters.sql.schema import metadata
from hakari.app import Node, open_node, pools, rounds
from hakari.client import Client, Sent, digest
from hakari.config import Settings
from hakari.core.canonical import Json
from hakari.doors.api import create_app
from hakari.people.wallets import address_of
from hakari.sources.table import KINDS

CONFIG = '<View><Text name="text" value="$text"/><Choices name="mood" toName="text" choice="single"><Choice value="good"/><Choice value="bad"/></Choices></View>'  # noqa: E501
GUIDELINE = "Say what the text makes you feel."
REWARD = 40_000
FEE_BPS = 500
UNIT_COST = REWARD + REWARD * FEE_BPS // 10_000
GOOD: Json = {"mood": "good"}


class Clock:
    """The node's time: the real one, plus what a test lets pass."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return int(time.time()) + self.ahead


def secret(name: str) -> bytes:
    return hashlib.sha256(f"market {name}".encode()).digest()


class Market:
    """The node and what people do at it. `http` speaks to the server with nobody signed in."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.port = _free_port()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # What limits are tried with is said there; everybody here comes from one address.
            free = dict.fromkeys(("rate", "account_rate", "claim_rate"), 0)
            self.node: Node = open_node(Settings(dir=folder, port=self.port, **{**free, **settings}), clock=self.clock)
        self.public = folder / "public"
        self.url = self.node.settings.url
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self._people: dict[str, Client] = {}
        self._wires: list[httpx.Client] = []
        self.pool = self._pool()

    def close(self) -> None:
        for client in (self.http, *self._wires):
            client.close()
        self.node.close()

    def rounds(self, most: int = 20) -> None:
        """Let the worker work until it has nothing to do."""
        for _ in range(most):
            if not rounds.round_(self.node):
                return

    def until(self, done: Any, seconds: float = 20) -> None:
        """Let the worker work until something has happened (the chain's windows last seconds)."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "it did not happen"
            if not rounds.round_(self.node):
                time.sleep(0.05)

    def person(self, name: str, scopes: str = "") -> Client:
        """Return somebody; with scopes, their session key is delegated."""
        if name not in self._people:
            self._wires.append(httpx.Client(timeout=30))
            self._people[name] = Client(
                self.url,
                secret=secret(name),
                session=secret(f"{name}/session"),
                clock=self.clock,
                http=self._wires[-1],
            )
            if scopes:
                self._people[name].delegate(scopes=scopes)
        return self._people[name]

    def signed_in(self, name: str, scopes: str = "") -> Client:
        who = self.person(name, scopes)
        who.sign_in()
        return who

    def _pool(self, evidence: str = "keyed") -> int:
        node = self.node
        terms: dict[str, Json] = {
            "evidence": evidence,
            "fee_account": node.account("treasury"),
            "fee_bps": FEE_BPS,
            "licence": "https://creativecommons.org/licenses/by/4.0/",
            "operator": node.operator,
            "sale_split": {"contributors": 7000, "fee": 500, "originator": 2500},
        }
        opened = pools.open_pool(
            node, name="Moods", terms=terms, arbiter=address_of(secret("arbiter")), court=address_of(secret("court"))
        )
        self.until(lambda: pools.pool_of_terms(node, opened) is not None)
        found = pools.pool_of_terms(node, opened)
        assert found is not None
        return found

    def fund(self, buyer: Client, budget: int, seconds: int = 86_400) -> tuple[int, int]:
        """Put a budget into escrow; returns the order's number on chain and its deadline."""
        deadline = int(time.time()) + seconds
        escrow = buyer.node["chain"]["contracts"]["escrow"]
        buyer.call("payment_token", "faucet(address,uint256)", [buyer.account, budget])
        buyer.call("payment_token", "approve(address,uint256)", [escrow, budget])
        buyer.call("escrow", "fund(uint256,uint256,uint256,uint256)", [self.pool, 1, budget, deadline])
        return int.from_bytes(buyer.view("escrow", "order_count()", []), "big"), deadline

    def body(
        self,
        *,
        escrow_order: int,
        deadline: int,
        budget: int,
        assignment: str = "open",
        redundancy: int = 3,
        listed: str | None = None,
        **changed: Json,
    ) -> dict[str, Json]:
        """Return the body of an order for labels."""
        spec: dict[str, Json] = {"config": CONFIG}
        if listed is not None:
            spec["listed"] = digest(listed)
        body: dict[str, Json] = {
            "assignment": assignment,
            "budget": str(budget),
            "deadline": deadline,
            "description": "Moods of texts.",
            "escrow_order": escrow_order,
            "evidence": "keyed",
            "guideline": {"sha256": digest(GUIDELINE), "version": 1},
            "pool": self.pool,
            "quality": {"rules": KINDS["label"].rules},
            "redundancy": redundancy,
            "reward": str(REWARD),
            "source": "label",
            "spec": spec,
            "terms_version": 1,
            "title": "Moods",
        }
        return {**body, **changed}

    def order(
        self,
        *,
        tasks: int = 5,
        assignment: str = "open",
        redundancy: int = 3,
        seconds: int = 86_400,
        budget: int | None = None,
        buyer: str = "buyer",
        listed: str | None = None,
    ) -> Sent:
        """Place a funded order of label tasks."""
        who = self.person(buyer, "buy")
        cost = budget or tasks * redundancy * UNIT_COST
        escrow_order, deadline = self.fund(who, cost, seconds)
        body = self.body(
            escrow_order=escrow_order,
            deadline=deadline,
            budget=cost,
            assignment=assignment,
            redundancy=redundancy,
            listed=listed,
        )
        return who.order(body, items=items(tasks), guideline=GUIDELINE, extra=[] if listed is None else [listed])

    def trace(self) -> tuple[dict[str, int], dict[str, str]]:
        """Return what is written anywhere: rows of each table, hashes of public and private files."""
        with self.node.store.reading() as book:
            connection = book._connection
            counts = {
                name: connection.scalar(select(func.count()).select_from(table)) or 0
                for name, table in metadata.tables.items()
            }
        files: dict[str, str] = {}
        for place in (self.public, self.public.parent / "private"):
            for path in sorted(place.rglob("*")) if place.exists() else []:
                if path.is_file():
                    files[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return counts, files

    def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.http.post(path, json=body, headers=headers)


def items(count: int) -> list[Json]:
    return [{"text": f"text {n}"} for n in range(count)]


@contextlib.contextmanager
def served(market: Market, app: Any = None) -> Iterator[Market]:
    """Serve the market's node on loopback while the block runs."""
    server = uvicorn.Server(
        uvicorn.Config(
            app or create_app(market.node),
            host="127.0.0.1",
            port=market.port,
            log_level="warning",
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )
    thread = threading.Thread(target=server.run, name="market-http", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    try:
        yield market
    finally:
        server.should_exit = True
        thread.join(10)


def error(answer: httpx.Response) -> dict[str, Any]:
    """Return what a refusal says, after checking that it has the one shape."""
    assert answer.status_code >= 400, (answer.status_code, answer.text[:200])
    assert answer.headers["content-type"].startswith("application/json")
    body = json.loads(answer.content)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "pointer"}
    assert isinstance(body["error"]["code"], str)
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    assert body["error"]["pointer"] is None or body["error"]["pointer"].startswith("/")
    return body["error"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def submission(client: Client, order: str, answers: Sequence[tuple[int, Json]], **more: Any) -> dict[str, Any]:
    """Return the body of a good submission, to be bent."""
    from hakari.core import canonical
    from hakari.core.statement import answer_commitment

    salts = [hashlib.sha256(f"{client.account} {order} {task}".encode()).hexdigest()[:32] for task, _ in answers]
    body: dict[str, Json] = {
        "commitments": [
            answer_commitment(task=task, answer=answer, salt=salt)
            for (task, answer), salt in zip(answers, salts, strict=True)
        ],
        "guideline": more.pop("guideline", 1),
        "order": order,
    }
    said = client.sign("submission", body, at=more.pop("at", None))
    return {
        "statement": canonical.decode(said.bytes),
        "answers": [
            {"task": task, "answer": answer, "salt": salt} for (task, answer), salt in zip(answers, salts, strict=True)
        ],
    }
