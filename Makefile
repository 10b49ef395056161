# tempsms: `make run` and `make test` are all a fresh machine needs (Python 3.11 or later).
PYTHON ?= python3
PORT ?= 8000
VAR ?= var
BIN := .venv/bin

help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22
	@echo '  PORT=8000 and VAR=var can be set, as in: make run PORT=9000 VAR=/tmp/demo'

run: .venv/run ## start everything with demo data; Ctrl-C stops it
	@exec $(BIN)/python manage.py up --demo --port $(PORT)

test: .venv/dev ## run every test, on its own PostgreSQL and Valkey
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: .venv/dev ## ruff, mypy, migrations, Django's checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python -m tests.migrations

bench: .venv/dev ## print the benchmark table, one `name: value unit` a line
	@$(BIN)/python -m tests.bench

drill-money: .venv/dev ## 500 purchases and releases while everything is killed
	@$(BIN)/python -m tests.drills.money

drill-kannel: .venv/dev ## 3,000 texts through a real Kannel, of the file TEXTS or made up
	@$(BIN)/python -m tests.drills.kannel $(TEXTS)

screenshots: .venv/dev ## take the pictures in docs/ anew
	@$(BIN)/python -m tests.screenshots

.venv/run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run

export VAR
# without its cache every process would compile everything anew
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test check bench drill-money drill-kannel screenshots
.DEFAULT_GOAL := help
