# Two commands matter: `make demo` and `make test`. Both set up everything they need in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
ARGS ?=

.PHONY: help demo test coverage test-full lint bench bench-full clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.runtime: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.development: .venv/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/.runtime  ## Set up and run everything, and search the country (ARGS=--once ends there)
	$(BIN)/ror demo $(ARGS)

lint: .venv/.development  ## Style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## Lint and every test but the long ones
	$(BIN)/pytest -n 2 -m "not full and not bench" $(ARGS)

coverage: lint  ## The same, telling the lines that no test reaches (half as fast)
	$(BIN)/pytest -n 2 -m "not full and not bench" --cov --cov-report=term:skip-covered $(ARGS)

test-full: lint  ## Every test, however long
	$(BIN)/pytest -n 2 -m "not bench" --hypothesis-profile=explore $(ARGS)

bench: .venv/.development  ## CPU of a national search against other designs, interleaved
	$(BIN)/python -m tests.bench.search_cost $(ARGS)

bench-full: .venv/.development  ## The same with every size and more rounds
	$(BIN)/python -m tests.bench.search_cost --full $(ARGS)

clean:  ## Remove the environment and what tests left
	rm -rf .venv build dist *.egg-info .coverage* .hypothesis .mypy_cache .ruff_cache .import_linter_cache test-output
