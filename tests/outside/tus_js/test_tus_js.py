"""An unmodified tus-js-client uploads to a node, is stopped half-way and goes on."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "api"))
from market import Market, served

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="module")
def home() -> Path:
    """A folder with the client's packages, which scripts/setup/tools.py brings by their lock."""
    place = ROOT / ".cache" / "tus_js"
    if not (place / "node_modules" / "tus-js-client").is_dir():
        pytest.skip("tus-js-client is not here (scripts/setup/tools.py brings it where there is Node)")
    return place


def test_it_is_stopped_half_way_and_the_whole_arrives(home: Path, tmp_path: Path) -> None:
    node = os.environ.get("HAKARI_NODE") or shutil.which("node")
    if node is None:
        pytest.skip("Node is absent")
    file = tmp_path / "sent.bin"
    file.write_bytes(b"PK\x03\x04" + random.Random(3).randbytes(2_000_000) + b"PK\x05\x06" + bytes(18))
    program = shutil.copy(HERE / "upload.mjs", home)
    market = Market(tmp_path / "node")
    try:
        with served(market):
            who = market.signed_in("somebody with a browser")
            words = [f"{market.url}/v1/uploads", str(who._token), str(file), "application/zip", "300000"]
            done = subprocess.run([node, program, *words], capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            assert 1_000_000 <= told["stopped"] < told["sent"] == file.stat().st_size
            found = who.get(f"/v1/uploads/{told['url'].rsplit('/', 1)[-1]}")
            assert (found["status"], found["name"]) == ("held", "sent.bin")
            assert found["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    finally:
        market.close()
