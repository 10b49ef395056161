"""`manage.py up`: everything starts, nothing outlives it, and a crash of anything is survived."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from tempsms import ROOT
from tests.rig import MANAGE, Instance, free_port
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("instance")


def answers(instance: Instance) -> bool:
    """Whether pages are served and messages could be stored."""
    try:
        return bool(httpx.get(f"{instance.url}/readyz", timeout=5).json()["database"] == "ok")
    except (httpx.TransportError, ValueError, KeyError):
        return False


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
