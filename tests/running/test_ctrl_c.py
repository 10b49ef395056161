"""Ctrl-C, at the worst moments: the supervisor hears it, waits for no lock, and ends the others in order."""

import subprocess
import sys
from pathlib import Path

from tempsms import ROOT

LOST = """
import os, signal, sys
from pathlib import Path
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]))
signal.signal(signal.SIGINT, supervisor.leave)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    supervisor.start(Child("sleeper", ["sleep", "60"]))
    print("the signal came while a program started, and was lost there")
    supervisor.watch()
finally:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    supervisor.stop()
"""


def test_ctrl_c_is_heard_even_where_python_drops_its_exception(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert "was lost there" in done.stdout
    assert done.returncode == 0, done.stderr


HELD = """
import os, signal, subprocess, sys
from pathlib import Path
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]))
signal.signal(signal.SIGINT, supervisor.leave)
poll = subprocess.Popen._internal_poll
def interrupted(process, *args, **kwargs):
    process._waitpid_lock.acquire()  # as the method itself does
    os.kill(os.getpid(), signal.SIGINT)
    process._waitpid_lock.release()
    subprocess.Popen._internal_poll = poll
    return poll(process, *args, **kwargs)
try:
    supervisor.start(Child("sleeper", ["sleep", "60"]))
    subprocess.Popen._internal_poll = interrupted
    supervisor.watch()
finally:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    supervisor.stop()
    print("stopped")
"""


def test_ctrl_c_leaves_no_lock_behind_that_stopping_would_wait_for(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.returncode) == ("stopped\n", 0), done.stderr


LATE = """
import sys
from pathlib import Path
from tempsms.embedded.child import Child
from tempsms.embedded.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]))
def child(name, on_end, **options):
    ready = Path(sys.argv[1]) / name
    program = f"trap '{on_end}; exit' TERM; touch {ready}; sleep 60 & wait"
    supervisor.start(Child(name, ["sh", "-c", program], lambda: ready.stat(), **options))
child("base", "echo base", needed=True)
child("user", "sleep 0.5; echo user")
supervisor.stop()
"""


def test_what_the_others_need_is_ended_after_them(tmp_path: Path) -> None:
    log = tmp_path / "ends"
    code = LATE.replace("echo", f">>{log} echo")
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "var")], cwd=ROOT, check=True, timeout=30)
    assert log.read_text().split() == ["user", "base"]
