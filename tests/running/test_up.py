"""`manage.py up`: everything starts, nothing outlives it, and a crash of anything is survived."""

import os
import signal
import socket
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
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("instance")


def answers(instance: Instance) -> bool:
    """Whether pages are served and messages could be stored."""
    try:
        return bool(httpx.get(f"{instance.url}/readyz", timeout=5).json()["database"] == "ok")
    except (httpx.TransportError, ValueError, KeyError):
        return False


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs."""
    return not any(map(lives, processes))


def test_it_prints_address_name_and_password(instance: Instance) -> None:
    assert instance.url in instance.printed
    login = next(line.split()[1:] for line in instance.printed.splitlines() if "login" in line)
    with httpx.Client(base_url=instance.url, follow_redirects=True) as client:
        client.get("/admin/login/")
        form = {
            "username": login[0],
            "password": login[2],
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        page = client.post(
            "/admin/login/?next=/admin/", data=form, headers={"Referer": f"{instance.url}/admin/login/"}
        )
    assert page.status_code == 200
    assert "Log out" in page.text


def test_a_second_one_on_the_same_var_is_refused(instance: Instance) -> None:
    done = subprocess.run(
        [*MANAGE, "up", "--port", str(free_port())],
        env=instance.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "is already running" in done.stderr
    assert str(instance.var) in done.stderr
    assert answers(instance)


def test_a_taken_port_is_said_so_and_nothing_stays(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {**os.environ, "VAR": str(tmp_path)}
        done = subprocess.run(
            [*MANAGE, "up", "--port", str(port)], env=env, cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode != 0
    assert f"port {port}" in done.stderr
    assert "PORT=" in done.stderr
    assert not (tmp_path / "processes.json").exists()


def test_its_folders_are_closed_to_others(instance: Instance) -> None:
    for folder in ("postgres", "secrets", "valkey", "run/pg"):
        assert (instance.var / folder).stat().st_mode & 0o077 == 0, folder
    for secret in (instance.var / "secrets").iterdir():
        assert secret.stat().st_mode & 0o077 == 0, secret


@pytest.mark.parametrize("name", ["web", "worker", "beat", "postgres", "valkey"])
def test_what_is_killed_comes_back(instance: Instance, name: str) -> None:
    before = instance.pid(name)
    os.kill(before, signal.SIGKILL)
    until(lambda: instance.pid(name) != before)
    until(lambda: answers(instance))
    assert psutil.pid_exists(instance.pid(name))


def test_another_web_process_stands_ready(instance: Instance) -> None:
    until(lambda: answers(instance))
    assert instance.process
    web = {name: instance.pid(name) for name in ("web", "spare")}
    instance.process.send_signal(signal.SIGSTOP)  # nothing is started again meanwhile
    try:
        os.kill(instance.serving(), signal.SIGKILL)
        until(lambda: answers(instance))
    finally:
        instance.process.send_signal(signal.SIGCONT)
    until(lambda: all(psutil.pid_exists(instance.pid(name)) for name in web))


def test_manage_py_works_beside_it(instance: Instance) -> None:
    account = instance.account("twilio", "beside", auth_token="12345")
    assert account["webhook_url"].startswith(f"{instance.url}/webhooks/twilio/")
    assert account["status_url"] == f"{account['webhook_url']}status/"
    instance.manage("number", "adopt", "--account", str(account["id"]), "+15005550008", "--public")
    assert instance.wait_for("/numbers/15005550008/").status_code == 200


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["account", "add", "nobody", "--label", "x"], "twilio"),
        (["account", "add", "twilio", "--label", "x"], "auth_token"),
        (["account", "add", "twilio", "--label", "x", "--set", "colour=red"], "colour"),
        (["account", "add", "twilio", "--label", "x", "--set", "auth_token"], "KEY=VALUE"),
        (["number", "adopt", "--account", "99", "+15005550006"], "99"),
        (["number", "adopt", "--account", "1", "5005550006"], "E.164"),
    ],
)
def test_wrong_commands_say_what_is_wrong(instance: Instance, argv: list[str], says: str) -> None:
    with pytest.raises(RuntimeError, match=says):
        instance.manage(*argv)


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
    finally:
        first.stop()


LOST = """
import os, signal, sys
from pathlib import Path
from tempsms.embedded.supervisor import Child, Supervisor
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
from tempsms.embedded.supervisor import Child, Supervisor
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
from tempsms.embedded.supervisor import Child, Supervisor
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
