"""Runs a set of programs in the foreground: starts them in order, restarts those that die, stops them all.

Each program has its own process group, gets a signal from the kernel if we die (Linux), and is recorded in VAR
with its start time, so that the next supervisor ends what a killed one left behind.
"""

import dataclasses
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from tempsms.embedded.child import STOP_WITHIN, Child, end_children, kill_group
from tempsms.embedded.leftovers import Book
from tempsms.embedded.log_files import Logs

READY_WITHIN = 30.0
LOGS_LOOKED_AT_EVERY = 1.0


class AlreadyRunning(Exception):
    """Another supervisor uses the same VAR; the text says which."""


class DidNotStart(Exception):
    """A program exited or did not answer in time; the text contains the end of its log."""


class Supervisor:
    """Owns the programs of one VAR while it holds VAR's lock."""

    def __init__(self, var: Path, keeps_logs: bool = True) -> None:
        """Take the lock and end what an earlier one left; without logs, programs write where we write."""
        var.mkdir(parents=True, exist_ok=True)
        self._logs = Logs(var / "log") if keeps_logs else None
        self._book = Book(var / "processes.json")
        self._children: list[Child] = []
        self._outgoing: list[Child] = []
        """Programs that are ending because their successors run already."""
        self._leaving = self._handling = self._replacing = False
        self._looks_at_logs = 0.0
        self._lock = _take_lock(var / "lock")
        self._book.end_leftovers()

    def start(self, *children: Child) -> None:
        """Start programs in parallel and wait until all of them answer; raises `DidNotStart`."""
        for child in children:
            self.launch(child)
        for child in children:
            self.wait_for(child)

    def launch(self, child: Child) -> None:
        """Start a program without waiting."""
        self._leave_if_told()
        self._children.append(child)
        with self._hold_signals():
            self._start_child(child)

    def wait_for(self, child: Child, within: float | None = None) -> None:
        """Wait until a program answers; raises `DidNotStart`."""
        deadline = time.monotonic() + (READY_WITHIN if within is None else within)
        while child.ready is not None:
            self._leave_if_told()
            try:
                child.ready()
                return
            except Exception as error:  # not ready yet, whatever the reason: the deadline decides
                with self._hold_signals():
                    alive = child.alive
                if not alive or time.monotonic() > deadline:
                    raise DidNotStart(f"{child.name} did not start:\n{self.log_end(child.name)}") from error
            time.sleep(0.02)

    def finish(self, child: Child) -> None:
        """Wait until a program that was launched has done its work; raises `DidNotStart` if it failed."""
        while True:
            self._leave_if_told()
            with self._hold_signals():
                if not child.alive:
                    break
            time.sleep(0.01)
        self._children.remove(child)
        if child.process is not None and child.process.returncode:
            raise DidNotStart(f"{child.name} failed:\n{self.log_end(child.name)}")

    def watch(self) -> None:
        """Restart programs that die until a signal calls `leave`."""
        while True:
            self._look()
            if self._replacing:
                self._replacing = False
                self._replace_all()
            time.sleep(0.1)

    def leave(self, *_: Any) -> None:
        """The handler of signals that end us: raises `SystemExit` once, now or, while a program is handled, soon."""
        told_before, self._leaving = self._leaving, True
        if not (told_before or self._handling):
            raise SystemExit

    def replace(self, *_: Any) -> None:
        """The handler of the signal that replaces all processes but the servers, one after the other."""
        self._replacing = True

    @contextmanager
    def _hold_signals(self) -> Iterator[None]:
        """Let nothing be raised from outside: in `subprocess` it may leave a lock held, and waiting then never ends.

        In an after-fork hook Python would drop it.
        """
        self._handling = True
        try:
            yield
        finally:
            self._handling = False

    def _leave_if_told(self) -> None:
        if self._leaving:
            raise SystemExit

    def stop(self) -> None:
        """Stop all programs, kill the groups of those that do not stop in time, and release VAR."""
        # Database and broker last: the others may still write while they end
        for needed in (False, True):
            together = [*self._children, *self._outgoing]
            end_children([child for child in together if child.needed is needed])
        self._book.remove()
        self._lock.close()

    def log_end(self, name: str, lines: int = 15) -> str:
        """The last lines of a program's log."""
        return "" if self._logs is None else self._logs.end(name, lines)

    def _look(self) -> None:
        """Start again what has died, and keep logs and list in order."""
        self._leave_if_told()
        with self._hold_signals():
            for child in self._children:
                self._restart_child(child)
            if time.monotonic() >= self._looks_at_logs:
                if self._logs is not None:
                    self._logs.rotate()
                self._write_down()
                self._looks_at_logs = time.monotonic() + LOGS_LOOKED_AT_EVERY

    def _replace_all(self) -> None:
        for child in [child for child in self._children if not child.needed]:
            if not self._replace_child(child):
                return
        _print_line("all processes have been replaced")

    def _replace_child(self, child: Child) -> bool:
        """Put a program with the code and files of today in its place; False if that one does not start."""
        successor = dataclasses.replace(child, run=None, process=None, failures=0, due=0.0)
        place = self._children.index(child)
        if child.overlapping:
            if not self._start_successor(successor):
                _print_line(
                    f"the new {child.name} did not start, the old one stays:\n{self.log_end(child.name)}"
                )
                return False
            self._children[place] = successor
        else:
            self._children.remove(child)
        self._outgoing.append(child)
        self._end_outgoing(child)
        if not child.overlapping:
            self._children.insert(place, successor)
        return True

    def _start_successor(self, successor: Child) -> bool:
        """Start it beside the old one; whether it became ready."""
        _is_ready(successor)  # what an earlier process said is forgotten
        with self._hold_signals(), suppress(OSError):
            self._start_child(successor)
        self._outgoing.append(successor)  # so that it is ended, should we be told to leave now
        over = self._wait_looking(lambda: not successor.alive or _is_ready(successor), READY_WITHIN)
        self._outgoing.remove(successor)
        with self._hold_signals():
            if over and successor.alive:
                return True
            end_children([successor])
        return False

    def _end_outgoing(self, child: Child) -> None:
        with self._hold_signals():
            if child.process is not None and child.alive:
                child.process.send_signal(child.stop_with)
        self._wait_looking(lambda: not child.alive, STOP_WITHIN)
        with self._hold_signals():
            end_children([child])
        self._outgoing.remove(child)

    def _wait_looking(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether a condition comes true in time; whatever dies meanwhile is started again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._hold_signals():
                fulfilled = condition()
            if fulfilled:
                return True
            self._look()
            time.sleep(0.05)
        return False

    def _restart_child(self, child: Child) -> None:
        if child.alive:
            return
        now = time.monotonic()
        if child.process is not None:
            kill_group(child.process.pid)
            # A program that ran for ten seconds did start: its next restart is not delayed
            child.failures = child.failures + 1 if now - child.started < 10 else 0
            child.due = now + min(0.2 * 2**child.failures, 10) - 0.2
            _print_line(f"{child.name} exited with {child.process.returncode}; restarting it")
            child.process = None
        if now < child.due:
            return
        try:
            self._start_child(child)
        except OSError as error:  # no process, memory or descriptor available now
            child.failures += 1
            child.due = now + min(0.2 * 2**child.failures, 10)
            _print_line(f"{child.name} cannot be started ({error.strerror}); retrying")

    def _start_child(self, child: Child) -> None:
        if self._logs is None:
            child.start(None)
        else:
            with self._logs.open(child.name) as log:
                child.start(log)
        self._write_down()

    def _write_down(self) -> None:
        named = {child.name: child for child in self._children}
        self._book.write_down({**named, **{f"{child.name}, leaving": child for child in self._outgoing}})


def _is_ready(child: Child) -> bool:
    if child.ready is not None:
        try:
            child.ready()
        except Exception:
            return False
    return True


def _take_lock(path: Path) -> IO[str]:
    """An exclusive lock that the kernel releases when we die; the file contains our pid for error messages."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        raise AlreadyRunning(
            f"tempsms is already running on {path.parent} (process {file.read().strip() or 'unknown'}): "
            "stop it, or set VAR to another folder"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _print_line(text: str) -> None:
    """Print a line; ignores a closed or full output."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201
