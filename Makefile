# Every task, by one word; `make` alone lists them. Nothing is needed beforehand but make, bash and Python 3.11 or later.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
BENCH_MATCHING = PYTHONPATH=.:tests $(BIN)/python tests/benchmarks/bench_matching.py
INVENTED = --patients $(or $(PATIENTS),1000000) --people $(or $(PEOPLE),12000) --seeds $(or $(SEEDS),$(1)) \
	--mixes $(or $(MIXES),$(2))
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	$(if $(UPGRADE),--upgrade)
.PHONY: help demo test check fix lock soak fuzz bench bench-matching bench-matching-missed bench-matching-10m peers clean

help: ## list the tasks
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

demo: .venv/.ready ## set up what is needed and run the main job on synthetic people
	@$(BIN)/flagtag demo

test: .venv/.ready-for-tests peers check ## set up what the tests need, then check and run them all
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term

check: .venv/.ready-for-tests ## format, lint, types and imports; changes nothing
	@$(BIN)/ruff format --check --quiet . || { echo "make: some files are not formatted: run \`make fix\`" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

fix: .venv/.ready-for-tests ## format, and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

soak: .venv/.ready-for-tests peers ## the long campaigns (hours)
	@$(BIN)/python -m pytest -m soak --timeout=0

fuzz: .venv/.ready-for-fuzzing ## coverage-guided fuzzing for a bounded time (FUZZ_SECONDS=60; Linux on x86-64, Python 3.11 to 3.13)
	@PYTHONPATH=.:tests $(BIN)/python -m fuzz.campaign $(or $(FUZZ_SECONDS),60)

bench: .venv/.ready-for-tests ## speed, against the figures that are promised
	@$(BIN)/python -m pytest -m bench -s

bench-matching: .venv/.ready-for-tests $(if $(FOLDER),,.venv-bench/.ready) ## matching beside Splink and recordlinkage (PATIENTS= PEOPLE= SEEDS= MIXES= FOLDER=)
	@$(BENCH_MATCHING) $(call INVENTED,1 2 3 4 5,default hard numbers) $(if $(FOLDER),--folder '$(FOLDER)')

bench-matching-missed: .venv/.ready-for-tests ## whom matching missed, pair by pair (the same; SHOW=1: a FOLDER's people are invented too)
	@$(BENCH_MATCHING) $(call INVENTED,1,default) --missed $(if $(FOLDER),--folder '$(FOLDER)' $(if $(SHOW),--invented))

bench-matching-10m: .venv/.ready-for-tests ## matching alone on ten million patients (7 GB in /var/tmp)
	@$(BENCH_MATCHING) --patients 10000000 --people $(or $(PEOPLE),4000) --seeds $(or $(SEEDS),1) --ours-alone

lock: ## choose versions again from PyPI (UPGRADE=1: the newest), with their hashes
	@command -v uv >/dev/null || { echo "make: uv is needed to choose versions: pipx install uv" >&2; exit 1; }
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(COMPILE) --group fuzz --constraint requirements-dev.lock --output-file requirements-fuzz.lock
	@$(COMPILE) --group bench --output-file requirements-bench.lock
	@$(COMPILE) --group build --constraint requirements-dev.lock --output-file requirements-build.lock

peers:
	@tests/setup/peers.sh

clean: ## remove the environment and what the tools leave behind
	@rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* dist
	@rm -rf tests/peers/fhir/node_modules

.venv/.ready: requirements.lock requirements-build.lock pyproject.toml tests/setup/venv.sh
	@tests/setup/venv.sh requirements.lock requirements-build.lock
	@touch $@

.venv/.ready-for-tests: requirements-dev.lock pyproject.toml tests/setup/venv.sh
	@tests/setup/venv.sh requirements-dev.lock
	@touch $@ .venv/.ready # the tests' lock holds all that the others hold

.venv/.ready-for-fuzzing: requirements-dev.lock requirements-fuzz.lock pyproject.toml tests/setup/venv.sh
	@tests/setup/venv.sh requirements-dev.lock requirements-fuzz.lock
	@touch $@ .venv/.ready-for-tests .venv/.ready

.venv-bench/.ready: requirements-bench.lock tests/setup/venv.sh
	@tests/setup/venv.sh --apart .venv-bench requirements-bench.lock
	@touch $@
