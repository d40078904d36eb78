"""The rank kind: which of two answers is better, or neither. The platform draws the pairs; people never choose them.

A spec is {"models": [names], "pairs": n}. With pairs 0 each item is one comparison, {"prompt", "left_model", "right_model", "left",
"right"}; with pairs n each item is a prompt with its answers, {"prompt", "answers": {model: text}}, of which n pairs are drawn. An
answer is {"winner": "left" | "right" | "tie"}.
"""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Account
from hakari.sources.kind import Asked, Batch, Decision, Judged, Judgement, Kind, TaskSpec, Verdict
from hakari.truth import bradley_terry
from hakari.truth.rules import RANK_RULES
from hakari.truth.voters import Voters, Word, judge_voters

WINNERS = ("left", "right", "tie")
MOST_MODELS = 1000
MILLI = 1000
ROUNDING = 1e-6

REASONS = {
    ("accept", True): "voter_accepted",
    ("refuse", False): "voter_refused",
    ("each", True): "vote_supported",
    ("each", False): "vote_unsupported",
}
"""Why a vote counts or not: its voter's votes carry information, or don't, or too few say so and the vote stands for itself."""


def spec(given: Json) -> dict[str, Json]:
    """Return the canonical spec. Raises Malformed unless it names 2 to 1000 distinct models and a number of pairs from 0."""
    if not isinstance(given, dict) or set(given) != {"models", "pairs"}:
        raise Malformed("spec must be an object with exactly «models» and «pairs»", pointer="/spec")
    models, pairs = given["models"], given["pairs"]
    named = isinstance(models, list) and all(isinstance(each, str) and each for each in models)
    if (
        not named
        or not 2 <= len(cast(list[str], models)) <= MOST_MODELS
        or len(set(cast(list[str], models))) != len(cast(list[str], models))
    ):
        raise Malformed(f"models must be 2 to {MOST_MODELS} distinct names", pointer="/spec/models")
    if not isinstance(pairs, int) or isinstance(pairs, bool) or pairs < 0:
        raise Malformed(f"pairs must be a whole number from 0, got {pairs!r}", pointer="/spec/pairs")
    return {"models": models, "pairs": pairs}


def plan(spec: Mapping[str, Json], items: Sequence[Json]) -> list[TaskSpec]:
    """Return one task for each comparison: given, or drawn for each prompt by the hash of the item.

    Raises Malformed naming the item.
    """
    models = cast(list[str], spec["models"])
    place = {name: n for n, name in enumerate(models)}
    pairs = cast(int, spec["pairs"])
    prompts: dict[str, int] = {}
    planned: list[TaskSpec] = []
    for n, item in enumerate(items):
        at = f"/items/{n}"
        if not isinstance(item, dict) or not isinstance(item.get("prompt"), str):
            raise Malformed("item must be an object with the text «prompt»", pointer=at)
        prompt = cast(str, item["prompt"])
        number = prompts.setdefault(prompt, len(prompts))
        for left, right, left_text, right_text in (
            _drawn(item, place, pairs, at) if pairs else [_given(item, place, at)]
        ):
            planned.append(
                TaskSpec(
                    public={"left": left, "prompt": number, "right": right},
                    data={"left": left_text, "prompt": prompt, "right": right_text},
                )
            )
    return planned


def _given(item: Mapping[str, Json], place: Mapping[str, int], at: str) -> tuple[int, int, str, str]:
    wanted = {"left", "left_model", "prompt", "right", "right_model"}
    if set(item) != wanted or not all(isinstance(value, str) for value in item.values()):
        raise Malformed(f"item must have exactly the texts {sorted(wanted)}", pointer=at)
    texts = cast(Mapping[str, str], item)
    for side in ("left_model", "right_model"):
        if texts[side] not in place:
            raise Malformed(f"{side} must be one of the spec's models, got {texts[side]!r}", pointer=f"{at}/{side}")
    if texts["left_model"] == texts["right_model"]:
        raise Malformed("left_model and right_model must differ", pointer=at)
    return place[texts["left_model"]], place[texts["right_model"]], texts["left"], texts["right"]


