# tempsms: `make run` and `make test` are all a fresh machine needs (Python 3.11 or later).
PYTHON ?= python3
PORT ?= 8000
VAR ?= var
BIN := .venv/bin
# exported and quoted by the shell: a path may have blanks, quotes and any letters
INSTALL = "$$PYTHON" -I tempsms/install.py

help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22
	@echo '  PORT=8000 and VAR=var can be set, as in: make run PORT=9000 VAR=/tmp/demo'

run: ## start everything with demo data; Ctrl-C stops it
	@$(INSTALL) requirements.txt
	@exec $(BIN)/python manage.py up --demo --port "$$PORT"

test: dev ## run every test, on its own PostgreSQL and Valkey
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-again: dev ## run once more what failed in the last run, if that is at most three tests
	@$(BIN)/python -m tests.again

test-quick: dev ## run the tests that need neither a browser nor a whole instance
	$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore tests/browser --ignore tests/running --ignore tests/drills \
		--ignore tests/carriers/test_prism.py --ignore tests/tempsms/test_install.py --ignore tests/test_processes.py

check: dev ## ruff, mypy, house rules, migrations, Django's checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python -m tests.house_rules
	$(BIN)/python -m tests.migrations

bench: dev ## print the benchmark table, one `name: value unit` a line
	@$(BIN)/python -m tests.bench

drill-money: dev ## 500 purchases and releases while everything is killed
	@$(BIN)/python -m tests.drills.money

drill-forwarding: dev ## 5,000 messages to good and bad targets while everything is killed
	@$(BIN)/python -m tests.drills.forwarding

drill-sending: dev ## 2,000 messages sent while everything is killed
	@$(BIN)/python -m tests.drills.sending

drill-codes: dev ## 64 tests at once claim codes on 8 numbers, 20 rounds, while the web process is killed
	@$(BIN)/python -m tests.drills.codes

drill-sandbox: dev ## 500 messages in parallel from the carriers' SDKs into the sandbox, with signed callbacks
	@$(BIN)/python -m tests.drills.sandbox

drill-kannel: dev ## 3,000 texts through a real Kannel, of the file TEXTS or made up
	@$(BIN)/python -m tests.drills.kannel $(TEXTS)

drill-outage: dev ## an hour of messages that a carrier keeps while nothing runs
	@$(BIN)/python -m tests.drills.outage

drill-slow-clients: dev ## slowhttptest against uvicorn and daphne
	@$(BIN)/python -m tests.drills.slow_clients

screenshots: dev ## take the pictures in docs/ again
	@$(BIN)/python -m tests.screenshots

dev:
	@$(INSTALL) requirements-dev.txt

export VAR PORT PYTHON
# without its cache every process would compile everything anew
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run dev test test-again test-quick check bench drill-money drill-sending drill-codes drill-forwarding drill-kannel drill-sandbox drill-outage drill-slow-clients screenshots
.DEFAULT_GOAL := help
