"""Processes that tests start: nothing of them is left when their block ends, not even of a start that failed."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil


@contextmanager
def started(
    argv: Sequence[str], *, stop_with: signal.Signals = signal.SIGTERM, within: float = 20, **options: Any
) -> Iterator["subprocess.Popen[Any]"]:
    """A process while the block lasts: at its end it gets a signal and so many seconds, and then it is killed.

    The other options are those of `subprocess.Popen`.
    """
    with subprocess.Popen(argv, **options) as process:
        try:
            yield process
        finally:
            with ending(process), suppress(subprocess.TimeoutExpired):
                process.send_signal(stop_with)
                process.wait(within)


@contextmanager
def ending(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """A block in which a process is to end: what still runs of it and of all that it had started is killed."""
    family = _family_of(process)
    try:
        yield
    finally:
        _kill([*family, *_freeze_family(process)])
        process.wait()


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that it has started; nothing once it is gone."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be reaped does not."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _family_of(process: "subprocess.Popen[Any]") -> list[psutil.Process]:
    # once it has been reaped its number may be another's
    return tree(process.pid) if process.poll() is None else []


def _freeze_family(process: "subprocess.Popen[Any]") -> list[psutil.Process]:
    """The same, stopped: one that is killed while it starts another would leave it behind."""
    frozen: list[psutil.Process] = []
    while fresh := [member for member in _family_of(process) if member not in frozen]:
        for member in fresh:
            with suppress(psutil.Error):
                member.suspend()
        frozen += fresh
    return frozen


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + 10
    while any(map(lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.01)
