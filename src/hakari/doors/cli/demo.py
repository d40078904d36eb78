"""The main job on real input: 8,931 votes by 124 people become judged, paid, released and licensed data, and are verified.

Everyone but the node's operator acts through the public HTTP door with their own keys, as they would from anywhere. Whatever is done
already is found out by asking the node, so the demo can be stopped anywhere and run again.
"""

import csv
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from hakari.app import Node, pools, standing, views
from hakari.client import Client, Refused, digest
from hakari.core import canonical, money
from hakari.core.canonical import Json
from hakari.data import release as releases
from hakari.doors.cli import demo_open
from hakari.doors.cli.demo_people import People, Stuck
from hakari.people.wallets import address_of
from hakari.truth.rules import RANK_RULES

REWARD = 40_000
PRICE = 120 * money.UNIT
PAGE = 7
"""LLMFAO showed its people seven comparisons at a time."""

RESEARCH = 2
WORKERS_AT_ONCE = 4

GUIDELINE = "crowd-instruction.md"
NAME = "LLMFAO: human preferences between the answers of 59 models"
TITLE = "Which AI is better? 2,139 pairs of answers to 13 prompts"
ABOUT = (
    "Real votes that 124 people cast on LLMFAO (Dmitry Ustalov, 2023, CC-BY-4.0, dustalov/llmfao), sent again as signed statements. "
    "LLMFAO's own platform drew the pairs and who saw them; this order lists both."
)