def _drawn(item: Mapping[str, Json], place: Mapping[str, int], pairs: int, at: str) -> list[tuple[int, int, str, str]]:
    answers = item.get("answers")
    if set(item) != {"answers", "prompt"} or not isinstance(answers, dict) or len(answers) < 2:
        raise Malformed("item must have «prompt» and «answers» of at least two models", pointer=at)
    for name, text in answers.items():
        if name not in place or not isinstance(text, str):
            raise Malformed(f"answers must map the spec's models to text, got {name!r}", pointer=f"{at}/answers")
    seed = canonical.encode(item)
    texts = {place[name]: cast(str, text) for name, text in answers.items()}
    shuffled = sorted(
        (hashlib.sha256(b"hakari.pairs.v1\n" + seed + bytes(f"{a},{b}", "ascii")).digest(), a, b)
        for a, b in combinations(sorted(texts), 2)
    )
    # The last bit of the same hash says who stands left, so that no model has a side.
    sided = [(b, a) if place_[-1] & 1 else (a, b) for place_, a, b in shuffled[:pairs]]
    return [(left, right, texts[left], texts[right]) for left, right in sided]


def check(spec: Mapping[str, Json], public: Mapping[str, Json], answer: Json) -> Json:
    """Return the canonical answer. Raises Malformed unless it is {"winner": "left" | "right" | "tie"}."""
    del spec, public
    if not isinstance(answer, dict) or set(answer) != {"winner"}:
        raise Malformed("answer must be an object with exactly «winner»", pointer="")
    if answer["winner"] not in WINNERS:
        raise Malformed(f"winner must be one of {list(WINNERS)}, got {answer['winner']!r}", pointer="/winner")
    return {"winner": answer["winner"]}


def judge(batch: Batch, recorded: Sequence[Decision] | None) -> Judgement:
    """Return a verdict for each vote and the board of the votes that count (docs/reference/rules.md, rank/1)."""
    if not batch.answers:
        return Judgement(rules=RANK_RULES, verdicts=[], summary=[])
    accounts = sorted({answer.account for answer in batch.answers})
    models = cast(list[str], batch.spec["models"])
    left = [cast(int, batch.tasks[answer.task]["left"]) for answer in batch.answers]
    right = [cast(int, batch.tasks[answer.task]["right"]) for answer in batch.answers]
    winner = [WINNERS.index(cast(str, cast(dict[str, Json], answer.answer)["winner"])) for answer in batch.answers]
    numbers = {account: n for n, account in enumerate(accounts)}

    def judged(words: Sequence[Word] | None) -> Voters:
        return judge_voters(
            comparison=_comparisons(batch, left, right),
            left=left,
            right=right,
            winner=winner,
            voter=[numbers[answer.account] for answer in batch.answers],
            models=len(models),
            voters=len(accounts),
            recorded=words,
        )

    found = judged(None)
    if recorded is not None:
        words = followed(found, recorded, accounts)
        if words != found.decision:
            found = judged(words)
    words = [found.decision[numbers[answer.account]] for answer in batch.answers]
    verdicts = [
        Verdict(accepted=accepted, score_bps=score, reason=REASONS[word, accepted])
        for word, accepted, score in zip(words, found.accepted.tolist(), found.score_bps.tolist(), strict=True)
    ]
    return Judgement(
        rules=RANK_RULES,
        verdicts=verdicts,
        decisions=_decisions(found, accounts),
        summary=_board(models, left, right, winner, found.accepted.tolist()),
    )


def _comparisons(batch: Batch, left: Sequence[int], right: Sequence[int]) -> list[int]:
    keys = [
        (cast(int, batch.tasks[answer.task]["prompt"]), *sorted((a, b)))
        for answer, a, b in zip(batch.answers, left, right, strict=True)
    ]
    numbers = {key: n for n, key in enumerate(sorted(set(keys)))}
    return [numbers[key] for key in keys]


