"""The ceiling: an ASGI application that reads the body and says 200. `python -m tests.bench.noop FD` serves it."""

import socket
import sys

import uvicorn

from tempsms.lib.asgi import Receive, Scope, Send, read_body, respond


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Read and answer."""
    await read_body(receive, {}, 1_000_000)
    await respond(send, 200, b"<Response/>", "text/xml")


if __name__ == "__main__":
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
