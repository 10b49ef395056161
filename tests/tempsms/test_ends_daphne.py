"""Connections on daphne: heads and bodies that drip and clients who do not read lose theirs, quiet ones keep them.

And its end: what was asked is answered, WebSockets are closed, and what takes too long is cut.
"""

import select
import socket
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.daphne_side import LITTLE, MUCH, daphne_running, daphne_serving
from tests.tempsms.test_ends import CLOSE, ENDS_WITHIN, UPGRADE, ask, asking

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("more", ["", CLOSE, UPGRADE], ids=["page", "last page", "socket"])
def test_a_reader_who_never_reads_loses_the_connection(more: str) -> None:
    with daphne_serving("large", READ_WITHIN=0.5) as port, ask(port, "/", more) as raw:
        aborted = select.poll()
        aborted.register(raw, 0)  # errors and resets only, not what could be read
        assert aborted.poll(ENDS_WITHIN * 1000), "the connection is held for one who does not read"


def test_the_last_answer_is_not_kept_for_a_reader_who_never_reads_it() -> None:
    # too little for Twisted to pause anything, which waits for good until it is read
    with (
        daphne_running("little", 4096, {"READ_WITHIN": 0.5}) as daphne,
        ask(daphne.port, "/", CLOSE) as raw,
    ):
        aborted = select.poll()
        aborted.register(raw, 0)
        assert aborted.poll(ENDS_WITHIN * 1000), "the connection is held for one who does not read"
        received = b""
        with pytest.raises(ConnectionResetError):
            while data := raw.recv(1 << 20):
                received += data
        assert len(received) < LITTLE


def test_a_reader_who_reads_slowly_gets_everything() -> None:
    with daphne_serving("large", READ_WITHIN=10.0) as port, ask(port, "/", CLOSE) as raw:
        received = 0
        while data := raw.recv(1 << 20):
            received += len(data)
        assert received > 20_000_000


def test_the_next_piece_is_taken_when_the_last_one_is_read() -> None:
    """Half of it is not read within the bound, which is for each piece: files take longer on a phone."""
    with daphne_serving("pieces", READ_WITHIN=3.0) as port, ask(port, "/", CLOSE) as raw:
        received = 0
        while data := raw.recv(200_000):
            received += len(data)
            time.sleep(len(data) / 4_000_000)
        assert received > 20_000_000


def test_an_answer_that_is_left_half_sent_ends_with_its_connection() -> None:
    with daphne_serving("torn") as port, ask(port, "/") as raw:
        received = b""
        while data := raw.recv(4096):
            received += data
    assert b"half" in received
    assert not received.endswith(b"0\r\n\r\n")


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


def test_a_server_that_ends_answers_what_is_asked_and_resets_nothing() -> None:
    with daphne_running("mixed") as daphne, asking(daphne.port, 16) as clients:
        daphne.leave()
        for client in clients:
            client.result(ENDS_WITHIN)
        assert daphne.process.wait(ENDS_WITHIN) == 0


def test_a_request_that_was_on_its_way_when_the_server_ends_is_answered() -> None:
    with (
        daphne_running("mixed", bounds={"QUIET_FOR": 5.0}) as daphne,
        socket.create_connection(("127.0.0.1", daphne.port), ENDS_WITHIN) as raw,
    ):
        raw.sendall(REQUEST)
        assert b"connection: close" not in raw.recv(4096).lower()
        daphne.leave()
        raw.sendall(REQUEST)
        assert b"connection: close" in raw.recv(4096).lower()
        assert raw.recv(4096) == b""
        assert daphne.process.wait(ENDS_WITHIN) == 0


def test_a_server_that_ends_closes_sockets_and_what_is_quiet_and_answers_the_rest() -> None:
    with (
        daphne_running(
            "mixed", bounds={"QUIET_FOR": 0.1, "LEAVE_WITHIN": 60.0, "HEAD_WITHIN": 60.0}
        ) as daphne,
        ask(daphne.port, "/slow") as slow,
        connect(f"ws://127.0.0.1:{daphne.port}/", proxy=None) as viewer,
        socket.create_connection(("127.0.0.1", daphne.port), ENDS_WITHIN) as idle,
    ):
        daphne.leave()
        with pytest.raises(ConnectionClosed) as closed:
            viewer.recv(ENDS_WITHIN)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert idle.recv(1) == b""
        assert b"connection: close" in slow.recv(4096).lower()
        assert slow.recv(4096) == b""
        assert daphne.process.wait(ENDS_WITHIN) == 0


def test_a_server_that_ends_does_not_wait_for_good() -> None:
    with daphne_running("mixed", bounds={"LEAVE_WITHIN": 0.5}) as daphne, ask(daphne.port, "/never") as never:
        assert httpx.get(f"http://127.0.0.1:{daphne.port}/", timeout=ENDS_WITHIN).text == "xx"
        with ask(daphne.port, "/half", "X: ") as half:
            daphne.leave()
            assert daphne.process.wait(ENDS_WITHIN) == 0
            assert never.recv(1) == half.recv(1) == b""
