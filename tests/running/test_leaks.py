"""Whoever reads badly, leaves early or comes while the database hangs: every place and connection is given back."""

import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("instance")

NUMBER = "+15005550041"
INBOX = f"/numbers/{NUMBER[1:]}/"
AT_ONCE = 32
SAMPLE = re.compile(r"^tempsms_page_threads_busy\{[^}]*\} (\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def busy(served: tuple[Instance, str]) -> Instance:
    """An instance on either server, with an inbox that has something to search in."""
    instance, _ = served
    account = instance.account("twilio", "leaks", NUMBER, auth_token=TOKEN)
    for _ in range(30):
        post = signed(account["webhook_url"], form(MessageSid=sid(), To=NUMBER))
        assert httpx.post(post.url, content=post.body, headers=post.headers).status_code == 200
    return instance


def connect(instance: Instance) -> socket.socket:
    """A connection that takes little without being read, and whose end is a reset."""
    raw = socket.socket()
    raw.settimeout(20)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", instance.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return raw


def get(path: str) -> bytes:
    """A request on the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n".encode()


def expect_service(instance: Instance) -> None:
    """More pages at once than there are threads are answered, and then no thread is busy."""
    with ThreadPoolExecutor(AT_ONCE) as visitors:
        asked = visitors.map(lambda n: ask(instance, ("/", INBOX, f"{INBOX}poll/")[n % 3]), range(AT_ONCE))
        assert set(asked) == {200}
    assert ask(instance, "/readyz") == 200
    deadline = time.monotonic() + 20
    while any(map(int, SAMPLE.findall(httpx.get(f"{instance.url}/metrics").text))):
        assert time.monotonic() < deadline, "a thread for pages stays busy"
        time.sleep(0.1)


def ask(instance: Instance, path: str) -> int:
    """The status of a page, asked until it is one (one visitor's pages wait for each other, 8 s at most)."""
    deadline = time.monotonic() + 60
    while (status := httpx.get(instance.url + path, timeout=30).status_code) in (429, 503):
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return status


def test_readers_who_ask_for_much_and_read_nothing(busy: Instance) -> None:
    with ExitStack() as readers:
        for _ in range(9):
            readers.enter_context(connect(busy)).sendall(get("/") * 250)
        expect_service(busy)
    expect_service(busy)


def test_visitors_who_leave_at_any_moment_of_a_search(busy: Instance) -> None:
    for n in range(64):
        visitor = connect(busy)
        visitor.sendall(get(f"{INBOX}?q=nothing{n}"))
        time.sleep(n % 8 * 0.01)
        visitor.close()
    expect_service(busy)


def test_many_searches_at_once(busy: Instance) -> None:
    with ThreadPoolExecutor(AT_ONCE) as visitors:
        paths = [f"{busy.url}{INBOX}?q=nothing{n}" for n in range(AT_ONCE)]
        statuses = set(visitors.map(lambda path: httpx.get(path, timeout=30).status_code, paths))
    assert statuses <= {200, 429, 503}
    expect_service(busy)


# what is seen here lies behind the servers
@pytest.mark.parametrize("served", ["uvicorn"], indirect=True)
def test_pages_that_are_cut_while_the_database_hangs(busy: Instance) -> None:
    with busy.frozen("postgres"), ThreadPoolExecutor(AT_ONCE) as visitors:
        # of addresses of their own, or few pages would answer all
        paths = [f"{busy.url}{('/', INBOX)[n % 2]}?{n}" for n in range(AT_ONCE)]
        statuses = list(visitors.map(lambda path: httpx.get(path, timeout=30).status_code, paths))
    assert 503 in statuses
    assert set(statuses) <= {503, 429}  # requests of one visitor wait 8 s for each other at most
    expect_service(busy)
