"""The machine's clock is set: webhooks are not lost by it, and beat goes on."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import time_machine

from numbers import accounts
from numbers.carriers.simulated.webhooks import signature_header
from numbers.models import Account
from tempsms.beat_scheduler import SteadyScheduler
from tempsms.celery import app
from tempsms.lib import clock
from tests.factories import make_lease

HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "was_set"), [(0, False), (5, False), (-5, False), (60, True), (-60, True)]
)
def test_a_clock_that_was_set_is_told_from_one_that_is_corrected(seconds: int, was_set: bool) -> None:
    with time_machine.travel(datetime.now().astimezone() + timedelta(seconds=seconds)):
        assert clock.was_set() is was_set


@pytest.mark.parametrize(
    ("by", "late", "status"), [(0, 0, 204), (0, HOUR, 403), (HOUR, HOUR, 503), (-HOUR, -HOUR, 503)]
)
async def test_a_request_that_our_own_clock_makes_stale_is_to_come_again(
    site: httpx.AsyncClient,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    by: int,
    late: int,
    status: int,
) -> None:
    monkeypatch.setattr(clock, "_ahead_at_start", clock._ahead_at_start - by)
    said = {"id": "m1", "from": "+14155550100", "to": "+15005550006", "text": "Hello", "segments": 1}
    body = orjson.dumps(said)
    headers = signature_header(str(account.secrets["signing_key"]), int(time.time()) - late, body)
    answer = await site.post(account.webhook_url, content=body, headers=headers)
    assert (answer.status_code, "retry-after" in answer.headers) == (status, status == 503)


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An account whose requests name their time, with +15005550006."""
    account = accounts.add("simulated", "clock", {})
    make_lease(account=account)
    return account


class Noting(SteadyScheduler):
    """Notes what it would send."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.woken: list[str] = []
        super().__init__(*args, **options)

    def apply_async(self, entry: Any, *_: Any, **__: Any) -> None:
        """Send nothing."""
        self.woken.append(entry.name)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator["Noting"]:
    """Beat's, with its table in a file."""
    scheduler = Noting(app, schedule_filename=str(tmp_path / "schedule"))
    yield scheduler
    scheduler.close()


def wake_all(scheduler: Noting) -> set[str]:
    """Look as often as there is something to do now; what of ours was woken."""
    scheduler.woken.clear()
    while not scheduler.tick():
        pass
    return set(scheduler.woken) - {"celery.backend_cleanup"}


def test_beat_goes_on_when_the_clock_is_set_back(scheduler: Noting) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 12).astimezone(), tick=False) as traveller:
        wake_all(scheduler)
        traveller.shift(2 * HOUR)
        assert wake_all(scheduler) == set(app.conf.beat_schedule)
        assert wake_all(scheduler) == set()
        traveller.shift(-2 * HOUR)
        assert wake_all(scheduler) == set(app.conf.beat_schedule)
        assert wake_all(scheduler) == set()
        traveller.shift(6)
        assert wake_all(scheduler) == {
            "perform intents",
            "relay the outbox",
            "hide twins",
            "call back",
            "deliver forwards",
            "send messages",
        }
