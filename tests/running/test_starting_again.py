"""One VAR for several starts: what ended well, was killed or is another user's is taken up again."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tempsms import ROOT
from tests.processes import lives, started
from tests.rig import MANAGE, Instance, free_port
from tests.running.test_up import answers
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("starts")


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs."""
    return not any(map(lives, processes))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAR for several starts, one after the other."""
    return tmp_path_factory.mktemp("used") / "var"


def test_ctrl_c_ends_every_process_and_a_new_start_has_the_data(used: Path) -> None:
    first = Instance(var=used)
    try:
        first.start()
        account = first.account("twilio", "kept", auth_token="12345")
        processes = first.processes()
        assert len(processes) > 8
        first.stop()
        assert gone(processes)
        first.start()
        assert first.sql("SELECT id FROM numbers_account") == [(account["id"],)]
        password = (used / "secrets" / "ADMIN_PASSWORD").read_text()
        assert first.printed.count(password) == 1, "only the first start says it"
    finally:
        first.stop()


def test_a_killed_supervisor_leaves_nothing_that_hinders_the_next(used: Path) -> None:
    first = Instance(var=used)
    try:
        first.start()
        processes = first.processes()
        first.kill()
        first.start()
        assert answers(first)
        until(lambda: gone(processes))
    finally:
        first.stop()


def test_what_was_killed_with_it_is_survived_too(used: Path) -> None:
    first = Instance(var=used)
    try:
        first.start()
        processes = first.processes()
        first.kill()
        for process in processes:
            kill(process)
        first.start()
        assert answers(first)
    finally:
        first.stop()


def kill(process: psutil.Process) -> None:
    """Kill what may be gone already."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def need_a_python_for_everyone() -> None:
    """Skip where root's Python or this folder is closed to others."""
    probe = [sys.executable, "-c", "import django, tempsms"]
    with suppress(OSError):
        if not subprocess.run(probe, user="nobody", group="nogroup", cwd=ROOT, env={}).returncode:
            return
    pytest.skip(f"an ordinary user cannot run {sys.executable} in this folder")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_works_as_an_ordinary_user() -> None:
    need_a_python_for_everyone()
    with tempfile.TemporaryDirectory(
        prefix="tempsms-", ignore_cleanup_errors=True
    ) as folder:  # pytest's is closed
        Path(folder).chmod(0o755)
        run_as_nobody(Path(folder) / "var")


def run_as_nobody(var: Path) -> None:
    """Start, ask for the first page, stop."""
    var.mkdir()
    os.chown(var, 65534, 65534)
    port = free_port()
    env = {"VAR": str(var), "PATH": os.environ["PATH"], "HOME": str(var), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [*MANAGE, "up", "--port", str(port)]
    nobody: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    with started(argv, stop_with=signal.SIGINT, within=60, env=env, cwd=ROOT, **nobody) as process:
        until((var / "secrets" / "ADMIN_PASSWORD").exists)
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
    assert process.returncode == 0
