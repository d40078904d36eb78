"""A whole small market made in memory: keys, chain events, statements, evidence, log. Everything follows from everything before.

A lie is a name and a change: where the story comes to that name, the change is made and all that follows is built on it, with
every key of the node. What contributors and buyers signed stays signed by them.
"""

import hashlib
from dataclasses import replace
from typing import ClassVar

from hakari.core import canonical, typed
from hakari.core.merkle import leaf_hashes
from hakari.core.merkle import root as merkle_root
from hakari.core.statement import (
    ACCOUNT_KEY,
    Statement,
    answer_commitment,
    item_commitment,
    signed_bytes,
)
from hakari.data import release as data_release
from hakari.log.checkpoint import sign_checkpoint
from hakari.log.note import SignerKey
from hakari.log.writer import Appender
from hakari.pay import epoch as pay_epoch
from hakari.pay import lines as pay_lines
from hakari.pay import tree as pay_tree
from hakari.pay.chain import ChainEvent
from hakari.people import receipts, signing
from hakari.people.wallets import address_of, sign_typed
from hakari.sources.kind import Answer, Batch, Judged, TaskSpec
from hakari.verify.ports import Held
from hakari.work import orders as work_orders
from hakari.work.drawing import drawn
from hakari.work.judging import Opening, sentence

from .tiny import KINDS, TINY

CHAIN, ORIGIN, T0 = 31337, "market.example/log", 1_764_000_000
NAMES = ("anchor", "escrow", "licences", "payment_token", "payouts", "pools")
CONTRACTS = {name: f"0x{number:040x}" for number, name in enumerate(NAMES, 0xC0)}
LOG_ID = hashlib.sha256(ORIGIN.encode()).hexdigest()
WORKERS, TASKS, REWARD = 5, 8, 40_000


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Person:
    """An account and its session key, both from a number."""

    def __init__(self, number):
        self.wallet = number.to_bytes(32, "big")
        self.account = address_of(self.wallet)
        self.secret = hashlib.sha256(b"session %d" % number).digest()
        self.key = signing.public_key(self.secret)


class Drawer(dict):
    """Files by name, as the log's writer wants them."""

    def read(self, path):
        return self.get(path)

    def write(self, path, data):
        self[path] = data

    def delete(self, path):
        self.pop(path, None)

    def list(self, prefix):
        return [path for path in self if path.startswith(prefix)]


