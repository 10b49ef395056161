"""Programs are replaced one by one: the next one first where they can overlap, and never by one that does not start."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tempsms import ROOT
from tests.processes import started
from tests.waiting import until

# `first` overlaps, `second` does not; the program of each is a file, as the code on disk is
RUN = """
import signal, sys
from pathlib import Path
from tempsms.embedded.child import Child
from tempsms.embedded.ready_pipe import ReadyPipe
from tempsms.embedded.supervisor import Supervisor
import tempsms.embedded.supervisor as module
module.READY_WITHIN = 3.0
var = Path(sys.argv[1])
supervisor = Supervisor(var)
signal.signal(signal.SIGTERM, supervisor.leave)
signal.signal(signal.SIGUSR1, supervisor.replace)
def child(name, **options):
    pipe = ReadyPipe()
    argv = [sys.executable, str(var / "program"), name, str(var), str(pipe.told_through)]
    return Child(name, argv, pipe.check, pass_fds=(pipe.told_through,), **options)
try:
    supervisor.start(child("base", needed=True), child("first", overlapping=True), child("second"))
    print("started", flush=True)
    supervisor.watch()
finally:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    supervisor.stop()
"""
PROGRAM = """
import os, signal, sys, time
name, var, ready = sys.argv[1:]
def say(what):
    with open(f"{var}/said", "a") as said:
        said.write(f"{name} VERSION {what}\\n")
def leave(*_):
    say("ends")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
say("begins")
BREAK
os.write(int(ready), b"!")
time.sleep(600)
"""


@contextmanager
def running(var: Path) -> Iterator["subprocess.Popen[str]"]:
    """The supervisor, from when all programs are ready."""
    write_program(var, "1")
    argv = [sys.executable, "-c", RUN, str(var)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with started(argv, within=30, cwd=ROOT, text=True, **pipes) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        said(var, clear=True)
        yield process


def write_program(var: Path, version: str, breaks: str = "") -> None:
    """Put the code on disk."""
    (var / "program").write_text(PROGRAM.replace("VERSION", version).replace("BREAK", breaks))


def said(var: Path, clear: bool = False) -> list[str]:
    """What the programs have said."""
    lines = (var / "said").read_text().splitlines()
    if clear:
        (var / "said").write_text("")
    return lines


def replaced(process: "subprocess.Popen[str]") -> list[str]:
    """Have all replaced; what the supervisor says of it."""
    process.send_signal(signal.SIGUSR1)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "have been replaced" in line or "stays" in line:
            break
    return lines


def test_the_next_is_ready_before_the_last_ends_where_they_can_overlap(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        write_program(tmp_path, "2")
        assert replaced(process) == ["all processes have been replaced\n"]
        until(lambda: len(said(tmp_path)) == 4)
        assert said(tmp_path) == ["first 2 begins", "first 1 ends", "second 1 ends", "second 2 begins"]
        assert len(psutil.Process(process.pid).children()) == 3


@pytest.mark.parametrize("breaks", ["sys.exit(1)", "time.sleep(600)"], ids=["exits", "hangs"])
def test_one_that_does_not_start_takes_nobodys_place(tmp_path: Path, breaks: str) -> None:
    with running(tmp_path) as process:
        before = set(psutil.Process(process.pid).children())
        write_program(tmp_path, "2", breaks)
        assert "the new first did not start, the old one stays" in replaced(process)[-1]
        assert "first 1 ends" not in said(tmp_path)
        assert set(psutil.Process(process.pid).children()) == before
        write_program(tmp_path, "3")
        assert replaced(process)[-1] == "all processes have been replaced\n"


def test_what_is_being_replaced_ends_with_the_rest(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        write_program(tmp_path, "2", "time.sleep(600)")
        process.send_signal(signal.SIGUSR1)
        until(lambda: "first 2 begins" in said(tmp_path))
        children = psutil.Process(process.pid).children()
        assert len(children) == 4
        process.terminate()
        process.wait(30)
        assert not any(child.is_running() for child in children)
    assert not (tmp_path / "processes.json").exists()
