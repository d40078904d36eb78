# The one menu of this project: `make help`.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint soak bench lock contracts clean
SHELL := /bin/sh

# Where the demo lives and is served, what pytest gets besides, which Python makes .venv: make run PORT=9000, make test ARGS='-k log'
DIR ?= .hakari/demo
PORT ?= 8080
ARGS ?=
PYTHON ?=
export DIR PORT ARGS PYTHON

help:
	@echo "make run     the main job on 8,931 real votes, then http://127.0.0.1:$(PORT); a second run goes on where the first stopped"
	@echo "make test    what the tests need, then all checks and tests"
	@echo
	@echo "make setup   .venv only: the hakari command and pytest"
	@echo "make lint    style, types, import rules, contract artefacts"
	@echo "make soak    the long runs that make test leaves out"
	@echo "make bench   the benchmarks, with other people's programs beside ours"
	@echo "make lock    the hashed locks anew from pyproject.toml (needs uv; UPGRADE=1 for newer versions)"
	@echo "make contracts  the contract artefacts anew from contracts/"
	@echo "make clean   takes away .venv, .cache and the demo's data"
	@echo
	@echo "variables: DIR=$(DIR) PORT=$(PORT) PYTHON=/path/to/python3 ARGS='for pytest'"

setup:
	@scripts/setup/venv.sh run

run: setup
	@scripts/run.sh

test:
	@scripts/setup/venv.sh test
	@scripts/test.sh

lint:
	@scripts/setup/venv.sh test
	@scripts/lint.sh

soak:
	@scripts/setup/venv.sh test
	@scripts/soak.sh

bench:
	@scripts/setup/venv.sh bench
	@scripts/bench.sh

lock:
	@scripts/setup/lock.sh

contracts:
	@scripts/setup/venv.sh test
	@.venv/bin/python scripts/compile_contracts.py

clean:
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache $(DIR)
