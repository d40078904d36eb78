#!/bin/sh
# The main job, then the server over what it made. Both pick up where an earlier run stopped.
set -eu
cd "$(dirname -- "$0")/.."
dir=${DIR:-.hakari/demo}
port=${PORT:-8080}
trap 'echo; echo "Stopped. Nothing is lost: make run goes on from here."; exit 130' INT TERM

mkdir -p "$dir"
.venv/bin/hakari demo --dir "$dir"
cat <<TEXT

Look at it:       http://127.0.0.1:$port
Earn, as a newcomer, in about two minutes: http://127.0.0.1:$port/start
The public files: $dir/public
Re-check it all:  .venv/bin/hakari verify $dir/public
                  .venv/bin/hakari verify http://127.0.0.1:$port      (in a second terminal, as a stranger would)
Stop:             Ctrl-C

TEXT
.venv/bin/hakari serve --dir "$dir" --port "$port"
