"""A whole running tempsms for tests: `manage.py up` on a throw-away VAR, with real processes all the way."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil
import psycopg

from tempsms import ROOT
from tempsms.embedded import services
from tests import prepared_var
from tests.processes import ending, tree
from tests.waiting import until

STARTED_WITHIN, STOPPED_WITHIN = 300.0, 90.0
MANAGE = [sys.executable, str(ROOT / "manage.py")]
_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "PORT",
    "DEBUG",
)
_ADOPT = """
from numbers import accounts
from numbers.models import Account
for e164 in {1!r}:
    accounts.adopt(Account.objects.get(pk={0}), e164, public={2})
"""
_ADD_ACCOUNT = """
import io, json
from django.core.management import call_command
from numbers import accounts
from numbers.models import Account
printed = io.StringIO()
call_command("account", "add", *{0!r}, stdout=printed)
account = json.loads(printed.getvalue())
for e164 in {1!r}:
    accounts.adopt(Account.objects.get(pk=account["id"]), e164, public={2})
print(json.dumps(account))
"""


def free_port() -> int:
    """A port below the ephemeral range, so that no outgoing connection takes it meanwhile."""
    for port in range(10_000 + os.getpid() * 7 % 20_000, 32_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


class Instance:
    """A running instance; leave the `with` block and all of it is gone."""

    def __init__(self, *options: str, server: str = "uvicorn", var: Path | None = None, **env: str) -> None:
        self._folder = (
            None if var else tempfile.TemporaryDirectory(prefix="tempsms-", ignore_cleanup_errors=True)
        )
        self.var = var or Path(self._folder.name)  # type: ignore[union-attr]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if name not in _OURS}
        self.env = {
            **clean,
            "VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "tempsms.settings",
            **env,
        }
        self._argv = [*MANAGE, "up", "--port", str(self.port), "--server", server, *options]
        self.process: subprocess.Popen[str] | None = None
        self.printed = ""

    def start(self) -> "Instance":
        """Start everything and wait for the last line of the welcome."""
        if self._folder and not any(self.var.iterdir()):
            prepared_var.copy(self.var, self.env)
        self.process = subprocess.Popen(
            self._argv, env=self.env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            self._read_welcome(self.process)
        except BaseException:
            self.stop()
            raise
        return self

    def _read_welcome(self, process: "subprocess.Popen[str]") -> None:
        """Read what it prints up to the last line of the welcome; raises when that does not come."""
        assert process.stdout
        late = threading.Timer(STARTED_WITHIN, process.send_signal, [signal.SIGINT])
        late.start()
        try:
            for line in process.stdout:
                self.printed += line
                if line.startswith("Ctrl-C"):
                    return
        finally:
            late.cancel()
        raise RuntimeError(f"did not start:\n{self.printed}")

    def stop(self) -> None:
        """Ctrl-C, and wait for the end; what does not end is killed, and an error."""
        if self.process is not None:
            process, self.process = self.process, None
            with process, ending(process):
                process.send_signal(signal.SIGINT)
                self.printed += process.communicate(timeout=STOPPED_WITHIN)[0] or ""

    def kill(self) -> None:
        """Kill the supervisor as nothing can be caught, and nothing else."""
        assert self.process and self.process.stdout
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()
        self.process = None

    def __enter__(self) -> "Instance":
        try:
            return self.start()
        except BaseException:
            self._remove_folder()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder:
            self._folder.cleanup()

    def manage(self, *argv: str) -> str:
        """Run a manage.py command beside it; its output. Fails as the command fails."""
        done = subprocess.run([*MANAGE, *argv], env=self.env, cwd=ROOT, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr or done.stdout)
        return done.stdout

    def account(
        self, carrier: str, label: str, *numbers: str, public: bool = True, **secrets: str
    ) -> dict[str, Any]:
        """Add an account and adopt numbers at it, in one process: each takes seconds to start.

        Returns what the command printed.
        """
        argv = [carrier, "--label", label]
        argv += [item for name, value in secrets.items() for item in ("--set", f"{name}={value}")]
        code = _ADD_ACCOUNT.format(argv, numbers, public)
        found: dict[str, Any] = json.loads(self.manage("shell", "-v0", "-c", code))
        return found

    def adopt(self, account_id: int, *numbers: str, public: bool = True) -> None:
        """Adopt numbers at an account, in one process."""
        self.manage("shell", "-v0", "-c", _ADOPT.format(account_id, numbers, public))

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask its database."""
        with psycopg.connect(services.database_url(self.var), autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def wait_for(self, path: str, status: int = 200, seconds: float = 20) -> httpx.Response:
        """Ask a page until it answers with this status; what serves it may be starting again meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            late = time.monotonic() > deadline
            try:
                answer = httpx.get(self.url + path, timeout=10)
                assert not late or answer.status_code == status, answer.text[:500]
                if answer.status_code == status:
                    return answer
            except httpx.TransportError:
                if late:
                    raise
            time.sleep(0.1)

    def pid(self, name: str) -> int:
        """The process of one of its programs: web, spare, worker, beat, postgres, valkey, simulate."""
        deadline = time.monotonic() + 20
        while True:
            book: dict[str, list[float]] = json.loads((self.var / "processes.json").read_text())
            if name in book:
                return int(book[name][0])
            assert time.monotonic() < deadline, f"{name} is not started again"
            time.sleep(0.05)

    def serving(self) -> int:
        """The web process that serves: of "web" and "spare" the one that holds the turn."""
        inode = (self.var / "turn").stat().st_ino
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for line in Path("/proc/locks").read_text().splitlines():
                kind, pid, file = itemgetter(1, 4, 5)(line.split())
                if kind == "FLOCK" and file.endswith(f":{inode}"):
                    return int(pid)
            time.sleep(0.05)
        raise RuntimeError("no web process serves")

    def processes(self) -> list[psutil.Process]:
        """Everything that runs for it now."""
        pids = [int(pid) for pid, *_ in json.loads((self.var / "processes.json").read_text()).values()]
        return [member for pid in pids for member in tree(pid)]

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """One of its programs, and all that it has started, as if their machine hung."""
        head, members = psutil.Process(self.pid(name)), []
        head.suspend()
        try:
            # from then on it starts nothing new, though members may still end
            until(lambda: head.status() == psutil.STATUS_STOPPED)
            members = head.children(recursive=True)
            for process in members:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            yield
        finally:
            for process in (*members, head):
                with suppress(psutil.NoSuchProcess):
                    process.resume()
