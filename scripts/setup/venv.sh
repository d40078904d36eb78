#!/bin/sh
# venv.sh run|test|bench: .venv from the lock of that name, with the right Python.
set -eu
here=$(dirname -- "$0")
python=$("$here/python.sh")
exec "$python" "$here/venv.py" "$@"
