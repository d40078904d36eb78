"""Folders made to break the verifier: any bytes, and any JSON under right hashes and signatures, are mismatches and nothing else."""

import copy
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hakari.core import canonical
from hakari.core.errors import Malformed
from hakari.core.statement import ACCOUNT_KEY, LARGEST, message
from hakari.log.checkpoint import sign_checkpoint
from hakari.log.writer import Appender
from hakari.people import signing
from hakari.verify import evidence
from hakari.verify.ports import Held, TooLarge, read
from hakari.verify.verification import verify

from .world import KINDS, Drawer, View, World, sha

WORLD = World()
FILES = WORLD.tell()
PEOPLE = {each.key: each for each in (WORLD.operator, WORLD.buyer, WORLD.reader, *WORLD.workers)}

json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.sampled_from(["", "0", "1", "-1", "nan", "1e400", "ab" * 32, "0x" + "ab" * 20, "\u0000", "é", "9" * 78])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "row", "public", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def places(value, at=()):
    yield at
    if isinstance(value, dict):
        for name in sorted(value):
            yield from places(value[name], (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*at, index))


def with_at(value, at, new):
    if not at:
        return new
    made = copy.deepcopy(value)
    place = made
    for step in at[:-1]:
        place = place[step]
    place[at[-1]] = new
    return made


def rebuilt(bodies, files):
    """Publish the story again with these bodies: every id that changed is changed wherever it stands, every statement signed again."""
    renamed, statements = {}, []
    for told, body in zip(WORLD.statements, bodies, strict=True):
        text = canonical.encode(body)
        for old, new in renamed.items():
            text = text.replace(old.encode(), new.encode())
        made = replace(told, body=canonical.decode(text))
        if told.key != ACCOUNT_KEY and made != told:
            made = replace(made, signature=signing.sign(PEOPLE[told.key].secret, message(made)))
        if len(made.bytes) > LARGEST:
            raise Malformed("too long for a leaf")
        renamed.update({told.id: made.id} if told.id != made.id else {})
        statements.append(made)
    drawer = Drawer()
    appender = Appender(drawer, WORLD.signer.verifier)
    appender.append([each.bytes for each in statements], start=0)
    appender.publish(sign_checkpoint(appender.checkpoint, WORLD.signer))
    kept = {path: data for path, data in files.items() if not path.startswith("log/")}
    return {**kept, **{f"log/{path}": data for path, data in drawer.items()}}


def outcome(files):
    report = verify(Held(files=files), View(WORLD), kinds=KINDS)
    canonical.encode(report.json())
    return report


def test_publishing_the_story_again_unchanged_gives_the_same_folder():
    assert rebuilt([each.body for each in WORLD.statements], FILES) == FILES


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_json_in_a_signed_statement_is_a_mismatch_and_never_a_crash(data):
    index = data.draw(st.integers(0, len(WORLD.statements) - 1))
    told = WORLD.statements[index]
    at = data.draw(st.sampled_from(list(places(told.body))))
    new = data.draw(json)
    body = with_at(told.body, at, new)
    if not isinstance(body, dict) or body == told.body:
        return
    bodies = [body if number == index else each.body for number, each in enumerate(WORLD.statements)]
    report = outcome(rebuilt(bodies, FILES))
    if told.kind not in ("order", "release", "use", "pool", "verdicts"):  # their free text may say what it likes
        assert not report.ok


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_json_in_evidence_under_its_right_name_is_never_a_crash(data):
    path = data.draw(
        st.sampled_from(sorted(path for path in FILES if path.startswith("evidence/") and b"\n" in FILES[path]))
    )
    lines = [canonical.decode(line) for line in FILES[path].splitlines()]
    row = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.sampled_from(list(places(lines[row]))))
    lines[row] = with_at(lines[row], at, data.draw(json))
    changed = canonical.lines(lines)
    files = {name: each for name, each in FILES.items() if name != path}
    files[f"evidence/{sha(changed)}"] = changed
    old, new = path.removeprefix("evidence/"), sha(changed)
    bodies = [
        canonical.decode(canonical.encode(each.body).replace(old.encode(), new.encode())) for each in WORLD.statements
    ]
    report = outcome(rebuilt(bodies, files))
    assert report.ok == (changed == FILES[path])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=300))
def test_any_bytes_in_any_file_are_a_mismatch_and_never_a_crash(path, data):
    report = outcome({**FILES, path: data})
    assert report.ok == (data == FILES[path])


@given(
    st.dictionaries(st.sampled_from([*sorted(FILES), "x", "log/x", "evidence/x"]), st.binary(max_size=80), max_size=5)
)
@settings(max_examples=50, deadline=None)
def test_a_folder_of_anything_is_a_report(files):
    report = outcome(files)
    assert not report.ok
    assert report.mismatches


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000, b'{"row":"' + b"a" * (2 << 20)])
def test_evidence_made_to_exhaust_the_reader_is_a_mismatch(deep):
    release = next(each for each in WORLD.statements if each.kind == "release")
    data = deep + b"\n"
    body = {**release.body, "manifest": sha(data)}
    bodies = [body if each is release else each.body for each in WORLD.statements]
    report = outcome(rebuilt(bodies, {**FILES, f"evidence/{sha(data)}": data}))
    assert f"evidence/{sha(data)}" in {each.where for each in report.mismatches}


class Endless:
    """A file that never ends."""

    def __init__(self):
        self.given = 0

    def chunks(self, path):
        while True:
            self.given += 1 << 20
            yield b"x" * (1 << 20)

    def paths(self):
        return None


@pytest.mark.parametrize("path", ["node.json", "log/checkpoint"])
def test_a_file_without_end_is_left_after_its_limit(path):
    files = Endless()
    with pytest.raises(TooLarge):
        read(files, path, 1 << 22)
    assert files.given <= 1 << 23
    assert not verify(files, kinds=KINDS).ok


def test_evidence_without_end_in_one_line_is_not_held(monkeypatch):
    """Reading goes on to name the file by its hash, but nothing of the line is kept."""

    class Long(Endless):
        def chunks(self, path):
            return (b"x" * (1 << 20) for _ in range(64))

    shelf = evidence.Shelf(Long())
    digest = sha(b"x" * (64 << 20))
    with pytest.raises(evidence.BadEvidence, match="length of a line"):
        list(shelf.raw_lines(digest))
    with pytest.raises(evidence.BadEvidence, match="SHA-256"):
        list(shelf.raw_lines("ab" * 32))


def test_text_of_strangers_can_not_forge_lines_of_a_report():
    files = {**FILES, "evidence/\x1b[31m\nverified": b""}
    report = outcome(files)
    assert all(letter.isprintable() for each in report.mismatches for letter in each.line())


def test_mismatches_beyond_the_limit_are_counted_and_not_kept():
    files = {**FILES, **{f"evidence/{number}": b"" for number in range(250)}}
    report = outcome(files)
    assert report.found == 250
    assert len(report.mismatches) == 100
