"""Compile contracts/*.vy to the artefacts that the package ships; `--check` says whether the committed ones are current."""

import argparse
import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import snekmate
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

HOME = Path(__file__).resolve().parent.parent
SOURCES = HOME / "contracts"
ARTEFACTS = HOME / "src" / "hakari" / "adapters" / "evm" / "artefacts"
EVM_VERSION = "cancun"
# Modules are compiled into the contracts that import them and are never deployed alone.
MODULES = ("signatures", "tree")


def compiled(source: Path) -> dict[str, Any]:
    """Return one contract's artefact: abi, creation bytecode, hashes and the settings that reproduce them."""
    packages = Path(snekmate.__file__ or next(iter(snekmate.__path__))).resolve()
    site = packages.parent.parent if packages.is_file() else packages.parent
    bundle = FilesystemInputBundle([site, SOURCES])
    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.GAS)
    with bundle.search_path(SOURCES):
        file_input = bundle.load_file(source.name)
    out = compile_from_file_input(
        file_input, input_bundle=bundle, settings=settings, output_formats=["abi", "bytecode", "bytecode_runtime"]
    )
    runtime = bytes.fromhex(out["bytecode_runtime"][2:])
    files = [source, *(SOURCES / f"{name}.vy" for name in MODULES if f"import {name}" in source.read_text())]
    return {
        "abi": out["abi"],
        "bytecode": out["bytecode"],
        "compiler": {
            "evm_version": EVM_VERSION,
            "optimize": "gas",
            "snekmate": version("snekmate"),
            "vyper": version("vyper"),
        },
        "contract": source.stem,
        "licence": "AGPL-3.0-only",
        "runtime_bytes": len(runtime),
        "runtime_sha256": hashlib.sha256(runtime).hexdigest(),
        "source_sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
    }


def text(artefact: dict[str, Any]) -> str:
    """Return the artefact as the file holds it: sorted keys, so that a diff shows what changed."""
    return json.dumps(artefact, indent=1, sort_keys=True) + "\n"


def differences(fresh: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """Name the keys that differ between a fresh compile and a stored artefact."""
    return sorted(key for key in fresh.keys() | stored.keys() if fresh.get(key) != stored.get(key))


def main(argv: list[str] | None = None) -> int:
    """Write all artefacts, or with --check compare them; 0 done, 1 they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what differs")
    parser.add_argument("names", nargs="*", help="contracts to compile (default: all)")
    args = parser.parse_args(argv)
    failed = False
    sources = sorted(path for path in SOURCES.glob("*.vy") if path.stem not in MODULES)
    names = {path.stem for path in sources}
    for source in sources:
        if args.names and source.stem not in args.names:
            continue
        target = ARTEFACTS / f"{source.stem}.json"
        fresh = compiled(source)
        if not args.check:
            ARTEFACTS.mkdir(parents=True, exist_ok=True)
            target.write_text(text(fresh))
            print(f"{source.stem}: {fresh['runtime_bytes']} bytes", file=sys.stderr)
        elif not target.exists():
            print(f"{source.stem}: no artefact; run scripts/compile_contracts.py", file=sys.stderr)
            failed = True
        elif target.read_text() != text(fresh):
            keys = ", ".join(differences(fresh, json.loads(target.read_text()))) or "formatting"
            print(f"{source.stem}: artefact is stale in {keys}; run scripts/compile_contracts.py", file=sys.stderr)
            failed = True
    for orphan in sorted(path.stem for path in ARTEFACTS.glob("*.json") if path.stem not in names):
        print(f"{orphan}: artefact without a source", file=sys.stderr)
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
