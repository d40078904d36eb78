"""A node with a market around it whose operator does only what a test says, and `hakari watch` beside it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import multisig
import uvicorn
from multisig import Multisig
from world import CONFIG, LABEL_ITEMS, MODELS, RANK_ITEMS, WORKERS, World, open_pool, opened, secret

from hakari.adapters.sql.store import Book
from hakari.app import Node, dues, promises, rounds, versions
from hakari.app.rounds import Raced
from hakari.client import digest
from hakari.core import canonical
from hakari.core.errors import HakariError
from hakari.core.money import UNIT
from hakari.doors.api import create_app
from hakari.pay import epoch as epochs
from hakari.pay import lines as pay_lines
from hakari.pay.epoch import Epoch
from hakari.pay.lines import Line
from hakari.pay.tree import evidence_hash
from hakari.people.wallets import address_of
from hakari.verify.flaws import Shown, Slot, slots_evidence

PATIENCE_S = 60.0
SPARE = 4
"""Answers that the buyer paid for and nobody gives: what he may take back in the end."""


@contextmanager
def served(node: Node) -> Iterator[None]:
    """The node's door without its worker: what the operator does is for the test to say."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(node), host="127.0.0.1", port=node.settings.port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def until(what: str, done: Callable[[], Any], act: Callable[[], Any] = lambda: time.sleep(0.05)) -> Any:
    end = time.monotonic() + PATIENCE_S
    while not (found := done()):
        assert time.monotonic() < end, f"waited {PATIENCE_S} s for {what}"
        act()
    return found


@dataclass
class Stage:
    """A node with a market around it, and everybody's keys. The operator's rounds run only when asked for."""

    node: Node
    market: World
    arbiter: Multisig
    court: Multisig

    def anchored(self) -> bool:
        """Ask for an anchor of the newest checkpoint until one covers every verdict."""
        promises.anchor(self.node)
        with self.node.store.reading() as book:
            leaves = [leaf for _, leaf in book.statements.about("verdicts")]
            posted = [int(each.args["size"]) for each in book.chain.events(contract="anchor", event="Posted")]
        # A leaf that has no number yet is not anchored, however large the log is on chain.
        return all(leaf is not None and max(posted, default=0) > leaf for leaf in leaves)

    def send(self, who: bytes, contract: str, function: str, *args: Any) -> None:
        chain = self.node.chain
        signed = chain.sign_call(who, self.node.contracts, contract, function, args, nonce=chain.nonce(address_of(who)))
        chain.send(signed.raw)
        receipt = chain.receipt(signed.hash)
        assert receipt is not None
        assert receipt.status

    def rule(self, resolver: Multisig, pool: int, *, valid: bool, signers: tuple[int, int] = (0, 2)) -> None:
        """Two people of a resolver rule on the root in a pool's slot."""
        resolver.act(self.node.contracts, "payouts", "rule", pool, valid, signers=signers)

    def ask(self, contract: str, function: str, *args: Any) -> Any:
        return self.node.chain.call(self.node.contracts, contract, function, args)

    def pass_time(self, seconds: int) -> None:
        """Let chain time pass; it stands still otherwise (`frozen`), so that no test depends on how fast it runs."""
        for _ in range(seconds):
            self.market.person("reader").post(
                f"{self.market.url}/rpc", {"jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": []}
            )

    def frozen(self) -> None:
        """From here on each block is one second, however long it takes."""
        assert self.node.embedded is not None
        self.node.embedded.mine(ahead=-1_000_000)

    def rich(self, who: bytes, amount: int = 1_000_000 * UNIT) -> None:
        self.send(who, "payment_token", "faucet", address_of(who), amount)

    def wealth(self, account: str) -> int:
        """Tokens, credits that were not taken yet, and bonds that stand in the slot."""
        return self.ask("payment_token", "balanceOf", account) + self.ask("payouts", "credits", account)

    def events(self, name: str) -> list[Any]:
        head = self.node.chain.block_number()
        found = self.node.chain.events(self.node.contracts, self.node.contracts.from_block, head)
        return [each for each in found if each.contract == "payouts" and each.event == name]

    # What the operator owes, and what it says instead

    def honest(self, pool: int) -> Epoch:
        with self.node.store.reading() as book:
            return honest(book, self.node, pool)

    def lie(
        self,
        pool: int,
        lines: Sequence[Line],
        slots: Sequence[Slot],
        *,
        free: int | None = None,
        leaves: bool = False,
        hide: bool = False,
        who: bytes | None = None,
    ) -> None:
        """Say and propose an epoch of these lines and slots, whatever is right. hide: take its evidence away."""
        node, made = self.node, Shown(slots)
        right = self.honest(pool)
        [pull] = right.pulls
        freed = int(pull.free) if free is None else free
        file = pay_lines.evidence(lines)
        named = node.evidence(file)
        body = {
            **right.body,
            "depth": made.depth,
            "lines": named,
            "pulls": [{"free": str(freed), "order": pull.order, "pay": str(made.root[1])}],
            "root": made.root[0].hex(),
            "total": str(made.root[1]),
        }
        with node.store.book() as book:
            book.statements.add(node.sentence("epoch", body))
        rounds.number(node)
        if hide:
            (self.market.public / "evidence" / named).unlink()
        self.send(
            node.keys.secret("operator") if who is None else who,
            "payouts",
            "propose",
            pool,
            1,
            made.root[0],
            made.root[1],
            made.depth,
            [(pull.order, made.root[1], freed)],
            body["size"],
            evidence_hash(named),
        )
        if leaves:
            text = slots_evidence(slots)
            shown = node.evidence(text)
            (self.market.public / "evidence" / shown).write_bytes(text)
            self.send(node.keys.secret("operator"), "payouts", "add_evidence", pool, bytes.fromhex(shown))