class World:
    """The story told once. `lies`: name → change of the value that stands there."""

    kind = TINY
    spec: ClassVar = {"classes": 3}
    terms_of_order: ClassVar = {}
    version = 1

    def __init__(self, lies=None, *, evidence="open", assignment="drawn", tasks=TASKS, workers=WORKERS, votes=None):
        self.lies = dict(lies or {})
        self.met = set()
        self.evidence_class, self.assignment, self.task_count = evidence, assignment, tasks
        self.votes = votes or (lambda worker, task: (task + (worker == 4)) % 3)
        self.time, self.block = T0, 1
        self.statements, self.files, self.events, self.told = [], {}, [], 0
        self.next_block = 1
        self.receipts = []
        self.signer = SignerKey(name=ORIGIN, seed=hashlib.sha256(b"log").digest())
        self.operator, self.buyer, self.reader = Person(1), Person(2), Person(3)
        # By epoch number: who proposes it, and whether the operator says it in the log.
        self.proposers, self.unsaid = {}, set()
        # Rows, by number, that a release leaves out.
        self.without = set()
        self.earned = {}
        self.workers = [Person(10 + number) for number in range(workers)]

    def at(self, name, value):
        """Return the value, changed where the lie is told here."""
        self.met.add(name)
        return self.lies[name](value) if name in self.lies else value

    # -- the log

    def say(self, who, kind, body, *, name=None):
        """Append a statement by a session key. A named statement may be changed after signing: then its signature is stale."""
        self.time += 1
        message = signed_bytes(kind=kind, author=who.account, time=self.time, body=body, key=who.key)
        made = Statement(
            kind=kind,
            author=who.account,
            time=self.time,
            body=body,
            key=who.key,
            signature=signing.sign(who.secret, message),
        )
        if name is not None:
            made = self.at(name, made)
        if made is not None:
            self.statements.append(made)
        return made

    def delegate(self, who, scopes):
        self.time += 1
        terms = {"not_before": self.time, "expires": self.time + 10**7, "nonce": 1, "scopes": scopes}
        message = typed.delegation(chain_id=CHAIN, log=ORIGIN, account=who.account, session_key=who.key, **terms)
        body = {"log": ORIGIN, "session_key": who.key, **terms}
        self.statements.append(
            Statement(
                kind="delegation",
                author=who.account,
                time=self.time,
                body=body,
                key=ACCOUNT_KEY,
                signature=sign_typed(who.wallet, message),
            )
        )

    def keep(self, data):
        """Put evidence in the folder and return its name."""
        self.files[f"evidence/{sha(data)}"] = data
        return sha(data)

    @property
    def size(self):
        return len(self.statements)

    def root(self, size):
        return merkle_root(leaf_hashes([each.bytes for each in self.statements[:size]]))

    # -- the chain

    def emit(self, contract, event, **args):
        """Add an event in a block of its own."""
        self.block += 1
        given = self.at(f"{contract}.{event}", args)
        if given is None:
            return
        self.events.append(
            ChainEvent(
                block=self.block,
                index=0,
                contract=contract,
                event=event,
                address=CONTRACTS[contract],
                tx=sha(b"tx %d" % self.block),
                time=self.time,
                args={name: value if isinstance(value, list | bool) else str(value) for name, value in given.items()},
            )
        )

    def restate(self):
        """Tell the log what the chain did since the last time."""
        fresh, self.told = self.events[self.told :], len(self.events)
        lines = self.at("events", [event.line() for event in fresh])
        digest = self.keep(canonical.lines(lines))
        body = {
            "block_hash": sha(b"block %d" % self.block),
            "count": len(lines),
            "events": digest,
            "from": self.next_block,
            "to": self.block,
        }
        self.say(self.operator, "chain", self.at("chain", body))
        self.next_block = self.block + 1

    def anchor(self):
        self.emit("anchor", "Posted", log_id=LOG_ID, size=self.size, root=self.root(self.size).hex(), time=self.time)
        return self.size

    # -- the story

    def begin(self):
        self.delegate(self.operator, "operate")
        self.node = self.at(
            "node",
            {
                "chain": {"chain_id": CHAIN, "contracts": CONTRACTS, "from_block": 1, "profile": "local"},
                "formats": 1,
                "log": {"key": self.signer.verifier.text, "origin": ORIGIN},
                "name": "A market",
                "randomness": "operator",
            },
        )
        self.say(self.operator, "node", self.node)
        for person in (self.buyer, self.reader):
            self.delegate(person, "buy")
        for person in self.workers:
            self.delegate(person, "work")
        self.terms_body = self.at(
            "terms",
            {
                "evidence": self.evidence_class,
                "fee_account": self.operator.account,
                "fee_bps": 500,
                "licence": "CC-BY-4.0",
                "operator": self.operator.account,
                "sale_split": {"contributors": 7000, "fee": 1000, "originator": 2000},
            },
        )
        self.emit(
            "pools",
            "Terms",
            pool=1,
            version=1,
            hash=sha(canonical.encode(self.terms_body)),
            arbiter=CONTRACTS["pools"],
            court=CONTRACTS["anchor"],
            fee_cap_bps=1000,
            log_id=LOG_ID,
            bond=0,
            derive_bps=0,
        )
        pool = {"name": "A pool", "pool": 1, "terms": self.terms_body, "terms_version": 1}
        self.say(self.operator, "pool", pool)
        self.terms = work_orders.terms(pool)
        self.restate()

    def order(self, *, listed=None):
        """Fund and state an order with its tasks."""
        number = sum(event.event in ("Funded", "Income") for event in self.events) + 1
        deadline, budget = self.time + 100_000, 100 * max(1, len(self.workers) // 50) * REWARD * self.task_count
        self.emit(
            "escrow",
            "Funded",
            order=number,
            pool=1,
            buyer=self.buyer.account,
            terms_version=1,
            amount=budget,
            deadline=deadline,
        )
        body = {
            "assignment": self.assignment,
            "budget": str(budget),
            "deadline": deadline,
            "description": "",
            "escrow_order": number,
            "evidence": self.evidence_class,
            "guideline": {"sha256": self.keep(b"Look twice."), "version": self.version},
            "pool": 1,
            "quality": {"rules": self.kind.rules},
            "redundancy": 3,
            "reward": str(REWARD),
            "source": "label",
            "spec": self.spec if listed is None else {**self.spec, "listed": listed},
            "terms_version": 1,
            "title": "Cats",
            **self.terms_of_order,
        }
        self.order_statement = self.say(self.buyer, "order", body, name="order")
        items = [item_commitment(data={"image": n}, salt="s" * 22) for n in range(self.task_count)]
        lines = [{"item": item, "n": n, "public": {}} for n, item in enumerate(items)]
        tasks = self.at("tasks", {"count": len(lines), "order": self.order_statement.id, "lines": lines})
        named = {"count": tasks["count"], "order": tasks["order"], "tasks": self.keep(canonical.lines(tasks["lines"]))}
        self.say(self.operator, "tasks", named)
        self.restate()

    def assign(self, worker, count=None):
        """Draw an account's tasks in two assignments."""
        order, size = self.order_statement.id, self.size
        self.drawn_at = size
        tasks = list(range(self.task_count))
        if self.assignment == "drawn":
            tasks = drawn(
                root=self.root(size),
                order=order,
                account=worker.account,
                wanted=tasks,
                given=(),
                count=count or self.task_count,
            )
        tasks = self.at("assigned", tasks)
        for part in (tasks[:3], tasks[3:]):
            body = {
                "account": worker.account,
                "order": order,
                "size": size if self.assignment == "drawn" else 0,
                "tasks": part,
            }
            self.say(self.operator, "assignment", body)
        return tasks

    def submit(self, number, worker, tasks):
        """Sign a batch; the node gives a receipt, and then logs it or does not."""
        opened = [(task, {"label": self.votes(number, task)}, f"salt-of-{number:08d}-{task:08d}") for task in tasks]
        commitments = [answer_commitment(task=task, answer=answer, salt=salt) for task, answer, salt in opened]
        body = {"commitments": commitments, "guideline": self.version, "order": self.order_statement.id}
        made = self.say(worker, "submission", body, name=f"submission {number}")
        if made is None:
            made = self._unlogged(worker, body)
        else:
            leaf = self.size - 1
            self.opened += [
                Opening(answer=Answer(account=worker.account, task=task, answer=answer, leaf=leaf, n=n), salt=salt)
                for n, (task, answer, salt) in enumerate(opened)
            ]
        self.receipts.append(
            receipts.make(self.signer, statement=made.id, time=self.time, include_by=self.time + 1).json
        )

    def _unlogged(self, worker, body):
        message = signed_bytes(kind="submission", author=worker.account, time=self.time, body=body, key=worker.key)
        signature = signing.sign(worker.secret, message)
        return Statement(
            kind="submission", author=worker.account, time=self.time, body=body, key=worker.key, signature=signature
        )

    def work(self):
        self.opened = []
        for number, worker in enumerate(self.workers):
            tasks = list(range(self.task_count)) if self.assignment == "open" else self.assign(worker)
            self.submit(number, worker, tasks[: self.task_count // 2])
            self.submit(number, worker, tasks[self.task_count // 2 :])

    def judge(self):
        """Open the answers and judge them; a lie about answers or results is built on."""
        opened = self.at("answers", self.opened)
        answers = [each.answer for each in opened]
        batch = Batch(
            spec=self.order_statement.body["spec"],
            quality=self.order_statement.body["quality"],
            tasks=[{}] * self.task_count,
            answers=answers,
        )
        judgement = self.at("judgement", self.kind.judge(batch, None))
        made = sentence(
            order=self.order_statement.id, size=self.size, reward=REWARD, openings=opened, judgement=judgement
        )
        for data in made.evidence:
            self.keep(data)
        if self.evidence_class == "sealed":
            del self.files[f"evidence/{made.body['answers']}"]
        self.ruling = self.say(self.operator, "verdicts", self.at("verdicts", dict(made.body)))
        accepted = {}
        self.judged = [
            Judged(answer=answer, verdict=verdict) for answer, verdict in zip(answers, judgement.verdicts, strict=True)
        ]
        for each, verdict in zip(answers, judgement.verdicts, strict=True):
            if verdict.accepted:
                accepted[each.account] = accepted.get(each.account, 0) + 1
        self.accepted = accepted
        return pay_lines.Work(
            cause=self.ruling.id,
            source=self.order_statement.body["escrow_order"],
            reward=REWARD,
            judged=len(answers),
            accepted=accepted,
        )

    def pay(self, number, due, previous):
        """Make an epoch, put it on chain, let everybody claim."""
        size = self.anchor()
        made = pay_epoch.assemble(
            number=number, size=size, terms=self.terms, due=due, previous=previous, earned=self.earned
        )
        self.earned = made.earned
        lines = self.at("lines", list(made.lines))
        if lines != list(made.lines):
            made = self._with_lines(made, lines, due, previous)
        if number not in self.unsaid:
            self.keep(made.lines_file)
            self.say(self.operator, "epoch", self.at("epoch", dict(made.body)))
        pulls = [{"free": str(p.free), "order": str(p.order), "pay": str(p.pay)} for p in made.pulls]
        self.emit(
            "payouts",
            "Proposed",
            pool=1,
            epoch=number,
            proposer=self.proposers.get(number, self.operator).account,
            terms_version=1,
            root=made.body["root"],
            total=made.tree.total,
            depth=made.tree.depth,
            pulls=pulls,
            checkpoint_size=size,
            evidence=made.evidence.hex(),
            bond=1_000_000,
            window_ends=self.time + 10,
        )
        self.time += 20
        self.emit("payouts", "Credited", account=self.operator.account, pool=1, amount=1_000_000)
        for p in made.pulls:
            self.emit("escrow", "PaidOut", order=p.order, pool=1, epoch=number, pay=p.pay, free=p.free)
        self.emit(
            "payouts",
            "Accepted",
            pool=1,
            epoch=number,
            root=made.body["root"],
            total=made.tree.total,
            depth=made.tree.depth,
        )
        for each in made.owed:
            if each.inc:
                self.emit(
                    "payouts",
                    "Claimed",
                    pool=1,
                    account=each.account,
                    recipient=each.account,
                    amount=each.inc,
                    cumulative=each.prev + each.inc,
                    fee=0,
                )
        self.restate()
        return made.paid

    def _with_lines(self, made, lines, due, previous):
        """Rebuild an epoch on other lines: tree, root, pulls, evidence, all of it."""
        owed = pay_lines.carry(previous, lines)
        tree, pulls = pay_tree.build(owed), pay_lines.pulls(due, lines, self.terms)
        data = pay_lines.evidence(lines)
        body = {
            **made.body,
            "depth": tree.depth,
            "lines": sha(data),
            "pulls": [{"free": str(p.free), "order": p.order, "pay": str(p.pay)} for p in pulls],
            "root": tree.root.hex(),
            "total": str(tree.total),
        }
        return replace(
            made,
            body=body,
            lines=lines,
            lines_file=data,
            evidence=pay_tree.evidence_hash(sha(data)),
            pulls=pulls,
            owed=owed,
            tree=tree,
            paid=pay_lines.cumulative(owed),
        )

    def release(self):
        spec = self.order_statement.body["spec"]
        schema = self.kind.schema(spec)
        tasks = [TaskSpec(public={}, data={"image": f"{n}.png"}) for n in range(self.task_count)]
        by_task = [[each for each in self.judged if each.answer.task == n] for n in range(self.task_count)]
        said = self.at("said", self.kind.rows(spec, tasks, by_task))
        self.rows = [row for n, row in enumerate(said) if n not in self.without]
        salts = [salt for n, salt in enumerate(self.salts(len(said))) if n not in self.without]
        built = data_release.build(self.rows, schema=schema, salts=salts)
        rows = self.at("rows", self.rows)
        given = data_release.build(rows, schema=schema, salts=salts[: len(rows)])
        weights = self.at("shares", pay_lines.shares([self.accepted]))
        self.data = self.at("data", given.parquet)
        access = "open" if self.evidence_class == "open" else "licensee"
        body = {
            "croissant": self.keep(b'{"@type":"sc:Dataset"}'),
            "files": [
                {"access": access, "bytes": len(self.data), "path": "data.parquet", "sha256": sha(self.data)},
                {"access": "licensee", "bytes": 3, "path": "items.tar", "sha256": sha(b"abc")},
            ],
            "items": built.rows,
            "lineage": {"orders": [self.order_statement.id], "parents": [], "verdicts": [self.ruling.id]},
            "manifest": self.keep(built.manifest),
            "name": "Cats",
            "order": self.order_statement.id,
            "pool": 1,
            "root": built.root,
            "schema": [{"name": name, "type": type_} for name, type_ in [*schema, ("salt", "string")]],
            "shares": self.keep(pay_lines.shares_evidence(weights)),
            "version": 1,
        }
        self.released = self.say(self.operator, "release", self.at("release", body))
        self.lay_out(self.released)
        self.weights = weights
        self.emit("pools", "Release", pool=1, release_id=self.released.id, root=self.released.body["root"])

    def salts(self, rows):
        return [f"{n:022d}" for n in range(rows)]

    def lay_out(self, release):
        """Put a release's open files into the folder."""
        if release.body["files"][0]["access"] == "open":
            self.files[f"releases/{release.id}/data.parquet"] = self.data

    def sell(self):
        price, number = 1_000_003, sum(event.event in ("Funded", "Income") for event in self.events) + 1
        self.emit(
            "licences",
            "Offered",
            offer=1,
            pool=1,
            release=self.released.id,
            purposes=12,
            price=price,
            term_seconds=1000,
            vest_seconds=0,
            resale=False,
            parents=[],
        )
        self.emit(
            "escrow",
            "Income",
            order=number,
            pool=1,
            kind=3,
            terms_version=1,
            amount=price,
            vest_from=self.time,
            vest_to=self.time,
            refund_to=self.reader.account,
        )
        self.emit(
            "licences",
            "Bought",
            id=1,
            offer=1,
            buyer=self.reader.account,
            to=self.reader.account,
            price=price,
            expires=self.time + 1000,
            order=number,
        )
        self.restate()
        body = {
            "buyer": self.reader.account,
            "income_order": number,
            "licence": 1,
            "offer": 1,
            "price": str(price),
            "purposes": 12,
            "release": self.released.id,
        }
        sold = self.say(self.operator, "sale", self.at("sale", body))
        return pay_lines.Sale(
            cause=sold.id,
            source=number,
            price=int(sold.body["price"]),
            originator=self.buyer.account,
            weights=self.weights,
        )

    def use(self):
        body = {
            "files": ["items.tar"],
            "licence": 1,
            "purpose": 8,
            "release": self.released.id,
            "statement": "A small model",
        }
        self.say(self.at("user", self.reader), "use", self.at("use", body), name="use statement")

    def tell(self):
        """Tell the whole story and return the folder."""
        self.begin()
        self.order()
        self.work()
        self.time += 10
        due = self.judge()
        paid = self.pay(1, [due], {})
        self.release()
        sale = self.sell()
        self.pay(2, [sale], paid)
        self.use()
        return self.publish()

    def publish(self):
        """Write the log and node.json; return all files."""
        drawer = Drawer()
        appender = Appender(drawer, self.signer.verifier)
        appender.append([each.bytes for each in self.statements], start=0)
        appender.publish(sign_checkpoint(appender.checkpoint, self.signer))
        files = dict(self.files)
        files.update({f"log/{path}": data for path, data in drawer.items()})
        files["node.json"] = canonical.encode(self.node)
        missing = set(self.lies) - self.met
        assert not missing, f"the story never came to {missing}"
        return files

    def held(self):
        return Held(files=self.tell())


class View:
    """A chain as an RPC shows it: the events of a world that may differ from the folder's."""

    def __init__(self, world):
        self.world = world
        self.balances = {}
        self.foreign = set()

    def chain_id(self):
        return CHAIN

    def head(self):
        return self.world.block

    def block_hash(self, block):
        return sha(b"block %d" % block) if block <= self.world.block else None

    def events(self, contracts, first, last):
        self.token = contracts["payment_token"]
        for each in self.world.events:
            if first <= each.block <= last and each.contract in contracts:
                yield replace(each, contract="payment_token", event="Transfer", index=each.index + 1)
                yield each

    def is_artefact(self, contract, address):
        return CONTRACTS[contract] == address and contract not in self.foreign

    def balance(self, account, block):
        assert self.token == CONTRACTS["payment_token"]
        return self.balances.get(account, 10**12)


__all__ = ["KINDS", "View", "World"]
