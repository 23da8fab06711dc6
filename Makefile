# `make help` lists the targets. Everything is set up in .venv, once, and again only when a lock
# or pyproject.toml changed. uv is used where it is at hand, and not needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.leeway
PYTEST := $(BIN)/python -m pytest
JOBS ?= 2# processes that share the tests; each starts servers of its own
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.DEFAULT_GOAL := help
.PHONY: help install run test check format bench soak clean

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMPS)/runtime ## Set up .venv with what Leeway needs to run

run: $(STAMPS)/runtime ## Run Leeway here with a small shop's events (options: RUN="--port 9090")
	$(BIN)/leeway up --demo $(RUN)

test: $(STAMPS)/dev ## Run every test; the slow servers are used where they can be started
	$(PYTEST) -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not soak" $(TESTS)

check: $(STAMPS)/dev ## Check format, lint, types and the import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMPS)/dev ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMPS)/dev ## Measure on this machine (see benchmarks/)
	$(BIN)/python -m benchmarks $(BENCH)

soak: $(STAMPS)/dev ## Run the long forms of the tests, half an hour and more
	$(PYTEST) -m soak --timeout=0 $(TESTS)

clean: ## Remove .venv and every cache in this folder
	rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Leeway needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/runtime: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --require-hashes -r requirements-build.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