class Progress(Protocol):
    """Where the demo says what it does."""

    def step(self, text: str) -> None: ...
    def count(self, done: int, total: int) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """The votes: items in order of comparison, who answered which task how, the guideline's text."""

    items: Sequence[dict[str, Json]]
    models: Sequence[str]
    votes: Mapping[str, Mapping[int, str]]
    guideline: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the demo did, for people and for --json."""

    facts: Mapping[str, Any]


def read_example(folder: Path) -> Example:
    """Return the LLMFAO votes of a folder with comparisons.csv, prompts.jsonl, results.jsonl and crowd-instruction.md."""
    prompts = {row["id"]: str(row["text"]) for row in _json_lines(folder / "prompts.jsonl")}
    results = {(row["prompt"], row["name"]): str(row["result"]) for row in _json_lines(folder / "results.jsonl")}
    items: dict[str, dict[str, Json]] = {}
    votes: defaultdict[str, dict[int, str]] = defaultdict(dict)
    order: dict[str, int] = {}
    with (folder / "comparisons.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            prompt = int(row["prompt"])
            if row["id"] not in items:
                order[row["id"]] = len(items)
                items[row["id"]] = {
                    "left": results.get((prompt, row["left"]), ""),
                    "left_model": row["left"],
                    "prompt": prompts[prompt],
                    "right": results.get((prompt, row["right"]), ""),
                    "right_model": row["right"],
                }
            votes[row["worker"]][order[row["id"]]] = row["winner"]
    models = sorted({str(item[side]) for item in items.values() for side in ("left_model", "right_model")})
    return Example(
        items=list(items.values()),
        models=models,
        votes=votes,
        guideline=(folder / GUIDELINE).read_text(encoding="utf-8"),
    )


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


class Demo:
    """One run over a node that is served at its URL. People's keys and receipts lie in `people`, outside the node."""

    def __init__(self, node: Node, folder: Path, *, people: Path, progress: Progress) -> None:
        """folder: the LLMFAO votes."""
        self._node = node
        self._folder = folder
        self._example = read_example(folder)
        self._people = People(node, people)
        self._progress = progress
        self._url = node.settings.url

    def run(self) -> Outcome:
        """Do the main job, or what is left of it."""
        started = time.monotonic()
        self._progress.step("Opening a pool: terms on chain, arbiter and court in other hands")
        pool = self._pool()
        self._progress.step("A buyer funds the order: the budget is in escrow before any work")
        order = self._order(pool)
        self._progress.step("124 people sign and send their votes")
        self._vote(order)
        self._progress.step("Judging every vote; proposing what is owed; waiting for the challenge window")
        self._people.wait("the first payout", lambda: standing.accepted_epochs(self._node, pool) >= 1)
        self._progress.step("People claim; the relayer pays the gas, the contract pays the people")
        self._claim(pool)
        self._progress.step("A release: Parquet, manifest, Croissant, lineage, shares; a licence is offered on chain")
        release = self._release(order)
        self._progress.step("A second buyer buys a licence for research, downloads and loads the data")
        loaded = self._buy(release)
        self._progress.step("The licence income becomes lines for the contributors")
        self._people.wait("the second payout", lambda: standing.accepted_epochs(self._node, pool) >= 2)
        self._claim(pool)
        self._progress.step(
            "Left open for newcomers: short sets of work and a request for data, funded in a pool of open evidence"
        )
        left = demo_open.leave_open(self._node, self._people, self._folder)
        self._people.wait("a quiet log", lambda: standing.quiet(self._node))
        facts = self._facts(pool, order, release, loaded, time.monotonic() - started)
        return Outcome(facts={**facts, "open": left})

    def _pool(self) -> int:
        terms = pools.usual_terms(self._node)
        arbiter, court = address_of(self._people.secret("arbiter")), address_of(self._people.secret("court"))
        opened = pools.open_pool(self._node, name="Human preferences", terms=terms, arbiter=arbiter, court=court)
        self._people.wait("the pool", lambda: pools.pool_of_terms(self._node, opened) is not None)
        return cast(int, pools.pool_of_terms(self._node, opened))

    def _order(self, pool: int) -> str:
        buyer = self._people.client("buyer")
        placed = self._people.orders(buyer)
        if placed:
            return cast(str, placed[0]["id"])
        self._people.delegated(buyer, "buy")
        example = self._example
        listed = canonical.lines(
            {"account": address_of(self._people.secret(f"worker {name}")), "task": task}
            for name, votes in sorted(example.votes.items())
            for task in sorted(votes)
        ).decode()
        answers = sum(len(votes) for votes in example.votes.values())
        budget = answers * (REWARD + money.portion(REWARD, pools.FEE_BPS))
        escrow_order, deadline = self._people.funded(buyer, pool, budget)
        body: dict[str, Json] = {
            "assignment": "listed",
            "budget": str(budget),
            "deadline": deadline,
            "decided_seconds": 7 * 86_400,
            "description": ABOUT,
            "escrow_order": escrow_order,
            "evidence": "keyed",
            "guideline": {"sha256": digest(example.guideline), "version": 1},
            "pool": pool,
            "quality": {"rules": RANK_RULES},
            "redundancy": 1,
            "reward": str(REWARD),
            "source": "rank",
            "spec": {"listed": digest(listed), "models": list[Json](example.models), "pairs": 0},
            "terms_version": 1,
            "title": TITLE,
        }
        placed = buyer.order(body, items=list[Json](example.items), guideline=example.guideline, extra=[listed])
        self._people.keep(placed)
        return placed.id

    def _vote(self, order: str) -> None:
        names = sorted(self._example.votes, key=int)
        total = sum(len(votes) for votes in self._example.votes.values())
        begun = int(Client(self._url, secret=self._people.secret("reader")).get(f"/v1/orders/{order}")["time"])
        with ThreadPoolExecutor(WORKERS_AT_ONCE) as crowd:
            running = [crowd.submit(self._work, name, order, begun) for name in names]
            while not all(each.done() for each in running):
                time.sleep(0.2)
                self._progress.count(standing.answered(self._node, order), total)
            for each in running:
                each.result()
        self._progress.count(standing.answered(self._node, order), total)

    def _work(self, name: str, order: str, begun: int) -> None:
        """One person: delegate a session key, then page after page until nothing is left."""
        votes = self._example.votes[name]
        client = self._people.client(f"worker {name}")
        self._people.delegated(client, "work", at=begun)
        client.sign_in()
        for turn in range(len(votes) + 1):
            try:
                page = client.assignments(order, count=PAGE)
            except Refused as error:
                if error.code == "order_closed":
                    return
                raise
            if not page:
                return
            tasks = [int(each["task"]) for each in page]
            # Salts and time follow from the person's key and the page, so that a page sent twice is the same statement.
            salts = [self._people.secret(f"{name}/{order}/{task}").hex()[:32] for task in tasks]
            self._people.keep(
                client.submit(
                    order, [(task, {"winner": votes[task]}) for task in tasks], salts=salts, at=begun + 1 + turn
                )
            )

    def _claim(self, pool: int) -> None:
        reader = Client(self._url, secret=self._people.secret("reader"))
        # Of this pool alone: whoever came later claims for themselves.
        accounts = standing.paid_accounts(self._node, pool)
        for account in accounts:
            try:
                reader.post(f"/v1/accounts/{account}/claims", {})
            except Refused as error:
                if error.code != "nothing_to_claim":
                    raise
        self._people.wait(
            "the claims", lambda: not reader.node_now()["sending"] and not self._unclaimed(reader, accounts)
        )

    def _unclaimed(self, reader: Client, accounts: Sequence[str]) -> list[str]:
        return [each for each in accounts if reader.get(f"/v1/accounts/{each}")["earnings"]["claimable"] != "0"]

    def _release(self, order: str) -> str:
        buyer = self._people.client("buyer")
        buyer.sign_in()
        offer = {"price": str(PRICE), "purposes": RESEARCH | 1, "term_seconds": 365 * 86_400}
        made = buyer.post(f"/v1/orders/{order}/releases", {"name": NAME, "offer": offer}, key=f"release-{order[:16]}")
        self._people.wait("the offer", lambda: bool(buyer.get(f"/v1/releases/{made['id']}")["offers"]))
        return cast(str, made["id"])

    def _buy(self, release: str) -> Mapping[str, Any]:
        student = self._people.client("student")
        self._people.delegated(student, "buy")
        student.sign_in()
        offer = int(student.get(f"/v1/releases/{release}")["offers"][0]["offer"])
        if not self._held(student):
            self._people.fill(student, PRICE)
            licences = student.node["chain"]["contracts"]["licences"]
            student.call("payment_token", "approve(address,uint256)", [licences, PRICE])
            student.call("licences", "buy(uint256,address,uint256)", [offer, student.account, PRICE])
            self._people.wait("the licence", lambda: bool(self._held(student)))
        used = student.use(
            licence=int(self._held(student)[0]["id"]),
            release=release,
            purpose=RESEARCH,
            why="How well do people agree on what makes an answer good?",
            files=[releases.DATA_FILE],
        )
        self._people.keep(used)
        data = student.download(f"/v1/releases/{release}/files/{releases.DATA_FILE}", use=used.id)
        place = self._people.folder / releases.DATA_FILE
        place.write_bytes(data)
        manifest = self._manifest(student, release)
        if releases.row_digests(data) != manifest:
            raise Stuck("the downloaded rows are not those of the release's manifest")
        return {"file": str(place), "rows": len(manifest), "use": used.id, "loaded_with": loaded_by(place)}

    def _held(self, client: Client) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], client.get(f"/v1/accounts/{client.account}")["licences"])

    def _manifest(self, client: Client, release: str) -> list[str]:
        body = client.get(f"/v1/releases/{release}")["body"]
        data = client.download(f"/public/evidence/{body['manifest']}")
        return [str(line["row"]) for line in canonical.read_lines(data)]

    def _facts(
        self, pool: int, order: str, release: str, loaded: Mapping[str, Any], seconds: float
    ) -> Mapping[str, Any]:
        body = views.order(self._node, order)["verdicts"][0]["statement"]["body"]
        return {
            "order": order,
            "release": release,
            "people": len(self._example.votes),
            "votes": body["count"],
            "accepted": body["accepted"],
            "epochs": standing.accepted_epochs(self._node, pool),
            "claimed_micros": str(standing.claimed(self._node)),
            "log_size": views.node(self._node)["log_size"],
            "dataset": loaded,
            "board": self._board(str(body["summary"])),
            "public": str(self._node.settings.dir / "public"),
            "seconds": round(seconds, 1),
        }

    def _board(self, summary: str) -> list[dict[str, Json]]:
        data = self._node.public.read(f"evidence/{summary}") or b""
        lines = canonical.read_lines(data)
        return sorted(lines, key=lambda line: (cast(int, line["rank"]), -cast(int, line["score"])))[:10]


def loaded_by(file: Path) -> str:
    """Load a Parquet file as its buyer would and say with what: Hugging Face `datasets`, or pyarrow where that is not installed."""
    try:
        import datasets  # noqa: PLC0415 an extra
    except ImportError:
        from pyarrow import parquet  # noqa: PLC0415 only here

        return f"pyarrow (datasets is not installed): {parquet.read_table(file).num_rows} rows"
    rows = datasets.load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(file.parent / "cache"))
    return f"Hugging Face datasets {datasets.__version__}: {rows.num_rows} rows"
