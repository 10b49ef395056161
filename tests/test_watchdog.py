"""A web process that hangs ends itself; one that works, or was only stopped for a while, does not."""

import asyncio
import subprocess
import sys
import threading

import pytest

from tempsms import ROOT, watchdog
from tempsms.watchdog import Watchdog


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks in quick succession."""
    monkeypatch.setattr(watchdog, "LOOKS_EVERY", 0.05)


async def test_pages_that_come_to_no_end_end_the_process() -> None:
    stuck, ended = threading.Event(), threading.Event()
    Watchdog(asyncio.get_running_loop(), stuck.is_set, ended.set).start()
    assert not await asyncio.to_thread(ended.wait, 0.5)
    stuck.set()
    assert await asyncio.to_thread(ended.wait, 20)


async def test_a_loop_that_does_not_turn_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "HANGS_AFTER", 3)
    ended = threading.Event()
    Watchdog(asyncio.get_running_loop(), lambda: False, ended.set).start()
    assert ended.wait(20)  # the loop's own thread waits


async def test_an_orderly_end_is_none_of_its_business() -> None:
    ended = threading.Event()
    watching = Watchdog(asyncio.get_running_loop(), lambda: True, ended.set)
    watching.stop()
    watching.start()
    assert not await asyncio.to_thread(ended.wait, 0.3)


HANGING = """
import asyncio, signal, time
from tempsms import watchdog
watchdog.LOOKS_EVERY, watchdog.HANGS_AFTER, watchdog.ENDED_WITHIN = 0.05, 3, 0.2
async def hang():
    watchdog.Watchdog(asyncio.get_running_loop(), lambda: False).start()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as a loop that hangs would
    time.sleep(60)
asyncio.run(hang())
"""


def test_a_process_that_does_not_hear_the_signal_ends_all_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGING], cwd=ROOT, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 70
    assert 'File "<string>", line 8 in hang' in done.stderr
