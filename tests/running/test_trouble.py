"""Our own trouble is never the carrier's fault: 503 with Retry-After, or normal service, and back by itself."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Semaphore

import httpx
import psycopg
import pytest
from websockets.sync.client import connect

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("instance")

NUMBER = "+15005550007"
PATIENCE = 12  # seconds; Twilio waits 15, Bandwidth 10
Post = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def post(instance: Instance) -> Post:
    """Post a signed message with this id to its public number."""
    account = instance.account("twilio", "trouble", NUMBER, auth_token=TOKEN)

    def posted(ref: str) -> httpx.Response:
        request = signed(account["webhook_url"], form(MessageSid=ref, To=NUMBER))
        return httpx.post(request.url, content=request.body, headers=request.headers, timeout=PATIENCE)

    assert posted(sid()).status_code == 200
    return posted


def test_with_redis_stopped_messages_are_received_stored_and_read(instance: Instance, post: Post) -> None:
    with instance.frozen("valkey"):
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


def test_with_postgresql_stopped_carriers_come_again_and_nothing_is_lost(
    instance: Instance, post: Post
) -> None:
    ref = sid()
    with instance.frozen("postgres"):
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
    until(lambda: post(ref).status_code == 200)
    assert instance.sql("SELECT count(*) FROM inbox_message WHERE carrier_ref = %s", ref) == [(1,)]


@pytest.mark.parametrize(
    ("ended_by", "posts_meanwhile"),
    [(signal.SIGKILL, True), (signal.SIGKILL, False), (signal.SIGINT, False)],  # SIGINT: its own clean end
)
def test_once_postgresql_answers_again_no_message_is_refused(
    instance: Instance, post: Post, ended_by: signal.Signals, posts_meanwhile: bool
) -> None:
    carriers = Carriers(post)
    with ThreadPoolExecutor(4) as threads:
        posted = [threads.submit(carriers.post_on) for _ in range(4)]
        try:
            wait_for_messages(instance, 20)
            if (
                not posts_meanwhile
            ):  # posts would find the dead sessions, and leave none to the first one after them
                carriers.pause()
            before = instance.pid("postgres")
            os.kill(before, ended_by)
            answers_at = wait_for_another_postmaster(instance, before)
            carriers.go_on.set()
            wait_for_messages(instance, 40)
        finally:
            carriers.end()
        answers = {ref: (begun, status) for carrier in posted for ref, begun, status in carrier.result()}
    assert {status for _, status in answers.values()} <= {200, 503}
    assert {status for begun, status in answers.values() if begun > answers_at} == {200}
    accepted = [ref for ref, (_, status) in answers.items() if status == 200]
    assert times_stored(instance, accepted) == {1}
    assert {post(ref).status_code for ref in answers} == {200}  # each once more, as carriers do
    assert times_stored(instance, list(answers)) == {1}


class Carriers:
    """Post messages from several threads, until told to pause or to end."""

    def __init__(self, post: Post) -> None:
        self.go_on = Event()
        self.go_on.set()
        self._over = Event()
        self._post = post
        self._at_work = Semaphore(4)

    def post_on(self) -> list[tuple[str, float, int]]:
        """Post every now and then: each message's id, when that began, and the status of its answer."""
        posted = []
        while not self._over.wait(0.1):
            self.go_on.wait()
            with self._at_work:
                ref, begun = sid(), time.monotonic()
                posted.append((ref, begun, self._post(ref).status_code))
        return posted

    def pause(self) -> None:
        """Return when nothing is on its way any more, until `go_on` is set."""
        self.go_on.clear()
        for _ in range(4):
            self._at_work.acquire()
        self._at_work.release(4)

    def end(self) -> None:
        """Have `post_on` return."""
        self._over.set()
        self.go_on.set()


def wait_for_messages(instance: Instance, more: int) -> None:
    """Wait until so many more messages are stored."""
    newest = "SELECT coalesce(max(id), 0) FROM inbox_message"
    ((first,),) = instance.sql(newest)
    deadline = time.monotonic() + 30
    while instance.sql(newest)[0][0] < first + more:
        assert time.monotonic() < deadline, "messages are not stored"
        time.sleep(0.05)


def wait_for_another_postmaster(instance: Instance, before: int) -> float:
    """Wait until another one than before answers; since when it surely does."""
    deadline = time.monotonic() + 60
    while True:
        with suppress(psycopg.OperationalError):
            if instance.pid("postgres") != before and instance.sql("SELECT 1"):
                return time.monotonic()
        assert time.monotonic() < deadline, "PostgreSQL did not return"
        time.sleep(0.02)


def times_stored(instance: Instance, refs: list[str]) -> set[int]:
    """How often each of these messages is stored: the different figures."""
    found = Counter(ref for (ref,) in instance.sql("SELECT carrier_ref FROM inbox_message"))
    return {found[ref] for ref in refs}
