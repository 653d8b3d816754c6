# What a newcomer needs: python3.11, make and a package registry.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: run test lint bench lock clean

run: $(STAMP)
	$(BIN)/telassure run --demo

test: $(DEV_STAMP)
	$(BIN)/pytest -n 2 -m "not heavy"

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_STAMP)
	$(BIN)/telassure bench embedded --json
	$(BIN)/python -m benchmarks.codec
	$(BIN)/python -m benchmarks.detect
	$(BIN)/python -m benchmarks.charge
	$(BIN)/python -m benchmarks.metric_store

COMPILE := $(BIN)/pip-compile -q --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(DEV_STAMP)
	$(BIN)/pip install -q pip-tools
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "telassure needs $(PYTHON) (or: make PYTHON=python3 where that is 3.11 or later)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .telassure build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
