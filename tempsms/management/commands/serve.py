"""`manage.py serve`: one web process, or several that share a listening socket."""

import os
import re
import signal
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from threading import Thread
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tempsms.embedded.child import Child
from tempsms.embedded.ready_pipe import ReadyPipe
from tempsms.embedded.supervisor import AlreadyRunning, DidNotStart, Supervisor
from tempsms.lib import metric_files, web_origin
from tempsms.web_process import (
    SERVERS,
    WebProcess,
    load_application,
    load_vocabulary,
    load_vocabulary_beside,
)

UNSENT = 128 * 1024  # bytes of a connection that the kernel holds beside what is on its way
MOST_WEB_PROCESSES = 64


class Command(BaseCommand):
    """Serve HTTP and WebSocket on one socket until SIGTERM."""

    help = "Serve the web app (`up` runs this for you)."
    requires_system_checks: list[str] = []  # each process does those of tempsms.startup

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for the address, or the number of an open listening socket."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument(
            "--workers",
            type=web_processes,
            default=1,
            help="how many web processes share the address; SIGUSR1 replaces them one by one",
        )
        parser.add_argument(
            "--fd", type=int, help="file descriptor of a listening socket of the parent process"
        )
        parser.add_argument(
            "--ready-fd", type=int, help="file descriptor of a pipe: write a byte once this process is ready"
        )
        parser.add_argument(
            "--turn",
            type=Path,
            help="lock file: be ready, and serve once no other process with this file does",
        )
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        """Bind, unless a socket is given, and serve."""
        fd = options["fd"]
        listener = listen(options["host"], options["port"]) if fd is None else socket.socket(fileno=fd)
        if options["workers"] > 1:
            self._serve_together(listener, options["workers"], options["server"])
            return
        django.setup()
        load_vocabulary()
        WebProcess(listener, options["server"], options["ready_fd"], options["turn"]).serve()

    def _serve_together(self, listener: socket.socket, count: int, server: str) -> None:
        folder = settings.VAR / "serve" / re.sub(r"[^0-9A-Za-z.]+", "-", str(listener.getsockname()))
        try:
            supervisor = Supervisor(folder, keeps_logs=False)
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        share_limits(count)
        metric_files.share(folder / "metrics")
        try:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, supervisor.leave)
            signal.signal(signal.SIGUSR1, supervisor.replace)
            django.setup()
            load_vocabulary()
            load_application()
            supervisor.start(*web_children(listener, server, count))
            supervisor.watch()
        except DidNotStart as error:
            raise CommandError(str(error)) from None
        except SystemExit as leaving:
            if leaving.code:
                raise
        finally:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_IGN)  # once is enough
            supervisor.stop()


def web_processes(text: str) -> int:
    """How many web processes a command line asks for."""
    number = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if not 1 <= number <= MOST_WEB_PROCESSES:
        raise ArgumentTypeError(f"{text!r} is not a number of web processes: 1 to {MOST_WEB_PROCESSES}")
    return number


def share_limits(count: int) -> None:
    """Have this process and all that it starts share out limits among so many web processes, or more if told so."""
    settings.WEB_PROCESSES = max(count, settings.WEB_PROCESSES)
    os.environ["WEB_PROCESSES"] = str(settings.WEB_PROCESSES)


def web_children(listener: socket.socket, server: str, count: int, turn: Path | None = None) -> list[Child]:
    """So many web processes on one listening socket, called web, web-2 and so on.

    The socket is shared: connections that wait to be accepted are lost with no process, only with the supervisor.
    """
    return [web_child("web" if n == 1 else f"web-{n}", listener, server, turn) for n in range(1, count + 1)]


def web_child(name: str, listener: socket.socket, server: str, turn: Path | None) -> Child:
    """A web process on a listening socket, forked from this one where that can be done."""
    ready = ReadyPipe()
    fds = [listener.fileno(), ready.told_through]
    argv = [sys.executable, str(Path(sys.argv[0]).resolve()), "serve", "--server", server]
    argv += ["--fd", str(listener.fileno()), "--ready-fd", str(ready.told_through)]
    if turn is not None:
        argv += ["--turn", str(turn)]

    def serve() -> None:
        # where it is not loaded yet, pages need not wait for it
        Thread(target=load_vocabulary_beside, daemon=True).start()
        own = socket.socket(fileno=os.dup(listener.fileno()))
        WebProcess(own, server, ready.told_through, turn).serve()

    return Child(name, argv, ready.check, pass_fds=tuple(fds), run=serve, overlapping=True)


def listen(host: str, port: str) -> socket.socket:
    """A listening TCP socket; raises `CommandError` if it cannot or must not be opened."""
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
    if not 0 < number < 65536:
        raise CommandError(f"{port!r} is not a port: choose one from 1 to 65535, as in `make run PORT=9000`")
    try:
        family, *_, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        if settings.DEBUG and not web_origin.is_loopback(f"http://{web_origin.in_url(str(address[0]))}"):
            raise CommandError(f"DEBUG shows the settings to everybody: unset it to listen on {host}")
        listener = socket.create_server(address, family=family, backlog=2048)
    except OSError as error:
        raise CommandError(
            f"port {number} on {host} cannot be used: {error.strerror}. Another program may be using it; choose"
            f" another port with PORT, as in `make run PORT={number + 1 if 1024 <= number < 65535 else 9000}`"
        ) from error
    # accepted connections inherit it: otherwise the kernel would buffer megabytes for a client that does not read
    if lowat := getattr(socket, "TCP_NOTSENT_LOWAT", None):
        listener.setsockopt(socket.IPPROTO_TCP, lowat, UNSENT)
    return listener
