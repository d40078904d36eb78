"""Rows of a release against the verdicts that it is made of: which there have to be, and what each says of the answers."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import cast

from hakari.access import quarantine
from hakari.core.canonical import Json
from hakari.core.ids import Account, StatementId
from hakari.core.statement import row_commitment
from hakari.sources.kind import Answer, Judged, Kind, TaskSpec
from hakari.verify import results
from hakari.verify.docket import RULES_FAIL, Docket
from hakari.verify.evidence import BadEvidence
from hakari.verify.ledger import OrderFile, Ruling
from hakari.verify.placed import Placed

_TASKS = 256

Row = Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A row as the verdicts make it: row `number` of its order, what it shows of its task left empty."""

    order: StatementId
    number: int
    row: Row
    kind: Kind
    loose: Mapping[str, int | None]

    def told(self, row: Row) -> dict[str, Json]:
        """Return the columns of a row that verdicts give."""
        return {name: row.get(name) for name in self.row if self.loose.get(name, 0) is not None}

    def gives(self, row: Row) -> bool:
        """Tell whether a released row says what this one does."""
        for name, value in self.told(self.row).items():
            slack, given = self.loose.get(name, 0), row.get(name)
            if slack and isinstance(value, int) and isinstance(given, int):
                if abs(value - given) > slack:
                    return False
            elif value != given:
                return False
        return self.kind.contents is None or _holds_content(self.kind, row)


def _holds_content(kind: Kind, row: Row) -> bool:
    """Tell whether a row has the text that its answer names, or names its file."""
    contents = kind.contents
    assert contents is not None
    digest, type_, size = str(row["sha256"]), str(row["type"]), cast(int, row["bytes"])
    if contents.inline(type_, size):
        return row["file"] == "" and hashlib.sha256(str(row["text"]).encode()).hexdigest() == digest
    return row["text"] == "" and row["file"] == f"{digest}.{contents.ending(type_)}"


