"""The label kind: a task is data shown under a labelling configuration, an answer is what its controls hold.

A spec is {"config": XML}; an item is the data, {variable: text or list}.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import cast

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.kind import Asked, Batch, Decision, Judged, Judgement, Kind, TaskSpec, Verdict
from hakari.sources.label import agreement, likeness, merit, stopping
from hakari.sources.label.agreement import AGREES, DIFFERS_FROM_AUDIT, DIFFERS_FROM_CONSENSUS, UNDECIDED
from hakari.sources.label.answers import cannot_tell, check_answer
from hakari.sources.label.ballots import Question
from hakari.sources.label.config import classes, parse
from hakari.sources.label.controls import Choices, Classified, Control, LabelConfig, Pairwise, Rating
from hakari.sources.label.data import check_data, public_of
from hakari.sources.label.errors import MalformedConfig
from hakari.truth.answers.judged import NEEDS_REVIEW
from hakari.truth.rules import LABEL_RULES

WORST_FIRST = (DIFFERS_FROM_AUDIT, DIFFERS_FROM_CONSENSUS, NEEDS_REVIEW, UNDECIDED, AGREES)
NO, YES = 0, 1


@lru_cache(maxsize=64)
def _parsed(xml: str) -> LabelConfig:
    return parse(xml)


def _config(spec: Mapping[str, Json]) -> LabelConfig:
    return _parsed(cast(str, spec["config"]))


def spec(given: Json) -> dict[str, Json]:
    """Return the canonical spec. Raises Malformed, or MalformedConfig with line and column."""
    if not isinstance(given, dict) or set(given) != {"config"} or not isinstance(given["config"], str):
        raise Malformed("spec must be an object with exactly the text «config»", pointer="/spec")
    checked: dict[str, Json] = {"config": given["config"]}
    try:
        config = parse(given["config"])
    except MalformedConfig as error:
        error.pointer = "/spec/config"
        raise
    # The rows have a column for each variable, two for each control, and a salt from who releases them.
    columns = [name for name, _ in [*_columns(config), ("salt", "string")]]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise Malformed(
            f"names of variables and controls must give different columns, got {twice}", pointer="/spec/config"
        )
    return checked


def plan(spec: Mapping[str, Json], items: Sequence[Json]) -> list[TaskSpec]:
    """Return one task for each item. Raises Malformed naming the item and its variable."""
    config = _config(spec)
    planned: list[TaskSpec] = []
    for n, item in enumerate(items):
        try:
            data = check_data(config, item)
            planned.append(TaskSpec(public=public_of(config, data), data=data))
        except Malformed as error:
            error.pointer = f"/items/{n}{error.pointer or ''}"
            raise
    return planned


def check(spec: Mapping[str, Json], public: Mapping[str, Json], answer: Json) -> Json:
    """Return the canonical answer under the order's configuration. Raises Malformed with a pointer."""
    return cast(Json, check_answer(_config(spec), answer, public))


def judge(batch: Batch, recorded: Sequence[Decision] | None) -> Judgement:
    """Return a verdict for each answer (docs/reference/rules.md, label/1 or label/2 as the order's quality names).

    Each question of each control is judged by itself; the worst one counts.
    """
    config = _config(batch.spec)
    questions = _classified(batch, config)
    beside = [
        (place, found)
        for control in config.controls
        if not isinstance(control, Choices | Rating | Pairwise)
        for place, found in likeness.findings(batch, control)
    ]
    if "exam" in batch.quality:
        return merit.mark(questions, beside, missing=_missing(batch), answers=len(batch.answers))
    questions += _told(batch)
    if batch.quality.get("rules") == LABEL_RULES:
        return merit.judge(questions, beside, answers=len(batch.answers), recorded=recorded)
    parts: list[list[Verdict]] = [[] for _ in batch.answers]
    for question in questions:
        for place, verdict in _voted(question):
            parts[place].append(verdict)
    for place, found in beside:
        parts[place].append(Verdict(accepted=found.accepted, score_bps=found.score_bps, reason=found.reason))
    return Judgement(rules=agreement.RULES, verdicts=[_whole(each) for each in parts])


def sure(batch: Batch, full: Collection[int], first: int) -> dict[int, float]:
    """Return how sure the answer of each task is that has one: the least of its questions' (rules.md, section 5.8)."""
    questions = [*_classified(batch, _config(batch.spec)), *_told(batch)]
    return stopping.sure([each for each in questions if not each.settled], full=full, first=first)


def _classified(batch: Batch, config: LabelConfig) -> list[Question]:
    return [
        question
        for control in config.controls
        if isinstance(control, Choices | Rating | Pairwise)
        for question in _questions(batch, config, control)
    ]


def _missing(batch: Batch) -> list[int]:
    """Return the place of an answer once for each control that it leaves out and that its task's right answer holds."""
    return [
        place
        for place, answer in enumerate(batch.answers)
        for name in cast(dict[str, Json], batch.audits.get(answer.task, {}))
        if name not in cast(dict[str, Json], answer.answer)
    ]


def _told(batch: Batch) -> list[Question]:
    """Return whether the task lets one decide: a question of its own where anybody says that it doesn't."""
    said = [NO if cannot_tell(answer.answer) else YES for answer in batch.answers]
    if NO not in said:
        return []
    known = {task: NO if cannot_tell(right) else YES for task, right in batch.audits.items()}
    votes = [(place, answer, can) for place, (answer, can) in enumerate(zip(batch.answers, said, strict=True))]
    return [Question(votes=votes, classes=2, known=known)]


