"""A forked process is as free of its parent as a program started by name."""

import subprocess
import sys
from pathlib import Path

import pytest

from tempsms import ROOT
from tempsms.embedded import forking

pytestmark = pytest.mark.skipif(not forking.AVAILABLE, reason="processes are not forked here")

# the test itself has threads: each script is a process of its own
BEGIN = """
import atexit, fcntl, os, signal, sys, time
from pathlib import Path
from tempsms.embedded.forking import ForkedProcess
def fork(run, *keep):
    with open(sys.argv[1], "ab") as log:
        return ForkedProcess("test", run, keep, log.fileno())
"""


def run(script: str, log: Path) -> str:
    """What a script prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script, str(log)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("does", "code", "says"),
    [
        ("pass", 0, ""),
        ("sys.exit(7)", 7, ""),
        ("sys.exit('no')", 1, "no\n"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -15, ""),
        ("atexit.register(print, 'end'); print('begin')", 0, "begin\nend\n"),
    ],
)
def test_it_ends_as_a_program_does(does: str, code: int, says: str, tmp_path: Path) -> None:
    script = f"def main():\n    {does}\nprint(fork(main).wait(30))"
    assert run(script, tmp_path / "log") == f"{code}\n"
    assert says in (tmp_path / "log").read_text()
    assert bool(says) == bool((tmp_path / "log").read_text())


def test_it_never_runs_what_its_parent_left_to_do(tmp_path: Path) -> None:
    script = """
try:
    process = fork(lambda: sys.exit("left"))
    process.wait(30)
finally:
    print("stopping")
"""
    assert run(script, tmp_path / "log") == "stopping\n"
    assert (tmp_path / "log").read_text() == "left\n"


def test_it_holds_no_lock_of_its_parent_and_closes_no_file_of_its_own(tmp_path: Path) -> None:
    script = """
import gc
lock = open(sys.argv[1] + ".lock", "a")
fcntl.flock(lock, fcntl.LOCK_EX)
kept = os.open(sys.argv[1] + ".kept", os.O_CREAT | os.O_WRONLY)
reader, writer = os.pipe()
def main():
    global lock
    number = lock.fileno()
    own = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    del lock  # closes its file here
    gc.collect()
    assert number not in own
    for one in own:
        os.fstat(one)
    os.write(kept, b"kept")
    os.write(writer, b"!")
    time.sleep(60)
process = fork(main, kept, writer)
os.read(reader, 1)
lock.close()
other = open(sys.argv[1] + ".lock", "a")
fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("free")
process.send_signal(signal.SIGKILL)
print(process.wait(30))
"""
    assert run(script, tmp_path / "log") == "free\n-9\n"
    assert (tmp_path / "log.kept").read_text() == "kept"


def test_a_signal_that_comes_at_once_does_what_it_does_to_a_program(tmp_path: Path) -> None:
    script = """
signal.signal(signal.SIGTERM, lambda *_: None)
for _ in range(20):
    process = fork(lambda: time.sleep(60))
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -15
print("ended")
"""
    assert run(script, tmp_path / "log") == "ended\n"
