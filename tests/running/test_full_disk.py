"""A full disk: carriers hear 503, nothing acknowledged is lost, and room alone brings everything back."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("full disk")

NUMBER = "+15005550009"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 160 MB for a whole VAR."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here: only root may")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room; the file that takes it."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return ballast


@contextmanager
def kept_full(folder: Path) -> Iterator[None]:
    """Take whatever room becomes free, at once."""
    over = threading.Event()

    def fill_on() -> None:
        while not over.wait(0.005):
            fill(folder)

    filling = threading.Thread(target=fill_on)
    filling.start()
    try:
        yield
    finally:
        over.set()
        filling.join()


def replace_child(instance: Instance, pid: int) -> int:
    """Kill one of the supervisor's programs; the pid of the one that it starts instead."""
    assert instance.process
    supervisor = psutil.Process(instance.process.pid)
    before = {child.pid for child in supervisor.children()}
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()
    until(lambda: {child.pid for child in supervisor.children()} - before, 60)
    return ({child.pid for child in supervisor.children()} - before).pop()


def test_a_full_disk_loses_nothing_and_heals_by_itself(small: Path) -> None:
    with Instance(var=small / "var") as instance:
        account = instance.account("twilio", "full", NUMBER, auth_token=TOKEN)
        stored, statuses = set(), set()

        def post() -> int:
            ref = sid()
            request = signed(account["webhook_url"], form("x" * 1500, MessageSid=ref, To=NUMBER))
            try:
                answer = httpx.post(request.url, content=request.body, headers=request.headers, timeout=20)
            except httpx.TransportError:  # the web process itself was started again
                return 0
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                stored.add(ref)
            elif answer.status_code == 503:
                assert answer.headers["retry-after"]
            return answer.status_code

        assert post() == 200
        ballast = fill(small)
        until(lambda: post() == 503, 300)
        assert instance.process
        with kept_full(small):
            first = pid = instance.pid("worker")
            # the pauses between starts become longer than a second, after which the list of processes is written again
            for _ in range(4):
                pid = replace_child(instance, pid)
            assert instance.pid("worker") == first, "there was room for another list"
            assert instance.process.poll() is None
        running = {child.pid: child for child in psutil.Process(instance.process.pid).children()}
        for name in ("postgres", "worker", "valkey"):  # what a full disk, or somebody, may end
            # the list of processes may be an old one: there is no room to write another
            if victim := running.get(instance.pid(name)):
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
        until(lambda: fill(small).exists() and post() == 503, 300)
        assert instance.process.poll() is None
        ballast.unlink()
        until(lambda: post() == 200, 120)
        assert statuses == {200, 503}
        instance.wait_for("/readyz", seconds=120)
        found = [ref for (ref,) in instance.sql("SELECT carrier_ref FROM inbox_message")]
        assert len(found) == len(set(found))
        assert stored <= set(found)
