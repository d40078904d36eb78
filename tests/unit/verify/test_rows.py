"""Rows of a release are made again from its verdicts: one that the operator left out, added or changed is named, manifest or not."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from hakari.core.statement import row_commitment
from hakari.sources.kind import Contents
from hakari.verify.ports import Held
from hakari.verify.verification import verify

from .tiny import TINY
from .world import KINDS, World, sha


def named(world):
    return [(each.section, each.what) for each in verify(world.held(), kinds=KINDS).mismatches]


def relabelled(rows):
    return [*rows[:3], {**rows[3], "label": (rows[3]["label"] + 1) % 3}, *rows[4:]]


LIES = {
    "a changed label": (relabelled, "row 4 against the verdicts"),
    "one answer more": (lambda rows: [{**rows[0], "answers": rows[0]["answers"] + 1}, *rows[1:]], "row 1 against the"),
    "a row left out": (lambda rows: [*rows[:2], *rows[3:]], "row 3 against the verdicts"),
    "the last row left out": (lambda rows: rows[:-1], "row 8"),
    "a row said twice": (lambda rows: [*rows, rows[0]], "row 9"),
    "no rows at all": (lambda _: [], "row 1"),
    "two rows exchanged": (lambda rows: [rows[1], rows[0], *rows[2:]], "row 1 against the verdicts"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_release_whose_manifest_and_root_fit_other_rows_than_its_verdicts_give_is_named(lie):
    change, what = LIES[lie]
    found = named(World({"said": change}))
    assert len(found) == 1
    assert found[0][0] == "releases"
    assert found[0][1].startswith(what)


def test_what_a_row_shows_of_its_task_is_not_looked_at_as_nobody_can_see_the_item():
    assert not named(World({"said": lambda rows: [{**row, "image": "another"} for row in rows]}))


@pytest.mark.parametrize("evidence", ["keyed", "sealed"])
def test_rows_that_only_licensees_have_are_noted_and_of_open_answers_counted(evidence):
    report = verify(World(evidence=evidence).held(), kinds=KINDS)
    assert report.ok, report.mismatches
    assert any(note.startswith("Rows that only licensees have: 8 in 1 release(s)") for note in report.notes)
    assert not named(World({"said": relabelled}, evidence=evidence))
    found = named(World({"said": lambda rows: rows[:-1]}, evidence=evidence))
    assert found == ([("releases", "rows of a release")] if evidence == "keyed" else [])


@pytest.mark.parametrize("evidence", ["keyed", "sealed"])
def test_a_licensee_holds_the_rows_that_they_have_against_the_verdicts(evidence):
    class Licensed(World):
        """A market copied by a licensee, with the files that the licence opens."""

        def keep(self, data):
            self.kept = getattr(self, "kept", {})
            self.kept[sha(data)] = data
            return super().keep(data)

        def held(self):
            files = self.tell()
            answers = self.ruling.body["answers"]
            opened = {f"evidence/{sha(self.data)}": self.data, f"evidence/{answers}": self.kept[answers]}
            return Held(files=files | opened)

    report = verify(Licensed(evidence=evidence).held(), kinds=KINDS)
    assert report.ok, report.mismatches
    assert not any("licensees" in note for note in report.notes)
    assert named(Licensed({"said": relabelled}, evidence=evidence)) == [("releases", "row 4 against the verdicts")]


class Stopped(World):
    """A market in which a row of the first release is in quarantine when the second is made, and stays out of it."""

    decided: ClassVar[Mapping[str, str]] = {"result": "quarantined", "reason": "private"}

    def release(self):
        super().release()
        first = self.released
        digest = self.at("digest", row_commitment({**self.rows[2], "salt": self.salts(8)[2]}))
        body = {"about": [], "subject": f"row:{first.id}:{digest}", **self.decided}
        self.say(self.operator, "decision", body)
        self.without = self.at("without", {2})
        super().release()


def test_a_row_in_quarantine_is_left_out_and_none_beside_it():
    assert not named(Stopped())
    assert named(Stopped({"without": lambda _: {2, 5}})) == [("releases", "row 5 against the verdicts")]
    assert named(Stopped({"without": lambda _: {3}}))[0] == ("releases", "row 3 against the verdicts")


def test_a_quarantine_of_a_row_that_is_not_there_hides_no_other():
    assert named(Stopped({"digest": lambda _: "ab" * 32})) == [("releases", "row 3 against the verdicts")]


def test_a_release_is_of_all_verdicts_that_stood():
    lie = {"release": lambda body: {**body, "lineage": {**body["lineage"], "verdicts": []}}}
    assert ("releases", "verdicts of a release") in named(World(lie))


def test_columns_that_the_kind_has_not_are_named():
    lie = {"release": lambda body: {**body, "schema": [body["schema"][1], body["schema"][0], *body["schema"][2:]]}}
    assert named(World(lie))[0] == ("releases", "columns of a release")


def filed(_, tasks, judged):
    """A row for each accepted answer: it names a file, or holds its text."""
    return [
        {"image": task.data["image"], "sha256": sha(of(each)), "type": kind(each), "bytes": 3, "file": "", "text": ""}
        for task, answers in zip(tasks, judged, strict=True)
        for each in answers
        if each.verdict.accepted
    ]


def of(each):
    return b"of%d" % each.answer.answer["label"]


def kind(each):
    return "text" if each.answer.answer["label"] else "picture"


CONTENTS = Contents(
    named=None,
    measure=None,
    same=None,
    ending=lambda _: "bin",
    inline=lambda type_, _: type_ == "text",
    largest=None,
    masked=None,
    answer=None,
)
FILED = replace(
    TINY,
    rows=filed,
    schema=lambda _: [(name, "int64" if name == "bytes" else "string") for name in (*NAMES, "file", "text")],
    loose=lambda _: dict.fromkeys(("image", "file", "text")),
    contents=CONTENTS,
)
NAMES = ("image", "sha256", "type", "bytes")


def packed(files):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


class Filed(World):
    """A market whose answers name bytes: short texts stand in rows, pictures in an archive."""

    kind = FILED

    def at(self, name, value):
        if name == "said":
            for row in value:
                data = next(b"of%d" % n for n in range(3) if sha(b"of%d" % n) == row["sha256"])
                row.update({"text": data.decode()} if row["type"] == "text" else {"file": f"{sha(data)}.bin"})
        if name == "release":
            self.tar = packed(self.at("members", {f"{sha(b'of0')}.bin": b"of0"}))
            beside = {"access": "open", "bytes": len(self.tar), "path": "files-00000.tar", "sha256": sha(self.tar)}
            value = {**value, "files": [value["files"][0], beside]}
        return super().at(name, value)

    def lay_out(self, release):
        super().lay_out(release)
        self.files[f"releases/{release.id}/files-00000.tar"] = self.tar

    def use(self):
        """Nobody uses it."""


def told(lies=None):
    report = verify(Filed(lies).held(), kinds={"label": FILED})
    return [each.what for each in report.mismatches]


def test_texts_and_files_that_rows_name_are_those_that_were_answered():
    assert told() == []
    [text] = told({"said": lambda rows: [{**row, "text": row["text"] and "of9"} for row in rows]})
    assert text.endswith("against the verdicts")
    [moved] = told({"said": lambda rows: [{**row, "file": row["file"] and "x.bin"} for row in rows]})
    assert moved == "row 1 against the verdicts"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda _: {f"{sha(b'of0')}.bin": b"of9"}, "archive"),
        (lambda _: {}, f"file {sha(b'of0')}.bin"),
        (lambda held: {**held, f"{sha(b'of7')}.bin": b"of7"}, f"file {sha(b'of7')}.bin"),
    ],
)
def test_an_archive_with_other_bytes_or_files_than_rows_name_is_named(change, what):
    assert told({"members": change}) == [what]
