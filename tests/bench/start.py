"""How long a second `make run` takes until the first page answers.

Method: `make run` once on an empty VAR (installs nothing, makes the database and the demo data), stopped by Ctrl-C;
then three times again; each time from the start of `make` until GET / answers 200. The median of the three.
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

from tempsms import ROOT
from tests.processes import started
from tests.rig import free_port


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    port = free_port()
    first, *again = [_start(folder, port) for _ in range(4)]
    yield f"start.first_seconds: {first:.1f} s"
    yield f"start.seconds: {median(again):.1f} s"


def _start(folder: Path, port: int) -> float:
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
            return time.perf_counter() - start
        finally:
            # as Ctrl-C does: to make and to what it runs
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, signal.SIGINT)
                process.wait(60)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200
    except httpx.TransportError:
        return False
