"""A program and its process: started by name or forked, in a group of its own, and ended with all of it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

import psutil

from tempsms.embedded import forking
from tempsms.embedded.forking import ForkedProcess

STOP_WITHIN = 15.0
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A program and its process.

    `run` is what the program does, for a process forked from ours where that can be done. `stop_with` is the signal
    for a clean stop; `needed` ones stop after the others; `overlapping` ones are replaced by starting the next first.
    """

    name: str
    argv: list[str]
    ready: Callable[[], None] | None = None
    env: dict[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    stop_with: signal.Signals = signal.SIGTERM
    needed: bool = False
    run: Callable[[], object] | None = None
    overlapping: bool = False
    process: subprocess.Popen[bytes] | ForkedProcess | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self, log: IO[bytes] | None) -> None:
        """Start its process, whose output goes to `log`, or to our own."""
        if self.run is not None and forking.AVAILABLE:
            self.process = self._fork_process(self.run, log)
        else:
            self.process = self._execute_program(log)
        self.started = time.monotonic()

    def _fork_process(self, run: Callable[[], object], log: IO[bytes] | None) -> ForkedProcess:
        bind_to_parent = _end_with_parent(self.stop_with)
        parent = os.getpid()

        def begin() -> None:
            if bind_to_parent is not None:
                bind_to_parent()
            if os.getppid() != parent:  # it died before that held
                sys.exit(1)
            os.environ.update(self.env)
            sys.argv = self.argv[1:] or sys.argv  # names the process in lists
            run()

        return ForkedProcess(self.name, begin, self.pass_fds, None if log is None else log.fileno())

    def _execute_program(self, log: IO[bytes] | None) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603
            self.argv,
            env={**os.environ, **self.env},
            pass_fds=self.pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A group of its own: Ctrl-C reaches us alone, and we stop the programs in order
            start_new_session=True,
            preexec_fn=_end_with_parent(self.stop_with),
        )


def end_children(children: list[Child]) -> None:
    """Have programs stop, and kill what does not in time, with all that they have started."""
    for child in children:
        if child.process is not None and child.alive:
            child.process.send_signal(child.stop_with)
    deadline = time.monotonic() + STOP_WITHIN
    for child in children:
        if child.process is not None:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            kill_group(child.process.pid)
            child.process.wait()


def kill_group(pid: int) -> None:
    """Kill a program's group, and wait until nothing of it runs."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _group_lives(pid):
        time.sleep(0.02)


def _group_lives(pgid: int) -> bool:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == pgid and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def _end_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork
    return lambda: prctl(_PR_SET_PDEATHSIG, signum.value)
