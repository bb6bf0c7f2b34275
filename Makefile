# All of it works from nothing but make and Python 3.11 or newer; `make` alone says what there is.

PORT ?= 8000
# One more than the cores of a small machine, since tests also wait: for PostgreSQL, for processes, for the clock.
WORKERS ?= 3
COMMENTS ?= 100000
PYTEST = .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal

# The first interpreter that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
FOUND = $(or $(PYTHON),$(error Python 3.11 or newer is needed and none is on the path))

# Without compiled code a start takes twice as long; what is told to images shall not slow a checkout down.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test drill mutants check bench format lock

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make the environment in .venv, or leave it as it is when nothing changed
	@$(FOUND) scripts/environment.py

run: setup ## Migrate, add demo content to an empty database, and serve on 127.0.0.1 (PORT=8000)
	@.venv/bin/python main.py run --port $(PORT)

test: setup ## Run the suite on SQLite and PostgreSQL (ARGS="tests/auth -k token" for a part, WORKERS=3)
	$(PYTEST) -m "not drill and not mutation" $(ARGS)

# Here the clock decides more often, so that each worker is to have a core for itself.
drill mutants: WORKERS = 2
drill: setup ## Run the full kills and races, and on PostgreSQL the long tables too, which takes long
	$(PYTEST) -m drill $(ARGS)

mutants: setup ## Take each guard out of a copy and demand that a test cries out, which takes longest
	$(PYTEST) -m mutation tests/test_mutations.py $(ARGS)

check: setup ## Check format, style, types and who imports whom; says all that is wrong
	@failed=; \
	.venv/bin/ruff format --check . || failed=1; \
	.venv/bin/ruff check . || failed=1; \
	.venv/bin/mypy || failed=1; \
	.venv/bin/lint-imports --no-logo || failed=1; \
	test -z "$$failed"

bench: setup ## Measure the service beside its floors, and how it grows (needs wrk; COMMENTS=100000)
	.venv/bin/python -m bench.service
	.venv/bin/python -m bench.mix
	.venv/bin/python -m bench.rules
	.venv/bin/python -m bench.moderation
	.venv/bin/python -m bench.differences
	.venv/bin/python -m bench.streams
	.venv/bin/python -m bench.scale --comments $(COMMENTS)

format: setup ## Write every file as `make check` wants it
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: ## Pin anew what pyproject.toml asks for (FLAGS=--upgrade for the newest of all)
	$(FOUND) scripts/environment.py lock $(FLAGS)
