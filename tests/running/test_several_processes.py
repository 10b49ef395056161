"""Several web processes on one address: one may be killed, ended or replaced, and its visitors hardly notice."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.sync.client import connect

from tempsms import ROOT
from tests.carrier_side import TOKEN, form, sid, signed
from tests.processes import started
from tests.rig import MANAGE, Instance, free_port
from tests.running.crowd import Crowd, crowding
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("several")
NUMBER = "+15005550006"
WEB = ("web", "web-2")


# daphne would take three minutes more; how both servers end is proved in tests/tempsms/test_ends.py
@pytest.fixture(scope="module", params=["uvicorn"])
def several(request: pytest.FixtureRequest) -> Iterator[tuple[Instance, str]]:
    """An instance with two web processes and a public number, and its webhook address."""
    with Instance("--web", "2", server=request.param, VISITOR_LIMITS="off") as running:
        account = running.account("twilio", "several", NUMBER, auth_token=TOKEN)
        yield running, account["webhook_url"]


def busy(crowd: Crowd, more: int = 60) -> None:
    """Return when the crowd has been answered some more."""
    before = crowd.answers.total()
    until(lambda: crowd.answers.total() >= before + more)


def expect_stored_once(instance: Instance, crowd: Crowd) -> None:
    """Check that all that was acknowledged is there, once."""
    found = instance.sql("SELECT carrier_ref FROM inbox_message WHERE carrier_ref = ANY(%s)", crowd.stored)
    assert sorted(ref for (ref,) in found) == sorted(crowd.stored)


@contextmanager
def nothing_restarted(instance: Instance) -> Iterator[None]:
    """A block in which the supervisor does nothing."""
    assert instance.process
    instance.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        instance.process.send_signal(signal.SIGCONT)


def test_all_are_replaced_under_load_and_nobody_is_cut_off(several: tuple[Instance, str]) -> None:
    instance, url = several
    before = {name: instance.pid(name) for name in (*WEB, "worker", "beat")}
    with crowding(instance.url, url, NUMBER) as crowd:
        busy(crowd)
        until(lambda: crowd.opened >= 6)
        assert instance.process
        instance.process.send_signal(signal.SIGUSR1)
        until(lambda: not any(map(psutil.pid_exists, before.values())), 120)
        busy(crowd)
    assert crowd.failures == {}
    assert set(crowd.answers) == {200}
    assert set(crowd.closes) == {1012}
    assert crowd.closes.total() >= 6
    expect_stored_once(instance, crowd)
    # from here on they are as the code on disk makes them, also the next time
    until(lambda: all(name in book(instance) for name in before))
    now = {name: instance.pid(name) for name in WEB}
    assert not set(now.values()) & set(before.values())
    for pid in now.values():
        assert "--ready-fd" in psutil.Process(pid).cmdline()


def book(instance: Instance) -> dict[str, list[object]]:
    """What the supervisor has written down."""
    found: dict[str, list[object]] = json.loads((instance.var / "processes.json").read_text())
    return found


@pytest.mark.parametrize("name", WEB)
def test_one_that_is_told_to_end_cuts_nobody_off(several: tuple[Instance, str], name: str) -> None:
    instance, url = several
    with crowding(instance.url, url, NUMBER) as crowd:
        busy(crowd)
        before = instance.pid(name)
        os.kill(before, signal.SIGTERM)
        until(lambda: instance.pid(name) != before)
        busy(crowd)
    assert crowd.failures == {}
    assert set(crowd.answers) == {200}
    assert set(crowd.closes) <= {1012}
    expect_stored_once(instance, crowd)


@pytest.mark.parametrize("name", WEB)
def test_one_that_is_killed_leaves_the_other_to_answer(several: tuple[Instance, str], name: str) -> None:
    instance, url = several
    before = instance.pid(name)
    with crowding(instance.url, url, NUMBER) as crowd:
        busy(crowd)
        with nothing_restarted(instance):
            os.kill(before, signal.SIGKILL)
            busy(crowd)
            for _ in range(20):
                assert httpx.get(f"{instance.url}/readyz").json()["database"] == "ok"
        until(lambda: instance.pid(name) != before)
        busy(crowd)
    assert not [failure for failure in crowd.failures if "refused" in failure.lower()]
    # only what was on its way in that process
    assert crowd.failures.total() <= 15
    expect_stored_once(instance, crowd)


def metric(instance: Instance, line: str) -> float:
    """The sum of a metric's lines, as any of the processes says."""
    text = httpx.get(f"{instance.url}/metrics").text
    return sum(float(value) for value in re.findall(rf"^{re.escape(line)}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def test_metrics_are_those_of_all_processes_together(several: tuple[Instance, str]) -> None:
    instance, url = several
    before = metric(instance, "tempsms_ingest_seconds_count")
    used: set[int] = set()
    while len(used) < 2:
        request = signed(url, form(MessageSid=sid()))
        with httpx.Client() as client:
            assert client.post(request.url, content=request.body, headers=request.headers).status_code == 200
            before += 1
            used |= holders(instance, client)
    for _ in range(10):
        assert metric(instance, "tempsms_ingest_seconds_count") == before
    assert {metric(instance, "tempsms_sockets") for _ in range(10)} == {0.0}


def holders(instance: Instance, client: httpx.Client) -> set[int]:
    """The web processes that have an open connection now."""
    return {
        pid
        for pid in map(instance.pid, WEB)
        for found in psutil.Process(pid).net_connections("tcp")
        if found.status == psutil.CONN_ESTABLISHED and found.laddr and found.laddr.port == instance.port
    }


def test_a_dead_process_leaves_its_counts_and_none_of_its_sockets(several: tuple[Instance, str]) -> None:
    instance, _ = several
    with ExitStack() as stack:
        while not all(open_sockets(instance).values()):
            stack.enter_context(
                connect(f"ws://127.0.0.1:{instance.port}/ws/numbers/{NUMBER[1:]}/", close_timeout=0.1)
            )
        held, counted = open_sockets(instance), metric(instance, "tempsms_ingest_seconds_count")
        assert metric(instance, "tempsms_sockets") == sum(held.values())
        with nothing_restarted(instance):
            os.kill(instance.pid("web"), signal.SIGKILL)
            until(lambda: metric(instance, "tempsms_sockets") == held["web-2"])
        assert metric(instance, "tempsms_ingest_seconds_count") == counted
    until(lambda: metric(instance, "tempsms_sockets") == 0)


def open_sockets(instance: Instance) -> dict[str, int]:
    """How many connections each web process has."""
    return {
        name: sum(
            found.status == psutil.CONN_ESTABLISHED and found.laddr.port == instance.port
            for found in psutil.Process(instance.pid(name)).net_connections("tcp")
            if found.laddr
        )
        for name in WEB
    }


def test_postgresql_takes_the_connections_of_all(several: tuple[Instance, str]) -> None:
    ((allowed,),) = several[0].sql("SELECT current_setting('max_connections')::int")
    assert allowed >= 3 * 26 + 30


def test_serve_runs_several_too_and_replaces_them(several: tuple[Instance, str], tmp_path: Path) -> None:
    instance, _ = several
    port = free_port()
    argv = [*MANAGE, "serve", "--workers", "2", "--port", str(port)]
    with started(argv, env=instance.env, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        parent = psutil.Process(process.pid)
        until(lambda: answers(port))
        until(lambda: len(parent.children()) == 2)
        before = {child.pid for child in parent.children()}
        process.send_signal(signal.SIGUSR1)
        assert process.stderr
        assert any("have been replaced" in line for line in process.stderr)
        now = {child.pid for child in parent.children()}
        assert len(now) == 2
        assert not now & before
        assert answers(port)
        second = subprocess.run(argv, env=instance.env, cwd=ROOT, capture_output=True, text=True)
        assert second.returncode != 0
        assert "cannot be used" in second.stderr
        process.terminate()
        until(lambda: process.poll() is not None)
    assert process.returncode == 0
    assert not any(map(psutil.pid_exists, now))


def answers(port: int) -> bool:
    """Whether a page comes."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("count", ["0", "65", "-1", "two"])
def test_an_impossible_number_of_processes_is_refused(count: str) -> None:
    done = subprocess.run([*MANAGE, "serve", f"--workers={count}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "is not a number of web processes: 1 to 64" in done.stderr
