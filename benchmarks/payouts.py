"""How long a tree of payouts takes with a proof for every account, beside npm's @openzeppelin/merkle-tree on the same accounts.

    (cd benchmarks/openzeppelin && npm ci)
    python benchmarks/payouts.py --accounts 1000000
    python benchmarks/payouts.py --accounts 50000 --get-proof

Ours hashes more: each account has a line with its own tree, leaves are 160 bytes and nodes carry sums; OpenZeppelin's standard tree
is [address, uint256]. Both begin with the accounts in memory as their language has them and end when each proof was made once.
OpenZeppelin's getProof also verifies what it returns, which ours does not; so its bare paths are timed, and getProof on request.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from hakari.core.ids import Account, StatementId
from hakari.core.money import Micros
from hakari.pay import tree
from hakari.pay.lines import Line, Owed

PEER = Path(__file__).parent / "openzeppelin"


def accounts(count: int, *, seed: int = 7) -> list[Owed]:
    """Return `count` random accounts, ascending, each with one line."""
    rng = np.random.default_rng(seed)
    names = sorted({rng.bytes(20) for _ in range(count)})
    amounts = rng.integers(1, 10**9, len(names)).tolist()
    cause = StatementId(rng.bytes(32).hex())
    owed: list[Owed] = []
    for name, amount in zip(names, amounts, strict=True):
        account = Account("0x" + name.hex())
        line = Line(account=account, cause=cause, source=7, amount=Micros(amount), why="work")
        owed.append(Owed(account=account, prev=Micros(amount), inc=Micros(amount), lines=(line,)))
    return owed


def ours(owed: list[Owed]) -> dict[str, float]:
    """Time the tree and all proofs; check one proof in a thousand."""
    tree.build(owed[:3])  # the compiled code is loaded once for each process, from a cache on disk
    cpu, started = time.process_time(), time.perf_counter()
    whole = tree.build(owed)
    built = time.perf_counter()
    steps = sum(len(proof.path) for proof in whole.proofs())
    proved, cpu = time.perf_counter(), time.process_time() - cpu
    assert steps == len(owed) * whole.depth
    for each in owed[::1000]:
        proof = whole.proof(each.account)
        assert tree.verify_proof(proof, root=whole.root, total=whole.total, depth=whole.depth)
    return {"build_s": built - started, "proofs_s": proved - built, "cpu_s": cpu, "tree_mb": megabytes(whole)}


def megabytes(whole: tree.Tree) -> float:
    """Return the memory of the tree's arrays."""
    return sum(each.nbytes for each in (whole.accounts, whole.prev, whole.lines_roots, *whole.levels)) / 2**20


def openzeppelin(owed: list[Owed], *mode: str) -> dict[str, float]:
    """Run the peer in Node over the same accounts and amounts. Raises SystemExit where it is not installed."""
    if not (PEER / "node_modules").is_dir():
        raise SystemExit(f"the peer is not installed: (cd {PEER} && npm ci)")
    with tempfile.TemporaryDirectory() as folder:
        values = Path(folder) / "values"
        values.write_text("".join(f"{each.account} {each.inc}\n" for each in owed))
        command = ["node", "--max-old-space-size=8192", "tree.mjs", str(values), *mode]
        run = subprocess.run(command, cwd=PEER, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main() -> None:
    """Print one JSON object with the seconds of both and how many times faster ours is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument(
        "--get-proof", action="store_true", help="time OpenZeppelin's getProof too (half a second a thousand)"
    )
    options = parser.parse_args()
    owed = accounts(options.accounts)
    mine = ours(owed)
    mine["process_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peer = openzeppelin(owed, *(["checked"] if options.get_proof else []))
    total = mine["build_s"] + mine["proofs_s"]
    faster = {
        "than_bare_paths": (peer["build_s"] + peer["paths_s"]) / total,
        "than_bare_paths_by_cpu": peer["cpu_s"] / mine["cpu_s"],
    }
    if peer["proofs_s"] is not None:
        faster["than_get_proof"] = (peer["build_s"] + peer["proofs_s"]) / total
    print(json.dumps({"accounts": len(owed), "hakari": mine, "openzeppelin": peer, "times_faster": faster}, indent=2))


if __name__ == "__main__":
    main()
