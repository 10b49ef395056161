"""Waiting for what other processes bring about: as long as it takes on any machine, and no longer."""

import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition; fails when it has not come true after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def wait_for_port(
    port: int, process: "subprocess.Popen[Any]", log: Callable[[], str] = str, seconds: float = 120
) -> None:
    """Wait until somebody listens there; raises, with the log, when the process has ended or takes too long."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}:\n{log()}")
