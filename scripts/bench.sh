#!/bin/sh
# The benchmarks, one after the other: each prints its figures beside a peer's from the same run. SETS=FOLDER for other crowds.
set -u
cd "$(dirname -- "$0")/.."
failed=
peer=benchmarks/openzeppelin
if [ ! -d $peer/node_modules ] && command -v npm >/dev/null; then
    (cd $peer && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier >/dev/null) || failed="$peer"
fi
for file in benchmarks/[a-z]*.py; do
    echo "== $file"
    .cache/bench/bin/python "$file" ${ARGS:-} || failed="$failed $file"
done
echo "== hakari economy"
.cache/bench/bin/python -m hakari.doors.cli.main economy ${SETS:+--sets "$SETS"} || echo "a bar is missed"
[ -z "$failed" ] || { echo "did not run:$failed" >&2; exit 1; }
