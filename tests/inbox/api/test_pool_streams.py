"""`GET /stream`: one stream of all that a key may read, whatever joins and leaves meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from inbox.api import keys
from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from inbox.live import endings, hub, pool_streams, slots
from numbers import pool, rentals
from numbers.models import Lease, Rental
from tests.factories import make_account, make_lease, make_number
from tests.inbox.api.conftest import make_key
from tests.inbox.api.events import following
from tests.inbox.api.renting import do, rent, send, store
from tests.inbox.api.test_operations import problem


@pytest.fixture(autouse=True)
async def nothing_held(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Inboxes are listed often, and in the end nothing is held."""
    monkeypatch.setattr(pool_streams, "LISTED_EVERY", 0.05)
    yield
    await asyncio.sleep(0)
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def other_lease(e164: str = "+15005550007") -> Lease:
    """Another public number."""
    return await do(lambda: make_lease(make_number(e164), make_account()))


async def test_what_comes_anywhere_is_sent_once_and_in_order(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    other, (rented, _) = await other_lease(), await rent()
    async with following("/stream", **key) as events:
        for number, body in ((lease, "one"), (rented, "two"), (other, "three")):
            await send(site, number, body)
        got = [await events.next() for _ in range(3)]
    assert [(kind, data["number"], data["body"]) for _, kind, data in got] == [
        ("message", "+15005550006", "one"),
        ("message", rented.number.e164, "two"),
        ("message", "+15005550007", "three"),
    ]
    assert [cursor for cursor, *_ in got] == [str(data["id"]) for *_, data in got]


async def test_more_numbers_than_join_at_once_are_all_followed(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_streams, "AT_ONCE", 2)
    monkeypatch.setattr(pool_streams, "LISTED_EVERY", 60)
    key = await make_key(Scope.MESSAGES_READ)
    leases = [lease, *[await other_lease(f"+1500555000{n}") for n in (1, 2, 3, 4)]]
    async with following("/stream", **key) as events:
        for one in leases:
            await send(site, one, "Hello")
            assert (await events.next())[2]["number"] == one.number.e164


async def test_what_was_missed_comes_in_the_order_of_arrival(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    other = await other_lease()
    ids = [(await store(number, f"n{n}"))[0] for n in range(4) for number in (lease, other)]
    async with following("/stream", f"after={ids[1]}", **key) as events:
        got = [int((await events.next())[0]) for _ in range(8)]
    assert got == ids, "those of shortly before may have become visible since"
    async with following("/stream", last_event_id=str(ids[-1] + 3000), **key) as events:
        await send(site, other, "new")
        assert (await events.next())[2]["body"] == "new"


async def test_of_very_many_that_were_missed_the_oldest_come_and_then_the_others(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_streams, "MOST_MISSED", 30)
    monkeypatch.setattr("inbox.messages.queries._LATE", 0)
    key = await make_key(Scope.MESSAGES_READ)
    ids = await store(lease, *(f"n{n}" for n in range(70)))
    got: list[str] = []
    last = str(ids[0])
    while len(got) < 69:
        async with following("/stream", last_event_id=last, **key) as events:
            part = [(await events.next())[0] for _ in range(min(30, 69 - len(got)))]
            if len(part) == 30:
                assert await events.block() == b""
        got, last = got + part, part[-1]
    assert got == [str(one) for one in ids[1:]]


async def test_a_rental_joins_with_all_its_messages_and_leaves_alone(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    async with following("/stream", **key) as events:
        rented, rental = await rent()
        await store(rented, "before anybody looked", rental=rental, public=False)
        assert (await events.next())[2]["body"] == "before anybody looked"
        await send(site, rented, "live")
        assert (await events.next())[2]["body"] == "live"
        await do(lambda: rentals.end(Rental.objects.get(pk=rental.pk)))
        assert (await events.next())[1:] == ("retired", {"id": 0, "number": rented.number.e164})
        await send(site, lease, "still here")
        assert (await events.next())[2]["body"] == "still here"


async def test_what_another_rents_is_not_in_it(site: httpx.AsyncClient, lease: Lease) -> None:
    mine = await make_key(Scope.MESSAGES_READ, name="mine")
    await make_key(Scope.MESSAGES_READ, name="theirs")
    rented, rental = await rent()
    await store(rented, "secret", rental=rental, public=False)
    async with following("/stream", "after=0", **mine) as events:
        await send(site, rented, "secret")
        await send(site, lease, "public")
        assert (await events.next())[2]["body"] == "public"


@pytest.mark.parametrize("ending", ["the key is revoked", "there are too many numbers"])
async def test_it_ends(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    key = await make_key(Scope.MESSAGES_READ, name="mine")
    async with following("/stream", **key) as events:
        await events.block()
        await events.block()
        if ending == "the key is revoked":
            await do(lambda: keys.revoke(ApiKey.objects.get(name="mine")))
        else:
            monkeypatch.setattr(pool_streams, "MOST_INBOXES", 1)
            await other_lease()
        assert await events.block() == b""
        assert events.over
    answer = await site.get("/api/v1/stream", headers=key)
    assert problem(answer) in ((401, "invalid_token"), (409, "too_many_numbers"))


async def test_a_number_that_ends_does_not_end_it(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    other = await other_lease()
    async with following("/stream", "fields=code", **key) as events:
        await do(lambda: pool.quarantine(lease))
        assert (await events.next())[1:] == ("retired", {"id": 0, "number": "+15005550006"})
        await send(site, other, "Your code is 482913")
        assert (await events.next())[2]["code"]["value"] == "482913"


async def test_it_is_for_keys_and_takes_one_slot(
    site: httpx.AsyncClient, lease: Lease, settings: object
) -> None:
    settings.SOCKETS_PER_KEY = 1  # type: ignore[attr-defined]
    assert problem(await site.get("/api/v1/stream")) == (401, "unauthenticated")
    key = await make_key(Scope.MESSAGES_READ)
    await other_lease()
    async with following("/stream", **key):
        assert problem(await site.get("/api/v1/stream", headers=key)) == (429, "too_many_requests")
