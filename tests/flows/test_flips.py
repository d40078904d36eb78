"""One flipped bit in any public file of a whole life is found, and the file is named."""

import random
import shutil
from pathlib import Path

import pytest
from world import world

from hakari.app import checking


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public files of a life that is over, in a folder that may be damaged."""
    folder = tmp_path_factory.mktemp("flips")
    with world(folder / "node") as (market, _node):
        market.life()
        shutil.copytree(market.public, folder / "copy")
    return folder / "copy"


def test_the_untouched_copy_verifies(public: Path) -> None:
    assert checking.check(str(public)).ok


def test_a_flipped_bit_in_any_file_is_found_and_its_file_named(public: Path) -> None:
    draw = random.Random(11)
    files = sorted(path for path in public.rglob("*") if path.is_file())
    assert len(files) > 20
    for path in files:
        whole = path.read_bytes()
        assert whole, path
        at = draw.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << draw.randrange(8)]) + whole[at + 1 :])
        report = checking.check(str(public))
        name = path.relative_to(public).as_posix()
        assert not report.ok, f"byte {at} of {name}"
        assert any(name in mismatch.line() for mismatch in report.mismatches), (
            f"byte {at} of {name}: {report.mismatches}"
        )
        path.write_bytes(whole)


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
