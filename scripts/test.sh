#!/bin/sh
# All checks and all tests. What the tests need besides Python is brought first; what can't be had is listed at the end.
set -u
cd "$(dirname -- "$0")/.."
python=$(scripts/setup/python.sh) || exit 1
"$python" scripts/setup/tools.py || exit 1
. .cache/env

scripts/lint.sh
lint=$?

# Two workers at least, so that what is shared between them is tried everywhere; four at most, for memory.
workers=$(nproc 2>/dev/null || echo 2)
[ "$workers" -ge 2 ] || workers=2
[ "$workers" -le 4 ] || workers=4
echo "== tests"
# shellcheck disable=SC2086  # ARGS is a list of words
.venv/bin/python -m pytest -n "$workers" ${ARGS:-}
tests=$?

[ "$lint" -eq 0 ] || echo "the checks before the tests found something: see above, or run make lint"
[ "$lint" -eq 0 ] && [ "$tests" -eq 0 ]
