#!/bin/sh
# The long runs: tests marked `soak`, and hypothesis with many more and with new examples.
set -eu
cd "$(dirname -- "$0")/.."
"$(scripts/setup/python.sh)" scripts/setup/tools.py
. .cache/env
# shellcheck disable=SC2086
exec .venv/bin/python -m pytest -n 2 -m soak --hypothesis-profile=soak ${ARGS:-}
