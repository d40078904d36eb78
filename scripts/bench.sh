#!/bin/sh
# The benchmarks, one after the other: each prints its figures beside a peer's from the same run.
set -eu
cd "$(dirname -- "$0")/.."
for file in benchmarks/[a-z]*.py; do
    [ -e "$file" ] || { echo "no benchmarks yet"; exit 0; }
    case $file in */conftest.py) continue ;; esac
    echo "== $file"
    .cache/bench/bin/python "$file" ${ARGS:-}
done
echo "== hakari economy (SETS=FOLDER for other crowds)"
.cache/bench/bin/python -m hakari.doors.cli.main economy ${SETS:+--sets "$SETS"} || echo "a bar is missed"
