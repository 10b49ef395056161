"""Short forms of the long drills."""

import subprocess
import sys

import pytest

from tempsms import ROOT
from tests.drills import forwarding, money, outage, sandbox, sandbox_sdks, sending


@pytest.mark.xdist_group("drill")
def test_money_stays_exact_whatever_is_killed() -> None:
    outcome = money.run(intents=12)
    money.check(outcome, count=6)
    assert outcome.kills["worker"]


@pytest.mark.xdist_group("drill")
def test_forwards_arrive_under_one_id_whatever_is_killed() -> None:
    outcome = forwarding.run(messages=200)
    forwarding.check(outcome)
    assert outcome.kills.keys() == {"workers", "postgres"}


@pytest.mark.xdist_group("drill")
def test_messages_are_sent_once_whatever_is_killed() -> None:
    outcome = sending.run(messages=120)
    sending.check(outcome)
    assert outcome.kills["worker"]


@pytest.mark.xdist_group("drill")
def test_what_a_carrier_kept_during_an_outage_is_stored_once_and_in_order() -> None:
    outage.check(outage.run(messages=60))


@pytest.mark.xdist_group("drill")
def test_parallel_sends_of_all_sdks_are_kept_and_told_of_once() -> None:
    outcome = sandbox.run(messages=20 * len(sandbox_sdks.CARRIERS))
    assert [len(refs) for refs in outcome.sent.values()] == [20] * len(sandbox_sdks.CARRIERS)


@pytest.mark.parametrize(
    "module",
    [
        "tests.drills.forwarding",
        "tests.drills.sandbox",
        "tests.drills.money",
        "tests.drills.kannel",
        "tests.drills.codes",
        "tests.drills.outage",
        "tests.drills.sending",
        "tests.drills.slow_clients",
        "tests.carriers.record",
        "tests.bench",
        "tests.screenshots",
        "tests.migrations",
    ],
)
def test_what_make_runs_as_a_module_can_be_imported_alone(module: str) -> None:
    """As `python -m` does: nothing has settled the name `numbers` yet."""
    command = [sys.executable, "-c", f"import runpy; runpy.run_module({module!r}, run_name='not main')"]
    subprocess.run(command, cwd=ROOT, check=True)
