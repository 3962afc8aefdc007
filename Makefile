# Everything runs from a clean clone with Python 3.11 or newer and npm: `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
UV     := $(VENV)/uv/bin/uv
ARGS   ?=
STEPS  ?= 2000
# Test processes; what an argument selects seldom needs more than one.
WORKERS ?= $(if $(ARGS),0,2)
SEED   ?= 1
MINUTES ?= 60

# The pip-installed vyper and the npm-installed anvil come first; Ape keeps its data inside the project.
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export APE_DATA_FOLDER ?= $(CURDIR)/build/ape
export UV_PYTHON_DOWNLOADS := never
# Without its bytecode cache Python takes 5 s longer to start Ape.
export PYTHONDONTWRITEBYTECODE :=
# Said by pydantic about Ape's own settings.
export PYTHONWARNINGS := ignore:Field 'import_remapping' has an incomplete definition

TYPED := conftest.py $(wildcard scripts keeper tests/helpers tests/bench tests/keeper tests/deployment tests/ganache \
	tests/demo tests/replay tests/sandbox)

.PHONY: help install compile test lint format fuzz bench bench-keeper soak demo snapshots lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environment ---------------------------------------------------------------------------------------------------

install: $(VENV)/.installed $(VENV)/.anvil ## Python packages and Anvil, as locked
	@:

# uv lives beside the environment, not in it: `uv pip sync` removes whatever the lock does not name.
$(VENV)/.uv: requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed and '$(PYTHON)' is not: run e.g. make install PYTHON=python3.12" >&2; exit 1; }
	@echo "[1/3] virtual environment in $(VENV) ($$($(PYTHON) --version))"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--target $(VENV)/uv -r requirements-uv.txt
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.uv
	@echo "[2/3] Python packages (hashed lock)"
	@$(UV) pip sync --python $(PY) requirements.txt 2>&1 | grep -vE '^ [+~-] ' || exit $${PIPESTATUS[0]}
	@printf '#!/bin/sh\nexec "%s" "%s/scripts/launch.py" "$$@"\n' "$(CURDIR)/$(PY)" "$(CURDIR)" > $(VENV)/bin/plimsoll
	@chmod +x $(VENV)/bin/plimsoll
	@touch $@

ifeq ($(shell uname -sm),Linux x86_64)
$(VENV)/.anvil: package-lock.json package.json $(VENV)/.uv
	@echo "[3/3] Anvil (npm ci)"
	@command -v npm >/dev/null || { echo "npm is needed to install Anvil: install Node 20 or newer" >&2; exit 1; }
	@npm ci --omit=dev --no-progress --loglevel=error
	@touch $@

# What only tests need; a demonstration does without.
$(VENV)/.others: $(VENV)/.anvil
	@echo "Ganache, other people's contracts and solc, for the tests (npm ci)"
	@npm ci --no-progress --loglevel=error
	@touch $@
else
$(VENV)/.anvil: $(VENV)/.uv
	@echo "[3/3] no Anvil is packaged for $(shell uname -sm): using the one on PATH, $$(command -v anvil || echo 'but there is none; install Foundry')"
	@command -v anvil >/dev/null
	@touch $@

# Tests against Ganache and other people's contracts skip.
$(VENV)/.others: $(VENV)/.anvil
	@touch $@
endif

# --- to see it work ------------------------------------------------------------------------------------------------

demo: install ## the whole waterfall on a local chain, with a report in build/demo; ARGS="--seed 2"
	@$(VENV)/bin/plimsoll demo $(ARGS)

# --- checks --------------------------------------------------------------------------------------------------------

compile: install ## compile every contract with Ape
	@$(PY) -m scripts.build_cache
	@ape compile

test: compile $(VENV)/.others ## all tests, two at a time, each with its own Anvil; ARGS="-k name" narrows them
	@$(PY) -m pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

lint: install ## ruff, mypy, natrix
	@ruff check .
	@ruff format --check .
	@mypy $(TYPED)
	@$(PY) -m scripts.lint_vyper

format: install ## format the Python code
	@ruff check --fix-only --quiet .
	@ruff format .

fuzz: install ## random actions against the model, in process; STEPS= SEED=
	@$(PY) -m tests.fuzz.run --steps $(STEPS) --seed $(SEED)

bench: install $(VENV)/.others ## measure gas on Anvil into build/bench/gas.json
	@$(PY) -m tests.bench.gas

bench-keeper: install ## measure the keeper into build/bench/keeper.json
	@$(PY) -m tests.bench.keeper

soak: install ## let a keeper run through crashes and kills; MINUTES=
	@$(PY) -m tests.keeper.soak --minutes $(MINUTES)

# --- committed products --------------------------------------------------------------------------------------------

snapshots: install ## rewrite tests/snapshots (sizes, ABIs, storage layouts)
	@$(PY) -m scripts.snapshots

lock: $(VENV)/.uv ## resolve the dependencies again
	@cut -d' ' -f1 requirements-uv.txt | grep '^uv==' | $(UV) pip compile - --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --quiet -o requirements-uv.txt
	@$(UV) pip compile requirements.in --upgrade --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --quiet -o requirements.txt
	@npm install --package-lock-only --no-progress --loglevel=error
	@node -e 'const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json")); for (const each of Object.values(lock.packages)) delete each.funding; fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n")'
	@git --no-pager diff --stat -- requirements.txt requirements-uv.txt package-lock.json

clean: ## remove build products and caches, keep the environment
	@rm -rf build .build .hypothesis .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
