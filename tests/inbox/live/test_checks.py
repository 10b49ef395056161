"""Open pages of public numbers are compared with the database, so that a notice that got lost is made up for."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings
from redis.asyncio import Redis

from inbox.live import checks, frames, hub, newest
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.models import Message
from numbers.models import Lease
from tempsms.lib.postgres import Unavailable
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_message
from tests.inbox.live.test_rental_live import aside
from tests.sockets import Open, connect, frame

__all__ = ["connect"]

NUMBER = "+15005550006"
ASK = {"type": "ask", "id": 0}


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


@pytest.fixture
def messages(lease: Lease) -> list[Message]:
    """Two messages to it."""
    return [make_message(lease, "one"), make_message(lease, "two")]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compare all the time."""
    monkeypatch.setattr(hub, "LOOKS_EVERY", 0.01)
    monkeypatch.setattr(checks, "CHECKED_EVERY", 0.0)
    yield


async def open_with(connect: Open, messages: list[Message]) -> Any:
    """A socket that has these messages."""
    viewer = await connect()
    assert [(await frame(viewer))["id"] for _ in messages] == [message.pk for message in messages]
    return viewer


async def count_checks(monkeypatch: pytest.MonkeyPatch, wanted: int) -> None:
    """Wait until the number was compared so often."""
    done = asyncio.Event()
    real = queries.shown_ids
    made = 0

    async def count(number_ids: list[int]) -> dict[int, list[int]]:
        nonlocal made
        shown = await real(number_ids)
        made += 1
        if made > wanted:
            done.set()
        return shown

    monkeypatch.setattr(queries, "shown_ids", count)
    await asyncio.wait_for(done.wait(), 10)


@pytest.mark.parametrize(
    "change",
    ["UPDATE inbox_message SET public = false WHERE id = %s", "DELETE FROM inbox_message WHERE id = %s"],
)
async def test_pages_are_told_to_ask_when_something_is_gone_and_no_notice_came(
    connect: Open, messages: list[Message], sql: Sql, change: str
) -> None:
    viewer = await open_with(connect, messages)
    sql(change, messages[0].pk)
    assert await frame(viewer) == ASK


async def test_a_message_whose_event_got_lost_is_pushed_alone(
    connect: Open, messages: list[Message], lease: Lease
) -> None:
    viewer = await open_with(connect, messages)
    await aside(make_message, lease, "three")
    assert (await frame(viewer))["message"]["body"] == "three"


async def test_sockets_end_when_the_notice_of_their_numbers_end_got_lost(
    connect: Open, messages: list[Message], sql: Sql
) -> None:
    viewer = await open_with(connect, messages)
    sql("UPDATE numbers_lease SET state = 'quarantined'")
    assert (await frame(viewer))["type"] == "retired"


async def test_what_pages_know_is_not_told_again(
    connect: Open,
    messages: list[Message],
    lease: Lease,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer = await open_with(connect, messages)
    async with Redis.from_url(settings.REDIS_URL) as client:
        sql("UPDATE inbox_message SET public = false WHERE id = %s", messages[0].pk)
        await client.publish(frames.channel(NUMBER), frames.event("withheld", ids=[messages[0].pk]))
        # the notice may come after the comparison, which then says so too
        while (got := await frame(viewer)) == ASK:
            pass
        assert got == {"type": "withheld", "id": messages[0].pk}
        await count_checks(monkeypatch, 3)
        await client.publish(frames.channel(NUMBER), frames.event("redacted", ids=[7]))
    assert await frame(viewer) == {"type": "redacted", "id": 7}, "nothing came between"


async def test_older_messages_that_made_room_are_not_gone(
    connect: Open, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, told = checks.Checks(), range(1, queries.PAGE + 6)
    grant = Message(number=lease.number)
    inbox.begin(Inbox(grant.number_id, NUMBER), list(told))

    async def newest(number_ids: list[int]) -> dict[int, list[int]]:
        return {grant.number_id: sorted(told, reverse=True)[: queries.PAGE]}

    monkeypatch.setattr(queries, "shown_ids", newest)
    inbox._known[NUMBER].due = 0.0
    assert await inbox.compare_due() == []


async def test_pages_are_told_to_ask_after_the_subscription_was_lost(
    site: httpx.AsyncClient, connect: Open, messages: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CHECKED_EVERY", 3600.0)
    viewer = await open_with(connect, messages)
    async with Redis.from_url(settings.REDIS_URL) as client:
        await client.client_kill_filter(_type="pubsub")
    caught_up = [await frame(viewer) for _ in messages]
    assert [one["id"] for one in caught_up] == [message.pk for message in messages]
    assert await frame(viewer) == ASK


async def test_with_redis_away_messages_come_by_comparing(
    connect: Open, messages: list[Message], lease: Lease, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    viewer = await open_with(connect, messages)
    await aside(make_message, lease, "three")
    assert (await frame(viewer))["message"]["body"] == "three"


async def test_a_page_that_opens_does_not_hide_what_another_one_missed(
    connect: Open, messages: list[Message], lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CHECKED_EVERY", 3600.0)
    viewer = await open_with(connect, messages)
    await aside(make_message, lease, "three")
    other = await connect()
    while (await frame(other))["message"]["body"] != "three":
        pass
    assert (await frame(viewer))["message"]["body"] == "three"


async def test_what_could_not_be_told_is_told_later(
    connect: Open, messages: list[Message], lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = newest.Memory.find, asyncio.Event()

    async def find(memory: newest.Memory, digits: str) -> newest.Newest | None:
        if not refused.is_set():
            refused.set()
            raise Unavailable
        return await real(memory, digits)

    viewer = await open_with(connect, messages)
    monkeypatch.setattr(newest.Memory, "find", find)
    await aside(make_message, lease, "three")
    assert (await frame(viewer))["message"]["body"] == "three"
    assert refused.is_set()


def test_of_a_flood_only_the_newest_ids_are_remembered() -> None:
    known = checks.Checks()
    known.begin(Inbox(1, NUMBER), [])
    for first in range(0, 10_000, 100):
        known.note_sent(NUMBER, range(first, first + 100))
    assert sorted(known._known[NUMBER].ids) == list(range(10_000 - 2 * queries.PAGE, 10_000))
