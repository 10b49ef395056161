"""Rentals live: their holders get everything at once and nobody else anything, until they end or a link is revoked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import OperationalError
from redis.asyncio import Redis

from inbox.ingest import intake, store
from inbox.live import access, hub, websocket
from inbox.privacy import retention
from numbers import pool, rental_links, rentals
from numbers.carriers.messages import Inbound
from numbers.models import Lease, Rental, RentalLink
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_link, make_number, make_rental
from tests.inbox.live.test_events import Reader
from tests.sockets import Open, connect, frame

__all__ = ["connect"]

RETIRED = {"type": "retired", "id": 0}
TEXT = "Call +14155550123 or ada@example.org, your code is 482913"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, private."""
    return make_lease(make_number(public=False), make_account())


@pytest.fixture
def rental(lease: Lease) -> Rental:
    """It is rented."""
    return make_rental(lease)


@pytest.fixture
def path(rental: Rental) -> str:
    """A link to it."""
    return make_link(rental)


@pytest.fixture
async def published(site: httpx.AsyncClient) -> AsyncIterator[Any]:
    """The next (channel, payload) that anything publishes."""
    async with Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as pubsub:
        await pubsub.psubscribe("live:*")

        async def following() -> tuple[str, str]:
            while True:
                got = await pubsub.get_message(ignore_subscribe_messages=True, timeout=5)
                if got:
                    return got["channel"].decode(), got["data"].decode()

        yield following


async def send(site: httpx.AsyncClient, lease: Lease, body: str, **changes: str) -> None:
    """Post a signed message."""
    post = signed(lease.account.webhook_url, form(body, **changes))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def aside(deed: Callable[..., object], *args: Any) -> None:
    """Do what a task or an operator does, in a thread of its own."""

    def do() -> None:
        deed(*args)
        connection.close()

    await asyncio.to_thread(do)


async def is_over(viewer: Any) -> bool:
    """Whether a socket gets its last frame and is closed."""
    last = await frame(viewer)
    return (
        last == RETIRED and (await viewer.socket.receive_output(timeout=5))["code"] == websocket.NUMBER_ENDED
    )


async def test_a_message_is_pushed_whole_and_only_under_its_rental(
    site: httpx.AsyncClient, rental: Rental, path: str, lease: Lease, connect: Open, published: Any
) -> None:
    viewer = await connect(f"/ws{path}")
    await send(site, lease, TEXT)
    got = await frame(viewer)
    assert (got["message"]["body"], got["message"]["from"]) == (TEXT, "+14155550100")
    assert got["message"]["code"]["value"] == "482913"
    assert f'href="messages/{got["id"]}/"' in got["html"]
    assert ">Details<" in got["html"]
    assert path not in got["html"]
    assert (await site.get(f"{path}poll/?after=0")).json() == {"frames": [got], "ids": [got["id"]]}
    channel, payload = await published()
    assert channel == f"live:rental:{rental.pk}"
    assert "482913" in payload


async def test_events_are_the_same_and_both_replay_what_was_missed(
    site: httpx.AsyncClient, path: str, lease: Lease, connect: Open
) -> None:
    for body in ("one", "two"):
        await send(site, lease, body)
    reader = await Reader(f"/sse{path}").open()
    assert reader.headers[b"cache-control"].startswith(b"no-store")
    viewer = await connect(f"/ws{path}")
    for body in ("one", "two", "three"):
        if body == "three":
            await send(site, lease, body)
        got = await frame(viewer)
        assert got["message"]["body"] == body
        assert await reader.event() == (str(got["id"]), got)
    await reader.leave()


async def test_what_came_before_is_not_replayed(site: httpx.AsyncClient, lease: Lease, connect: Open) -> None:
    await send(site, lease, "before")
    paths: list[str] = []
    await aside(lambda: paths.append(make_link(make_rental(lease))))
    viewer = await connect(f"/ws{paths[0]}")
    await send(site, lease, "within")
    assert (await frame(viewer))["message"]["body"] == "within"


async def test_what_is_recovered_belongs_to_whoever_rented_when_it_arrived(
    site: httpx.AsyncClient, rental: Rental, path: str, lease: Lease, sql: Sql
) -> None:
    at = timezone.now()
    late = Inbound("r1", "ACME", "+15005550006", "before", at - timedelta(hours=1), flags=("recovered",))
    await intake.accept(lease.account_id, late, arrived_at=late.sent_at)
    await intake.accept(lease.account_id, replace(late, ref="r2", body="within"), arrived_at=at)
    await intake.accept(lease.account_id, replace(late, ref="r3", body="now"))
    assert sql("SELECT body, rental_id FROM inbox_message ORDER BY id") == [
        ("before", None),
        ("within", rental.pk),
        ("now", rental.pk),
    ]


async def test_unknown_revoked_and_malformed_tokens_open_nothing(
    site: httpx.AsyncClient, path: str, connect: Open, sql: Sql
) -> None:
    sql("UPDATE numbers_rentallink SET revoked_at = now()")
    for wrong in (path, f"{path[:-2]}/", "/r/x/", f"/r/{'a' * 500}/", "/r/%00/"):
        assert not (await connect(f"/ws{wrong}")).accepted
        assert (await site.get(f"/sse{wrong}")).status_code == 404
        polled = await site.get(f"{wrong}poll/")
        assert polled.status_code == 404 if "%00" in wrong else polled.json() == {"frames": [RETIRED]}


