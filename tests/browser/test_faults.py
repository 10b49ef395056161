"""Nothing acknowledged is lost, nothing is stored twice, and an open page ends right, whatever is killed.

A short form of the fault plan: a carrier that comes again until it is answered, and sends a tenth of its messages
again although they were answered, posts 2,000 signed messages to twelve numbers while the web process, PostgreSQL
and Valkey are killed with -9 three times each.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import RECORDER, rows, wait_for_ids
from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("faults")

MESSAGES = 2000
NUMBERS = [f"+150055501{n:02}" for n in range(12)]
KILLS = ["web", "postgres", "valkey"] * 3
SENDERS = 32
BURST = 50
UNLIMITED = httpx.Limits(max_connections=None)


@dataclass
class Carrier:
    """Sends until it is answered 200; keeps the truth."""

    url: str
    accepted: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    over: Event = field(default_factory=Event)
    burst: Event = field(default_factory=Event)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=15, limits=UNLIMITED))

    def deliver(self, n: int) -> None:
        """One message, sent again now and then although it was answered."""
        ref, body = sid(), f"message {n} with code {n:06d}"
        post = signed(self.url, form(body, MessageSid=ref, To=NUMBERS[n % len(NUMBERS)]))
        self._until_answered(post)
        self.accepted[ref] = body
        if n % 10 == 0:
            self._until_answered(post)

    def _until_answered(self, post: Any) -> None:
        for attempt in range(200):
            try:
                answer = self.client.post(post.url, content=post.body, headers=post.headers)
            except httpx.TransportError:
                self.answers["no answer"] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code == 200:
                    return
                assert (answer.status_code, "retry-after" in answer.headers) == (503, True), answer.text
            self.over.wait(min(0.05 * 2**attempt, 0.5))
        raise AssertionError("a message was never accepted")


def kill(instance: Instance, name: str) -> None:
    """Kill a program and its children; PostgreSQL's are listed before, while somebody knows them."""
    process = psutil.Process(instance.pid(name))
    for member in [process, *process.children(recursive=True)]:
        try:
            os.kill(member.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kill_one_after_the_other(instance: Instance, carrier: Carrier, killed: list[str]) -> None:
    """Kill in the middle of a burst, wait until it has come back, and so on."""
    for name in KILLS:
        carrier.burst.clear()
        carrier.burst.wait(30)
        time.sleep(random.uniform(0, 0.03))
        before = instance.pid(name)
        kill(instance, name)
        killed.append(name)
        deadline = time.monotonic() + 60
        while instance.pid(name) == before and time.monotonic() < deadline:
            time.sleep(0.05)
    carrier.over.set()


def in_bursts(carrier: Carrier) -> Iterator[int]:
    """Message numbers, fifty at once and then a pause, so that the kills meet many in flight; the rest at once."""
    for n in range(MESSAGES):
        if n % BURST == 0:
            carrier.over.wait(0.8)
            carrier.burst.set()
        yield n


@pytest.fixture
def running() -> Iterator[Instance]:
    """An instance of the test's own."""
    with Instance() as instance:
        yield instance


def test_nothing_is_lost_or_doubled_whatever_is_killed(running: Instance, chromium: "Browser") -> None:
    account = running.account("twilio", "faults", *NUMBERS, auth_token=TOKEN)
    inbox = Inbox(running, account, NUMBERS[0])
    page = chromium.new_page()
    page.add_init_script(RECORDER)
    page.goto(inbox.url)
    page.wait_for_function("() => states.at(-1) === 'Live'")

    carrier = Carrier(account["webhook_url"])
    killed: list[str] = []
    killer = Thread(target=kill_one_after_the_other, args=(running, carrier, killed))
    killer.start()
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(carrier.deliver, n) for n in in_bursts(carrier)]
    for future in sent:
        future.result()
    killer.join()
    carrier.client.close()
    inbox.close()
    assert killed == KILLS
    assert len(carrier.accepted) == MESSAGES

    stored = Counter(ref for (ref,) in running.sql("SELECT carrier_ref FROM inbox_message"))
    assert [ref for ref in carrier.accepted if ref not in stored] == [], "lost"
    assert [ref for ref, count in stored.items() if count > 1] == [], "doubled"
    assert len(stored) == MESSAGES
    wait_for_ids(page, inbox.ids())
    assert {row[2] for row in rows(page)} <= set(carrier.accepted.values())
    assert running.wait_for("/readyz", seconds=60).json()["database"] == "ok"
    deadline = time.monotonic() + 60
    while running.sql("SELECT count(*) FROM inbox_outbox") != [(0,)]:
        assert time.monotonic() < deadline, "the outbox is not worked off"
        time.sleep(0.2)
    print(f"answers: {dict(carrier.answers)}")
