"""What the demo leaves open for whoever comes next: a pool of open evidence with short sets of work, and a request for data.

A set is judged when its last answer is in, so whoever answers one is paid a few seconds later; the next run funds new sets in place of
those that are done.
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from hakari.app import Node, pools
from hakari.client import Client, digest
from hakari.core import money
from hakari.core.canonical import Json
from hakari.core.ids import Account
from hakari.doors.cli.demo_people import People
from hakari.people.wallets import address_of
from hakari.sources.collect.kind import COLLECT
from hakari.truth.rules import RANK_RULES

POOL = "Open to newcomers"
BUYER = "buyer for newcomers"
REWARD = 40_000
PAIRS = 5
"""Comparisons in a set: about a minute of one person's time."""
SETS_OPEN = 3
"""Sets of each question that are open at a time: as many people can begin at once."""
INVITES = (500, 90 * 86_400)
"""Basis points of what an invited person's work earns, and for how many seconds, that who invited them has."""
SHORTEST, LONGEST = 20, 240
"""Letters of an answer that two of can be read on a phone's screen."""

CREDIT = (
    "The answers are from LLMFAO (Dmitry Ustalov, 2023, CC-BY-4.0, dustalov/llmfao); nobody has compared these before."
)
GUIDELINE = """Read the question and both answers. Say which answer you would rather have been given.

Say that they are alike if both are equally good, or if both miss what was asked.

What counts: does it answer the question, is it right, is it well said? How long it is does not count.
You are not told which model wrote what."""

