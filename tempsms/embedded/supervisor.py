"""Runs a set of programs in the foreground: starts them in order, restarts those that die, stops them all.

Each program has its own process group, gets a signal from the kernel if we die (Linux), and is recorded in VAR/run
with its start time, so that the next supervisor ends what a killed one left behind.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from tempsms.embedded.log_files import Logs

READY_WITHIN = 30.0
STOP_WITHIN = 15.0
LOGS_LOOKED_AT_EVERY = 1.0
LEFTOVERS_WITHIN = 5.0
_PR_SET_PDEATHSIG = 1
Identity = list[int | str]
Tree = list[psutil.Process]


class AlreadyRunning(Exception):
    """Another supervisor uses the same VAR; the text says which."""


class DidNotStart(Exception):
    """A program exited or did not answer in time; the text contains the end of its log."""


@dataclass(slots=True)
class Child:
    """A program and its process; `stop_with` is the signal for a clean stop; `needed` ones stop after the others."""

    name: str
    argv: list[str]
    ready: Callable[[], None] | None = None
    env: dict[str, str] = field(default_factory=dict)
    pass_fds: tuple[int, ...] = ()
    stop_with: signal.Signals = signal.SIGTERM
    needed: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Owns the programs of one VAR while it holds VAR's lock."""

    def __init__(self, var: Path) -> None:
        var.mkdir(parents=True, exist_ok=True)
        self.logs = Logs(var / "log")
        self._book = var / "processes.json"
        self._written: dict[str, Identity] = {}
        self._children: list[Child] = []
        self._leaving = False
        self._handling = False
        self._lock = _take_lock(var / "lock")
        self._end_leftovers()

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

    def wait_for(self, child: Child) -> None:
        """Wait until a program answers; raises `DidNotStart`."""
        deadline = time.monotonic() + READY_WITHIN
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
            time.sleep(0.05)

    def watch(self) -> None:
        """Restart programs that die until a signal calls `leave`."""
        look = 0.0
        while True:
            self._leave_if_told()
            with self._hold_signals():
                for child in self._children:
                    self._restart_child(child)
                if time.monotonic() >= look:
                    self.logs.rotate()
                    self._write_down()
                    look = time.monotonic() + LOGS_LOOKED_AT_EVERY
            time.sleep(0.1)

    def leave(self, *_: Any) -> None:
        """The handler of signals that end us: raises `SystemExit` once, now or, while a program is handled, soon."""
        told_before, self._leaving = self._leaving, True
        if not (told_before or self._handling):
            raise SystemExit

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
            _end_children([child for child in self._children if child.needed is needed])
        with suppress(OSError):
            self._book.unlink(missing_ok=True)
        self._lock.close()

    def log_end(self, name: str, lines: int = 15) -> str:
        """The last lines of a program's log."""
        return self.logs.end(name, lines)

    def _restart_child(self, child: Child) -> None:
        if child.alive:
            return
        now = time.monotonic()
        if child.process is not None:
            _kill_group(child.process.pid)
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
        with self.logs.open(child.name) as log:
            child.process = subprocess.Popen(  # noqa: S603
                child.argv,
                env={**os.environ, **child.env},
                pass_fds=child.pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C reaches us alone, and we stop the programs in order
                start_new_session=True,
                preexec_fn=_end_with_parent(child.stop_with),
            )
        child.started = time.monotonic()
        self._write_down()

    def _write_down(self) -> None:
        """Store the list of processes once there is room for it; a full disk must not end the supervisor."""
        alive = {
            child.name: [*_identify_process(child.process.pid), child.needed]
            for child in self._children
            if child.process
        }
        if alive == self._written:
            return
        draft = self._book.with_suffix(".draft")
        with suppress(OSError):
            draft.write_text(json.dumps(alive))
            # Replaced whole: a kill in the middle of writing must not leave half a list
            draft.replace(self._book)
            self._written = alive

    def _end_leftovers(self) -> None:
        """End what a killed supervisor left: only processes whose start time is the one written down.

        The kernel has signalled them already (Linux). Servers may end cleanly; the others survive being killed at any
        moment, and waiting for them would only delay this start.
        """
        needed, others = self._find_leftovers()
        _kill_processes([process for tree in others for process in tree])
        for tree in needed:
            with suppress(psutil.Error):
                tree[0].terminate()
        servers = [process for tree in needed for process in tree]
        if not _wait_for_end(servers, LEFTOVERS_WITHIN):
            _kill_processes(servers)
        with suppress(OSError):
            self._book.unlink(missing_ok=True)

    def _find_leftovers(self) -> tuple[list[Tree], list[Tree]]:
        """The recorded processes that still run, with their children: the `needed` ones, and the others."""
        needed: list[Tree] = []
        others: list[Tree] = []
        with suppress(OSError, ValueError):
            for pid, created, *is_needed in json.loads(self._book.read_text()).values():
                if created and _identify_process(pid) == [pid, created] and (tree := _list_tree(pid)):
                    (needed if is_needed != [False] else others).append(tree)
        return needed, others


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


def _end_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork
    return lambda: prctl(_PR_SET_PDEATHSIG, signum.value)


def _print_line(text: str) -> None:
    """Print a line; ignores a closed or full output."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def _identify_process(pid: int) -> Identity:
    """A lasting identity of a process: the boot and its start time by the kernel's clock, which cannot be set."""
    with suppress(OSError, IndexError):
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return [pid, f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {ticks}"]
    with suppress(psutil.Error):
        return [pid, str(psutil.Process(pid).create_time())]
    return [pid, ""]


def _list_tree(pid: int) -> Tree:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _wait_for_end(processes: Tree, seconds: float) -> bool:
    """Wait until the processes have exited, reaped or not."""
    deadline = time.monotonic() + seconds
    while lives := any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return not lives


def _kill_processes(processes: Tree) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    _wait_for_end(processes, LEFTOVERS_WITHIN)


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _end_children(children: list[Child]) -> None:
    for child in children:
        if child.process is not None and child.alive:
            child.process.send_signal(child.stop_with)
    deadline = time.monotonic() + STOP_WITHIN
    for child in children:
        if child.process is not None:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            _kill_group(child.process.pid)
            child.process.wait()


def _kill_group(pid: int) -> None:
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
