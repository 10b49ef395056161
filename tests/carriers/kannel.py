"""A real Kannel for tests: bearerbox and smsbox, set up as our own text says."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from numbers import carriers
from tests.processes import started
from tests.rig import free_port
from tests.waiting import wait_for_port

BEARERBOX, SMSBOX = (
    shutil.which("bearerbox", path="/usr/sbin:/usr/bin"),
    shutil.which("smsbox", path="/usr/sbin:/usr/bin"),
)
LOGIN, PASSWORD = "tempsms", "sesame-1234"


def missing() -> str:
    """Why Kannel cannot run here, or nothing."""
    return "" if BEARERBOX and SMSBOX else "Kannel is not installed (Debian: apt install kannel)"


def shown_groups() -> list[dict[str, str]]:
    """The groups of kannel.conf that the set-up text shows, in order."""
    lines = re.findall(r"^ {11}(\S.*)$", type(carriers.get("kannel")).__doc__ or "", re.MULTILINE)
    groups: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(" = ")
        if name == "group":
            groups.append({})
        groups[-1][name] = value
    return groups


class Kannel:
    """Runs while the `with` block lasts. `smsc` is its group smsc; `changes` are lines for the groups by name.

    A message centre inside Kannel listens on `smsc_port`.
    """

    def __init__(
        self,
        webhook_url: str,
        token: str,
        smsc: Mapping[str, object],
        changes: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kannel-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name)
        self._running = ExitStack()
        port = free_port()
        self.sendsms_port, boxes, admin, self.smsc_port = range(port, port + 4)
        own: dict[str, dict[str, object]] = {
            "core": {
                "admin-port": admin,
                "admin-password": "bar",
                "smsbox-port": boxes,
                "box-allow-ip": "127.0.0.1",
                "dlr-storage": "internal",
                "store-location": f'"{self._path / "store"}"',
            },
            "smsbox": {
                "bearerbox-host": "127.0.0.1",
                "sendsms-port": self.sendsms_port,
                "http-queue-delay": 1,
            },
        }
        groups: list[dict[str, object]] = []
        for group in shown_groups():
            name = group["group"]
            merged: dict[str, object] = {**group, **own.get(name, {}), **(changes or {}).get(name, {})}
            groups.append({name: value for name, value in merged.items() if value != ""})
        groups.insert(1, {"group": "smsc", "smsc-id": "centre", "port": self.smsc_port, **smsc})
        text = "\n\n".join(
            "\n".join(f"{name} = {value}" for name, value in group.items()) for group in groups
        )
        words = {"ADDRESS": webhook_url, "TOKEN": token, "LOGIN": LOGIN, "PASSWORD": PASSWORD}
        self._conf = self._path / "kannel.conf"
        self._conf.write_text(re.sub("|".join(words), lambda word: words[word[0]], text) + "\n")
        self._boxes = boxes

    @property
    def base_url(self) -> str:
        """The address of its smsbox."""
        return f"http://127.0.0.1:{self.sendsms_port}"

    def __enter__(self) -> "Kannel":
        with self._running:
            self._running.callback(self._folder.cleanup)
            self._start(str(BEARERBOX), self._boxes)
            self._start(str(SMSBOX), self.sendsms_port)
            self._running = self._running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._running.close()

    def _start(self, program: str, port: int) -> None:
        with (self._path / f"{Path(program).name}.log").open("wb") as log:
            box = started(
                [program, "-v", "1", str(self._conf)],
                within=10,
                cwd=self._path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
            process = self._running.enter_context(box)
        wait_for_port(port, process, self.log)

    def log(self) -> str:
        """What both said."""
        return "\n".join(path.read_text(errors="replace")[-5000:] for path in self._path.glob("*.log"))
