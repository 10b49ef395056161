"""Processes that the benchmarks start: ours, the stock one, the no-op, each on a listening socket of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tempsms import ROOT
from tempsms.embedded import services
from tests.carrier_side import TOKEN
from tests.processes import started
from tests.rig import MANAGE
from tests.servers import Servers


@contextmanager
def database(folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey with our schema; the environment that points at them."""
    ours = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    env = {
        **clean,
        "VAR": str(folder),
        "VISITOR_LIMITS": "off",
        "LOG_LEVEL": "WARNING",
        "STOCK_DATABASE_URL": services.database_url(folder),
        "STOCK_REDIS_URL": services.redis_url(folder),
        "DJANGO_SETTINGS_MODULE": "tempsms.settings",
    }
    with Servers(folder):
        for command in (["migrate", "-v0"], ["partitions"], ["collectstatic", "-v0", "--noinput"]):
            manage(env, *command)
        yield env


def account_with_number(env: dict[str, str], port: int, number: str = "+15005550006") -> str:
    """Add a Twilio account with a public number; its webhook address on the server at this port."""
    env = {**env, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    token = f"auth_token={TOKEN}"
    account = json.loads(
        manage(env, "account", "add", "twilio", "--label", f"bench {number}", "--set", token)
    )
    manage(env, "number", "adopt", "--account", str(account["id"]), number, "--public")
    return str(account["webhook_url"])


def manage(env: dict[str, str], *argv: str) -> str:
    """Run a manage.py command; its output."""
    return subprocess.run(
        [*MANAGE, *argv], env=env, check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout


@contextmanager
def serving(kind: str, env: dict[str, str], workers: int = 1) -> Iterator[tuple[int, psutil.Process]]:
    """A web server of this kind (ours, stock, noop): its port and process, the parent of several workers."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]
        argv = [sys.executable, "-m", f"tests.bench.{kind}", str(fd)]
        if kind == "ours":
            argv = [*MANAGE, "serve", "--fd", str(fd), "--workers", str(workers)]
        url = f"http://127.0.0.1:{port}"
        own = {**env, "PUBLIC_URL": url, "STOCK_URL": url}
        with started(argv, env=own, pass_fds=(fd,), cwd=ROOT) as process:
            _wait_until_it_answers(port)
            yield port, psutil.Process(process.pid)


def _wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 30
    with socket.create_connection(("127.0.0.1", port), timeout=30) as probe:
        probe.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while time.monotonic() < deadline and probe.recv(4096):
            return
    raise RuntimeError("the server did not answer")
