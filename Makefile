# A few words: setup, run, test, lint, bench, ui, clean.
SHELL := /bin/bash
VENV := .venv
export UV_PYTHON_DOWNLOADS := never
UV := $(shell command -v uv 2>/dev/null || echo $(VENV)/tools/bin/uv)

.PHONY: setup run test lint bench ui lock clean

setup: $(VENV)/.ready

# uv is used where it is; elsewhere a private copy is installed from PyPI with Python's own venv.
$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v uv >/dev/null 2>&1 || [ -x $(VENV)/tools/bin/uv ] || { python3 -m venv $(VENV)/tools && $(VENV)/tools/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	@[ -x $(VENV)/bin/python ] || $(UV) venv --quiet --allow-existing --python '>=3.11' $(VENV)
	$(UV) pip sync --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@[ -f .env ] || echo "DAGSTER_HOME=$(CURDIR)/data/dagster" > .env
	@mkdir -p data/dagster && { [ -f data/dagster/dagster.yaml ] || cp pipelines/dagster.yaml data/dagster/; }
	@touch $@

run: setup
	@$(VENV)/bin/analytics run

test: setup lint
	$(VENV)/bin/pytest -n auto --dist loadfile  # a file's tests share their nights

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright

bench: setup
	$(VENV)/bin/python benchmarks/churn_simulated.py truth
	$(VENV)/bin/python benchmarks/churn_simulated.py scale --customers 1000000

ui: setup
	@$(VENV)/bin/analytics ui

lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --group dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache
