"""The embedded servers survive being killed at any point, the very first start included."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tempsms import ROOT, embedded

_START = (
    "import sys, pathlib, tempsms; from tempsms import embedded; embedded.programs(pathlib.Path(sys.argv[1]))"
)


def test_a_first_start_that_is_killed_leaves_nothing_that_hinders_the_next(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    argv = [sys.executable, "-c", _START, str(tmp_path)]
    first = subprocess.Popen(argv, cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 60
    while not any(tmp_path.glob("postgres*/PG_VERSION")) and first.poll() is None:
        assert time.monotonic() < deadline
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert not (tmp_path / "postgres" / "PG_VERSION").exists()
    embedded.programs(tmp_path)
    for file in ("PG_VERSION", "global/pg_filenode.map", "postgresql.conf"):
        assert (tmp_path / "postgres" / file).exists()
    assert not (tmp_path / "postgres.new").exists()


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["another program", "nobody"])
def test_the_lock_of_a_postmaster_that_is_gone_is_removed(tmp_path: Path, pid: int) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{pid}\n/somewhere\n")
    embedded._forget_a_dead_postmaster(lock, tmp_path / "no such file")
    assert not lock.exists()
