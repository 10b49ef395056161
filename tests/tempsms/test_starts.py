"""A start does side by side, or leaves out, what nobody needs to wait for; nobody is served before all is prepared."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from tempsms import ROOT, static_files
from tests.deployment import MANAGE
from tests.processes import started

WITHIN = 60.0


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    """A folder of one source, to be collected elsewhere."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.css").write_text("a {}")
    settings.VAR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "tempsms.storage.StaticFiles"}}
    static_files.collect()
    return folder


def collected(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a second start collects."""
    command = Mock()
    with monkeypatch.context() as patch:
        patch.setattr(static_files, "call_command", command)
        static_files.collect()
    return bool(command.called)


def test_static_files_are_collected_once(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [path.name for path in (sources.parent / "static").glob("a.????????????.css")]
    assert not collected(monkeypatch)


@pytest.mark.parametrize("what", ["changed", "new", "gone", "result gone", "result cut", "never finished"])
def test_static_files_are_collected_anew_when_anything_is_another(
    sources: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    result = next((sources.parent / "static").glob("a.????????????.css"))
    match what:
        case "changed":
            (sources / "a.css").write_text("b {}")
        case "new":
            (sources / "b.css").write_text("a {}")
        case "gone":
            (sources / "a.css").unlink()
        case "result gone":
            result.unlink()
        case "result cut":
            result.write_text("")
        case "never finished":
            (sources / "a.css").write_text("b {}")
            with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
                patch.setattr(static_files, "call_command", Mock(side_effect=OSError("full")))
                static_files.collect()
            (sources / "a.css").write_text("a {}")
    assert collected(monkeypatch)


@contextmanager
def web(var: Path, listener: socket.socket, told: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A web process that waits to be told."""
    fds = listener.fileno(), told.fileno()
    argv = [*MANAGE, "serve", "--fd", str(fds[0]), "--wait-fd", str(fds[1]), "--turn", str(var / "turn")]
    env = {**os.environ, "VAR": str(var), "DEBUG": "1"}
    options: dict[str, Any] = {"pass_fds": fds, "cwd": ROOT, "env": env, "stderr": subprocess.PIPE}
    with started(argv, stop_with=signal.SIGKILL, **options) as process:
        yield process


def answer(listener: socket.socket) -> bytes:
    """What a request gets, whenever that is."""
    with socket.create_connection(listener.getsockname(), timeout=WITHIN) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return raw.recv(12)


def test_web_processes_serve_once_all_is_prepared(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener:
        with web(tmp_path, listener, theirs):
            ours.sendall(b"!")
            assert answer(listener) == b"HTTP/1.1 200"
        with web(tmp_path, listener, theirs):  # after the first one, nobody tells again
            assert answer(listener) == b"HTTP/1.1 200"


def test_a_web_process_serves_nobody_when_its_parent_dies_before(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with (
        theirs,
        socket.create_server(("127.0.0.1", 0)) as listener,
        web(tmp_path, listener, theirs) as process,
    ):
        ours.close()
        assert process.wait(WITHIN) == 1
        assert b"has ended" in (process.stderr.read() if process.stderr else b"")
    assert not (tmp_path / "turn").exists()