@pytest.mark.parametrize("change", ["cancelled", "over", "booked", "lease"])
async def test_a_rental_that_does_not_last_now_opens_nothing(
    path: str, connect: Open, sql: Sql, change: str
) -> None:
    if change == "lease":
        sql("UPDATE numbers_lease SET state = 'quarantined'")
    elif change == "cancelled":
        sql("UPDATE numbers_rental SET cancelled = true")
    else:
        hours = "2 hours" if change == "booked" else "-2 hours"
        sql(
            f"UPDATE numbers_rental SET during = tstzrange(lower(during) + interval '{hours}', upper(during) +"
            f" interval '{hours}'), held = tstzrange(lower(held) - interval '3 hours', upper(held))"
        )
    assert not (await connect(f"/ws{path}")).accepted


async def test_a_rental_that_is_ended_closes_everything(rental: Rental, path: str, connect: Open) -> None:
    viewer, reader = await connect(f"/ws{path}"), await Reader(f"/sse{path}").open()
    await aside(rentals.end, rental)
    assert await is_over(viewer)
    assert (await reader.event())[1] == RETIRED
    assert await reader.line() == b""
    assert not (await connect(f"/ws{path}")).accepted


async def test_a_number_that_goes_closes_everything(path: str, lease: Lease, connect: Open) -> None:
    viewer = await connect(f"/ws{path}")
    await aside(pool.quarantine, lease)
    assert await is_over(viewer)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> asyncio.Semaphore:
    """Rentals have a twentieth of a second left whenever the hub asks; released as often as it does."""
    times = asyncio.Semaphore(0)
    ask = access.open_links

    async def soon(rental_id: int) -> tuple[set[int], float]:
        found, left = await ask(rental_id)
        times.release()
        return found, min(left, 0.05)

    monkeypatch.setattr(hub, "open_links", soon)
    return times


async def test_a_rental_whose_time_is_over_closes_everything_though_nobody_says_so(
    asked: asyncio.Semaphore, path: str, connect: Open, sql: Sql
) -> None:
    viewer = await connect(f"/ws{path}")
    sql("UPDATE numbers_rental SET during = tstzrange(lower(during), now())")
    assert await is_over(viewer)


async def test_a_rental_that_was_extended_goes_on(
    asked: asyncio.Semaphore, site: httpx.AsyncClient, path: str, lease: Lease, connect: Open
) -> None:
    viewer = await connect(f"/ws{path}")
    for _ in range(3):
        await asyncio.wait_for(asked.acquire(), 5)
    await send(site, lease, "still here")
    assert (await frame(viewer))["message"]["body"] == "still here"


async def test_a_revoked_link_closes_its_own_pages_and_no_others(
    site: httpx.AsyncClient, rental: Rental, path: str, lease: Lease, connect: Open
) -> None:
    others: list[str] = []
    await aside(lambda: others.append(make_link(rental)))
    viewer, other = await connect(f"/ws{path}"), await connect(f"/ws{others[0]}")
    reader = await Reader(f"/sse{path}").open()
    await aside(lambda: rental_links.revoke(RentalLink.objects.earliest("pk")))
    assert await is_over(viewer)
    assert (await reader.event())[1] == RETIRED
    await send(site, lease, "secret")
    assert (await frame(other))["message"]["body"] == "secret"


async def test_a_link_that_was_revoked_without_a_word_is_found_out(
    path: str, connect: Open, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RENTALS_CHECKED_EVERY", 0.05)
    viewer = await connect(f"/ws{path}")
    sql("UPDATE numbers_rentallink SET revoked_at = now()")
    assert await is_over(viewer)


async def test_after_an_outage_nothing_is_caught_up_for_a_revoked_link(
    site: httpx.AsyncClient, path: str, lease: Lease, connect: Open, sql: Sql
) -> None:
    viewer = await connect(f"/ws{path}")
    await send(site, lease, "seen")
    assert (await frame(viewer))["message"]["body"] == "seen"
    sql("UPDATE numbers_rentallink SET revoked_at = now()")
    await hub.hub()._handle_event("", {"type": "catch up", "number": "+15005550006"})
    assert await is_over(viewer)


async def test_an_expired_code_is_redacted_under_the_rental_only(
    site: httpx.AsyncClient, rental: Rental, path: str, lease: Lease, connect: Open, sql: Sql, published: Any
) -> None:
    viewer = await connect(f"/ws{path}")
    await send(site, lease, "Your code is 482913")
    pk = (await frame(viewer))["id"]
    await published()
    sql("UPDATE inbox_code SET expires_at = now()")
    await aside(retention.forget_codes)
    assert await frame(viewer) == {"type": "redacted", "id": pk}
    assert (await published())[0] == f"live:rental:{rental.pk}"


async def test_a_message_whose_commit_was_not_confirmed_reaches_its_holder(
    site: httpx.AsyncClient, path: str, lease: Lease, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await connect(f"/ws{path}")

    async def loses_the_answer(*args: Any) -> Any:
        monkeypatch.setattr("inbox.ingest.batcher.store", store.store)
        await store.store(*args)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("inbox.ingest.batcher.store", loses_the_answer)
    post = signed(lease.account.webhook_url, form("Hello"))
    statuses = [
        (await site.post(post.url, content=post.body, headers=post.headers)).status_code for _ in range(2)
    ]
    assert statuses == [503, 200]
    assert (await frame(viewer))["message"]["body"] == "Hello"
