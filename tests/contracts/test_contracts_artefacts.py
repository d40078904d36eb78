"""What ships is what the sources say, and the ABIs that others rely on only grow."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from evm_chain import SHIPPED as ARTEFACTS
from evm_chain import _type

HOME = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("abi_lock.json")
CODE_LIMIT = 24_576


def signatures(abi: list[dict]) -> list[str]:
    """Each entry as one line that changes when a caller or a log reader would notice."""
    out = []
    for item in abi:
        inputs = ",".join(
            _type(i) + (" indexed" if i.get("indexed") else "") + " " + i["name"] for i in item.get("inputs", [])
        )
        outputs = ",".join(_type(o) for o in item.get("outputs", []))
        out.append(
            f"{item['type']} {item.get('name', '')}({inputs}) -> ({outputs}) {item.get('stateMutability', '')}".strip()
        )
    return sorted(out)


def artefacts() -> dict[str, dict]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(ARTEFACTS.glob("*.json"))}


def test_no_artefact_is_older_than_its_source() -> None:
    for name, artefact in artefacts().items():
        for file, digest in artefact["source_sha256"].items():
            now = hashlib.sha256((HOME / "contracts" / file).read_bytes()).hexdigest()
            assert now == digest, f"{name}: {file} changed; run scripts/compile_contracts.py"


def test_every_contract_fits_the_code_limit() -> None:
    assert len(artefacts()) >= 7
    for name, artefact in artefacts().items():
        assert artefact["runtime_bytes"] < CODE_LIMIT, name


def test_the_abis_are_the_locked_ones() -> None:
    """To bump: add only, never rename; then `python tests/contracts/test_contracts_artefacts.py` rewrites abi_lock.json."""
    locked = json.loads(LOCK.read_text())
    now = {name: signatures(artefact["abi"]) for name, artefact in artefacts().items()}
    for name, lines in locked.items():
        gone = sorted(set(lines) - set(now.get(name, [])))
        assert not gone, (
            f"{name} lost {gone}: callers break; if that is meant, rewrite the lock and say so in CHANGELOG"
        )
    assert now == locked, "the ABI grew; rewrite the lock with `python tests/contracts/test_contracts_artefacts.py`"


@pytest.mark.soak
def test_a_fresh_compile_gives_the_committed_artefacts() -> None:
    done = subprocess.run(
        [sys.executable, str(HOME / "scripts" / "compile_contracts.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    LOCK.write_text(
        json.dumps({name: signatures(artefact["abi"]) for name, artefact in artefacts().items()}, indent=1) + "\n"
    )
