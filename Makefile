# Everything here needs make and Python 3.11+ (with venv and pip), nothing else: see docs/contributing.md.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
JOBS ?= auto
HISTORIES ?= 1200
FILES ?= 200000
PYTEST_ARGS ?=

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)

# What a caller's shell has activated, or has set for another Python, must not leak into ours.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
export PIP_USER := 0
export PIP_REQUIRE_VIRTUALENV := 0

# Written last, so that an interrupted install starts again. Named by what an installation depends on in pyproject.toml:
# an edit of a tool's settings there builds nothing again.
DEPENDS := $(shell awk '/^\[/ { on = /^\[(build-system|project|tool\.hatch)/ } on' pyproject.toml | cksum | cut -d ' ' -f 1)
RUN_STAMP := $(VENV)/.installed-run-$(DEPENDS)
DEV_STAMP := $(VENV)/.installed-dev
SCAN_STAMP := $(VENV)/.compiled-scan

NODE_STAMP := build/node/.installed

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(RUN_STAMP) ## Plan, apply, plan again, gate and status on the embedded emulator; no account needed
	@$(BIN)/python -m reconciler demo

.PHONY: test
test: lint $(NODE_STAMP) ## Everything CI runs: lint, types, import rules and all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)

.PHONY: check
check: lint ## Before every commit: the same without the slow tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q -m "not slow" $(PYTEST_ARGS)

.PHONY: quick
quick: $(DEV_STAMP) $(SCAN_STAMP) ## Between edits: lint, types, what failed last, and the tests that import what was changed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none -m "not slow" $(PYTEST_ARGS) || test $$? -eq 5
	@tests=$$($(BIN)/python -m tests.touched); test -z "$$tests" || \
		$(BIN)/python -m pytest -q -m "not slow" $$tests $(PYTEST_ARGS) || test $$? -eq 5

.PHONY: soak
soak: $(DEV_STAMP) $(SCAN_STAMP) ## Play HISTORIES random histories (1200) of edits, crashes, faults and races; make test plays 80
	TUNEFORM_SOAK=$(HISTORIES) $(BIN)/python -m pytest -n $(JOBS) -q --timeout 3600 tests/soak $(PYTEST_ARGS)

.PHONY: matrix
matrix: $(DEV_STAMP) $(SCAN_STAMP) ## Kill and trouble runs at every point there is, merge every pair of locks; some hours, for the night
	TUNEFORM_MATRIX=full $(BIN)/python -m pytest -n $(JOBS) tests/crash tests/races/test_merge_matrix.py $(PYTEST_ARGS)

.PHONY: fuzz
fuzz: $(DEV_STAMP) $(SCAN_STAMP) ## Hold the compiled scan to the rules on FILES random files (200000) under ASAN and UBSAN
	$(BIN)/python -m tests.datasets.sanitized $(FILES)

.PHONY: lint
lint: $(DEV_STAMP) $(SCAN_STAMP) ## Lint, formatting, types and import rules
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(DEV_STAMP) ## Format the code and fix what the linter can
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

.PHONY: install
install: $(DEV_STAMP) ## Build .venv with everything for development

# The clients hold some libraries back, so the larger set is resolved first and binds the smaller one.
RESOLVE = build/uv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml $(LOCK_ARGS)

.PHONY: lock
lock: build/uv/.installed ## Resolve both locks again (LOCK_ARGS=--upgrade takes newer versions)
	$(RESOLVE) --extra build --extra dev --extra conformance --output-file requirements-dev.lock
	$(RESOLVE) --extra build --constraints requirements-dev.lock --output-file requirements.lock

# Checks the workflows of the examples. Without npm, or without its registry, that test is skipped.
$(NODE_STAMP): tests/examples/tools/package-lock.json
	@mkdir -p build/node && cp tests/examples/tools/package*.json build/node
	-@command -v npm >/dev/null && npm ci --prefix build/node --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# A place of its own: .venv cannot be built while a lock lacks what pyproject.toml has come to ask for.
build/uv/.installed:
	@$(PYTHON) -m venv --clear build/uv
	@awk '/^[a-z]/ { on = /^uv==/ } on' requirements-dev.lock > build/uv/requirements.txt
	@build/uv/bin/python -m pip --disable-pip-version-check --no-input --quiet install --require-hashes --no-deps --requirement build/uv/requirements.txt
	@touch $@

.PHONY: clean
clean: ## Remove the virtual environment, caches and what the demo left
	rm -rf $(VENV) .tuneform .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.lock
	@test -n "$(PYTHON)" || { echo "tuneform needs Python 3.11 or newer; none is on the PATH. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Building $(VENV) with $$($(PYTHON) --version), from requirements.lock"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --no-deps --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) check
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	@echo "Adding the development tools, from requirements-dev.lock"
	@$(PIP) install --no-compile --require-hashes --no-deps --requirement requirements-dev.lock
	@$(PIP) check
	@touch $@

# Installing compiles it; this is for whoever edits it. Without a compiler the check of data is done in Python.
$(SCAN_STAMP): reconciler/datasets/native/scan.c reconciler/datasets/native/build.py $(RUN_STAMP)
	-@$(BIN)/python -m reconciler.datasets.native.build
	@touch $@