REQUEST_UNITS = 3
REQUEST_REWARD = 250_000
REQUEST_TITLE = "Small things that you saw today"
REQUEST_ABOUT = (
    "Two or three sentences about something that you saw yourself today, in any language, or a photo that you took. "
    "Paid when three that are new and as asked are in."
)
REQUEST_GUIDELINE = """Say what you saw yourself, in your own words, or send a photo that you took.

Nobody's name, face or address. Nothing that is copied from elsewhere, and nothing that a machine wrote."""
REQUEST_PROMPTS = ("Something that you saw on your way today.", "Something on the table before you.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A prompt of LLMFAO's by its number, and what its sets are called."""

    prompt: int
    title: str
    about: str


QUESTIONS = (
    Question(
        prompt=4, title="Which joke is better?", about="Two models were asked for a joke about going on vacation."
    ),
    Question(prompt=14, title="Which solution is better?", about="Two models were asked how many sisters Sally has."),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One set: its order's title, what it says of itself, and its comparisons."""

    title: str
    about: str
    items: Sequence[dict[str, Json]]

    @property
    def models(self) -> list[str]:
        """The models compared in it."""
        return sorted({str(each[side]) for each in self.items for side in ("left_model", "right_model")})


def sets(folder: Path) -> Iterator[list[Work]]:
    """Yield for each question its sets, in a fixed order, out of LLMFAO's files: pairs of short answers without a vote."""
    prompts = {row["id"]: str(row["text"]) for row in _lines(folder / "prompts.jsonl")}
    results = [row for row in _lines(folder / "results.jsonl") if _readable(str(row["result"]))]
    with (folder / "comparisons.csv").open(newline="", encoding="utf-8") as file:
        voted = {(int(row["prompt"]), frozenset((row["left"], row["right"]))) for row in csv.DictReader(file)}
    for asked in QUESTIONS:
        texts = {str(row["name"]): str(row["result"]) for row in results if row["prompt"] == asked.prompt}
        pairs = [
            pair
            for pair in sorted(combinations(sorted(texts), 2), key=_place)
            if (asked.prompt, frozenset(pair)) not in voted and texts[pair[0]].strip() != texts[pair[1]].strip()
        ]
        items = [_item(prompts[asked.prompt], pair, texts) for pair in pairs]
        yield [
            Work(
                title=f"{asked.title} Set {n // PAIRS + 1}",
                about=f"{asked.about} Five pairs of answers, about a minute. {CREDIT}",
                items=items[n : n + PAIRS],
            )
            for n in range(0, len(items) - PAIRS + 1, PAIRS)
        ]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _readable(text: str) -> bool:
    """Whole, and without what a model's own markup leaves behind."""
    said = text.strip()
    return SHORTEST <= len(said) <= LONGEST and said[-1] in ".!?\"'" and not {"<", "*"} & set(said)


def _place(pair: tuple[str, str]) -> bytes:
    return hashlib.sha256("\n".join(pair).encode()).digest()


def _item(prompt: str, pair: tuple[str, str], texts: Mapping[str, str]) -> dict[str, Json]:
    # The last bit of the same hash says who stands left, so that no model has a side.
    left, right = pair if _place(pair)[-1] & 1 else pair[::-1]
    return {
        "left": texts[left],
        "left_model": left,
        "prompt": prompt,
        "right": texts[right],
        "right_model": right,
    }


def leave_open(node: Node, people: People, folder: Path) -> dict[str, Any]:
    """See that a pool of open evidence, SETS_OPEN sets of each question and a request stand open. Returns how many of each."""
    pool = _pool(node, people)
    buyer = people.client(BUYER)
    people.delegated(buyer, "buy")
    orders = people.orders(buyer)
    said = {str(each["body"]["title"]): str(each["status"]) for each in orders}
    missing: list[Work] = []
    for of_question in sets(folder):
        fresh = [each for each in of_question if each.title not in said]
        standing = sum(said.get(each.title) == "open" for each in of_question)
        missing += fresh[: max(0, SETS_OPEN - standing)]
    for each in missing:
        _place_set(people, buyer, pool, each)
    if not any(each["body"]["source"] == COLLECT.name and each["status"] == "open" for each in orders):
        _place_request(people, buyer, pool)
    standing = [each for each in people.orders(buyer) if each["status"] == "open"]
    asked = [each for each in standing if each["body"]["source"] == COLLECT.name]
    return {"pool": pool, "sets": len(standing) - len(asked), "requests": len(asked), "each_micros": str(REWARD)}


def _pool(node: Node, people: People) -> int:
    arbiter, court = address_of(people.secret("arbiter")), address_of(people.secret("court"))
    terms = pools.usual_terms(node, evidence="open", invites=INVITES)
    opened = pools.open_pool(node, name=POOL, terms=terms, arbiter=Account(arbiter), court=Account(court))
    people.wait("the open pool", lambda: pools.pool_of_terms(node, opened) is not None)
    return cast(int, pools.pool_of_terms(node, opened))


def _place_set(people: People, buyer: Client, pool: int, work: Work) -> None:
    body: dict[str, Json] = {
        "assignment": "drawn",
        "description": work.about,
        "quality": {"rules": RANK_RULES},
        "reward": str(REWARD),
        "source": "rank",
        "spec": {"models": list[Json](work.models), "pairs": 0},
        "title": work.title,
    }
    _placed(people, buyer, pool, body, answers=len(work.items), items=list(work.items), guideline=GUIDELINE)


def _place_request(people: People, buyer: Client, pool: int) -> None:
    spec = COLLECT.spec(
        {
            "largest_bytes": 10 * 2**20,
            "languages": [],
            "made": ["people"],
            "minimum": {"letters": 40, "milliseconds": 0, "side": 200, "variety_bps": 3000},
            "near_bps": 8_500,
            "paid": "unit",
            "personal": "refuse",
            "rights": ["made_by_me", "may_be_licensed"],
            "target": REQUEST_UNITS,
            "types": ["image/jpeg", "image/png", "image/webp", "text/plain"],
        }
    )
    body: dict[str, Json] = {
        "assignment": "open",
        "description": REQUEST_ABOUT,
        "quality": {"rules": COLLECT.rules},
        "reward": str(REQUEST_REWARD),
        "source": COLLECT.name,
        "spec": spec,
        "title": REQUEST_TITLE,
    }
    items: list[dict[str, Json]] = [{"prompt": each} for each in REQUEST_PROMPTS]
    _placed(people, buyer, pool, body, answers=REQUEST_UNITS, items=items, guideline=REQUEST_GUIDELINE)


def _placed(
    people: People,
    buyer: Client,
    pool: int,
    body: Mapping[str, Json],
    *,
    answers: int,
    items: Sequence[dict[str, Json]],
    guideline: str,
) -> None:
    reward = int(str(body["reward"]))
    budget = answers * (reward + money.portion(reward, pools.FEE_BPS))
    used = [int(each["body"]["escrow_order"]) for each in people.orders(buyer)]
    escrow_order, deadline = people.funded(buyer, pool, budget, used=used)
    whole: dict[str, Json] = {
        **body,
        "budget": str(budget),
        "deadline": deadline,
        "escrow_order": escrow_order,
        "evidence": "open",
        "guideline": {"sha256": digest(guideline), "version": 1},
        "pool": pool,
        "redundancy": 1,
        "terms_version": 1,
    }
    people.keep(buyer.order(whole, items=list[Json](items), guideline=guideline))
