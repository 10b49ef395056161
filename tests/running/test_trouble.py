"""Our own trouble is never the carrier's fault: 503 with Retry-After, or normal service, and back by itself."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from websockets.sync.client import connect

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("instance")

NUMBER = "+15005550007"
PATIENCE = 12  # seconds; Twilio waits 15, Bandwidth 10
Post = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def post(instance: Instance) -> Post:
    """Post a signed message with this id to its public number."""
    account = instance.account("twilio", "trouble", auth_token=TOKEN)
    instance.adopt(account["id"], NUMBER)

    def posted(ref: str) -> httpx.Response:
        request = signed(account["webhook_url"], form(MessageSid=ref, To=NUMBER))
        return httpx.post(request.url, content=request.body, headers=request.headers, timeout=PATIENCE)

    assert posted(sid()).status_code == 200
    return posted


def test_with_redis_stopped_messages_are_received_stored_and_read(instance: Instance, post: Post) -> None:
    valkey = psutil.Process(instance.pid("valkey"))
    valkey.suspend()
    try:
        refs = [sid() for _ in range(20)]
        assert {post(ref).status_code for ref in refs} == {200}
        assert {ref for (ref,) in instance.sql("SELECT carrier_ref FROM inbox_message")} >= set(refs)
        assert httpx.get(f"{instance.url}/numbers/{NUMBER[1:]}/", timeout=10).status_code == 200
        begun = time.monotonic()
        with connect(f"ws://127.0.0.1:{instance.port}/ws/numbers/{NUMBER[1:]}/", open_timeout=10) as viewer:
            assert viewer.recv(timeout=10)
            print(f"a socket opened in {time.monotonic() - begun:.2f} s with Valkey frozen")
        begun = time.monotonic()
        with httpx.stream("GET", f"{instance.url}/sse/numbers/{NUMBER[1:]}/", timeout=10) as stream:
            assert stream.status_code == 200
        print(f"a stream opened in {time.monotonic() - begun:.2f} s with Valkey frozen")
        ready = httpx.get(f"{instance.url}/readyz", timeout=10)
        assert (ready.status_code, ready.json()["broker"]) == (200, "down")
    finally:
        valkey.resume()


def test_with_postgresql_stopped_carriers_come_again_and_nothing_is_lost(
    instance: Instance, post: Post
) -> None:
    postgres = psutil.Process(instance.pid("postgres"))
    stopped = [*postgres.children(recursive=True), postgres]
    for process in stopped:
        os.kill(process.pid, signal.SIGSTOP)
    ref = sid()
    try:
        unknown = signed(f"{instance.url}/webhooks/twilio/{'0' * 32}/", form())  # not a remembered account's
        answer = httpx.post(unknown.url, content=unknown.body, headers=unknown.headers, timeout=PATIENCE)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        answer = post(ref)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        page = f"/numbers/{NUMBER[1:]}/"
        paths = ("/", "/countries/us/", page, f"{page}poll/", "/admin/login/")
        with ThreadPoolExecutor(len(paths)) as visitors:
            answers = list(visitors.map(lambda path: httpx.get(instance.url + path, timeout=PATIENCE), paths))
        heard = [(shown.status_code, shown.headers.get("retry-after")) for shown in answers]
        assert heard[-1] == (200, None)
        # of one visitor two pages are worked on at once, and the next wait 8 s for their turn
        assert heard.count((503, "10")) >= 2
        assert set(heard[:-1]) <= {(503, "10"), (429, "8")}
        assert httpx.get(f"{instance.url}/readyz", timeout=30).json()["database"] == "down"
    finally:
        for process in stopped:
            os.kill(process.pid, signal.SIGCONT)
    deadline = time.monotonic() + 30
    while post(ref).status_code != 200:
        assert time.monotonic() < deadline, "service did not return"
    assert instance.sql("SELECT count(*) FROM inbox_message WHERE carrier_ref = %s", ref) == [(1,)]
