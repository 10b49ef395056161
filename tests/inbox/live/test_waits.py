"""Waiting for a message: found when it comes or is there already, never an old one, and nothing is held meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.db import connection

from inbox.live import access, endings, hub, slots, waits
from inbox.live.access import Grant
from inbox.live.session import NoInbox, NoSlot
from inbox.live.waits import Outcome
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from numbers import pool
from numbers.models import Lease, Number, Rental
from tempsms.lib import postgres
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_message, make_number, make_rental

ANY = MessageFilter()
NUMBER = "15005550006"


@pytest.fixture
async def nothing_held(site: httpx.AsyncClient) -> AsyncIterator[None]:
    """Whatever came of the waits, nothing is left of them."""
    yield
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience


pytestmark = pytest.mark.usefixtures("nothing_held")


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def send(site: httpx.AsyncClient, lease: Lease, body: str, **changes: str) -> None:
    """Post a signed message."""
    fields = form(body, To=lease.number.e164, **changes)
    post = signed(lease.account.webhook_url, fields)
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


def begin(
    wanted: MessageFilter = ANY,
    after: int | None = None,
    seconds: float = 30,
    find: access.Find = access.find_number,
) -> "asyncio.Task[Outcome]":
    """Begin to wait at the public number."""
    return asyncio.create_task(waits.wait("ada", find, NUMBER, wanted, after, seconds))


async def watched(count: int = 1) -> None:
    """Return once so many wait: what comes now is pushed to them."""
    async with asyncio.timeout(30):
        while len(hub.hub().audience) < count or not all(  # noqa: ASYNC110
            confirmed.is_set() for confirmed in hub.hub()._confirmed.values()
        ):
            await asyncio.sleep(0.005)


async def test_a_wait_ends_with_the_first_message_that_matches(site: httpx.AsyncClient, lease: Lease) -> None:
    waiting = begin(MessageFilter(sender="acme", match=r"code is \d{6}", needs_code=True))
    await watched()
    await send(site, lease, "Your code is 111111", From="Other")
    await send(site, lease, "Hello", From="ACME")
    await send(site, lease, "Your code is 482913", From="ACME")
    outcome = await waiting
    assert outcome.message
    assert outcome.message["code"]["value"] == "482913"
    assert [message["body"] for message in outcome.seen] == ["Your code is 111111", "Hello"]


async def test_what_is_there_already_is_found_at_once_the_oldest_first(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    for n in range(3):
        await send(site, lease, f"n{n}")
    ids = [message["id"] for message in (await begin(MessageFilter(match="nothing"), 0, 0)).seen]
    outcome = await begin(MessageFilter(match="n[12]"), ids[0])
    assert outcome.message
    assert outcome.message["body"] == "n1"
    outcome = await begin(after=ids[1])
    assert outcome.message
    assert outcome.message["body"] == "n2"


async def test_an_old_code_of_a_shared_number_is_not_what_is_waited_for(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    await send(site, lease, "Your code is 111111")
    waiting = begin(MessageFilter(needs_code=True))
    await watched()
    await send(site, lease, "Your code is 482913")
    outcome = await waiting
    assert outcome.message
    assert outcome.message["code"]["value"] == "482913"
    assert outcome.seen == []


async def test_all_of_a_rental_counts_from_its_beginning(
    site: httpx.AsyncClient, transactional_db: None
) -> None:
    lease = await asyncio.to_thread(make_private_lease)
    rental = await asyncio.to_thread(rent, lease)
    await send(site, lease, "Your code is 482913", From="+14155550100")

    async def mine(name: str) -> Grant | None:
        return Grant(Inbox(lease.number_id, lease.number.e164, rental.pk))

    outcome = await begin(find=mine)
    assert outcome.message
    assert outcome.message["from"] == "+14155550100"  # as its renter sees it
    waiting = begin(find=mine, after=outcome.message["id"])
    await watched()
    await asyncio.sleep(0)
    await send(site, lease, "next")
    second = await waiting
    assert second.message
    assert second.message["body"] == "next"


async def test_of_many_messages_since_then_the_oldest_that_matches_is_found(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    await asyncio.to_thread(store, lease, [f"n{n}" for n in range(120)])
    outcome = await begin(MessageFilter(match="n[1-9]5"), after=1)
    assert outcome.message
    assert outcome.message["body"] == "n15"


async def test_when_its_time_is_over_it_says_what_came(site: httpx.AsyncClient, lease: Lease) -> None:
    waiting = begin(MessageFilter(match="never"), seconds=0.5)
    await watched()
    await send(site, lease, "Hello")
    outcome = await waiting
    assert outcome.message is None
    assert [message["body"] for message in outcome.seen] == ["Hello"]


async def test_what_was_never_pushed_is_found_when_its_time_is_over(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    waiting = begin(seconds=0.5)
    await watched()
    await asyncio.to_thread(store, lease, ["Your code is 482913"])
    outcome = await waiting
    assert outcome.message


async def test_of_a_number_that_ended_without_notice_nothing_is_found(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    waiting = begin(MessageFilter(match="code"), seconds=0.5)
    await watched()
    await asyncio.to_thread(store, lease, ["Your code is 482913"])
    await asyncio.to_thread(hide, lease)
    outcome = await waiting
    assert (outcome.message, outcome.seen) == (None, [])


def hide(lease: Lease) -> None:
    """Have a number no page, and tell nobody."""
    Number.objects.filter(pk=lease.number_id).update(public=False)
    connection.close()


async def test_patterns_are_compared_off_the_loop(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, matches, threads = threading.get_ident(), MessageFilter.matches, []

    def note(wanted: MessageFilter, message: Any) -> bool:
        threads.append((wanted.match, threading.get_ident() == here))
        return matches(wanted, message)

    monkeypatch.setattr(MessageFilter, "matches", note)
    waiting = [begin(MessageFilter(match="code")), begin(MessageFilter(match="c.de")), begin()]
    await watched()
    await send(site, lease, "Your code is 482913")
    assert all([(await one).message for one in waiting])
    assert set(threads) == {("code", False), ("c.de", False), ("", True)}


async def test_a_comparison_that_fails_matches_nothing_and_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiter = waits.Waiter(MessageFilter(match="x"))
    waiter.begin(0)
    with monkeypatch.context() as broken:
        broken.setattr(MessageFilter, "matches", None)
        waiter.offer({"id": 1, "body": "x", "from": "ACME", "code": None})
        await waiter.compared()
    assert waiter.message is None
    waiter.offer({"id": 2, "body": "x", "from": "ACME", "code": None})
    await waiter.compared()
    assert waiter.message


async def test_a_message_that_becomes_whole_is_looked_at_again(site: httpx.AsyncClient, lease: Lease) -> None:
    waiter = waits.Waiter(MessageFilter(match="whole"))
    waiter.begin(0)
    waiter.offer({"id": 1, "body": "half", "from": "ACME", "code": None})
    waiter.offer({"id": 1, "body": "whole", "from": "ACME", "code": None})
    await waiter.compared()
    assert waiter.message


async def test_the_seen_are_bounded_to_the_newest() -> None:
    waiter = waits.Waiter(MessageFilter(match="x"))
    waiter.begin(0)
    for n in range(1, waits.MOST_SEEN * 2 + 1):
        waiter.offer({"id": n, "body": "", "from": "ACME", "code": None})
    await waiter.compared()
    assert [message["id"] for message in waiter.seen] == list(
        range(waits.MOST_SEEN + 1, waits.MOST_SEEN * 2 + 1)
    )


async def test_a_number_that_ends_ends_its_waits(site: httpx.AsyncClient, lease: Lease) -> None:
    waiting = begin()
    await watched()
    await asyncio.to_thread(quarantine, lease)
    assert (await waiting).message is None
    with pytest.raises(NoInbox):
        await begin()


async def test_a_server_that_stops_ends_all_waits(site: httpx.AsyncClient, lease: Lease) -> None:
    waiting = [begin() for _ in range(3)]
    await watched(3)
    await endings.close()
    assert [outcome.message for outcome in await asyncio.gather(*waiting)] == [None] * 3
    async with asyncio.timeout(20):
        assert (await begin()).message is None, "nor does it wait for who comes then"


async def test_who_leaves_frees_everything(site: httpx.AsyncClient, lease: Lease) -> None:
    waiting = begin()
    await watched()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not hub.hub().audience  # and what the fixture looks at


async def test_many_wait_at_once_and_hold_no_connection(
    site: httpx.AsyncClient, lease: Lease, sql: Sql, settings: Any
) -> None:
    settings.SOCKETS_PER_VISITOR = 1000
    waiting = [begin(MessageFilter(match=f"code is {n:06d}")) for n in range(500)]
    await watched(500)
    async with asyncio.timeout(30):
        while postgres._pools.get()._free._value < postgres.SIZE:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for n in (3, 499):
        await send(site, lease, f"Your code is {n:06d}")
        found = (await waiting[n]).message
        assert found
        assert found["code"]["value"] == f"{n:06d}"
    assert sum(task.done() for task in waiting) == 2
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_slots_are_those_of_sockets(site: httpx.AsyncClient, lease: Lease, settings: Any) -> None:
    settings.SOCKETS_PER_VISITOR = 1
    waiting = begin()
    await watched()
    with pytest.raises(NoSlot):
        await begin()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


def store(lease: Lease, bodies: list[str]) -> None:
    """Store messages that nobody publishes, in a thread of its own."""
    for body in bodies:
        make_message(lease, body)
    connection.close()


def make_private_lease() -> Lease:
    """+15005550006, which can be rented."""
    lease = make_lease(make_number(public=False), make_account())
    connection.close()
    return lease


def rent(lease: Lease) -> Rental:
    """Rent a number, in a thread of its own."""
    rental = make_rental(lease)
    connection.close()
    return rental


def quarantine(lease: Lease) -> None:
    """End a number, in a thread of its own."""
    pool.quarantine(lease)
    connection.close()


async def test_what_was_seen_is_told_as_it_is_at_the_end(
    site: httpx.AsyncClient, lease: Lease, sql: Sql
) -> None:
    waiting = begin(MessageFilter(match="nothing"), seconds=3)
    await watched()
    await send(site, lease, "Your code is 482913")
    await send(site, lease, "harmful")
    await send(site, lease, "Your code is 771203")
    await asyncio.to_thread(sql, "UPDATE inbox_message SET public = false WHERE body = 'harmful'")
    await asyncio.to_thread(
        sql, "DELETE FROM inbox_code WHERE message_id = (SELECT min(message_id) FROM inbox_code)"
    )
    outcome = await waiting
    assert [message["body"] for message in outcome.seen] == ["Your code is ••••••", "Your code is 771203"]
    assert [message["code"] is None for message in outcome.seen] == [True, False]
