"""What our own test programs start is gone afterwards, however far the start came: or one failure brings the next."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tempsms.embedded import program, valkey
from tests import rig
from tests.carriers import jasmin, kannel
from tests.carriers.jasmin import Jasmin
from tests.carriers.kannel import Kannel
from tests.processes import lives, started
from tests.rig import Instance
from tests.servers import Servers
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are found by Linux' subreaper")

PR_SET_CHILD_SUBREAPER = 36
FAILS = ["sh", "-c", "exit 3"]


class Watch:
    """Every process below this one, those included whose own parents are gone."""

    def __init__(self) -> None:
        self._before = set(psutil.Process().children(recursive=True))

    def new(self) -> list[psutil.Process]:
        """What has been started since and runs."""
        return [
            child
            for child in psutil.Process().children(recursive=True)
            if child not in self._before and lives(child) and not is_exiting(child)
        ]

    def expect_none(self) -> None:
        """Fail with what is left, and end it."""
        left = self.new()
        said = [" ".join(process.cmdline()[:4]) for process in left]
        for process in left:
            process.kill()
        assert said == []


def is_exiting(process: psutil.Process) -> bool:
    """Whether it was killed and has given up its memory, and with it its command line, but is not reaped yet."""
    try:
        return not process.cmdline()
    except psutil.Error:
        return True


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Have orphans become this process's children, so that they can be told from others' processes."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
    watch = Watch()
    yield watch
    prctl(PR_SET_CHILD_SUBREAPER, 0)
    for process in set(psutil.Process().children()) - watch._before:
        os.waitpid(process.pid, os.WNOHANG)


STUBBORN = "trap '' TERM; sh -c \"trap '' TERM; touch $0; while :; do sleep 0.05; done\" & while :; do sleep 0.05; done"


def test_a_process_that_does_not_end_is_killed_with_what_it_started(watch: Watch, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with (
        pytest.raises(ZeroDivisionError),
        started(["sh", "-c", STUBBORN, str(ready)], within=0.1, start_new_session=True) as process,
    ):
        until(ready.exists)
        assert len(watch.new()) > 1
        1 / 0  # noqa: B018
    assert process.returncode == -signal.SIGKILL
    watch.expect_none()


def test_a_process_that_ended_by_itself_is_left_alone(watch: Watch) -> None:
    with started(FAILS) as process:
        process.wait()
    assert process.returncode == 3


def test_an_end_in_order_is_waited_for(watch: Watch, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'sleep 0.2; exit 5' INT; touch {ready}; while :; do sleep 0.05; done"
    with started(["sh", "-c", script], stop_with=signal.SIGINT) as process:
        until(ready.exists)
    assert process.returncode == 5
    watch.expect_none()


@pytest.mark.skipif(bool(kannel.missing()), reason=kannel.missing())
def test_a_kannel_whose_second_box_fails(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kannel, "SMSBOX", "/bin/false")
    running = Kannel("http://127.0.0.1:1/", "t" * 16, {"smsc": "fake", "host": "127.0.0.1"})
    with pytest.raises(RuntimeError, match="nothing listens"), running:
        pass
    watch.expect_none()
    assert not running._path.exists()


@pytest.mark.skipif(not shutil.which("redis-server"), reason="Jasmin needs redis-server")
def test_a_jasmin_whose_broker_fails(watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jasmin, "RABBIT", Path("/bin/false"))
    monkeypatch.setattr(jasmin, "EPMD", "/bin/false")
    with pytest.raises(RuntimeError, match="nothing listens"), Jasmin(tmp_path, "http://x", "t", 1):
        pass
    watch.expect_none()


def test_a_jasmin_that_closes_its_prompt_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            jcli, _ = listener.accept()
            with jcli:
                jcli.recv(100)
                jcli.sendall(b"Too many")

        thread = threading.Thread(target=answer)
        thread.start()
        ours = Jasmin(Path("/nowhere"), "http://x", "t", 1)
        with ours._folder, pytest.raises(RuntimeError, match="closed after 'Too many'"):
            ours._say(listener.getsockname()[1], ["persist"])
        thread.join()


def test_an_instance_that_does_not_start(watch: Watch) -> None:
    instance = Instance()
    with (
        socket.create_server(("127.0.0.1", instance.port)),
        pytest.raises(RuntimeError, match=f"port {instance.port}"),
        instance,
    ):
        pass
    assert not instance.var.exists()
    watch.expect_none()


def test_an_instance_that_takes_too_long(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "STARTED_WITHIN", 0.1)
    with pytest.raises(RuntimeError, match="did not start"), Instance():
        pass
    watch.expect_none()


def test_an_instance_that_hangs_and_is_interrupted(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig, "STOPPED_WITHIN", 0.1)
    instance = Instance()

    def interrupt() -> None:
        until((instance.var / "processes.json").exists, 300)
        assert instance.process
        instance.process.send_signal(signal.SIGSTOP)
        main = threading.main_thread().ident  # another thread's read would not be interrupted
        assert main
        signal.pthread_kill(main, signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    # what does not hear Ctrl-C is an error of its own, after that of the start
    with pytest.raises(subprocess.TimeoutExpired) as raised, instance:
        pass
    interrupting.join()
    assert isinstance(raised.value.__context__, KeyboardInterrupt)
    watch.expect_none()


def test_servers_of_which_the_second_fails(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failing = program.Program("valkey", FAILS, lambda: valkey.check_answers(tmp_path / "nothing"))
    monkeypatch.setattr(valkey, "program", lambda *_: failing)
    tmp_path.chmod(0o755)
    with pytest.raises(Exception, match="valkey did not start"), Servers(tmp_path):
        pass
    watch.expect_none()
    assert not (tmp_path / "processes.json").exists()
