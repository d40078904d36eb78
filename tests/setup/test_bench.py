"""`make bench` runs every benchmark as it is: each says by itself what it measures on."""

import argparse
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path.name for path in (ROOT / "benchmarks").glob("[a-z]*.py"))


class _Read(Exception):
    pass


@pytest.mark.parametrize("name", FILES)
def test_a_benchmark_needs_no_argument(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = argparse.ArgumentParser.parse_args

    def only_read(parser: argparse.ArgumentParser) -> None:
        read(parser)
        raise _Read

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_read)
    monkeypatch.setattr(sys, "argv", [name])
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    # An argument that is missing ends the reading with SystemExit instead.
    with pytest.raises(_Read):
        runpy.run_path(str(ROOT / "benchmarks" / name), run_name="__main__")
