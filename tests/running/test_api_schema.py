"""Schemathesis asks the running API all kinds of right and wrong things: no answer is outside its document."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inbox.api.scopes import Scope
from tempsms import ROOT
from tests.rig import Instance

CONFIG = """
hooks = "tests.running.schema_checks"
[checks]
# beyond what a schema can say: ceilings on costs, keys of other requests, fields that exclude each other
positive_data_acceptance.expected-statuses = ["2xx", 401, 402, 403, 404, 409, 422, 429, 503]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 414, 415, 422, 429, 431, 503]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503]  # tests/running/schema_checks.py looks at 503
# one wrong method, and keys only in the other phases: a thousand requests less
[phases.coverage]
unexpected-methods = ["QUERY"]
[phases.coverage.checks]
ignored_auth.enabled = false
"""
# numbers that are retired and rentals that are over can still be read; on its own machine the sandbox needs no key
OTHERWISE = "use_after_free,ignored_auth"
EXAMPLES = "4"


@pytest.fixture(scope="module")
def demo() -> Iterator[Instance]:
    """An instance with demo data."""
    with Instance("--demo", VISITOR_LIMITS="off") as running:
        yield running


@pytest.mark.xdist_group("api schema")
def test_no_answer_is_outside_the_document(demo: Instance, tmp_path: Path) -> None:
    scopes = [item for scope in Scope for item in ("--scope", scope.value)]
    key = demo.manage("apikey", "create", "--name", "schema", *scopes).strip()
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    program = str(Path(sys.executable).with_name("schemathesis"))
    options = [
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--checks",
        "all",
        "--exclude-checks",
        OTHERWISE,
        "--max-examples",
        EXAMPLES,
    ]
    options += ["--seed", "1", "--no-color", "--request-timeout", "70", "-H", f"Authorization: Bearer {key}"]
    options += ["--workers", "1", "--exclude-operation-id-regex", "(?i)wait|stream"]
    argv = [program, "--config-file", str(config), "run", f"{demo.url}/api/v1/openapi.json", *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path, env=env)
    found = done.stdout.partition(" FAILURES ")[2] or done.stdout
    assert done.returncode == 0, found[:8000].replace(key, "<key>") + done.stderr[-2000:]
