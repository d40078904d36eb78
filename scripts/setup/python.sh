#!/bin/sh
# Prints the interpreter that the project's environment is made from: Python 3.11 or newer, CPython.
# Debian's own first: it is the one whose parts (venv, pip) the Debian packages fit.
set -eu
for candidate in ${PYTHON:-} /usr/bin/python3 python3 python3.11 python3.12 python3.13 python3.14; do
    found=$(command -v "$candidate" 2>/dev/null) || continue
    if "$found" -c 'import sys; sys.exit(not (sys.version_info >= (3, 11) and sys.implementation.name == "cpython"))' 2>/dev/null &&
        "$found" -c 'import venv, ssl, sqlite3, ctypes' 2>/dev/null; then
        echo "$found"
        exit 0
    fi
done
cat >&2 <<'TEXT'
Hakari needs CPython 3.11 or newer with its standard library; none was found on PATH.
  Debian 12 and later:  apt-get install python3
  Elsewhere:            install Python 3.11+, or name one: make setup PYTHON=/path/to/python3
TEXT
exit 1
