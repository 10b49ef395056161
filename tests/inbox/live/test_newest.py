"""What a process remembers of public inboxes: many share one reading, and nobody sees what the database has not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from django.conf import settings
from redis.asyncio import Redis

from inbox.live import frames, hub, newest, notices
from inbox.messages import queries
from inbox.models import Message
from inbox.pages import polls
from numbers.models import Lease
from tempsms.lib import page_memory
from tempsms.lib.postgres import Unavailable
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_message
from tests.inbox.live.test_rental_live import aside
from tests.sockets import Open, connect, frame

__all__ = ["connect"]

DIGITS = "15005550006"
POLL = f"/numbers/{DIGITS}/poll/"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


@pytest.fixture
def message(lease: Lease) -> Message:
    """A message to it, whose code lives for ten minutes."""
    return make_message(lease, "Your code is 482913")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still, so that memory is trusted until something is heard; add to it to let time pass."""
    now = [1000.0]

    def tick() -> float:
        now[0] += 1e-6
        return now[0]

    monkeypatch.setattr(page_memory, "_changes", page_memory._Changes())
    for room in (newest, page_memory):
        monkeypatch.setattr(room, "time", SimpleNamespace(monotonic=tick))
    return now


@pytest.fixture
def fresh_pages(clock: list[float]) -> None:
    """Hold pages, unlike other tests."""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The numbers whose messages were read from the database."""
    made: list[str] = []
    real = queries.newest_on

    async def count(connection: Any, inbox: Any, **options: Any) -> Any:
        made.append(inbox.digits)
        return await real(connection, inbox, **options)

    monkeypatch.setattr(queries, "newest_on", count)
    yield made


@pytest.fixture
async def watched(site: httpx.AsyncClient, message: Message, connect: Open) -> AsyncIterator[Any]:
    """A socket that has the message."""
    viewer = await connect()
    assert (await frame(viewer))["id"] == message.pk
    yield viewer


async def poll(site: httpx.AsyncClient) -> list[str]:
    """The texts that a poll has."""
    answer = await site.get(f"{POLL}?after=0")
    return [one["message"]["body"] for one in answer.json()["frames"]]


async def test_what_opens_and_asks_where_a_number_is_watched_shares_one_reading(
    site: httpx.AsyncClient, watched: Any, message: Message, connect: Open, reads: list[str]
) -> None:
    for _ in range(3):
        viewer = await connect()
        assert (await frame(viewer))["id"] == message.pk
        assert await poll(site) == ["Your code is 482913"]
    assert reads == []


async def test_a_poll_says_what_the_socket_says_and_304_where_nothing_changed(
    site: httpx.AsyncClient, message: Message, connect: Open
) -> None:
    answer = await site.get(f"{POLL}?after=0", headers={"Accept-Encoding": "gzip"})
    viewer = await connect()
    assert answer.json() == {"frames": [await frame(viewer)], "ids": [message.pk]}
    assert answer.headers["content-encoding"] == "gzip"
    known = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
    assert (await site.get(f"{POLL}?after=0", headers=known)).status_code == 304


async def test_a_message_that_is_pushed_is_in_the_next_poll(
    site: httpx.AsyncClient, watched: Any, lease: Lease
) -> None:
    post = signed(lease.account.webhook_url, form("news"))
    await site.post(post.url, content=post.body, headers=post.headers)
    assert (await frame(watched))["message"]["body"] == "news"
    assert await poll(site) == ["Your code is 482913", "news"]


@pytest.mark.parametrize(
    ("change", "kind", "left"),
    [
        ("UPDATE inbox_message SET public = false", "withheld", []),
        ("DELETE FROM inbox_code", "redacted", ["Your code is ••••••"]),
    ],
)
async def test_a_notice_ends_what_is_remembered(
    site: httpx.AsyncClient, watched: Any, message: Message, sql: Sql, change: str, kind: str, left: list[str]
) -> None:
    sql(change)
    assert await poll(site) == ["Your code is 482913"], "remembered"
    await asyncio.to_thread(notices.tell, kind, {f"+{DIGITS}": [message.pk]})
    assert (await frame(watched))["type"] == kind
    assert await poll(site) == left


async def test_without_a_notice_it_ends_after_half_a_second(
    site: httpx.AsyncClient, watched: Any, sql: Sql, clock: list[float]
) -> None:
    sql("UPDATE inbox_message SET public = false")
    clock[0] += page_memory.HOLD
    assert await poll(site) == []
    sql("UPDATE numbers_number SET public = false")
    clock[0] += page_memory.HOLD
    assert (await site.get(POLL)).status_code == 410


async def test_a_code_is_remembered_until_it_expires_by_the_databases_clock(
    site: httpx.AsyncClient,
    lease: Lease,
    monkeypatch: pytest.MonkeyPatch,
    clock: list[float],
    reads: list[str],
) -> None:
    monkeypatch.setattr(page_memory, "HOLD", 3600.0)
    await aside(make_message, lease, "Your code is 482913", 300)
    for seconds, read in ((0, 1), (100, 1), (200, 2)):
        clock[0] += seconds
        await poll(site)
        assert len(reads) == read


async def test_nothing_is_remembered_while_changes_are_not_heard(
    site: httpx.AsyncClient, watched: Any, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, subscribed = asyncio.Event(), hub.hub()._confirmed[f"+{DIGITS}"]
    real = newest.Memory.distrust

    def lose(memory: newest.Memory, digits: str) -> None:
        real(memory, digits)
        lost.set()

    monkeypatch.setattr(newest.Memory, "distrust", lose)
    async with Redis.from_url(settings.REDIS_URL) as client:
        await client.client_kill_filter(_type="pubsub")
    await asyncio.wait_for(lost.wait(), 5)
    sql("UPDATE inbox_message SET public = false")
    assert await poll(site) == []
    await asyncio.wait_for(subscribed.wait(), 5)
    assert await poll(site) == []


async def test_sockets_end_when_the_notice_of_their_numbers_end_got_lost(
    site: httpx.AsyncClient, watched: Any, sql: Sql
) -> None:
    sql("UPDATE numbers_lease SET state = 'quarantined'")
    async with Redis.from_url(settings.REDIS_URL) as client:
        await client.publish(frames.channel(""), frames.event("catch up", number=f"+{DIGITS}"))
    assert (await frame(watched))["type"] == "retired"


async def test_messages_are_made_again_only_when_their_rows_are_others(
    site: httpx.AsyncClient, message: Message, lease: Lease, sql: Sql
) -> None:
    memory = newest.memory()
    first = await memory.reread(DIGITS)
    await aside(make_message, lease, "more")
    second = await memory.reread(DIGITS)
    assert first
    assert second
    assert second.messages[1] is first.messages[0]
    sql("DELETE FROM inbox_code")
    third = await memory.reread(DIGITS)
    assert third
    assert third.messages[0] is second.messages[0]
    assert third.messages[1]["body"] == "Your code is ••••••"


async def test_what_nobody_asks_for_is_forgotten(
    site: httpx.AsyncClient,
    message: Message,
    lease: Lease,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory = newest.memory()
    await memory.find(DIGITS)
    clock[0] += newest.FORGOTTEN_AFTER + 1
    await memory.find("15005550007")
    assert memory._newest == {}


async def test_a_poll_is_djangos_where_it_asks_for_older_ones_or_the_database_is_away(
    site: httpx.AsyncClient, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await site.get(f"{POLL}?after=0&to={message.pk}")
    assert answer.json()["ids"] == [message.pk]
    assert (await site.get(f"{POLL}?after=x")).status_code == 400

    async def away(*args: Any) -> None:
        raise Unavailable

    monkeypatch.setattr(newest.Memory, "find", away)
    assert await poll(site) == ["Your code is 482913"]


async def test_cursors_between_the_same_messages_share_one_answer(
    site: httpx.AsyncClient, message: Message, clock: list[float]
) -> None:
    answers = [
        (await site.get(f"{POLL}?after={after}")).content for after in range(message.pk, message.pk + 200)
    ]
    assert len(set(answers)) == 1
    (remembered,) = newest.memory()._newest.values()
    assert len([key for key in remembered._made if key[0] == "poll"]) == 1


async def test_answers_are_forgotten_with_the_reading_that_they_were_made_of(
    site: httpx.AsyncClient, message: Message, clock: list[float]
) -> None:
    await poll(site)
    (remembered,) = newest.memory()._newest.values()
    assert remembered._made
    clock[0] += page_memory.HOLD + 1
    await newest.memory().find("15005550007")
    assert not remembered._made


async def test_few_inboxes_are_read_at_the_same_time(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, most = 0, 0

    async def read(memory: newest.Memory, digits: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    monkeypatch.setattr(newest.Memory, "_read_inbox", read)
    memory = newest.Memory()
    await asyncio.gather(*(memory.find(f"1500555{number:04}") for number in range(50)))
    assert most == newest._AT_ONCE


async def test_a_poll_has_the_headers_of_djangos_answers(site: httpx.AsyncClient, message: Message) -> None:
    ours = await site.get(POLL)
    djangos = await site.get(f"{POLL}?after=0&to={message.pk}")
    assert ours.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert djangos.headers["content-security-policy"]
    for name in ("referrer-policy", "x-content-type-options"):
        assert ours.headers[name] == djangos.headers[name]


@pytest.mark.parametrize("hosts", [[b"example.com"], [b"127.0.0.1:8000", b"example.com"], []])
async def test_a_poll_of_another_host_is_refused(
    site: httpx.AsyncClient, message: Message, hosts: list[bytes]
) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": POLL,
        "query_string": b"after=0",
        "headers": [(b"host", host) for host in hosts],
    }
    assert await polls.recall(scope) is None
    assert await polls.recall({**scope, "headers": [(b"host", b"127.0.0.1:8000")]})