def honest(book: Book, node: Node, pool: int) -> Epoch:
    """The pool's next epoch at the newest anchored size."""
    rows = book.payouts.epochs(pool)
    sizes = [int(each.args["size"]) for each in book.chain.events(contract="anchor", event="Posted")]
    return epochs.assemble(
        number=len(rows) + 1,
        size=max(sizes),
        terms=versions.of(book, pool)[1],
        due=dues.below(
            dues.due(node, book, pool, dues.since(book, pool)),
            1,
            max(sizes),
            dues.anchored(book, node.signer.name)[max(sizes)],
        ),
        previous=book.payouts.cumulative(pool),
        earned=book.payouts.cumulative(pool, but="fee"),
    )


@dataclass
class Watcher:
    """`hakari watch` in a process of its own."""

    process: subprocess.Popen[str]
    words: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.words.append(json.loads(line))

    def told(self, kind: str, part: str) -> list[dict[str, Any]]:
        return [word for word in self.words if word["kind"] == kind and part in word["text"]]


@contextmanager
def beside(url: str, key: Path, *options: str) -> Iterator[Watcher]:
    words = key.with_suffix(".words").open("a")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "hakari.doors.cli.main", "watch", url, "--rpc", f"{url}/rpc"),
            *("--key-file", str(key), "--json", "--every", "0.1", *options),
        ],
        stdout=subprocess.PIPE,
        stderr=words,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"},
    )
    seen = Watcher(process=process)
    reader = threading.Thread(target=seen.read, daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        process.kill()  # as a power cut would: what it did is on chain
        process.wait()
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()
        words.close()


@contextmanager
def operating(node: Node, *, without: Sequence[object] = ()) -> Iterator[None]:
    """The operator's rounds beside the test, without some of their steps."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.01):
            for step in rounds.STEPS:
                # As the worker does: what a step could not do now, a later round does.
                with suppress(HakariError, Raced):
                    if step not in without:
                        step(node)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def label_order(market: World, buyer: str = "buyer of labels") -> str:
    answers = len(WORKERS) * len(LABEL_ITEMS)
    return market.order(buyer, source="label", answers=answers, items=LABEL_ITEMS, spec={"config": CONFIG}, listed=None)


def rank_order(market: World) -> str:
    pairs = [{"account": market.account(name), "task": task} for name in WORKERS for task in range(len(RANK_ITEMS))]
    listed = canonical.lines(pairs).decode()
    return market.order(
        "buyer of votes",
        source="rank",
        answers=len(WORKERS) * len(RANK_ITEMS) + SPARE,
        items=RANK_ITEMS,
        spec={"listed": digest(listed), "models": list(MODELS), "pairs": 0},
        listed=listed,
    )


@contextmanager
def staged(tmp_path: Path, *, ahead_s: int = 0) -> Iterator[Stage]:
    """One epoch accepted, the next one's verdicts anchored and due, the operator's rounds over and chain time frozen.

    ahead_s: how far the operator's clock is ahead when it says these verdicts.
    """
    ahead = [0]
    node = opened(tmp_path, clock=lambda: int(time.time()) + ahead[0])
    try:
        with served(node):
            market = World(url=node.settings.url, public=tmp_path / "public")
            arbiter, court = (multisig.deploy(node.chain, name) for name in ("arbiter", "court"))
            made = Stage(node=node, market=market, arbiter=arbiter, court=court)
            with operating(node):
                open_pool(node, arbiter=arbiter.address, court=court.address)
                labels = label_order(market)
                market.work_all({"label": labels})
                market.judged({"label": labels})
                market.settled()
            ahead[0] = ahead_s
            with operating(node, without=(rounds.promise,)):
                votes = rank_order(market)
                market.work_all({"rank": votes})
                market.judged({"rank": votes})
                until("the verdicts' checkpoint on chain", made.anchored)
                market.quiet()
            made.frozen()
            yield made
            market.close()
    finally:
        node.close()


def key_of(name: str, folder: Path) -> Path:
    path = folder / f"{name}.key"
    path.write_text(secret(name).hex() + "\n")
    return path
