# A few words: setup, run, test, lint, ui, bench, clean.
SHELL := /bin/bash
VENV := .venv
export UV_PYTHON_DOWNLOADS := never
UV := $(shell command -v uv 2>/dev/null || echo $(VENV)/tools/bin/uv)

.PHONY: setup run test lint ui bench lock clean

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

ui: setup
	@$(VENV)/bin/analytics ui

# How many order lines (several sizes with commas between them) and how often each is measured; docs/benchmarks.md.
LINES := 1000000
TURNS := 3
FORMAT := parquet
CASES := night,day,every,run,weeks,value,churn,sample,dates
PEERS := DuckDB script,Polars,pandas,Spark local[2],lifetimes,pymc-marketing
WEEKS := 4
DATES := 52
PAGE := docs/benchmarks.md
FOLDER := $(CURDIR)/data/bench

bench: setup .venv-bench/.ready
	$(VENV)/bin/python -m benchmarks --lines '$(LINES)' --turns $(TURNS) --format $(FORMAT) --cases '$(CASES)' --peers '$(PEERS)' --weeks $(WEEKS) --dates $(DATES) --folder '$(FOLDER)' --page '$(PAGE)'

# The peers have an environment of their own: their versions need not agree with the pipeline's.
.venv-bench/.ready: benchmarks/requirements.lock
	@[ -x .venv-bench/bin/python ] || $(UV) venv --quiet --python '>=3.11' .venv-bench
	$(UV) pip sync --quiet --compile-bytecode --python .venv-bench/bin/python --require-hashes benchmarks/requirements.lock
	@touch $@

lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --group dev --output-file requirements.lock pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --group bench --output-file benchmarks/requirements.lock

clean:
	rm -rf $(VENV) .venv-bench .pytest_cache .ruff_cache .import_linter_cache
