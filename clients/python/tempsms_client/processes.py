"""Starts a sandbox for as long as somebody needs it: the command `tempsms` must be installed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tempsms_client.errors import CannotStart

LAST_LINE = "Ctrl-C stops everything."
STOPPED_WITHIN = 60.0  # seconds
_TOLD = 15  # lines of what did not start


def find_command() -> str:
    """The command `tempsms`: the one beside this Python, or the one on the path; raises `CannotStart`."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("tempsms", path=beside) or shutil.which("tempsms")
    if found is None:
        raise CannotStart(
            "the command tempsms is not installed: install the package tempsms, or name a sandbox that runs"
        )
    return found


@contextmanager
def running_sandbox(*, port: int = 0, folder: Path | None = None, within: float = 180.0) -> Iterator[str]:
    """Run `tempsms sandbox` for the time of a block; its address. Without a folder nothing is left of it.

    Raises `CannotStart`.
    """
    command = find_command()
    with tempfile.TemporaryDirectory(prefix="tempsms-", ignore_cleanup_errors=True) as temporary:
        port = port or _find_free_port()
        process = subprocess.Popen(
            [command, "sandbox", "--port", str(port)],
            env={**os.environ, "VAR": str(folder or temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_until_started(process, within)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(process)


def _wait_until_started(process: "subprocess.Popen[str]", within: float) -> None:
    """Read what it prints, to the end; raises `CannotStart` unless it says in time that it runs."""
    assert process.stdout
    output = process.stdout
    lines: deque[str] = deque(maxlen=_TOLD)
    ready, settled = threading.Event(), threading.Event()

    def read() -> None:
        for line in output:
            lines.append(line)
            if line.startswith(LAST_LINE):
                ready.set()
                settled.set()
        settled.set()

    threading.Thread(target=read, daemon=True).start()
    if settled.wait(within) and ready.is_set():
        return
    why = "ended" if settled.is_set() else f"did not start within {within:g} seconds"
    raise CannotStart(f"tempsms sandbox {why}: {''.join(lines).strip()}")


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
