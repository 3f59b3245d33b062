# Everything a developer does here. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
RUN := $(UV) run --no-sync

.DEFAULT_GOAL := help
.PHONY: help install demo test test-all lint format bench docs clean

help: ## List what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Make .venv with everything in the lock file

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cloudwarden needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: pyproject.toml uv.lock | $(UV)
	$(UV) sync --quiet --locked --all-extras --group docs --inexact
	@touch $@

demo: install ## Collect, graph and judge a three-account company; no credentials, no internet
	@$(RUN) cloudwarden demo

test: install ## The default suite
	$(RUN) pytest -n 2

test-all: install ## The default suite and the slow tests
	$(RUN) pytest -n 2 -m ''

lint: install ## Style, types, room order
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

format: install ## Put the code in its one format
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

bench: install ## Print the table of measured figures
	$(RUN) python -m benchmarks

docs: install ## Build the documentation into site/
	$(RUN) python -m docs.generate
	$(RUN) mkdocs build --strict --quiet

clean: ## Remove everything that is made
	rm -rf $(VENV) site build dist .mypy_cache .ruff_cache .pytest_cache
