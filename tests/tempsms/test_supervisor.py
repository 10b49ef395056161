"""The supervisor survives what its programs survive: no room, no process to be had, a clock that is set."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tempsms import ROOT
from tempsms.embedded import log_files
from tempsms.embedded.child import Child
from tempsms.embedded.log_files import Logs
from tempsms.embedded.supervisor import Supervisor
from tests.processes import started
from tests.waiting import until

RUN = """
import signal, sys
from pathlib import Path
from tempsms.embedded import log_files
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor
log_files.LIMIT = 100_000
supervisor = Supervisor(Path(sys.argv[1]))
signal.signal(signal.SIGTERM, supervisor.leave)
try:
    for number, program in enumerate(sys.argv[2:]):
        supervisor.start(Child(f"child{number}", ["sh", "-c", program]))
    supervisor.watch()
finally:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    supervisor.stop()
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB; where none can be mounted the supervisor may write files of 0 bytes only."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True
    ).returncode
    if not mounted:
        pytest.skip("a small file system cannot be mounted here: only root may")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def running(var: Path, *programs: str) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor of shell programs, from when all of them run; its own words are dropped."""
    argv = [sys.executable, "-c", RUN, str(var), *programs]
    with started(argv, within=30, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        until(lambda: len(book(var)) == len(programs))
        yield process


def book(var: Path) -> dict[str, int]:
    """The processes by name that are written down."""
    with suppress(OSError, ValueError):
        return {name: pid for name, (pid, *_) in json.loads((var / "processes.json").read_text()).items()}
    return {}


def children(process: subprocess.Popen[bytes]) -> set[int]:
    """What a supervisor runs now."""
    running = set()
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if child.status() != "zombie":
                running.add(child.pid)
    return running


def fill(folder: Path) -> Path:
    """Leave no room; the file that takes it."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return ballast


def test_a_full_disk_ends_nothing_and_all_is_well_when_there_is_room_again(small: Path) -> None:
    with running(small, "sleep 600", "while :; do echo words; sleep 0.1; done") as process:
        ballast = fill(small)
        for _ in range(3):
            victim = min(children(process))
            os.kill(victim, signal.SIGKILL)
            until(lambda victim=victim: len(children(process) - {victim}) == 2)  # type: ignore[misc]
            assert process.poll() is None
        assert set(book(small).values()) != children(process)
        ballast.unlink()
        until(lambda: set(book(small).values()) == children(process))
    assert process.returncode == 0
    assert not (small / "processes.json").exists()


def test_logs_are_bounded_while_they_are_written_and_nobody_else_reads_them(tmp_path: Path) -> None:
    log = tmp_path / "log" / "child0.log"
    kept = [log.with_name(f"child0.log.{n}") for n in range(1, log_files.KEPT + 1)]
    with running(tmp_path, "n=0; while :; do n=$((n+1)); echo line $n; done"):
        until(lambda: all(path.exists() for path in kept))
        newest = log.stat().st_size
        until(lambda: log.stat().st_size != newest)  # it is written on
    assert not log.with_name(f"child0.log.{log_files.KEPT + 1}").exists()
    for path in (log, *kept):
        assert path.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700
    first = int(kept[0].read_bytes().split(b"\n")[1].split()[1])
    second = int(kept[1].read_bytes().split(b"\n")[1].split()[1])
    assert first > second


def test_a_log_larger_than_its_bound_is_copied_and_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "LIMIT", 10)
    logs = Logs(tmp_path / "log")
    with logs.open("web") as log:
        for number in range(6):
            log.write(b"%d and so on\n" % number)
            logs.rotate()
        log.write(b"last\n")
    found = {path.name: path.read_text() for path in logs.folder.iterdir()}
    assert found == {
        "web.log": "last\n",
        "web.log.1": "5 and so on\n",
        "web.log.2": "4 and so on\n",
        "web.log.3": "3 and so on\n",
    }
    assert logs.end("web", 1) == "last"


def test_a_log_on_a_full_disk_is_emptied_and_makes_room(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "LIMIT", 50_000)
    logs = Logs(small / "log")
    with logs.open("web") as log:
        log.write(b"x" * 60_000)
        fill(small)
        logs.rotate()
        assert log.write(b"y" * 50_000) == 50_000


def test_a_log_that_cannot_be_made_leads_nowhere(tmp_path: Path) -> None:
    logs = Logs(tmp_path / "log")
    logs.folder.rmdir()
    with logs.open("web") as log:
        assert log.write(b"lost") == 4
    assert logs.end("web", 1) == ""


def test_logs_of_an_older_version_are_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    (folder / "web.log").write_text("old\n")
    (folder / "web.log").chmod(0o644)
    Logs(folder).open("web").close()
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "web.log")] == [0o700, 0o600]


def test_a_program_that_cannot_be_started_now_is_started_later(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    with running(tmp_path / "var", "sleep 600"):
        pass
    supervisor = Supervisor(tmp_path / "var")
    child = Child("program", [str(program)])
    try:
        supervisor.start(child)
        assert child.process
        program.rename(tmp_path / "away")
        child.process.send_signal(signal.SIGKILL)
        child.process.wait()
        until(lambda: not revived(supervisor, child) and child.failures > 1)
        (tmp_path / "away").rename(program)
        until(lambda: revived(supervisor, child))
    finally:
        supervisor.stop()


def revived(supervisor: Supervisor, child: Child) -> bool:
    """Whether a program runs again after another look."""
    supervisor._restart_child(child)
    return child.alive


def test_what_a_killed_supervisor_left_is_known_after_the_clock_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with left_behind(tmp_path, False, "") as left:
        monkeypatch.setattr("tempsms.embedded.leftovers.LEFTOVERS_WITHIN", 0.2)
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: time.time() + 3600)
        monkeypatch.setattr("psutil._pslinux.BOOT_TIME", None, raising=False)
        Supervisor(tmp_path).stop()
        assert left.wait(30) == -signal.SIGKILL


@contextmanager
def left_behind(var: Path, needed: bool, program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of a supervisor that is gone, running and written down."""
    ready = var / "ready"
    argv = ["sh", "-c", f"{program}\n touch {ready}; while :; do sleep 0.05; done"]
    with started(argv, stop_with=signal.SIGKILL, start_new_session=True) as left:
        until(ready.exists)
        first = Supervisor(var)
        first._children.append(Child("left", [], process=left, needed=needed))
        first._write_down()
        first._lock.close()
        yield left


def test_what_a_killed_supervisor_left_is_not_waited_for(tmp_path: Path) -> None:
    with left_behind(tmp_path, False, "trap '' TERM") as left:
        Supervisor(tmp_path).stop()
        assert left.wait(30) == -signal.SIGKILL


def test_what_others_need_may_end_cleanly(tmp_path: Path) -> None:
    log = tmp_path / "end"
    with left_behind(tmp_path, True, f"trap 'echo clean >{log}; exit 7' TERM") as left:
        Supervisor(tmp_path).stop()
        assert left.wait(30) == 7
    assert log.read_text() == "clean\n"