def followed(found: Voters, recorded: Sequence[Decision], accounts: Sequence[Account]) -> tuple[Word, ...]:
    """Return the decisions to judge by: what is recorded where rounding alone can explain the difference, ours elsewhere."""
    said = {decision.account: decision for decision in recorded}
    if sorted(said) != list(accounts):
        raise Malformed(f"decisions must be about the {len(accounts)} accounts that voted, got {len(said)}")
    words: list[Word] = []
    for account, statistic, own in zip(accounts, found.statistic.tolist(), found.decision, strict=True):
        given = said[account]
        # Anything more would let who judges write any decision beside a true statistic.
        near = abs(given.statistic - statistic) <= ROUNDING
        words.append(
            cast(Word, given.decision) if near and given.decision in _open(statistic, found.threshold) else own
        )
    return tuple(words)


def _open(statistic: float, threshold: float) -> set[str]:
    """Return the decisions that a statistic within ROUNDING of this one could make."""
    return {
        word
        for word, holds in (
            ("accept", statistic >= threshold - ROUNDING),
            ("refuse", statistic <= ROUNDING - threshold),
            ("each", abs(statistic) <= threshold + ROUNDING),
        )
        if holds
    }


def _decisions(found: Voters, accounts: Sequence[Account]) -> list[Decision]:
    return [
        Decision(account=account, decision=word, statistic=statistic, threshold=found.threshold)
        for account, word, statistic in zip(accounts, found.decision, found.statistic.tolist(), strict=True)
    ]


def _board(
    models: Sequence[str], left: Sequence[int], right: Sequence[int], winner: Sequence[int], counted: Sequence[bool]
) -> list[dict[str, Json]]:
    kept = [n for n, counts in enumerate(counted) if counts]
    if not kept:
        return []
    board = bradley_terry.rank([left[n] for n in kept], [right[n] for n in kept], [winner[n] for n in kept], models)
    return [
        {
            "high": round(board.high[n] * MILLI),
            "low": round(board.low[n] * MILLI),
            "model": model,
            "rank": int(board.rank[n]),
            "score": round(board.score[n] * MILLI),
            "votes": int(board.votes[n]),
        }
        for n, model in enumerate(models)
    ]


def rows(
    spec: Mapping[str, Json], tasks: Sequence[TaskSpec], judged: Sequence[Sequence[Judged]]
) -> list[dict[str, Json]]:
    """Return one row for each comparison: prompt, both answers, both models, and how the votes that count went."""
    models = cast(list[str], spec["models"])
    made: list[dict[str, Json]] = []
    for task, answers in zip(tasks, judged, strict=True):
        counted = [cast(dict[str, Json], each.answer.answer)["winner"] for each in answers if each.verdict.accepted]
        votes = {side: counted.count(side) for side in WINNERS}
        best = max(votes.values())
        leading = [side for side in WINNERS if votes[side] == best]
        made.append(
            {
                "prompt": task.data["prompt"],
                "left_model": models[cast(int, task.public["left"])],
                "right_model": models[cast(int, task.public["right"])],
                "left": task.data["left"],
                "right": task.data["right"],
                "votes_left": votes["left"],
                "votes_right": votes["right"],
                "votes_tie": votes["tie"],
                "winner": leading[0] if len(leading) == 1 else "tie",
            }
        )
    return made


def schema(spec: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the columns of the rows."""
    del spec
    texts = ["prompt", "left_model", "right_model", "left", "right"]
    counts = ["votes_left", "votes_right", "votes_tie"]
    return [*((name, "string") for name in texts), *((name, "int64") for name in counts), ("winner", "string")]


def loose(spec: Mapping[str, Json]) -> dict[str, int | None]:
    """Return the columns that show a comparison's item."""
    del spec
    return dict.fromkeys(("prompt", "left", "right"))


def asks(spec: Mapping[str, Json]) -> list[Asked]:
    """Return what a comparison asks."""
    del spec
    return [Asked(name="winner", options=WINNERS)]


RANK = Kind(
    name="rank",
    rules=RANK_RULES,
    spec=spec,
    plan=plan,
    check=check,
    judge=judge,
    rows=rows,
    schema=schema,
    loose=loose,
    asks=asks,
)
