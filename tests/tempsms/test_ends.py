"""The ends of connections on uvicorn: those who do not read lose theirs, and a server that ends resets none."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import pytest
import uvicorn

from tempsms.lib.asgi import Receive, Scope, Send, read_body, respond
from tempsms.lib.servers import uvicorn_protocols
from tempsms.lib.servers.uvicorn_protocols import BoundedHttp, QuietWebSocket, Unread

ENDS_WITHIN = 20.0
LITTLE = 50_000
"""More than a small kernel buffer takes, and less than makes a transport say that it is full."""
asked, go_on = threading.Event(), threading.Event()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/large` sends what no buffer takes, `/little` fills a small one, `/slow` takes time, `/held` until `go_on`."""
    asked.set()
    if scope["type"] == "websocket":
        await serve_socket(scope["path"], receive, send)
        return
    await read_body(receive, {}, 1000)
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    if scope["path"] == "/held":
        await asyncio.to_thread(go_on.wait, ENDS_WITHIN)
    length = {"/large": 20_000_000, "/little": LITTLE}.get(scope["path"], 2)
    await respond(send, 200, b"x" * length, "text/plain")


async def serve_socket(path: str, receive: Receive, send: Send) -> None:
    """Send large frames for good, or one that fills a small buffer; then wait, or close."""
    await send({"type": "websocket.accept"})
    while path == "/large":
        await send({"type": "websocket.send", "text": "x" * 100_000})
    await send({"type": "websocket.send", "text": "x" * LITTLE})
    while path == "/waiting" and (await receive())["type"] != "websocket.disconnect":
        pass
    await send({"type": "websocket.close"})


@contextmanager
def serving(unsent: int = 0) -> Iterator[tuple[uvicorn.Server, int]]:
    """A server in a thread, and its port; the kernel holds `unsent` bytes for a client, if that is given."""
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        ws=QuietWebSocket,
        ws_ping_interval=0.5,
        ws_ping_timeout=0.5,
        timeout_keep_alive=75,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if unsent:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent)
        kept = listener.dup()  # as the supervisor keeps it
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + ENDS_WITHIN
            while not server.started:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            yield server, kept.getsockname()[1]
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join(ENDS_WITHIN)
            kept.close()
        assert not thread.is_alive()


def ask(port: int, path: str, more: str = "") -> socket.socket:
    """A connection with a request on it, of which nothing is read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(ENDS_WITHIN)
    raw.connect(("127.0.0.1", port))
    raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
    return raw


CLOSE = "Connection: close\r\n"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


HALF = "\r\nGET / HTTP/1.1\r\nX: "


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/large", ""),
        ("/little", CLOSE),
        ("/little", HALF),
        ("/large", UPGRADE),
        ("/little", UPGRADE),
        ("/waiting", UPGRADE),
    ],
    ids=["page", "last page", "page and half a head", "socket", "closed socket", "quiet socket"],
)
def test_a_reader_who_never_reads_loses_the_connection(
    monkeypatch: pytest.MonkeyPatch, path: str, more: str
) -> None:
    monkeypatch.setattr(uvicorn_protocols, "READ_WITHIN", 0.5)
    monkeypatch.setattr(uvicorn_protocols, "HEAD_WITHIN", 1.5)
    asked.clear()
    with serving(unsent=4096) as (server, port), ask(port, path, more):
        assert asked.wait(ENDS_WITHIN)
        deadline = time.monotonic() + ENDS_WITHIN
        while server.server_state.connections or server.server_state.tasks:
            assert time.monotonic() < deadline, "the connection is held for one who does not read"
            time.sleep(0.01)


def test_a_reader_who_reads_slowly_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_protocols, "READ_WITHIN", 5.0)
    with serving() as (_, port), ask(port, "/large", "Connection: close\r\n") as raw:
        received = 0
        while data := raw.recv(1 << 20):
            received += len(data)
        assert received > 20_000_000


class Sink:
    """What a protocol does with what it is told, as far as `Unread` cares."""

    def pause_writing(self) -> None:
        """Nothing."""

    def resume_writing(self) -> None:
        """Nothing."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing."""


