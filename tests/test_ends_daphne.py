"""Connections on daphne: heads and bodies that drip and clients who do not read lose theirs, quiet ones keep them."""

import select
import socket

import httpx
import pytest
from websockets.sync.client import connect

from tests.daphne_side import MUCH, daphne_serving
from tests.test_ends import ENDS_WITHIN, UPGRADE, ask

CLOSE = "Connection: close\r\n"


@pytest.mark.parametrize("more", ["", CLOSE, UPGRADE], ids=["page", "last page", "socket"])
def test_a_reader_who_never_reads_loses_the_connection(more: str) -> None:
    with daphne_serving("large", READ_WITHIN=0.5) as port, ask(port, "/", more) as raw:
        aborted = select.poll()
        aborted.register(raw, 0)  # errors and resets only, not what could be read
        assert aborted.poll(ENDS_WITHIN * 1000), "the connection is held for one who does not read"


def test_a_reader_who_reads_slowly_gets_everything() -> None:
    with daphne_serving("large", READ_WITHIN=10.0) as port, ask(port, "/", CLOSE) as raw:
        received = 0
        while data := raw.recv(1 << 20):
            received += len(data)
        assert received > 20_000_000


BOUNDS = {"HEAD_WITHIN": 3.0, "BODY_WITHIN": 3.0, "READ_WITHIN": 3.0, "ANSWER_WITHIN": 1.5, "IDLE_FOR": 3.0}


def test_quiet_streams_and_sockets_live_on_while_they_are_read() -> None:
    with (
        daphne_serving("quiet", **BOUNDS) as port,
        connect(f"ws://127.0.0.1:{port}/", proxy=None, max_size=2 * MUCH) as viewer,
        httpx.stream("GET", f"http://127.0.0.1:{port}/", timeout=ENDS_WITHIN) as stream,
    ):
        assert sum(map(len, stream.iter_bytes())) == MUCH + len(b"late")
        assert [len(viewer.recv(ENDS_WITHIN)) for _ in range(2)] == [MUCH, len("late")]


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"], ids=["begun", "expected"])
@pytest.mark.parametrize(
    "length", [b"Content-Length: 100", b"Transfer-Encoding: chunked"], ids=["length", "chunks"]
)
def test_a_body_that_does_not_come_is_not_waited_for(expect: bytes, length: bytes) -> None:
    with (
        daphne_serving("echo", BODY_WITHIN=0.3) as port,
        socket.create_connection(("127.0.0.1", port), ENDS_WITHIN) as raw,
    ):
        raw.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + expect + length + b"\r\n\r\n")
        received = b""
        while data := raw.recv(4096):
            received += data
    assert b"HTTP/1.1 408 " in received
