"""The watcher, run as a stranger runs it: beside an operator that lies in nine ways, then beside a dead one."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from stage import Stage, beside, key_of, staged, until
from world import secret

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.net import FolderFiles
from hakari.app import promises, watcher, watching
from hakari.core.ids import Account, StatementId
from hakari.core.money import UNIT, Micros
from hakari.pay.epoch import Epoch
from hakari.pay.lines import Line
from hakari.people.wallets import address_of
from hakari.verify.flaws import Shown, Slot, laid_out

GHOST = Account("0x" + "77" * 20)
THIEF = Account("0x" + "99" * 20)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as made:
        yield made


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
    arbiter, court, eye = stage.arbiter.address, stage.court.address, secret("watcher")
    buyer, straw = secret("buyer of votes"), secret("strawman")
    for who in (operator, eye, buyer, straw):
        stage.rich(who)
    for who in (buyer, straw):
        stage.send(who, "payment_token", "approve", stage.node.contracts.payouts, 2**255)
    names = {each: address_of(each) for each in (operator, eye, buyer, straw)}
    till = Till(held={account: stage.wealth(account) for account in (*names.values(), arbiter, court)})
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
        stage.rule(stage.arbiter, pool, valid=False)
        stage.pass_time(4)
        calm()
        till.ruled(bond, winner=names[eye], loser=names[proposer], resolver=arbiter)

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
    assert [word.kind for word in poor] == ["saw", "saw", "could_not"]
    assert poor[0].text.startswith("1 accepted so far")
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
                till.proven(int(bond), prover=names[eye], court=court, proposer=names[operator])
            elif lie.hide:
                # The arbiter sleeps: the watcher takes the question to the court, without a bond.
                until("the challenge", lambda: stage.ask("payouts", "slot", pool)["state"] == 2)
                stage.pass_time(6)
                until("the free appeal", lambda: stage.ask("payouts", "slot", pool)["state"] == 4)
                # One person of the court is not the court, and no more is the same one twice.
                for alone in ((0, 0), (1, 1)):
                    with pytest.raises(Reverted, match="signatures"):
                        stage.rule(stage.court, pool, valid=True, signers=alone)
                stage.rule(stage.court, pool, valid=False, signers=(1, 2))
                calm()
                till.ruled(int(bond), winner=names[eye], loser=names[operator], resolver=court)
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
        stage.rule(stage.arbiter, pool, valid=False, signers=(0, 1))
        until("the appeal", lambda: stage.ask("payouts", "slot", pool)["state"] == 4)
        stage.rule(stage.court, pool, valid=True)
        stage.pass_time(4)
        until("the acceptance", lambda: len(stage.events("Accepted")) == 2)
        # Overturned: the appellant has its two bonds back and half of the prize, the proposer the other half.
        prize = bond - bond // 2
        till.held[names[straw]] -= bond
        till.held[names[eye]] += prize
        till.held[court] += bond // 2
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
    ended = once(url, "--rpc", f"{url}/rpc", "--key-file", str(key))
    assert ended.returncode == 0, ended.stderr
    assert [json.loads(line)["text"].split(",")[0] for line in ended.stdout.splitlines()] == ["2 accepted so far"]
    assert stage.node.chain.nonce(names[eye]) == sent
    # A newcomer needs nothing but the address: the key is made, the chain is the node's own.
    new = tmp_path / "new" / "hakari-watcher.key"
    new.parent.mkdir()
    ended = once(url, folder=new.parent)
    assert ended.returncode == 0, ended.stderr
    assert "A new key for this watcher is in hakari-watcher.key" in ended.stderr
    assert "must be allowed a bond (--limit)" in " ".join(ended.stderr.split())
    assert new.stat().st_mode & 0o777 == 0o600
    made = new.read_text()
    assert once(url, folder=new.parent).returncode == 0
    assert new.read_text() == made
    assert once(str(stage.market.public), folder=new.parent).returncode == 2, "a folder has no chain of its own"


def once(source: str, *options: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hakari.doors.cli.main", "watch", source, "--json", "--once", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


def test_a_file_without_a_key_is_wrong_use(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("not a key\n")
    ended = once(str(tmp_path), "--rpc", "http://127.0.0.1:9", "--key-file", str(key))
    assert ended.returncode == 2
    assert "64 hexadecimal digits" in ended.stderr
