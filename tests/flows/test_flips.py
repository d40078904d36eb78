"""Damage to any public file of a whole life is found, and the file is named."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import world as worlds
from world import world

from hakari.app import checking
from hakari.verify.ports import Held
from hakari.verify.verification import verify


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public files of a life that is over, in a folder that may be damaged."""
    folder = tmp_path_factory.mktemp("flips")
    with pytest.MonkeyPatch.context() as patch:
        # Rows of a release are files for everybody only where evidence is open.
        patch.setattr(worlds, "EVIDENCE", "open")
        with world(folder / "node") as (market, _node):
            market.life()
            shutil.copytree(market.public, folder / "copy")
    return folder / "copy"


def test_the_untouched_copy_verifies(public: Path) -> None:
    assert checking.check(str(public)).ok


def flipped(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def longer(data: bytes, draw: random.Random) -> bytes:
    return data + draw.randbytes(draw.randrange(1, 40))


def doubled(data: bytes, draw: random.Random) -> bytes:
    """A line said twice, or all of it where there are no lines."""
    lines = data.splitlines(keepends=True)
    at = draw.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def exchanged(data: bytes, draw: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data[::-1]
    one, other = draw.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def another(data: bytes, draw: random.Random) -> bytes:
    """What a broken server answers."""
    return draw.choice([b"", b"\n", b"<!doctype html><title>404</title>\n", bytes(len(data)), data * 2])


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (cut, longer, doubled, exchanged, another)


def unnamed(
    public: Path, damages: Iterator[tuple[str, Callable[[bytes, random.Random], bytes]]], seed: int
) -> list[str]:
    """Return which damages a verification lets pass, or does not name the file of."""
    draw, passed = random.Random(seed), list[str]()
    files = {path.relative_to(public).as_posix(): path.read_bytes() for path in public.rglob("*") if path.is_file()}
    assert len(files) > 20
    for name, damage in damages:
        data = damage(files[name], draw)
        if data == files[name] or (
            name == "log/checkpoint" and set(data.splitlines()) == set(files[name].splitlines())
        ):
            continue  # two equal lines; a note may hold a signature twice
        report = verify(Held(files=files | {name: data}))
        if report.ok or not any(name in mismatch.line() for mismatch in report.mismatches):
            passed.append(f"{damage.__name__} {name}: {report.mismatches}")
    return passed


def names(public: Path) -> list[str]:
    return sorted(path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file())


def test_a_flipped_bit_in_any_file_is_found_and_its_file_named(public: Path) -> None:
    assert not unnamed(public, ((name, flipped) for name in names(public)), seed=11)


def test_a_file_that_is_cut_longer_doubled_exchanged_or_another_is_found_and_named(public: Path) -> None:
    each = ((name, DAMAGES[at % len(DAMAGES)]) for at, name in enumerate(names(public)))
    assert not unnamed(public, each, seed=12)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20, 30))
def test_all_sorts_of_damage_to_every_file_are_found_and_named(public: Path, seed: int) -> None:
    every = ((name, damage) for name in names(public) for damage in (flipped, flipped, flipped, *DAMAGES))
    assert not unnamed(public, every, seed)


def test_a_missing_and_an_unexpected_file_are_named(public: Path) -> None:
    gone = next(iter(sorted((public / "evidence").iterdir())))
    whole = gone.read_bytes()
    gone.unlink()
    assert any(gone.name in mismatch.line() for mismatch in checking.check(str(public)).mismatches)
    gone.write_bytes(whole)
    extra = public / "evidence" / ("ab" * 32)
    extra.write_bytes(b"{}\n")
    assert any(extra.name in mismatch.line() for mismatch in checking.check(str(public)).mismatches)
    extra.unlink()
