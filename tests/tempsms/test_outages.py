"""After PostgreSQL was away no request pays for it: what is held is looked at before use, and a batch tried again."""

import asyncio
from typing import Any

import httpx
import pytest

from inbox.live import hub
from inbox.live.access import Grant
from inbox.live.frames import Frame
from inbox.messages.inboxes import Inbox
from numbers.models import Account
from tempsms.lib import postgres
from tests.carrier_side import TOKEN, form, sid, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease

ENDED = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name IN ('ingest', 'pool')"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ingest' AND wait_event_type = 'Lock'"
)


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A Twilio account with +15005550006."""
    account = make_account(carrier="twilio", secrets={"auth_token": TOKEN})
    make_lease(account=account)
    return account


async def post(site: httpx.AsyncClient, account: Account, ref: str) -> int:
    """A signed message; the answer's status."""
    request = signed(account.webhook_url, form(MessageSid=ref))
    return (await site.post(request.url, content=request.body, headers=request.headers)).status_code


async def stored(site: httpx.AsyncClient, sql: Sql, refs: list[str]) -> bool:
    """Whether each of them is stored once."""
    found = sql("SELECT carrier_ref FROM inbox_message")
    return sorted(ref for (ref,) in found) == sorted(refs)


async def test_sessions_that_ended_between_two_messages_cost_none_of_them(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    refs = []
    for _ in range(4):
        refs += [sid() for _ in range(8)]
        assert set(await asyncio.gather(*(post(site, account, ref) for ref in refs[-8:]))) == {200}
        sql(ENDED)
    assert (await site.get("/readyz")).json()["database"] == "ok"
    assert await stored(site, sql, refs)


async def test_a_batch_whose_session_ends_under_it_is_stored_once_all_the_same(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    assert await post(site, account, first := sid()) == 200
    refs = [sid() for _ in range(8)]
    async with postgres.connection() as holder, holder.transaction():
        await holder.execute("LOCK TABLE inbox_seen")
        posts = asyncio.gather(*(post(site, account, ref) for ref in refs))
        for _ in range(2000):
            if sql(WAITING) != [(0,)]:
                break
            await asyncio.sleep(0.005)
        sql(f"{ENDED} AND application_name = 'ingest'")
    assert set(await posts) == {200}
    assert await stored(site, sql, [first, *refs])


async def test_a_database_that_refuses_for_good_is_answered_503_and_tried_no_more(
    site: httpx.AsyncClient, account: Account, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await post(site, account, sid()) == 200
    monkeypatch.setattr(postgres, "has_ended", lambda connection: True)
    monkeypatch.setattr("inbox.ingest.batcher.AsyncConnection.connect", _refuse)
    assert await post(site, account, sid()) == 503


async def _refuse(*_: Any, **__: Any) -> None:
    raise OSError("nobody there")


async def test_sessions_have_their_limits(site: httpx.AsyncClient, account: Account) -> None:
    async with postgres.connection() as connection:
        row = await (await connection.execute("SHOW statement_timeout")).fetchone()
    assert (row, connection.prepare_threshold) == (("5s",), 5)


def test_pages_have_theirs(transactional_db: None) -> None:
    from django.db import connection

    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("15s", "5s")


class Frozen:
    """A subscription whose server takes what is sent and never answers."""

    async def subscribe(self, *_: str) -> None:
        """Never return."""
        await asyncio.Event().wait()

    unsubscribe = subscribe


class Nobody:
    """A viewer who only counts."""

    def push(self, frame: Frame) -> None:
        """Take a frame."""

    def end(self) -> None:
        """Take the end."""


async def test_a_frozen_redis_holds_up_nobody_who_comes_or_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "SUBSCRIBED_WITHIN", 0.05)
    watched = hub.Hub()
    watched._pubsub = Frozen()  # type: ignore[assignment]
    watched._listener = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type]
    inboxes = [Inbox(n, f"+1500555000{n}") for n in range(3)]
    async with asyncio.timeout(10):
        viewers = [(inbox, Nobody()) for inbox in inboxes for _ in range(2)]
        for inbox, viewer in viewers:
            await watched.watch(Grant(inbox), viewer)
        assert watched._stale == {inbox.topic for inbox in inboxes}
        for inbox, viewer in viewers:
            await watched.leave(inbox, viewer)
        await watched.close()
    assert watched._background == set()
