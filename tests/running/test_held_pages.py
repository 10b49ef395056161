"""Pages are held in memory, and none is ever wrong for longer than a second, while fifty readers load them."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx
import pytest

from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("held pages")

NUMBER, ENDING = "+15005550051", "+15005550052"
READERS = 50
WRONG_AFTER = 1.0  # seconds after a commit
PATHS = [
    f"/numbers/{NUMBER[1:]}/",
    f"/numbers/{NUMBER[1:]}/poll/",
    f"/numbers/{ENDING[1:]}/",
    "/",
    "/countries/us/",
]


class Reading(NamedTuple):
    """One answer: which page, when it was asked for and had, and what it says."""

    path: str
    asked_at: float
    had_at: float
    status: int
    text: str


class Change(NamedTuple):
    """A committed change: from when on a page must say, or no longer say, a text; before `begun` it could not."""

    path: str
    begun: float
    since: float
    text: str
    shown: bool


@pytest.fixture(scope="module")
def unlimited() -> Iterator[Instance]:
    """An instance that lets one visitor ask as much as fifty."""
    with Instance(VISITOR_LIMITS="off") as running:
        yield running


def test_no_page_is_wrong_a_second_after_the_commit(unlimited: Instance) -> None:
    account = unlimited.account("twilio", "held", NUMBER, ENDING, auth_token=TOKEN)
    readings: list[Reading] = []
    over = threading.Event()
    with ThreadPoolExecutor(READERS) as readers:
        loops = [
            readers.submit(read, unlimited, PATHS[n % len(PATHS)], readings, over) for n in range(READERS)
        ]
        try:
            changes = list(change_things(unlimited, account))
            enough = time.monotonic() + 2 * WRONG_AFTER
            over.wait(enough - time.monotonic())
        finally:
            over.set()
        for loop in loops:
            loop.result()
    wrong = [
        (change, reading.path, reading.asked_at - change.since)
        for change in changes
        for reading in readings
        if reading.path == change.path
        and reading.asked_at > change.since + WRONG_AFTER
        and reading.had_at < next_change(changes, change)
        and (change.text in reading.text) != change.shown
    ]
    assert wrong == []
    assert {reading.status for reading in readings} <= {200, 410}
    # the readers saw what was changed, and were many
    assert len(readings) > len(changes) * 10


def read(instance: Instance, path: str, readings: list[Reading], over: threading.Event) -> None:
    """Load a page again and again."""
    with httpx.Client(base_url=instance.url, timeout=60) as client:
        while not over.is_set():
            asked_at = time.monotonic()
            answer = client.get(path)
            readings.append(Reading(path, asked_at, time.monotonic(), answer.status_code, answer.text))
            over.wait(0.05)


def change_things(instance: Instance, account: dict[str, Any]) -> Iterator[Change]:
    """Post, withhold, forget, report and retire; each change once it is committed, a while after the one before."""
    inbox, poll, ending, first, country = PATHS
    for n in range(4):
        word, begun = f"word{n}word", time.monotonic()
        post = signed(account["webhook_url"], form(word, MessageSid=sid(), To=NUMBER))
        assert httpx.post(post.url, content=post.body, headers=post.headers, timeout=60).status_code == 200
        ((message_id,),) = instance.sql("SELECT max(id) FROM inbox_message")
        yield from both(inbox, poll, begun, word, shown=True)
        begun = time.monotonic()
        if n == 0:
            instance.sql("UPDATE inbox_message SET public = false WHERE id = %s", message_id)
        elif n == 1:
            instance.sql("DELETE FROM inbox_message WHERE id = %s", message_id)
        elif n == 2:
            page = f"{inbox}messages/{message_id}/"
            with httpx.Client(base_url=instance.url, timeout=60) as client:
                token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', client.get(page).text)
                assert token
                fields = {"why": "harmful", "csrfmiddlewaretoken": token[1]}
                assert client.post(page, data=fields, headers={"Origin": instance.url}).status_code == 200
        if n < 3:
            yield from both(inbox, poll, begun, word, shown=False)
    begun = time.monotonic()
    instance.sql(
        "UPDATE numbers_lease SET state = 'quarantined' FROM numbers_number n WHERE number_id = n.id AND e164 = %s",
        ENDING,
    )
    since = time.monotonic()
    for path in (first, country):
        yield Change(path, begun, since, ENDING[1:], False)
    yield Change(ending, begun, since, "data-socket", False)
    time.sleep(2 * WRONG_AFTER)


def both(inbox: str, poll: str, begun: float, text: str, *, shown: bool) -> Iterator[Change]:
    """The change of a message on its page and in its poll; and time for readers to see it."""
    since = time.monotonic()
    yield Change(inbox, begun, since, text, shown)
    yield Change(poll, begun, since, text, shown)
    time.sleep(2 * WRONG_AFTER)


def next_change(changes: list[Change], change: Change) -> float:
    """When the same text may change again."""
    same = [other for other in changes if (other.path, other.text) == (change.path, change.text)]
    later = [other.begun for other in same if other.begun > change.begun]
    return min(later, default=float("inf"))
