# What a newcomer needs: Python from 3.11 on, make and a package registry.
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
# The first that runs, is recent enough and can make a virtual environment; `make PYTHON=... run` names another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	"$$name" -c "$(FITS)" >/dev/null 2>&1 && { echo "$$name"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: run run-kafka test lint bench soak lock docs clean

run: $(STAMP)
	$(BIN)/telassure run --demo

# The demo over a real broker, PostgreSQL and, where it can be had, influxd, which end with it.
run-kafka: $(DEV_STAMP)
	.ci/servers
	$(BIN)/python -m tests.real_servers sh -c "$(BIN)/telassure topics apply --yes && exec $(BIN)/telassure run --demo"

test: $(DEV_STAMP)
	$(BIN)/pytest -n 3 -m "not heavy"

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tables that follow from declarations.
docs: $(STAMP)
	$(BIN)/telassure policies list --markdown >docs/policies.md
	$(BIN)/telassure controls list --markdown >docs/controls.md

bench: $(DEV_STAMP)
	$(BIN)/telassure bench embedded --json
	$(BIN)/python -m benchmarks.codec
	$(BIN)/python -m benchmarks.detect
	$(BIN)/python -m benchmarks.charge
	$(BIN)/python -m benchmarks.metric_store

# The laws on a thousand new examples each; then an hour beside a hostile client, all of whose inputs have to leave
# everybody else's alone.
soak: $(DEV_STAMP)
	$(BIN)/pytest -n 3 -m "not heavy" --hypothesis-profile=search $$(grep -rl "^from hypothesis" tests --include="test_*.py")
	$(BIN)/python -m benchmarks.hostile --minutes 60

COMPILE := $(BIN)/pip-compile -q --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(DEV_STAMP)
	$(BIN)/pip install -q pip-tools
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Telassure needs Python 3.11 or later, with venv; none was found."; \
		echo "Debian and Ubuntu: apt install python3 python3-venv. Elsewhere: https://www.python.org/downloads/"; \
		echo "One that is installed under another name: make PYTHON=/path/to/python run"; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "$(PYTHON) is no Python of 3.11 or later: $$("$(PYTHON)" --version 2>&1)"; exit 1; }
	@"$(PYTHON)" -c "import venv, ensurepip" 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: venv is not installed."; \
		echo "Debian and Ubuntu: apt install $$("$(PYTHON)" -c "import sys; print('python%d.%d-venv' % sys.version_info[:2])")"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

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
