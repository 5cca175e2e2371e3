# Needs Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
PYTEST_ARGS ?= -n 3
BENCH_ARGS ?=
DEMO := build/demo
SEED ?= 7

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench clean distclean

help:
	@echo "make demo    generate a small log with known rings, scan it, write the report"
	@echo "make test    style, types and tests, as CI runs them"
	@echo "make lint    style, imports and types only"
	@echo "make bench   run the benchmarks"
	@echo "make clean   remove what was built (distclean: the environment too)"

# The stamps make an install happen once, and again when pyproject.toml changes.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is missing or older than 3.11; name another: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make environments (no ensurepip or venv). On Debian or Ubuntu: apt-get install python3-venv; or name another: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.created
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(VENV)/.created
	$(PIP) -e ".[test]"
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: pyproject.toml $(VENV)/.created
	$(PIP) -e ".[bench]"
	@touch $(VENV)/.installed $@

demo: $(VENV)/.installed
	$(BIN)/cib generate --preset demo --seed $(SEED) --out $(DEMO)/log
	$(BIN)/cib scan $(DEMO)/log/log --out $(DEMO)/runs
	@echo
	@echo "Report: $$(ls -t $(DEMO)/runs/*/report.html $(DEMO)/runs/*/report/index.html 2>/dev/null | head -n 1)"
	@echo "What was planted: $(DEMO)/log/truth/"
	@echo "Explore it: $(BIN)/cib explore $(DEMO)/runs"

# The scripts, never `python -m pytest`: -m would put the checkout's root on sys.path, and with it
# bare names (`datasets`) that no user has.
lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -q tests/test_import_rule.py tests/test_types.py

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest $(PYTEST_ARGS)

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
