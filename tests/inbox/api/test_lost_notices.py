"""With Redis away, or a notice lost, whoever waits or follows by the API gets what came, long before a wait is over."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from inbox.live import checks, endings, hub, pool_streams, slots
from numbers.models import Lease, Rental
from tests.factories import make_account, make_lease
from tests.inbox.api.conftest import make_key
from tests.inbox.api.events import following
from tests.inbox.api.renting import do, rent, store
from tests.inbox.api.test_waits import waiting

NUMBER = "+15005550006"
AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture(autouse=True)
async def often(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Compare all the time; in the end nothing is held."""
    monkeypatch.setattr(hub, "LOOKS_EVERY", 0.01)
    monkeypatch.setattr(hub, "SUBSCRIBED_WITHIN", 0.05)
    monkeypatch.setattr(checks, "CHECKED_EVERY", 0.0)
    yield
    await asyncio.sleep(0)
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience


async def make_inbox(kind: str) -> tuple[Lease, dict[str, Any], str]:
    """A public number or a rental, how a message is stored for it, and its path."""
    if kind == "number":
        lease = await do(lambda: make_lease(account=make_account()))
        return lease, {}, f"/numbers/{NUMBER}"
    lease, rental = await rent()
    return lease, {"rental": rental, "public": False}, f"/rentals/{rental.pk}"


@pytest.mark.parametrize("redis", ["here", "away"])
@pytest.mark.parametrize("kind", ["number", "rental"])
async def test_a_wait_is_answered(
    site: httpx.AsyncClient, transactional_db: None, settings: Any, kind: str, redis: str
) -> None:
    settings.REDIS_URL = AWAY if redis == "away" else settings.REDIS_URL
    key = await make_key()
    lease, changes, path = await make_inbox(kind)
    task = asyncio.create_task(site.get(f"/api/v1{path}/messages/wait", headers=key))
    await waiting()
    await store(lease, "Hello", **changes)
    async with asyncio.timeout(30):
        assert (await task).json()["message"]["body"] == "Hello"


@pytest.mark.parametrize("kind", ["number", "rental"])
async def test_a_claim_is_answered(
    site: httpx.AsyncClient, transactional_db: None, settings: Any, kind: str
) -> None:
    settings.REDIS_URL = AWAY
    key = await make_key()
    lease, changes, path = await make_inbox(kind)
    inbox = {"number": NUMBER} if kind == "number" else {"rental": int(path.rpartition("/")[2])}
    made = (await site.post("/api/v1/claims", json=inbox, headers=key)).json()
    task = asyncio.create_task(site.get(f"/api/v1/claims/{made['id']}/wait", headers=key))
    await waiting()
    await store(lease, "Hello", **changes)
    async with asyncio.timeout(30):
        assert (await task).json()["message"]["body"] == "Hello"


@pytest.mark.parametrize("kind", ["number", "rental", "all"])
async def test_a_stream_goes_on(
    site: httpx.AsyncClient,
    transactional_db: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    settings.REDIS_URL = AWAY
    monkeypatch.setattr(pool_streams, "LISTED_EVERY", 0.05)
    key = await make_key()
    lease, changes, path = await make_inbox("number" if kind == "number" else "rental")
    await store(lease, "before", **changes)
    async with following("/stream" if kind == "all" else f"{path}/stream", **key) as events:
        for body in ("one", "two"):
            await store(lease, body, **changes)
            assert (await events.next())[2]["body"] == body


async def test_the_end_of_a_rental_is_noticed(
    site: httpx.AsyncClient, transactional_db: None, settings: Any
) -> None:
    settings.REDIS_URL = AWAY
    key = await make_key()
    _, _, path = await make_inbox("rental")
    task = asyncio.create_task(site.get(f"/api/v1{path}/messages/wait", headers=key))
    await waiting()
    await do(lambda: Rental.objects.update(cancelled=True))
    async with asyncio.timeout(30):
        assert (await task).json() == {"message": None, "seen": []}
