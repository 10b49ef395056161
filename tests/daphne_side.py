"""daphne as `serve` runs it, in a process of its own (Twisted's reactor runs once), under small applications for tests.

Run as a module it serves: the application's name, the listening socket's number, and the bounds to change as JSON.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from tempsms import ROOT
from tempsms.lib.asgi import App, Receive, Scope, Send, TooLarge, read_body, respond, wait_until_gone
from tests.processes import started

MUCH, LONG = 900_000, 4.0
LITTLE = 50_000
LEAVING = "leaving\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body."""
    body = await read_body(receive, {}, 10_000_000)
    await respond(send, 200, str(len(body)).encode())


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after a while."""
    await asyncio.sleep(1.4)
    await respond(send, 200, b"done")


async def mixed(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, at `/slow` after a while, at `/never` not at all; keep WebSockets open."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    try:
        await read_body(receive, {}, 1000)
    except TooLarge:
        await respond(send, 413)
        return
    await asyncio.sleep({"/slow": 0.5, "/never": 1000.0}.get(scope["path"], 0.0))
    await respond(send, 200, b"xx", "text/plain")


async def little(scope: Scope, receive: Receive, send: Send) -> None:
    """Send what no kernel with a small buffer takes, and what no server finds too much."""
    await respond(send, 200, b"x" * LITTLE, "text/plain")


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """Send what no buffer takes: a page, or frames for good."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        for _ in range(200):
            await send({"type": "websocket.send", "text": "x" * 100_000})
        await wait_until_gone(receive)
    await respond(send, 200, b"x" * 20_000_000, "text/plain")


async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
    """A stream or socket that sends a lot at once and a little long after."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "x" * MUCH})
        await asyncio.sleep(LONG)
        await send({"type": "websocket.send", "text": "late"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * MUCH, "more_body": True})
    await asyncio.sleep(LONG)
    await send({"type": "http.response.body", "body": b"late", "more_body": False})


async def torn(scope: Scope, receive: Receive, send: Send) -> None:
    """Begin an answer and leave it."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


async def pieces(scope: Scope, receive: Receive, send: Send) -> None:
    """Send 20 MB piece by piece."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(200):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


APPS: dict[str, App] = {
    "echo": echo,
    "slow": slow,
    "mixed": mixed,
    "little": little,
    "large": large,
    "quiet": quiet,
    "torn": torn,
    "pieces": pieces,
}


class Daphne(NamedTuple):
    """A process, and the port on which connections wait until it has started."""

    process: subprocess.Popen[str]
    port: int

    def leave(self) -> None:
        """Send SIGTERM, and return when its end has begun."""
        assert self.process.stdout
        self.process.terminate()
        assert self.process.stdout.readline() == LEAVING


@contextmanager
def daphne_running(app: str, unsent: int = 0, bounds: Mapping[str, float] = {}) -> Iterator[Daphne]:
    """Such a process; the kernel holds `unsent` bytes of what a client does not read, if that is given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if unsent:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent)
        argv = [sys.executable, "-m", "tests.daphne_side", app, str(listener.fileno()), json.dumps(bounds)]
        fds = [listener.fileno()]
        options: dict[str, Any] = {"cwd": ROOT, "pass_fds": fds, "stdout": subprocess.PIPE, "text": True}
        with started(argv, stop_with=signal.SIGKILL, **options) as process:
            yield Daphne(process, listener.getsockname()[1])


@contextmanager
def daphne_serving(app: str, **bounds: float) -> Iterator[int]:
    """The port of such a process."""
    with daphne_running(app, bounds=bounds) as daphne:
        yield daphne.port


def main(app: str, listener: str, bounds: str) -> None:
    """Serve until killed."""
    from tempsms.lib import asgi
    from tempsms.lib.servers import daphne_bodies, daphne_http, daphne_server

    for name, seconds in json.loads(bounds).items():
        for module in (asgi, daphne_bodies, daphne_http, daphne_server):
            if hasattr(module, name):
                setattr(module, name, seconds)

    class Server(daphne_server.BoundedServer):
        """Says when its end begins."""

        async def shutdown(self) -> None:
            sys.stdout.write(LEAVING)
            sys.stdout.flush()
            await super().shutdown()

    Server(APPS[app], int(listener)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
