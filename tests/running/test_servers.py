"""The same application on both servers: uvicorn, which serves by default, and daphne."""

import json
import os
import re
import signal
import socket
import struct
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.carrier_side import form, sid, signed
from tests.rig import Instance
from tests.running.conftest import NUMBER

pytestmark = pytest.mark.xdist_group("instance")


def live(instance: Instance) -> str:
    """The socket's address."""
    return f"ws://127.0.0.1:{instance.port}/ws/numbers/{NUMBER[1:]}/"


def test_a_webhook_reaches_open_sockets(served: tuple[Instance, str]) -> None:
    instance, url = served
    with connect(live(instance), origin=Origin(instance.url)) as first, connect(live(instance)) as second:
        post = signed(url, form("Your code is 482913"))
        assert httpx.post(post.url, content=post.body, headers=post.headers).status_code == 200
        for viewer in (first, second):
            frame = json.loads(viewer.recv(timeout=10))
            assert (frame["type"], frame["message"]["code"]["value"]) == ("message", "482913")


def test_a_foreign_page_cannot_open_a_socket(served: tuple[Instance, str]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(live(served[0]), origin=Origin("http://evil.example"))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("said", "code"),
    [("x" * 4096, 4403), ("x" * 4097, 1009), (["x" * 4096, "x"], 1009)],
    ids=["something", "too much", "too much in parts"],
)
def test_a_socket_that_says_anything_is_closed(
    served: tuple[Instance, str], said: str | list[str], code: int
) -> None:
    with connect(live(served[0])) as viewer, pytest.raises(ConnectionClosed) as closed:
        viewer.send(said)
        while True:
            viewer.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_a_forged_webhook_is_refused(served: tuple[Instance, str]) -> None:
    post = signed(served[1], form(), token="another token")
    assert httpx.post(post.url, content=post.body, headers=post.headers).status_code == 403


def test_a_body_that_never_ends_is_cut_off(served: tuple[Instance, str]) -> None:
    instance, url = served
    path = url.removeprefix(instance.url)
    with socket.create_connection(("127.0.0.1", instance.port), timeout=20) as raw:
        raw.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        answer = b""
        for _ in range(200):
            try:
                raw.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
            except OSError:
                break
        else:
            raw.sendall(b"0\r\n\r\n")  # daphne hands bodies on only when they are whole
        answer = raw.recv(4096)
    assert b" 413 " in answer


def test_pages_and_assets_are_served(served: tuple[Instance, str]) -> None:
    instance, _ = served
    page = httpx.get(f"{instance.url}/numbers/{NUMBER[1:]}/")
    assert page.status_code == 200
    assert page.headers["content-encoding"] == "gzip"
    scripts = re.findall(r'<(?:script type="module" src|link rel="modulepreload" href)="([^"]+)"', page.text)
    assert len(scripts) > 10
    for path in scripts:
        script = httpx.get(instance.url + path)
        assert (script.status_code, script.headers["content-type"].split(";")[0]) == (200, "text/javascript")
        assert "immutable" in script.headers["cache-control"]
        for imported in re.findall(r'from "\./([^"]+)"', script.text):
            assert f"/static/js/{imported}" in scripts


def test_visitors_who_leave_while_they_connect_give_their_places_back(served: tuple[Instance, str]) -> None:
    instance, _ = served
    hello = (
        f"GET /ws/numbers/{NUMBER[1:]}/ HTTP/1.1\r\nHost: 127.0.0.1:{instance.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    text = b"\x81\x85\x00\x00\x00\x00hello"
    for n in range(30):
        raw = socket.create_connection(("127.0.0.1", instance.port), timeout=20)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets
        raw.sendall(hello)
        if n % 3:
            raw.recv(4096)
        if n % 3 == 2:
            raw.sendall(text)
        raw.close()
    with connect(live(instance)) as viewer:
        deadline = time.monotonic() + 20
        while "tempsms_sockets 1.0" not in httpx.get(f"{instance.url}/metrics").text:
            assert time.monotonic() < deadline, httpx.get(f"{instance.url}/metrics").text
        viewer.ping()


def test_a_web_process_that_is_told_to_end_resets_nothing(served: tuple[Instance, str]) -> None:
    instance, url = served
    posts = [signed(url, form(MessageSid=sid())) for _ in range(400)]
    sent = iter(posts)

    def post(n: int) -> list[int]:
        statuses = []
        with httpx.Client(timeout=30) as client:
            for request in sent:
                answer = client.post(request.url, content=request.body, headers=request.headers)
                statuses.append(answer.status_code)
                if len(statuses) == 5 and n == 0:
                    os.kill(instance.serving(), signal.SIGTERM)
        return statuses

    with ThreadPoolExecutor(16) as carriers:
        statuses = [status for found in carriers.map(post, range(16)) for status in found]
    assert Counter(statuses) == {200: len(posts)}
