# Everything here runs on a bare machine with Python 3.11+ and make; the rest is fetched, pinned by uv.lock.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
# Services start many times in a test run; where nothing writes bytecode by the way, each start compiles everything anew.
export UV_COMPILE_BYTECODE := 1
export PYTHONPATH := .
# A proxy must never stand between processes of one machine.
export NO_PROXY := 127.0.0.1,localhost
RUN := $(UV) run --no-sync --frozen

.DEFAULT_GOAL := help
.PHONY: help demo test check bench chaos bugs oracle mutants format contracts migration clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

demo: .venv/ready ## the whole platform with a year of hiring history; SIZE=small|medium|large, ONCE=1 stops after the tables
	@$(RUN) python -m deploy.local.demo

test: .venv/ready ## every test, on a real Kafka and a real PostgreSQL that it brings; ARGS="-k name" for some, WORKERS=0 one after another
	@$(RUN) pytest -n $(or $(WORKERS),2) $(ARGS)

check: .venv/ready ## format, lint, types, layers, contracts, known vulnerabilities
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy .
	@$(RUN) lint-imports
	@$(RUN) python -m shared.events.goldens --check
	@$(RUN) python -m deploy.audit

bench: .venv/ready ## one of bench/, or all: make bench B=append
	@$(UV) sync --all-packages --frozen --quiet --inexact --group bench
	@$(RUN) python -m bench $(or $(B),append)

chaos: .venv/ready ## the whole platform under load with faults drawn from a seed: make chaos SEED=1 COMMANDS=10000
	@$(RUN) python -m tests.resilience.chaos --seed "$(or $(SEED),1)" --commands "$(or $(COMMANDS),10000)"

bugs: .venv/ready ## every patch of tests/bugs in a scratch worktree: the ordinary suite must go red
	@$(RUN) python -m tests.bugs

oracle: .venv/ready ## reporting against the oracle over made-up histories: make oracle HISTORIES=2000
	@HIRELOG_ORACLE_HISTORIES="$(or $(HISTORIES),2000)" $(RUN) pytest tests/oracle/test_agreement.py tests/oracle/test_kept.py tests/oracle/test_unseen.py

mutants: .venv/ready ## a seeded sample of mutants of the kit against its fast tests: make mutants SAMPLE=200
	@$(UV) sync --all-packages --frozen --quiet --inexact --group mutants
	@$(RUN) python -m tests.mutants --sample "$(or $(SAMPLE),200)"

format: .venv/ready ## mends what can be mended
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

contracts: .venv/ready ## writes the golden schemas and the catalogue of events after a compatible change
	@$(RUN) python -m shared.events.goldens

migration: .venv/ready ## writes the next migration of a service: make migration SERVICE=ats NAME="what changes"
	@$(RUN) python -m deploy.local.migration "$(SERVICE)" "$(NAME)"

clean: ## removes the demo's data; the cache outside the working tree stays
	@$(PYTHON) -m deploy.local.clean

.venv/ready: uv.lock pyproject.toml $(wildcard */*/pyproject.toml) player/pyproject.toml | $(UV)
	@$(UV) sync --all-packages --frozen --quiet --python "$$(command -v $(PYTHON))"
	@touch $@

$(UV):
	@echo "Fetching uv $(UV_VERSION)"
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v[:2] < (3, 15) else "Hirelog needs Python 3.11 to 3.14, this is %d.%d: name another with make PYTHON=..." % v[:2])'
	@$(PYTHON) -m venv .tools || { echo "Python's venv module is missing: install it (on Debian the package python3-venv)"; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