def _questions(batch: Batch, config: LabelConfig, control: Classified) -> list[Question]:
    """Return what one control asks: one question, or one yes-or-no for each option of several."""
    answered = [
        (place, answer, _value(answer.answer, control))
        for place, answer in enumerate(batch.answers)
        if _value(answer.answer, control) is not None
    ]
    known = {task: _value(right, control) for task, right in batch.audits.items()}
    if isinstance(control, Choices) and control.multiple:
        several: list[Question] = []
        for label in control.labels:
            votes = [
                (place, answer, YES if label in cast(list[str], value) else NO) for place, answer, value in answered
            ]
            right = {
                task: YES if label in cast(list[str], value) else NO
                for task, value in known.items()
                if value is not None
            }
            several.append(Question(votes=votes, classes=2, known=right))
        return several
    names = classes(config, control.name)
    votes = [(place, answer, names.index(str(value))) for place, answer, value in answered]
    right = {task: names.index(str(value)) for task, value in known.items() if value is not None}
    return [Question(votes=votes, classes=len(names), known=right)]


def _voted(question: Question) -> list[tuple[int, Verdict]]:
    if question.settled:
        # With one class there is nothing to be wrong about.
        agreed = Verdict(accepted=True, score_bps=10_000, reason=AGREES)
        return [(place, agreed) for place, _, _ in question.votes]
    table, known, places = question.table()
    return list(zip(places, agreement.verdicts(table, classes=question.classes, known=known), strict=True))


def _whole(parts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of an answer from those of its questions: the least score, the worst reason, accepted only if all are."""
    reason = min((part.reason for part in parts), key=WORST_FIRST.index)
    return Verdict(
        accepted=all(part.accepted for part in parts), score_bps=min(part.score_bps for part in parts), reason=reason
    )


def _value(answer: Json, control: Control) -> Json:
    return cast(dict[str, Json], answer).get(control.name)


def rows(
    spec: Mapping[str, Json], tasks: Sequence[TaskSpec], judged: Sequence[Sequence[Judged]]
) -> list[dict[str, Json]]:
    """Return one row for each task: its data, and for each control the answer that the accepted answers' scores weigh most.

    A list in the data, and an answer that is no word, number or text, is its canonical JSON. `<control>_confidence` is that weight's
    share in basis points (for answers compared by likeness their likeness to it). Ties go to the option that stands first in the
    configuration.
    """
    config = _config(spec)
    made: list[dict[str, Json]] = []
    for task, answers in zip(tasks, judged, strict=True):
        row: dict[str, Json] = {
            name: value if isinstance(value, str) else canonical.encode(value).decode()
            for name, value in task.data.items()
        }
        counted = [each for each in answers if each.verdict.accepted]
        for control in config.controls:
            row[control.name], row[f"{control.name}_confidence"] = _consensus(config, control, counted)
        row["answers"] = len(counted)
        made.append(row)
    return made


def _consensus(config: LabelConfig, control: Control, counted: Sequence[Judged]) -> tuple[str, int]:
    if not isinstance(control, Choices | Rating | Pairwise):
        said = [(_value(each.answer.answer, control), each.verdict.score_bps) for each in counted]
        return likeness.consensus(control, [(value, weight) for value, weight in said if value is not None])
    weight: dict[str, int] = defaultdict(int)
    total = 0
    several = isinstance(control, Choices) and control.multiple
    for each in counted:
        value = _value(each.answer.answer, control)
        if value is None:
            continue
        total += each.verdict.score_bps
        for label in cast(list[str], value) if several else [str(value)]:
            weight[label] += each.verdict.score_bps
    if not total:
        return "", 0
    if several:
        chosen = [label for label in classes(config, control.name) if 2 * weight[label] > total]
        doubts = [min(weight[label], total - weight[label]) for label in classes(config, control.name)]
        return "|".join(chosen), 10_000 - 10_000 * max(doubts) // total
    best = max(classes(config, control.name), key=lambda label: weight[label])
    return best, 10_000 * weight[best] // total


def asks(spec: Mapping[str, Json]) -> list[Asked]:
    """Return what the configuration's controls ask, in document order."""
    config = _config(spec)
    return [
        Asked(name=control.name, options=classes(config, control.name), ordered=isinstance(control, Rating))
        if isinstance(control, Choices | Rating | Pairwise)
        else Asked(name=control.name, likeness=likeness.alike(control))
        for control in config.controls
    ]


def schema(spec: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the columns of the rows."""
    return _columns(_config(spec))


def loose(spec: Mapping[str, Json]) -> dict[str, int | None]:
    """Return the columns that show a task's data, and those that measure likeness with floats."""
    config = _config(spec)
    measured = [each.name for each in config.controls if not isinstance(each, Choices | Rating | Pairwise)]
    return {**dict.fromkeys(config.variables), **dict.fromkeys([f"{name}_confidence" for name in measured], 1)}


def _columns(config: LabelConfig) -> list[tuple[str, str]]:
    columns = [(name, "string") for name in config.variables]
    for control in config.controls:
        columns += [(control.name, "string"), (f"{control.name}_confidence", "int64")]
    return [*columns, ("answers", "int64")]


LABEL = Kind(
    name="label",
    rules=agreement.RULES,
    spec=spec,
    plan=plan,
    check=check,
    judge=judge,
    rows=rows,
    schema=schema,
    loose=loose,
    later=(LABEL_RULES,),
    asks=asks,
    sure=sure,
)
