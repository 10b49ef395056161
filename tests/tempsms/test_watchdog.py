"""A web process that hangs ends itself; one that works, or was only stopped for a while, does not."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tempsms import ROOT, watchdog
from tempsms.watchdog import Watchdog
from tests.processes import started


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


@pytest.mark.parametrize("before_it_starts", [True, False])
async def test_an_orderly_end_is_none_of_its_business(
    monkeypatch: pytest.MonkeyPatch, before_it_starts: bool
) -> None:
    monkeypatch.setattr(watchdog, "LOOKS_EVERY", 60.0)
    ended = threading.Event()
    watching = Watchdog(asyncio.get_running_loop(), lambda: True, ended.set)
    if before_it_starts:
        watching.stop()
    watching.start()
    watching.stop()
    await asyncio.to_thread(watching._thread.join, 20)
    assert (watching._thread.is_alive(), ended.is_set()) == (False, False)


class Turning:
    """A loop that turns, or does not, at one look after the other, and then is closed."""

    def __init__(self, looks: str) -> None:
        self._looks = iter(looks)

    def call_soon_threadsafe(self, turned: Callable[[], None]) -> None:
        """Call it at once where the loop turns."""
        look = next(self._looks, "closed")
        if look == "closed":
            raise RuntimeError("Event loop is closed")
        if look == "t":
            turned()


@pytest.mark.parametrize(
    ("looks", "hangs"),
    [
        ("tttttt", False),
        ("--t--t--t--", False),
        ("---", True),
        ("t---", True),
        ("--t-t---", True),
        ("--", False),
    ],
)
def test_only_looks_in_a_row_are_a_hang(monkeypatch: pytest.MonkeyPatch, looks: str, hangs: bool) -> None:
    monkeypatch.setattr(watchdog, "LOOKS_EVERY", 0.001)
    monkeypatch.setattr(watchdog, "HANGS_AFTER", 3)
    ended = threading.Event()
    loop: Any = Turning(looks)
    watching = Watchdog(loop, lambda: False, ended.set)
    watching.start()
    watching._thread.join(20)
    assert (watching._thread.is_alive(), ended.is_set()) == (False, hangs)


STUCK = """
import asyncio, signal
from tempsms import watchdog
watchdog.LOOKS_EVERY = 0.05
async def work():
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    watchdog.Watchdog(asyncio.get_running_loop(), lambda: True).start()
    await told.wait()
    await asyncio.sleep(0.2)
    print("ended in order")
asyncio.run(work())
"""


def test_a_process_whose_loop_still_turns_may_end_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (0, "ended in order\n")
    assert 'File "<string>", line 12 in <module>' in done.stderr, "where its threads were"


SERVING = """
import sys, time
from django.core.management import execute_from_command_line
import tempsms.asgi
from tempsms import watchdog
watchdog.LOOKS_EVERY, watchdog.HANGS_AFTER, watchdog.ENDED_WITHIN = 0.1, 3, 0.2
async def hang(scope, receive, send):
    if scope["type"] == "http":
        time.sleep(60)
tempsms.asgi.application = hang
execute_from_command_line(["manage.py", "serve", "--fd", sys.argv[1]])
"""


def test_a_web_process_is_watched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        argv = [sys.executable, "-c", SERVING, str(listener.fileno())]
        env = {**os.environ, "VAR": str(tmp_path), "DEBUG": "1"}
        options: dict[str, Any] = {
            "cwd": ROOT,
            "env": env,
            "pass_fds": [listener.fileno()],
            "stderr": subprocess.PIPE,
        }
        with (
            started(argv, stop_with=signal.SIGKILL, **options) as process,
            socket.create_connection(listener.getsockname()) as raw,
        ):
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _, said = process.communicate(timeout=50)
    assert process.returncode == 70, said
    assert b"in hang" in said


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
