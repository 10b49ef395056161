"""Waiting and following by the API: whoever may read gets what comes, whole or redacted, and nobody else."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from inbox.api import keys
from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from inbox.live import endings, event_streams, hub, notices, slots
from numbers import pool, rentals
from numbers.models import Lease, Rental
from tests.factories import make_account, make_lease
from tests.inbox.api.conftest import make_key
from tests.inbox.api.events import following
from tests.inbox.api.renting import RENTED, do, rent, send, store

NUMBER = "/api/v1/numbers/+15005550006"
WAIT = f"{NUMBER}/messages/wait"


@pytest.fixture(autouse=True)
async def nothing_held(site: httpx.AsyncClient) -> AsyncIterator[None]:
    """Whatever was waited for, nothing is left of it."""
    yield
    await asyncio.sleep(0)
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def waiting(count: int = 1) -> None:
    """Return once so many wait."""
    async with asyncio.timeout(30):
        while len(endings._open) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_visitor_waits_for_what_the_page_will_show(site: httpx.AsyncClient, lease: Lease) -> None:
    params = {"from": "+14155550100", "match": r"is \d{6}", "require": "code"}
    task = asyncio.create_task(site.get(WAIT, params=params))
    await waiting()
    await send(site, lease, "Hello")
    await send(site, lease, "Your code is 482913")
    answer = await task
    assert answer.status_code == 200, answer.text
    assert answer.json()["seen"] == []
    message = answer.json()["message"]
    assert (message["body"], message["from"]) == ("Your code is 482913", "+1 4••-•••-0100")
    assert message["code"]["value"] == "482913"


async def test_a_wait_that_is_over_tells_what_came(site: httpx.AsyncClient, lease: Lease) -> None:
    (first,) = await store(lease, "before")
    await store(lease, "Hello", "Your code is 482913")
    params = {"after": str(first), "match": "never", "timeout": "0", "fields": "code"}
    answer = (await site.get(WAIT, params=params)).json()
    assert answer["message"] is None
    assert [seen["code"] and seen["code"]["value"] for seen in answer["seen"]] == [None, "482913"]
    assert all("body" not in seen for seen in answer["seen"])


async def test_what_came_after_a_list_is_answered_at_once(site: httpx.AsyncClient, lease: Lease) -> None:
    await store(lease, "Your code is 111111")
    newer = (await site.get(f"{NUMBER}/messages")).json()["newer"]
    await store(lease, "Your code is 482913")
    answer = await site.get(WAIT, params={"after": newer, "require": "code"})
    assert answer.json()["message"]["code"]["value"] == "482913"


async def test_a_renter_waits_for_his_own(site: httpx.AsyncClient) -> None:
    key = await make_key(Scope.MESSAGES_READ, name="mine")
    lease, rental = await rent()
    other = await make_key(Scope.MESSAGES_READ, name="other")
    path = f"/api/v1/rentals/{rental.pk}/messages/wait"
    task = asyncio.create_task(site.get(path, headers=key))
    await waiting()
    await send(site, lease, "Call +447700900999")
    assert (await task).json()["message"]["body"] == "Call +447700900999"
    again = await site.get(f"/api/v1/numbers/{RENTED}/messages/wait", headers=key)
    assert again.json()["message"]["body"] == "Call +447700900999"
    assert (await site.get(path, headers=other)).status_code == 404
    assert (await site.get(path)).status_code == 401
    scope = await make_key(Scope.RENTALS, name="no scope")
    assert (await site.get(path, headers=scope)).status_code == 403


async def test_a_wait_and_a_stream_end_with_their_rental(site: httpx.AsyncClient) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    _, rental = await rent()
    task = asyncio.create_task(site.get(f"/api/v1/rentals/{rental.pk}/messages/wait", headers=key))
    async with following(f"/rentals/{rental.pk}/stream", **key) as events:
        await waiting(2)
        await do(lambda: rentals.end(Rental.objects.get(pk=rental.pk)))
        assert (await task).json() == {"message": None, "seen": []}
        assert (await events.next())[1] == "retired"
        assert await events.block() == b""
        assert events.over


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("match=(", "match"),
        (f"match={'a' * 501}", "match"),
        ("timeout=56", "timeout"),
        ("timeout=-1", "timeout"),
        ("timeout=nan", "timeout"),
        ("require=link", "require"),
        ("after=x", "after"),
        ("sender=ACME", "sender"),
    ],
)
async def test_wrong_parameters_are_named(
    site: httpx.AsyncClient, lease: Lease, query: str, field: str
) -> None:
    answer = await site.get(f"{WAIT}?{query}")
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    if query == "match=(":
        assert "missing )" in answer.json()["detail"]


async def test_slots_are_limited_and_a_key_has_more(
    site: httpx.AsyncClient, lease: Lease, settings: object
) -> None:
    settings.SOCKETS_PER_VISITOR = 1  # type: ignore[attr-defined]
    key = await make_key(Scope.MESSAGES_READ)
    tasks = [asyncio.create_task(site.get(WAIT))]
    await waiting()
    refused = await site.get(WAIT)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "30"
    tasks += [asyncio.create_task(site.get(WAIT, headers=key)) for _ in range(3)]
    await waiting(4)
    await send(site, lease, "Hello")
    assert {(await task).json()["message"]["body"] for task in tasks} == {"Hello"}


async def test_a_stream_has_what_comes_and_what_was_missed(site: httpx.AsyncClient, lease: Lease) -> None:
    await store(lease, "old")
    async with following("/numbers/+15005550006/stream") as events:
        assert events.status == 200
        assert events.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
        assert events.headers[b"cache-control"] == b"no-store, no-transform"
        assert [await events.block() for _ in range(2)] == [b"retry: 2000", b": beat"]
        await send(site, lease, "Your code is 482913")
        cursor, kind, message = await events.next()
        listed = (await site.get(f"{NUMBER}/messages")).json()["messages"]
        assert (cursor, kind, message) == (str(listed[0]["id"]), "message", listed[0])
    await store(lease, "missed")
    for query, headers in ((f"after={cursor}", {}), ("after=0", {"last_event_id": cursor})):
        async with following("/numbers/+15005550006/stream", query, **headers) as events:
            got = [await events.next()]
            while got[-1][2]["body"] != "missed":
                got.append(await events.next())


async def test_a_stream_has_notices_and_may_be_without_texts(site: httpx.AsyncClient, lease: Lease) -> None:
    async with following("/numbers/+15005550006/stream", "fields=code") as events:
        await send(site, lease, "Your code is 482913")
        assert (await events.next())[2].keys() == {"id", "number", "received_at", "code"}
        await asyncio.to_thread(notices.tell, "withheld", {"+15005550006": [7]})
        assert await events.next() == ("", "withheld", {"id": 7, "number": "+15005550006"})
        await do(lambda: pool.quarantine(lease))
        assert (await events.next())[1] == "retired"
    async with following("/numbers/+15005550006/stream") as events:
        assert events.status == 404


async def test_more_than_a_page_missed_is_not_left_out(site: httpx.AsyncClient, lease: Lease) -> None:
    ids = await store(lease, *(f"n{n}" for n in range(120)))
    async with following("/numbers/+15005550006/stream", f"after={ids[9]}") as events:
        got = [int((await events.next())[0]) for _ in range(110)]
    assert got == ids[10:]


@pytest.mark.parametrize("ending", ["the key is revoked", "the rental is another's"])
async def test_a_stream_ends_when_its_reader_may_no_longer_read(
    site: httpx.AsyncClient, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "CHECKED_EVERY", 0.0)
    key = await make_key(Scope.MESSAGES_READ, name="mine")
    lease, rental = await rent()
    async with following(f"/rentals/{rental.pk}/stream", **key) as events:
        await send(site, lease, "Hello")
        assert (await events.next())[2]["body"] == "Hello"
        if ending == "the key is revoked":
            await do(lambda: keys.revoke(ApiKey.objects.get(name="mine")))
        else:
            await do(lambda: Rental.objects.update(owner="key:0"))
        await send(site, lease, "secret")
        assert await events.block() in (b"retry: 2000", b": beat", b"")
        while not events.over:
            assert b"secret" not in await events.block()
