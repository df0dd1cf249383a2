# Lamplighter. `make help` lists what there is to do.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell sh tools/find_python)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install demo test fuzz check format clients node bench lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/tools.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lamplighter needs Python 3.11 or newer, and found none. Install it, or say: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "Python cannot make a virtual environment. On Debian: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@$(BIN)/uv pip sync --system-certs --quiet --python $(BIN)/python --require-hashes requirements/tools.txt requirements/dev.txt
	@$(BIN)/uv pip install --system-certs --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

install: $(STAMP) ## make .venv with the locked dependencies

demo: $(STAMP) ## a utility with a thousand accounts and their bills, from nothing
	@$(BIN)/lamplighter demo

test: $(STAMP) ## run the test suite (SQLite, no server needed)
	@$(BIN)/pytest -n auto --dist worksteal

fuzz: $(STAMP) ## a thousand made-up calls of each operation of the API
	@LAMPLIGHTER_FUZZ=1000 $(BIN)/pytest -n auto --dist worksteal tests/fuzz

check: $(STAMP) ## style, types, contracts, tidiness
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/python -m tools.locks
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format: $(STAMP) ## put the code in form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clients: $(STAMP) ## clients of the API, in Python and TypeScript, into build/clients
	@$(BIN)/python -m tools.clients

node: $(STAMP) requirements/node.txt ## Node: the system's if it is 20 or later, else into .venv from PyPI
	@sh tools/find_node >/dev/null || $(BIN)/uv pip install --system-certs --quiet --python $(BIN)/python --require-hashes -r requirements/node.txt
	@sh tools/find_node >/dev/null || { echo "There is no Node 20 or later with npm, and none came from PyPI." >&2; exit 1; }

bench: $(STAMP) requirements/bench.txt ## measure, each figure beside its peer
	@$(BIN)/uv pip install --system-certs --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@$(BIN)/python -m bench

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --quiet
lock: ## choose new versions of the dependencies
	@$(LOCK) --upgrade requirements/tools.in -o requirements/tools.txt
	@$(LOCK) --upgrade pyproject.toml -o requirements/run.txt
	@$(LOCK) --upgrade -c requirements/run.txt pyproject.toml --group dev -o requirements/dev.txt
	@$(LOCK) --upgrade -c requirements/dev.txt pyproject.toml --group bench -o requirements/bench.txt
	@$(LOCK) --upgrade --group node -o requirements/node.txt

clean: ## remove what make made (the data in .lamplighter stays)
	rm -rf $(VENV) build dist *.egg-info
