"""daphne as `serve` runs it, in a process of its own (Twisted's reactor runs once), under small applications for tests.

Run as a module it serves: the application's name, the listening socket's number, and the bounds to change as JSON.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tempsms import ROOT
from tempsms.lib.asgi import App, Receive, Scope, Send, read_body, respond, wait_until_gone

MUCH, LONG = 900_000, 4.0


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body."""
    body = await read_body(receive, {}, 10_000_000)
    await respond(send, 200, str(len(body)).encode())


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after a while."""
    await asyncio.sleep(0.6)
    await respond(send, 200, b"done")


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


APPS: dict[str, App] = {"echo": echo, "slow": slow, "large": large, "quiet": quiet}


@contextmanager
def daphne_serving(app: str, **bounds: float) -> Iterator[int]:
    """Its port, on which connections wait until it has started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        argv = [sys.executable, "-m", "tests.daphne_side", app, str(listener.fileno()), json.dumps(bounds)]
        process = subprocess.Popen(argv, cwd=ROOT, pass_fds=[listener.fileno()])
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.wait()


def main(app: str, listener: str, bounds: str) -> None:
    """Serve until killed."""
    from tempsms.lib import asgi, daphne_http

    for name, seconds in json.loads(bounds).items():
        setattr(asgi if name == "BODY_WITHIN" else daphne_http, name, seconds)
    daphne_http.BoundedServer(APPS[app], int(listener)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
