"""A real Jasmin for recordings: with RabbitMQ and Redis of its own, set up by jcli as our own text says.

It needs a virtual environment of its own (`pip install jasmin`), as its requirements are older than ours.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from numbers import carriers
from tests.carriers.kannel import LOGIN, PASSWORD
from tests.processes import started
from tests.rig import free_port
from tests.waiting import wait_for_port

RABBIT, EPMD = Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), shutil.which("epmd")


def shown_commands() -> list[str]:
    """The lines for jcli that the set-up text shows."""
    return re.findall(r"^ {11}(\S.*)$", type(carriers.get("jasmin")).__doc__ or "", re.MULTILINE)


class Jasmin:
    """Runs while the `with` block lasts, from the environment in `venv`."""

    def __init__(
        self, venv: Path, webhook_url: str, token: str, smsc_port: int, method: str = "POST"
    ) -> None:
        self._venv, self._smsc_port = venv, smsc_port
        self._folder = tempfile.TemporaryDirectory(prefix="jasmin-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name)
        self._running = ExitStack()
        self._port = free_port()
        words = {"ADDRESS": webhook_url, "TOKEN": token, "method POST": f"method {method}"}
        pattern = re.compile("|".join(words))
        self._commands = [pattern.sub(lambda word: words[word[0]], line) for line in shown_commands()]

    @property
    def base_url(self) -> str:
        """The address of its HTTP API."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "Jasmin":
        with self._running:
            self._running.callback(self._folder.cleanup)
            self._run()
            self._running = self._running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._running.close()

    def _run(self) -> None:
        http, jcli, amqp, redis, epmd, *rest = range(self._port, self._port + 10)
        self._start([str(shutil.which("redis-server")), "--port", str(redis), "--save", ""], redis)
        rabbit = {
            "RABBITMQ_NODENAME": f"tempsms{amqp}@localhost",
            "RABBITMQ_NODE_PORT": str(amqp),
            "RABBITMQ_DIST_PORT": str(rest[4]),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self._path / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._path),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._path / "plugins"),
            "HOME": str(self._path),
            "ERL_EPMD_PORT": str(epmd),
        }
        # Erlang would start one as a daemon, which nobody ends
        self._start([str(EPMD), "-port", str(epmd), "-address", "127.0.0.1"], epmd)
        self._start([str(RABBIT)], amqp, **rabbit)
        self._write_settings(http, jcli, amqp, redis, rest)
        # before 0.11.1 all of it runs without being asked to
        known = (self._venv / "bin/jasmind.py").read_text()
        wanted = ("enable-deliver-thrower", "enable-dlr-thrower", "enable-dlr-lookup")
        flags = [f"--{flag}" for flag in wanted if flag in known]
        python = str(self._venv / "bin/python")
        command = [python, str(self._venv / "bin/jasmind.py"), "-c", str(self._path / "jasmin.cfg"), *flags]
        paths = {"ROOT_PATH": str(self._path), "LOG_PATH": str(self._path), "STORE_PATH": str(self._path)}
        self._start(command, jcli, **paths)
        self._say(jcli, self._commands)
        self._say(jcli, self._sending())

    def _sending(self) -> list[str]:
        """An SMPP connector, a user, and a route from one to the other."""
        connector = ["smppccm -a", "cid centre", "host 127.0.0.1", f"port {self._smsc_port}"]
        connector += ["username u", "password p", "bind transceiver", "ok", "smppccm -1 centre"]
        user = ["group -a", "gid g", "ok", "user -a", f"uid {LOGIN}", "gid g", f"username {LOGIN}"]
        user += [f"password {PASSWORD[:8]}", "ok"]
        route = ["mtrouter -a", "type DefaultRoute", "connector smppc(centre)", "rate 0", "ok"]
        return [*connector, *user, *route]

    def _write_settings(self, http: int, jcli: int, amqp: int, redis: int, rest: list[int]) -> None:
        spec = next(self._venv.glob("lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml"))
        ports = {
            "http-api": http,
            "jcli": jcli,
            "amqp-broker": amqp,
            "redis-client": redis,
            "router": rest[0],
            "client-management": rest[1],
            "smpp-server": rest[2],
            "smpp-server-pb": rest[3],
        }
        text = "".join(f"[{name}]\nport = {port}\nbind = 127.0.0.1\n" for name, port in ports.items())
        text = text.replace("[jcli]\n", "[jcli]\nauthentication = False\n")
        (self._path / "jasmin.cfg").write_text(
            text.replace("[amqp-broker]\n", f"[amqp-broker]\nspec = {spec}\n")
        )

    def _say(self, port: int, commands: list[str]) -> None:
        """Each command at jcli's prompt; raises what it refuses, and where it leaves us."""
        with socket.create_connection(("127.0.0.1", port), timeout=20) as jcli:
            heard = b""
            for command in ["", *commands]:
                jcli.sendall(f"{command}\r\n".encode())
                heard = b""
                while not re.search(rb"(jcli : |> )$", heard):
                    more = jcli.recv(4096)
                    if not more:
                        raise RuntimeError(f"{command}: jcli closed after {heard.decode(errors='replace')!r}")
                    heard += more
                if re.search(rb"[Ee]rror|[Uu]nknown|[Ii]nvalid|[Ff]ailed", heard):
                    raise RuntimeError(f"{command}: {heard.decode(errors='replace')}")

    def _start(self, command: list[str], port: int, **more: str) -> None:
        with (self._path / f"{Path(command[0]).name}-{port}.log").open("wb") as log:
            program = started(
                command,
                cwd=self._path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **more},
            )
            process = self._running.enter_context(program)
        wait_for_port(port, process, self.log)

    def log(self) -> str:
        """What all of them said."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self._path.glob("*.log"))
