"""`manage.py serve`: run one web process on uvicorn or daphne; all protocol settings are here."""

import asyncio
import fcntl
import gc
import re
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tempsms.lib import web_origin
from tempsms.watchdog import Watchdog

SERVERS = ("uvicorn", "daphne")
UNSENT = 128 * 1024  # bytes of a connection that the kernel holds beside what is on its way


class Command(BaseCommand):
    """Serve HTTP and WebSocket on one socket until SIGTERM."""

    help = "Serve the web app in this process (`up` runs this for you)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for the address, or the number of an open listening socket."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument(
            "--fd", type=int, help="file descriptor of a listening socket of the parent process"
        )
        parser.add_argument(
            "--wait-fd",
            type=int,
            help="file descriptor of a socket: load now, and serve once it has a byte to read",
        )
        parser.add_argument(
            "--turn", help="lock file: be ready, and serve once no other process with this file does"
        )
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        """Bind, unless a socket is given, and serve."""
        listener = _open_listener(options["fd"], options["host"], options["port"])
        _wait_until_prepared(options["wait_fd"])
        _spare_the_collector()
        turn = _take_turn(options["turn"])
        (_run_uvicorn if options["server"] == "uvicorn" else _run_daphne)(listener, turn)


def _wait_until_prepared(fd: int | None) -> None:
    """Load what takes longest, then wait until the parent process has prepared everything; exit if it exits first."""
    from inbox.codes import vocabulary

    vocabulary.prepare()
    if fd is None:
        return
    with socket.socket(fileno=fd) as parent:
        # the byte stays in the socket for the processes that are started later
        if not parent.recv(1, socket.MSG_PEEK):
            sys.exit("the process that started this one has ended")


def _spare_the_collector() -> None:
    """Load the application, and exempt what lives as long as the process from garbage collection."""
    import tempsms.asgi  # noqa: F401  (reads the static files: they must be collected)

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _take_turn(path: str | None) -> IO[str] | None:
    """Wait until the serving process has ended or is about to; our own turn lasts until the file is closed."""
    if path is None:
        return None
    turn = Path(path).open("a")  # noqa: SIM115 (held until the end)
    fcntl.flock(turn, fcntl.LOCK_EX)
    return turn


def _open_listener(fd: int | None, host: str, port: str) -> socket.socket:
    if fd is not None:
        return socket.socket(fileno=fd)
    return listen(host, port)


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


def _run_uvicorn(listener: socket.socket, turn: IO[str] | None) -> None:
    import uvicorn

    from inbox.live import sse
    from tempsms.asgi import pages
    from tempsms.lib.uvicorn_protocols import MESSAGE_BYTES, BoundedHttp, QuietWebSocket

    class Server(uvicorn.Server):
        """Lets the next process accept before shutting down, and ends event streams, for which it would wait."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self._watchdog = Watchdog(asyncio.get_running_loop(), lambda: pages.stuck)
            self._watchdog.start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self._watchdog.stop()
            if turn is not None:
                turn.close()
            await sse.close()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        "tempsms.asgi:application",
        loop="uvloop",
        http=BoundedHttp,
        ws=QuietWebSocket,
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # doubles CPU and memory per socket for frames of 200 bytes
        access_log=False,
        log_config=None,
        proxy_headers=False,  # tempsms.lib.visitor counts trusted proxies itself
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    Server(config).run(sockets=[listener])


def _run_daphne(listener: socket.socket, turn: IO[str] | None) -> None:
    from inbox.live import sse
    from tempsms.asgi import PARTS, application, pages
    from tempsms.lib.daphne_server import BoundedServer

    class Server(BoundedServer):
        """As above; also closes the application's parts, since daphne has no lifespan events."""

        def startup(self) -> None:
            self._watchdog = Watchdog(asyncio.get_event_loop(), lambda: pages.stuck)
            self._watchdog.start()

        async def shutdown(self) -> None:
            self._watchdog.stop()
            if turn is not None:
                turn.close()
            await sse.close()
            await super().shutdown()
            for part in PARTS:
                await part.close()

    Server(application, listener.detach()).run()
