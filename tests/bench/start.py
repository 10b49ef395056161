"""How long a second `make run` takes until the first page answers.

Method: `make run` once on an empty VAR (installs nothing, makes the database and the demo data), stopped by Ctrl-C;
then three times again; each time from the start of `make` until GET / answers 200. The median of the three. Once
more, ten seconds of rest, and the PSS of all processes that `make` has started, the database's and the broker's too.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil

from tempsms import ROOT
from tests.processes import started
from tests.rig import free_port

REST = 10.0


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    port = free_port()
    first, *again = [_start(folder, port, 0)[0] for _ in range(4)]
    yield f"start.first_seconds: {first:.1f} s"
    yield f"start.seconds: {median(again):.1f} s"
    _, memory = _start(folder, port, REST)
    yield f"start.memory_at_rest: {memory:.0f} MB"


def _start(folder: Path, port: int, rest: float) -> tuple[float, float]:
    """Seconds until it answers, and MB after so many seconds of rest."""
    argv = ["make", "run", f"PORT={port}", f"VAR={folder}"]
    clean = {
        name: value for name, value in os.environ.items() if name not in ("VAR", "PUBLIC_URL", "DATABASE_URL")
    }
    start = time.perf_counter()
    session: dict[str, Any] = {"stdout": subprocess.DEVNULL, "start_new_session": True}
    with started(argv, cwd=ROOT, env=clean, **session) as process:
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - start > 120:
                    raise RuntimeError("make run did not start")
                time.sleep(0.02)
            seconds = time.perf_counter() - start
            time.sleep(rest)
            return seconds, _memory(psutil.Process(process.pid))
        finally:
            # as Ctrl-C does: to make and to what it runs
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)


def _memory(head: psutil.Process) -> float:
    """PSS of a process and all that it has started, in MB."""
    return sum(one.memory_full_info().pss for one in [head, *head.children(recursive=True)]) / 1e6


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200
    except httpx.TransportError:
        return False
