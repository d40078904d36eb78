#!/bin/sh
# Style, types, import rules and contract artefacts. Every check runs; the exit code is 1 if any of them found something.
set -u
cd "$(dirname -- "$0")/.."
bad=""
check() {
    name=$1
    shift
    echo "== $name"
    "$@" || bad="$bad, $name"
}
check "ruff check" .venv/bin/ruff check --quiet .
check "ruff format" .venv/bin/ruff format --quiet --check .
check "types" .venv/bin/basedpyright --project . --pythonpath .venv/bin/python
check "imports" .venv/bin/lint-imports
if [ -e scripts/compile_contracts.py ]; then
    check "contract artefacts" .venv/bin/python scripts/compile_contracts.py --check
fi
if [ -n "$bad" ]; then
    echo "== not clean: ${bad#, }"
    exit 1
fi
