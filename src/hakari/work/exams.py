"""Exams: an order whose right answers are committed before anybody answers, and kept until it is judged."""

from collections.abc import Iterable, Mapping, Sequence

from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.statement import BATCH
from hakari.sources.kind import Answer, Batch, Kind
from hakari.work.blind import Known, differs
from hakari.work.intake import LONGEST_SALT, SHORTEST_SALT
from hakari.work.orders import Order
from hakari.work.quality import Exam


def truths(
    lines: Iterable[Mapping[str, Json]], kind: Kind, spec: Mapping[str, Json], publics: Sequence[Mapping[str, Json]]
) -> Known:
    """Return the right answer to each task of an exam, from the lines `{"answer":…,"salt":"…","task":n}` in order of n.

    Raises Malformed naming the line. Salts keep the answers from being guessed from their hash.
    """
    found: dict[int, dict[str, Json]] = {}
    for number, line in enumerate(lines, 1):
        salt = line.get("salt")
        if set(line) != {"answer", "salt", "task"} or line["task"] != number - 1 or number > len(publics):
            raise Malformed(
                f'line {number}: {{"answer":…,"salt":"…","task":{number - 1}}} expected, one for each of {len(publics)} tasks, '
                f"got {sorted(line)} of task {line.get('task')!r}",
                pointer="/extra",
            )
        if not isinstance(salt, str) or not SHORTEST_SALT <= len(salt) <= LONGEST_SALT:
            raise Malformed(
                f"line {number}: salt must be {SHORTEST_SALT} to {LONGEST_SALT} characters, got {salt!r}",
                pointer="/extra",
            )
        answer = kind.check(spec, publics[number - 1], line["answer"])
        if answer != line["answer"] or not isinstance(answer, dict):
            raise Malformed(
                f"line {number}: answer must be canonical, {answer}, got {line['answer']}", pointer="/extra"
            )
        found[number - 1] = answer
    _whole(found, kind, spec, len(publics))
    return found


def _whole(found: Mapping[int, Mapping[str, Json]], kind: Kind, spec: Mapping[str, Json], tasks: int) -> None:
    if len(found) != tasks:
        raise Malformed(f"truths must be one for each of {tasks} tasks, got {len(found)}", pointer="/extra")
    columns = {name for name, _ in kind.schema(spec)}
    controls = {name for name in columns if f"{name}_confidence" in columns}
    # What the right answer leaves open would be judged by what others say, and a result must not wait for others.
    for n, right in found.items():
        if set(right) != controls:
            raise Malformed(
                f"the right answer to task {n} must hold every control, {sorted(controls)}, got {sorted(right)}",
                pointer="/extra",
            )
    if len({canonical.encode(right) for right in found.values()}) < 2:
        raise Malformed(
            "an exam must have at least two different right answers: else one word passes it", pointer="/extra"
        )


def corrected(known: Known, ruled: Known) -> Known:
    """Return the right answers of an exam after its jury: what most of the jurors say of an item stands over what was written down."""
    return {task: {**right, **ruled.get(task, {})} for task, right in known.items()}


def retired(known: Known, ruled: Known) -> set[int]:
    """Return the items whose right answer a jury showed to be wrong."""
    return {task for task, right in ruled.items() if task in known and differs(dict(known[task]), right)}


def passes(exam: Exam, *, right: int, tasks: int, before: bool) -> bool:
    """Return whether so many right answers pass. Who passed before, by answers that a jury corrected since, stays passed."""
    return before or exam.passed(right=right, tasks=tasks)


def check_order(order: Order) -> None:
    """Raise Malformed unless an exam's order can be one: drawn, and with right answers that anyone may see once it is judged."""
    if order.assignment != "drawn":
        raise Malformed(f"assignment of an exam must be 'drawn', got {order.assignment!r}", pointer="/body/assignment")
    if order.evidence == "sealed":
        raise Malformed("evidence of an exam must be open or keyed, got 'sealed'", pointer="/body/evidence")


def check_tasks(tasks: int) -> None:
    """Raise Malformed unless an account can be given all of an exam's tasks at once."""
    if tasks > BATCH:
        raise Malformed(f"an exam must have at most {BATCH} tasks, got {tasks}", pointer="/items")


def right(
    kind: Kind, order: Order, publics: Sequence[Mapping[str, Json]], sheet: Sequence[Answer], known: Known
) -> int:
    """Return how many answers of one account's sheet are right. What others answered plays no part."""
    if not sheet:
        return 0
    batch = Batch(
        spec=order.spec,
        quality=order.quality,
        tasks=publics,
        answers=sheet,
        audits={task: dict(answer) for task, answer in known.items()},
    )
    return sum(verdict.accepted for verdict in kind.judge(batch, None).verdicts)
