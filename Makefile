# Two commands do all the set-up: `make refresh` and `make test`. They need Python 3.11 or newer, make and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLOPLEDGER_HOME ?= data
export FLOPLEDGER_HOME

.PHONY: refresh test campaign check ui bench sql facts clean

refresh: $(VENV)/.installed  ## the main job, on the facts that come with the code
	@$(BIN)/flopledger refresh; code=$$?; \
	if [ $$code -eq 3 ]; then echo "warning: a source could not be used; the others went on (see above)"; \
	elif [ $$code -ne 0 ]; then exit $$code; fi
	@echo
	@echo "Results: $(FLOPLEDGER_HOME)/ledger.duckdb (any DuckDB client opens it). To try next:"
	@echo "  $(BIN)/flopledger prices -a nvidia-h100-sxm-80gb -p aws --at 2025-05-01"
	@echo "  $(BIN)/flopledger index nvidia-h100 --since 2026-08-20"
	@echo "  $(BIN)/flopledger status"

test: $(VENV)/.installed  ## the test suite, with the network refused
	$(BIN)/python -m pytest -n auto --dist loadfile

campaign: $(VENV)/.installed  ## the tests that take minutes each
	$(BIN)/python -m pytest -m campaign

check: $(VENV)/.installed  ## style, types, architecture, definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -n auto
	$(BIN)/lint-imports
	$(BIN)/dg check defs

ui: $(VENV)/.installed  ## Dagster on 127.0.0.1:3000: lineage and the run history of the refresh
	$(BIN)/python -m pipelines.history  # where the refresh keeps its runs
	DAGSTER_HOME=$(abspath $(FLOPLEDGER_HOME))/dagster $(BIN)/dagster dev --host 127.0.0.1 --port 3000 -w workspace.yaml

bench: $(VENV)/.installed  ## the ledger against reading and hashing the same file
	$(BIN)/python -m benchmarks.ledger

sql: $(VENV)/.installed  ## write the statements that follow from the contracts again
	$(BIN)/python -m pipelines.contract_sql

RECORDED ?= ../shared/data
facts: $(VENV)/.installed  ## make the embedded fact files again from recorded payloads
	sh sources/recorded/make.sh $(RECORDED)

$(VENV)/.installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
	  VIRTUAL_ENV=$(abspath $(VENV)) uv pip install --quiet --compile-bytecode --require-hashes -r constraints.txt && \
	  VIRTUAL_ENV=$(abspath $(VENV)) uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

clean:
	rm -rf $(VENV)