class Reader(Unread, Sink):
    """A connection whose client reads or does not."""

    def __init__(self) -> None:
        self.loop = Mock()
        self.loop.call_later.side_effect = lambda *_: Mock()
        self.transport = Mock()
        self.transport.is_closing.return_value = False


@pytest.mark.parametrize("end", ["resume_writing", "connection_lost"])
def test_who_reads_again_or_goes_has_no_deadline_any_more(end: str) -> None:
    reader: Any = Reader()
    for _ in range(2):
        reader.pause_writing()
        deadline = reader._unread
        reader.loop.call_later.assert_called_with(uvicorn_protocols.READ_WITHIN, reader.transport.abort)
        deadline.cancel.assert_not_called()
        reader.resume_writing() if end == "resume_writing" else reader.connection_lost(None)
        deadline.cancel.assert_called_once_with()
        assert reader._unread is None


def test_a_connection_that_is_closed_keeps_its_deadline() -> None:
    reader: Any = Reader()
    reader.pause_writing()
    reader.transport.is_closing.return_value = True
    reader.resume_writing()
    reader._unread.cancel.assert_not_called()


def keep_asking(port: int, begun: threading.Event) -> int:
    """One request after the other on a connection, until an answer is said to be its last; how many were answered."""
    answered, closing = 0, False
    with socket.create_connection(("127.0.0.1", port), timeout=ENDS_WITHIN) as raw:
        while not closing:
            raw.sendall(
                b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
                if answered % 5 == 4
                else b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            answer = b""
            while not answer.endswith(b"xx"):
                data = raw.recv(4096)
                assert data, "the connection was closed under a request"
                answer += data
            answered += 1
            begun.set()
            closing = b"connection: close" in answer.lower()
    return answered


@contextmanager
def asking(port: int, count: int) -> Iterator[list[Future[int]]]:
    """That many clients who keep asking, once each has had an answer."""
    begun = [threading.Event() for _ in range(count)]
    with ThreadPoolExecutor(count) as clients:
        asked = [clients.submit(keep_asking, port, one) for one in begun]
        assert all(one.wait(ENDS_WITHIN) for one in begun)
        yield asked


def test_a_server_that_ends_answers_what_is_asked_and_resets_nothing() -> None:
    with serving() as (server, port), asking(port, 16) as clients:
        server.handle_exit(signal.SIGTERM, None)
        for client in clients:
            client.result(ENDS_WITHIN)


def test_a_request_that_was_on_its_way_when_the_server_ends_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uvicorn_protocols, "QUIET_FOR", 5.0)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving() as (server, port), socket.create_connection(("127.0.0.1", port), ENDS_WITHIN) as raw:
        raw.sendall(request)
        assert b"connection: close" not in raw.recv(4096).lower()
        server.handle_exit(signal.SIGTERM, None)
        deadline = time.monotonic() + ENDS_WITHIN
        while not all(getattr(one, "_leaving", False) for one in list(server.server_state.connections)):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        raw.sendall(request)
        assert b"connection: close" in raw.recv(4096).lower()
        assert raw.recv(4096) == b""


def test_an_answer_that_is_made_while_the_server_ends_is_the_connections_last() -> None:
    asked.clear()
    go_on.clear()
    with serving() as (server, port), ask(port, "/held") as raw:
        try:
            assert asked.wait(ENDS_WITHIN)
            server.handle_exit(signal.SIGTERM, None)
            deadline = time.monotonic() + ENDS_WITHIN
            while not all(getattr(one, "_leaving", False) for one in list(server.server_state.connections)):
                assert time.monotonic() < deadline
                time.sleep(0.005)
        finally:
            go_on.set()
        assert b"connection: close" in raw.recv(4096).lower()
        assert raw.recv(4096) == b""
