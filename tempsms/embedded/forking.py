"""Processes forked from this one, which share the memory of what is loaded here, and start within milliseconds."""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress

from setproctitle import setproctitle

AVAILABLE = sys.platform.startswith("linux")
"""Elsewhere system libraries may hold threads and locks that a fork breaks; there programs are started by name."""
_HANDLED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1}


class ForkedProcess:
    """A process that runs a function; the part of `subprocess.Popen` that a supervisor uses."""

    def __init__(self, title: str, run: Callable[[], object], keep: Iterable[int], log: int | None) -> None:
        """Fork, and return once the new process has its own group and its own files.

        `keep` are the open files that it shares; its output goes to `log`, or to our own.
        """
        self.returncode: int | None = None
        _flush_output()
        done, begun = os.pipe()
        # a signal that comes now waits until it does in the new process what it does in a new program
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _become_child(title, run, {begun, *keep}, begun, log, blocked)
            os.close(begun)
            os.read(done, 1)  # its end, when it has begun or is dead
        except OSError:
            os.close(begun)
            raise
        finally:
            os.close(done)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.01)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended: then its number may be another's."""
        if self.poll() is None:
            os.kill(self.pid, signum)


def _become_child(
    title: str,
    run: Callable[[], object],
    keep: set[int],
    begun: int,
    log: int | None,
    signals: Iterable[signal.Signals | int],
) -> None:
    """In the new process: own everything that a program of its own would, run, and exit; does not return."""
    code = 1
    try:
        os.setsid()
        for signum in _HANDLED:
            signal.signal(signum, signal.SIG_DFL)
        _take_files(keep, log)
        setproctitle(f"tempsms {title}")
        os.close(begun)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        code = _run_to_code(run)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            _flush_output()
        # never back into the frames of the parent, whose `finally` would stop what it runs
        os._exit(code)


def _run_to_code(run: Callable[[], object]) -> int:
    try:
        run()
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0
        print(leaving.code, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _take_files(keep: set[int], log: int | None) -> None:
    """Let go of what is not ours: the parent's lock on VAR, above all, would outlive it here.

    The numbers stay taken: objects of the parent's that still have one would otherwise close somebody else's file.
    """
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    if log is not None:
        os.dup2(log, 1)
        os.dup2(log, 2)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        number = int(name)
        if number > 2 and number not in keep:
            with suppress(OSError):  # the one that lists them is closed already
                os.fstat(number)
                os.dup2(null, number, inheritable=False)


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
