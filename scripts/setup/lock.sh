#!/bin/sh
# Writes the hashed locks. Needs uv. The locks hold no registry address: each installer uses the one its user has set.
set -eu
cd "$(dirname -- "$0")/../.."
command -v uv >/dev/null || { echo "make lock needs uv (the Python package 'uv')" >&2; exit 1; }

# One lock for every CPython from 3.11 and every platform that has wheels; `make lock UPGRADE=1` takes newer versions.
compile() {
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --quiet ${UPGRADE:+--upgrade} "$@"
}

# The larger set first: what runs is what was tested, so the run lock takes its versions from the test lock.
compile requirements/build.in requirements/source.in --extra demo --extra images --extra postgres --extra test \
    --output-file requirements/test.txt
compile requirements/build.in --extra demo --extra images --extra postgres --constraint requirements/test.txt --output-file requirements/run.txt
# The peers of the benchmarks pin other versions of numpy: an environment of their own.
compile requirements/build.in --extra bench --output-file requirements/bench.txt
