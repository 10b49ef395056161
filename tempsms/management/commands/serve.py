"""`manage.py serve`: one web process, on uvicorn or daphne, with every protocol setting in one place."""

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

    help = "Serve the web app in this process (`up` runs it for you)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Address, or the number of an open listening socket."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")
        parser.add_argument("--fd", type=int, help="a listening socket that the parent holds")
        parser.add_argument(
            "--wait-fd", type=int, help="a socket of the parent process: load, and serve once it holds a byte"
        )
        parser.add_argument(
            "--turn", help="a file: stand ready, and serve when no other process with it does"
        )
        parser.add_argument("--server", choices=SERVERS, default="uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        """Bind, if need be, and serve."""
        listener = _listener(options["fd"], options["host"], options["port"])
        _wait_until_prepared(options["wait_fd"])
        _spare_the_collector()
        turn = _take_turn(options["turn"])
        (_uvicorn if options["server"] == "uvicorn" else _daphne)(listener, turn)


def _wait_until_prepared(fd: int | None) -> None:
    """Load what takes longest, then wait until the parent process has prepared everything; exit if it ends first."""
    from inbox import codes_reading

    codes_reading.prepare()
    if fd is None:
        return
    with socket.socket(fileno=fd) as parent:
        # the byte stays in the socket for the processes that are started later
        if not parent.recv(1, socket.MSG_PEEK):
            sys.exit("the process that started this one has ended")


def _spare_the_collector() -> None:
    """Load the application, and have the garbage collector leave alone what will live as long as the process."""
    import tempsms.asgi  # noqa: F401  (reads the static files: they must be collected)

    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _take_turn(path: str | None) -> IO[str] | None:
    """Wait until the process that serves has ended or is about to; ours ends when the file is closed, or with us."""
    if path is None:
        return None
    turn = Path(path).open("a")  # noqa: SIM115 (held until the end)
    fcntl.flock(turn, fcntl.LOCK_EX)
    return turn


def _listener(fd: int | None, host: str, port: str) -> socket.socket:
    if fd is not None:
        return socket.socket(fileno=fd)
    return listen(host, port)


def listen(host: str, port: str) -> socket.socket:
    """A listening TCP socket; raises `CommandError` where there cannot or must not be one."""
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
    if not 0 < number < 65536:
        raise CommandError(f"{port!r} is not a port: choose one from 1 to 65535, as in `make run PORT=9000`")
    try:
        family, *_, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        if settings.DEBUG and not web_origin.is_loopback(f"http://{web_origin.in_url(str(address[0]))}"):
            raise CommandError(f"DEBUG shows strangers our settings: unset it to listen on {host}")
        listener = socket.create_server(address, family=family, backlog=2048)
    except OSError as error:
        raise CommandError(
            f"port {number} on {host} cannot be used: {error.strerror}. Another program may have it; choose"
            f" one with PORT, as in `make run PORT={number + 1 if 1024 <= number < 65535 else 9000}`"
        ) from error
    # accepted connections inherit it: for one who does not read, the kernel would take megabytes before it says so
    if lowat := getattr(socket, "TCP_NOTSENT_LOWAT", None):
        listener.setsockopt(socket.IPPROTO_TCP, lowat, UNSENT)
    return listener


def _uvicorn(listener: socket.socket, turn: IO[str] | None) -> None:
    import uvicorn

    from inbox.live import events
    from tempsms.asgi import pages
    from tempsms.lib.uvicorn_protocols import MESSAGE_BYTES, BoundedHttp, QuietWebSocket

    class Server(uvicorn.Server):
        """Lets the next process accept first, and ends event streams: it would wait for them as for any answer."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self._watchdog = Watchdog(asyncio.get_running_loop(), lambda: pages.stuck)
            self._watchdog.start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self._watchdog.stop()
            if turn is not None:
                turn.close()
            await events.close()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        "tempsms.asgi:application",
        loop="uvloop",
        http=BoundedHttp,
        ws=QuietWebSocket,
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # doubles CPU and memory a socket for frames of 200 bytes
        access_log=False,
        log_config=None,
        proxy_headers=False,  # tempsms.lib.visitor counts trusted proxies itself
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    Server(config).run(sockets=[listener])


def _daphne(listener: socket.socket, turn: IO[str] | None) -> None:
    from inbox.live import events
    from tempsms.asgi import PARTS, application, pages
    from tempsms.lib.daphne_server import BoundedServer

    class Server(BoundedServer):
        """As above; daphne knows no lifespan, in which the application would close its parts."""

        def startup(self) -> None:
            self._watchdog = Watchdog(asyncio.get_event_loop(), lambda: pages.stuck)
            self._watchdog.start()

        async def shutdown(self) -> None:
            self._watchdog.stop()
            if turn is not None:
                turn.close()
            await events.close()
            await super().shutdown()
            for part in PARTS:
                await part.close()

    Server(application, listener.detach()).run()
