"""The watcher, run as a stranger runs it: beside an operator that lies in nine ways, then beside a dead one."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from world import CONFIG, LABEL_ITEMS, MODELS, RANK_ITEMS, WORKERS, World, open_pool, opened, secret

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.net import FolderFiles
from hakari.adapters.sql.store import Book
from hakari.app import Node, promises, rounds, watcher, watching
from hakari.app.rounds import Raced
from hakari.client import digest
from hakari.core import canonical
from hakari.core.errors import HakariError
from hakari.core.ids import Account, StatementId
from hakari.core.money import UNIT, Micros
from hakari.doors.api import create_app
from hakari.pay import epoch as epochs
from hakari.pay import lines as pay_lines
from hakari.pay.epoch import Epoch
from hakari.pay.lines import Line
from hakari.pay.tree import evidence_hash
from hakari.people.wallets import address_of
from hakari.verify.flaws import Shown, Slot, laid_out, slots_evidence

PATIENCE_S = 60.0
SPARE = 4
"""Answers that the buyer paid for and nobody gives: what he may take back in the end."""
GHOST = Account("0x" + "77" * 20)
THIEF = Account("0x" + "99" * 20)


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

    def anchored(self) -> bool:
        """Ask for an anchor of the newest checkpoint until one covers every verdict."""
        promises.anchor(self.node)
        with self.node.store.reading() as book:
            said = max((leaf or 0) for _, leaf in book.statements.about("verdicts"))
            posted = [int(each.args["size"]) for each in book.chain.events(contract="anchor", event="Posted")]
        return max(posted, default=0) > said

    def send(self, who: bytes, contract: str, function: str, *args: Any) -> None:
        chain = self.node.chain
        signed = chain.sign_call(who, self.node.contracts, contract, function, args, nonce=chain.nonce(address_of(who)))
        chain.send(signed.raw)
        receipt = chain.receipt(signed.hash)
        assert receipt is not None
        assert receipt.status

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
    since = int(rows[-1].body["size"]) if rows else 0
    sizes = [int(each.args["size"]) for each in book.chain.events(contract="anchor", event="Posted")]
    return epochs.assemble(
        number=len(rows) + 1,
        size=max(sizes),
        terms=promises._terms(book, pool),
        due=[each for leaf, each in promises._due(book, pool, since) if leaf < max(sizes)],
        previous=book.payouts.cumulative(pool),
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


def label_order(market: World) -> str:
    answers = len(WORKERS) * len(LABEL_ITEMS)
    return market.order(
        "buyer of labels", source="label", answers=answers, items=LABEL_ITEMS, spec={"config": CONFIG}, listed=None
    )


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


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """One epoch accepted, the next one's verdicts anchored and due, the operator's rounds over and chain time frozen."""
    node = opened(tmp_path)
    try:
        with served(node):
            market = World(url=node.settings.url, public=tmp_path / "public")
            made = Stage(node=node, market=market)
            with operating(node):
                open_pool(node)
                labels = label_order(market)
                market.work_all({"label": labels})
                market.judged({"label": labels})
                market.settled()
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


@dataclass(frozen=True, kw_only=True)
class Lie:
    """How an epoch is wrong. proof: the kind that ends it, 0 where a resolver must."""

    lines: Sequence[Line]
    slots: Sequence[Slot]
    proof: int = 0
    ground: int = 0
    leaves: bool = False
    hide: bool = False


def lies(right: Epoch, previous: dict[Account, Micros]) -> dict[str, Lie]:
    """Nine ways to be wrong about one epoch."""
    lines = list(right.lines)
    slots = laid_out(previous, lines)
    [first, second] = [place for place, slot in enumerate(slots) if slot.lines and slot.prev][:2]
    ghost = sorted([*slots, Slot(account=GHOST, prev=5 * UNIT)], key=lambda slot: slot.account or "")
    victim = slots[second].account
    kept = [line for line in lines if line.account != victim]
    cause = lines[0].cause
    line = next(each for each in lines if each.account == slots[first].account)
    halves = [
        replace(line, amount=Micros(line.amount // 2)),
        replace(line, amount=Micros(line.amount - line.amount // 2)),
    ]
    at = lines.index(line)
    twice = [*lines[:at], *halves, *lines[at + 1 :]]
    invented = Line(account=THIEF, cause=StatementId("ab" * 32), source=line.source, amount=line.amount, why="work")
    stolen = sorted([*kept, invented], key=lambda each: each.account)
    moved = sorted([*kept, replace(invented, cause=cause)], key=lambda each: each.account)

    def changed(place: int, **what: Any) -> list[Slot]:
        return [replace(slot, **what) if each == place else slot for each, slot in enumerate(slots)]

    return {
        "omitted line": Lie(lines=kept, slots=laid_out(previous, kept), ground=4),
        "wrong carry-over": Lie(lines=lines, slots=changed(first, prev=slots[first].prev - 1), proof=1),
        "carry-over of nobody": Lie(lines=lines, slots=ghost, proof=2, leaves=True),
        "dropped account": Lie(
            lines=kept, slots=[slot for slot in laid_out(previous, kept) if slot.account != victim], proof=3
        ),
        "account twice": Lie(
            lines=lines,
            slots=[*slots[: first + 1], replace(slots[first], inc=0, lines=()), *slots[first + 1 :]],
            proof=4,
        ),
        "hole": Lie(lines=lines, slots=[*slots[:first], Slot(account=None), *slots[first:]], proof=5),
        "cause twice": Lie(lines=twice, slots=laid_out(previous, twice), proof=6),
        "line without a statement": Lie(lines=stolen, slots=laid_out(previous, stolen), ground=2),
        "withheld": Lie(lines=moved, slots=laid_out(previous, moved), ground=1, hide=True),
    }


@dataclass
class Till:
    """What everybody should have, bond by bond."""

    held: dict[str, int]

    def proven(self, bond: int, *, prover: str, court: str, proposer: str) -> None:
        self.held[proposer] -= bond
        self.held[prover] += bond // 2
        self.held[court] += bond - bond // 2

    def ruled(self, bond: int, *, winner: str, loser: str, resolver: str) -> None:
        self.held[loser] -= bond
        self.held[winner] += bond - bond // 2
        self.held[resolver] += bond // 2


@pytest.mark.parametrize("hogs", [1, pytest.param(5, marks=pytest.mark.soak)])
def test_nine_lies_are_stopped_and_a_dead_operator_strands_nothing(stage: Stage, tmp_path: Path, hogs: int) -> None:
    pool, url = 1, stage.market.url
    operator = stage.node.keys.secret("operator")
    arbiter, court, eye = secret("arbiter"), secret("court"), secret("watcher")
    buyer, straw = secret("buyer of votes"), secret("strawman")
    for who in (operator, eye, buyer, straw):
        stage.rich(who)
    for who in (buyer, straw):
        stage.send(who, "payment_token", "approve", stage.node.contracts.payouts, 2**255)
    names = {each: address_of(each) for each in (operator, arbiter, court, eye, buyer, straw)}
    till = Till(held={account: stage.wealth(account) for account in names.values()})
    with stage.node.store.reading() as book:
        previous = book.payouts.cumulative(pool)
    right = stage.honest(pool)
    [pull] = right.pulls
    left = stage.ask("escrow", "order", pull.order)["left"]
    key = key_of("watcher", tmp_path)

    def idle() -> bool:
        return stage.ask("payouts", "slot", pool)["state"] == 0

    def calm() -> None:
        """Each transaction takes a second of a window of three: nothing of the last round may be left."""
        until("an empty slot", idle)
        until("the watcher's credits", lambda: not stage.ask("payouts", "credits", names[eye]))

    def ruled_out(bond: int, proposer: bytes) -> None:
        until("the challenge", lambda: stage.ask("payouts", "slot", pool)["state"] == 2)
        stage.send(arbiter, "payouts", "rule", pool, False)
        stage.pass_time(4)
        calm()
        till.ruled(bond, winner=names[eye], loser=names[proposer], resolver=names[arbiter])

    stage.send(buyer, "escrow", "close", pull.order)
    all_lies = lies(right, previous)
    name, lie = next(iter(all_lies.items()))
    stage.lie(pool, lie.lines, lie.slots)
    poor = list[watcher.Word]()
    eyes = watcher.Watch(
        files=FolderFiles(stage.market.public),
        chain=stage.node.chain,
        contracts=stage.node.contracts,
        secret=eye,
        limit=0,
        claims=False,
        proposes=True,
        log_id=promises.log_id(stage.node),
        tell=poor.append,
    )
    for _ in range(2):
        assert not watching.look(eyes)
    assert eyes.trouble
    assert [word.kind for word in poor] == ["saw", "could_not"]
    assert "passes the limit of 0" in poor[-1].text
    assert stage.ask("payouts", "slot", pool)["state"] == 1

    with beside(url, key, "--limit", "10000", "--no-propose") as seen:
        for name, lie in all_lies.items():
            if idle():
                stage.lie(pool, lie.lines, lie.slots, leaves=lie.leaves, hide=lie.hide)
            bond = stage.events("Proposed")[-1].args["bond"]
            if lie.proof:
                calm()
                assert int(stage.events("Proven")[-1].args["kind"]) == lie.proof, name
                till.proven(int(bond), prover=names[eye], court=names[court], proposer=names[operator])
            elif lie.hide:
                # The arbiter sleeps: the watcher takes the question to the court, without a bond.
                until("the challenge", lambda: stage.ask("payouts", "slot", pool)["state"] == 2)
                stage.pass_time(6)
                until("the free appeal", lambda: stage.ask("payouts", "slot", pool)["state"] == 4)
                stage.send(court, "payouts", "rule", pool, False)
                calm()
                till.ruled(int(bond), winner=names[eye], loser=names[operator], resolver=names[court])
            else:
                ruled_out(int(bond), operator)
                assert int(stage.events("Challenged")[-1].args["ground"]) == lie.ground, name
        assert len(stage.events("Voided")) == 9
        assert len(stage.events("Accepted")) == 1
        # The operator is dead from here on. The buyer keeps the slot busy with roots of his own, until his notice is over.
        for _ in range(hogs):
            made = Shown([Slot(account=Account(names[buyer]), inc=1)])
            stage.send(
                *(buyer, "payouts", "propose", pool, 1, made.root[0], 1, 0),
                *([(pull.order, 1, 0)], right.body["size"], bytes(32)),
            )
            with pytest.raises(Reverted, match="busy"):
                stage.send(buyer, "escrow", "refund", pull.order, names[buyer])
            ruled_out(int(stage.events("Proposed")[-1].args["bond"]), buyer)
        assert {account: stage.wealth(account) for account in till.held} == till.held
        assert not seen.told("could_not", "")

    with beside(url, key, "--limit", "10000", "--claim") as seen:
        until("the honest epoch", lambda: not idle())
        proposed = stage.events("Proposed")[-1].args
        assert proposed["proposer"] == names[eye]
        assert proposed["root"] == right.body["root"]
        bond = int(proposed["bond"])
        stage.send(straw, "payouts", "challenge", pool, 3, bytes(32))
        stage.send(arbiter, "payouts", "rule", pool, False)
        until("the appeal", lambda: stage.ask("payouts", "slot", pool)["state"] == 4)
        stage.send(court, "payouts", "rule", pool, True)
        stage.pass_time(4)
        until("the acceptance", lambda: len(stage.events("Accepted")) == 2)
        # Overturned: the appellant has its two bonds back and half of the prize, the proposer the other half.
        prize = bond - bond // 2
        till.held[names[straw]] -= bond
        till.held[names[eye]] += prize
        till.held[names[court]] += bond // 2
        until(
            "the claims",
            lambda: all(stage.ask("payment_token", "balanceOf", who) == amount for who, amount in right.paid.items()),
        )
        until("the watcher's credits", lambda: not stage.ask("payouts", "credits", names[eye]))
        assert not seen.told("could_not", "")
    assert {account: stage.wealth(account) for account in till.held} == till.held
    assert stage.ask("escrow", "order", pull.order)["left"] == left - right.tree.total
    stage.pass_time(20)
    stage.send(buyer, "escrow", "refund", pull.order, names[buyer])
    assert stage.wealth(names[buyer]) == till.held[names[buyer]] + left - right.tree.total
    assert stage.ask("payment_token", "balanceOf", stage.node.contracts.payouts) == sum(
        stage.ask("payouts", "credits", account) for account in till.held
    )
    assert stage.ask("payment_token", "balanceOf", THIEF) == stage.ask("payment_token", "balanceOf", GHOST) == 0
    # With nothing left to do a single round ends well and sends nothing.
    sent = stage.node.chain.nonce(names[eye])
    ended = once(url, f"{url}/rpc", key)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert stage.node.chain.nonce(names[eye]) == sent


def once(source: str, rpc: str, key: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hakari.doors.cli.main", "watch", source, "--rpc", rpc]
    return subprocess.run(
        [*command, "--key-file", str(key), "--json", "--once"], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_file_without_a_key_is_wrong_use(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("not a key\n")
    ended = once(str(tmp_path), "http://127.0.0.1:9", key)
    assert ended.returncode == 2
    assert "64 hexadecimal digits" in ended.stderr