@dataclass(kw_only=True)
class Rows:
    """Holds releases against verdicts, in log order. `unseen` are those whose rows are not here, with their numbers of rows.

    Rows in quarantine are in no release; which rows of their orders they were is what releases before say.
    """

    docket: Docket
    unseen: dict[StatementId, int] = field(default_factory=dict[StatementId, int])
    _files: dict[StatementId, set[str]] = field(default_factory=dict[StatementId, set[str]])
    _named: set[str] = field(default_factory=set[str])
    _known: dict[tuple[StatementId, str], _Made] = field(default_factory=dict[tuple[StatementId, str], _Made])

    def __post_init__(self) -> None:
        subjects = (quarantine.parts(each.text("subject")) for each in self.docket.log.ledger.decisions)
        self._named = {row for _, _, row in subjects if row is not None}

    def check_lineage(self, placed: Placed) -> None:
        """Check that a release is of all verdicts of its orders that stood at its leaf."""
        expected = sorted(ruling.placed.id for _, rulings in self._rulings(placed) for ruling in rulings)
        got = sorted(cast(Mapping[str, list[str]], placed.body["lineage"])["verdicts"])
        self.docket.findings.same(placed.id, "verdicts of a release", expected=expected, got=got)

    def check(self, placed: Placed, path: str, given: Iterable[Row]) -> None:
        """Hold the rows of a release against those that its verdicts give; reads all of `given`. The first that differs is named."""
        if not self._judged(placed) or not self._check_columns(placed):
            for _ in given:
                pass
            return
        findings, found, count = self.docket.findings, self.docket.findings.found, 0
        made, files = self._wanted(placed), set[str]()
        for count, row in enumerate(given, 1):
            if findings.found != found:
                continue
            mine = next(made, None)
            if mine is None:
                findings.wrong(path, f"row {count}", expected="none that no verdicts give", got=row)
            elif not mine.gives(row):
                what = f"row {count} against the verdicts"
                findings.wrong(path, what, expected=mine.told(mine.row), got=mine.told(row))
            else:
                if mine.kind.contents is not None and row["file"]:
                    files.add(str(row["file"]))
                if (digest := row_commitment(row)) in self._named:
                    self._known[mine.order, digest] = mine
        if findings.found == found and (left := next(made, None)) is not None:
            findings.wrong(path, f"row {count + 1}", expected=left.told(left.row), got="none")
        if findings.found == found:
            findings.holds("recomputed", count)
            self._files[placed.id] = files

    def check_members(self, placed: Placed, held: Sequence[str]) -> None:
        """Hold the members of a release's archives, each once, against the files that its rows name."""
        wanted = self._files.get(placed.id)
        if wanted is None or sorted(wanted) == sorted(held):
            return
        other = sorted(wanted.symmetric_difference(held)) or sorted({each for each in held if held.count(each) > 1})
        expected = "in an archive, as a row names it" if other[0] in wanted else "in none, as no row names it"
        self.docket.findings.wrong(
            placed.id, f"file {other[0]}", expected=expected, got=f"there {held.count(other[0])} times"
        )

    def check_count(self, placed: Placed) -> None:
        """Hold the number of rows that nobody can see here against the verdicts, where these are open."""
        self.unseen[placed.id] = placed.number("items")
        if not self._judged(placed):
            return
        most = sum(1 for _ in self._all(placed))
        least = most - len(self._stopped(placed))
        if not least <= placed.number("items") <= most:
            expected = f"{most} that verdicts give" if least == most else f"{least} to {most} that verdicts give"
            self.docket.findings.wrong(placed.id, "rows of a release", expected=expected, got=placed.number("items"))

    def note(self) -> None:
        """Say what was not seen."""
        if self.unseen:
            named = list(self.unseen)
            self.docket.findings.notes.append(
                f"Rows that only licensees have: {sum(self.unseen.values())} in {len(named)} release(s), {', '.join(named[:5])}"
                f"{', …' if named[5:] else ''}. What they say was not held against the verdicts. A licensee who puts data.parquet (and "
                "of sealed orders answers-….jsonl) under its SHA-256 into `evidence/` of a copy of this folder has them held too."
            )

    def _rulings(self, placed: Placed) -> list[tuple[OrderFile, list[Ruling]]]:
        """Return the orders of a release with their verdicts of earlier leaves that none of an earlier leaf amends."""
        ledger = self.docket.log.ledger
        files = [
            ledger.orders[StatementId(each)]
            for each in cast(Mapping[str, list[str]], placed.body["lineage"])["orders"]
            if StatementId(each) in ledger.orders
        ]
        found: list[tuple[OrderFile, list[Ruling]]] = []
        for file in files:
            said = [each for each in file.rulings if each.placed.leaf < placed.leaf]
            amended = {str(each.placed.body.get("amends")) for each in said}
            found.append((file, [each for each in said if each.placed.id not in amended]))
        return found

    def _judged(self, placed: Placed) -> bool:
        """Tell whether all answers and results that a release is made of could be read."""
        named = [ruling.placed.id for _, rulings in self._rulings(placed) for ruling in rulings]
        docket = self.docket
        return all(each in docket.opened and each in docket.outcomes for each in named) and all(
            file.tasks is not None and file.order.source in docket.kinds for file, _ in self._rulings(placed)
        )

    def _check_columns(self, placed: Placed) -> bool:
        columns = [(each["name"], each["type"]) for each in cast(list[Mapping[str, str]], placed.body["schema"])]
        for file, _ in self._rulings(placed):
            expected = [*self.docket.kinds[file.order.source].schema(file.order.spec), ("salt", "string")]
            if not self.docket.findings.same(placed.id, "columns of a release", expected=expected, got=columns):
                return False
        return True

    def _stopped(self, placed: Placed) -> set[str]:
        decisions = self.docket.log.ledger.decisions
        return quarantine.fold(each.body for each in decisions if each.leaf < placed.leaf).rows()

    def _wanted(self, placed: Placed) -> Iterator[_Made]:
        """Yield the rows that a release must have: all but those that are in quarantine just as they would be."""
        stopped = self._stopped(placed)
        gone = {(made.order, made.number): made for (_, digest), made in self._known.items() if digest in stopped}
        for made in self._all(placed):
            before = gone.get((made.order, made.number))
            if before is None or before.row != made.row:
                yield made

    def _all(self, placed: Placed) -> Iterator[_Made]:
        return chain.from_iterable(self._of_order(file, rulings) for file, rulings in self._rulings(placed))

    def _of_order(self, file: OrderFile, rulings: Iterable[Ruling]) -> Iterator[_Made]:
        kind, spec = self.docket.kinds[file.order.source], file.order.spec
        assert file.tasks is not None
        by_task: dict[int, list[Judged]] = {}
        for ruling in rulings:
            for each in self._answers(ruling):
                by_task.setdefault(each.answer.task, []).append(each)
        loose, number = kind.loose(spec), 0
        data = {name: "" for name, slack in loose.items() if slack is None}
        every = self.docket.shelf.lines(file.tasks.text("tasks"))
        while lines := list(islice(every, _TASKS)):
            tasks = [TaskSpec(public=cast(Mapping[str, Json], line["public"]), data=data) for line in lines]
            judged = [by_task.get(cast(int, line["n"]), []) for line in lines]
            try:
                rows = kind.rows(spec, tasks, judged)
            except RULES_FAIL as error:
                where, wanted = f"order {file.order.id}", f"rows by the rules of kind {kind.name}"
                raise BadEvidence(where, "rows of a release", expected=wanted, got=str(error)) from error
            for row in rows:
                yield _Made(order=file.order.id, number=number, row=row, kind=kind, loose=loose)
                number += 1

    def _answers(self, ruling: Ruling) -> Iterator[Judged]:
        """Yield the answers that verdicts judged, opened and allowed before, in the log's order."""
        shelf, placed = self.docket.shelf, ruling.placed
        authors = {each.leaf: each.author for each in ruling.submissions}
        said = (each for each in results.read(shelf.raw_lines(placed.text("results"))) if isinstance(each, tuple))
        for line, (leaf, n, verdict) in zip(shelf.lines(placed.text("answers")), said, strict=True):
            author = authors.get(leaf, Account(""))
            answer = Answer(account=author, task=cast(int, line["task"]), answer=line["answer"], leaf=leaf, n=n)
            yield Judged(answer=answer, verdict=verdict)
