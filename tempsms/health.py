"""Liveness, readiness and metrics: answered in front of Django, for any Host, also while no page is.

Readiness goes the way of a message, through the same writers, so that it says "ok" only where a webhook would be.
"""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from inbox.ingest import gate
from inbox.ingest.batcher import Overloaded, Unavailable
from tempsms.lib import postgres, redis
from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.page_threads import PageHandler

NEVER_CACHED = (("cache-control", "no-store"),)
LATE = timedelta(seconds=60)  # the oldest due row may be this late before we say that nobody works
DATABASE_WITHIN, BROKER_WITHIN = 4.0, 1.0  # seconds

_OLDEST_DUE = """
SELECT least((SELECT min(due_at) FROM inbox_outbox),
    (SELECT min(due_at) FROM numbers_intent WHERE state IN ('waiting', 'calling', 'uncertain')))
"""


def alive(pages: PageHandler) -> App:
    """`/healthz`: 200 while this process can answer pages; 503 means that only a restart helps it.

    PostgreSQL's absence is readiness' matter: it holds up no page for long.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if pages.stuck:
            await respond(send, 503, b"no page is answered any more\n", "text/plain", NEVER_CACHED)
        else:
            await respond(send, 200, b"ok\n", "text/plain", NEVER_CACHED)

    return answer


def ready(pages: PageHandler) -> App:
    """`/readyz`: 200 when messages can be stored; says how database, broker, pages and due work are."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        (database, late), broker = await asyncio.gather(_database(), _broker())
        working = late is None or late < LATE
        waiting = (
            not working and not broker
        )  # nobody is woken while the broker is away, and the rows wait for it
        report = {
            "database": "ok" if database else "down",
            "broker": "ok" if broker else "down",
            "pages": "stuck" if pages.stuck else "ok",
            "work": "ok" if working else "late",
            "oldest_due_seconds": round(late.total_seconds()) if late else 0,
        }
        # without the broker messages are still received and read: worth saying, not worth refusing traffic
        good = database and (working or waiting) and not pages.stuck
        await respond(send, 200 if good else 503, orjson.dumps(report), "application/json", NEVER_CACHED)

    return answer


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """`/metrics`: this process's counters."""
    await respond(send, 200, generate_latest(), CONTENT_TYPE_LATEST, NEVER_CACHED)


async def _database() -> tuple[bool, timedelta | None]:
    """Whether messages can be stored, and how late the oldest due row is."""
    try:
        # a task of its own: where the server is frozen, the driver would keep a deadline waiting
        _, late = await _in_time(asyncio.gather(gate.probe(), _lateness()), DATABASE_WITHIN)
    except (PostgresError, PoolTimeout, OSError, Overloaded, Unavailable):
        return False, None
    return True, late


async def _lateness() -> timedelta | None:
    async with (await postgres.pool()).connection() as connection:
        (oldest,) = await (await connection.execute(_OLDEST_DUE)).fetchone() or (None,)
    return timezone.now() - oldest if oldest else None


async def _in_time(asked: asyncio.Future[Any], seconds: float) -> Any:
    """What was asked for; raises `TimeoutError` on time, whether or not what was asked can be ended."""
    await asyncio.wait([asked], timeout=seconds)
    if not asked.done():
        asked.cancel()
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise TimeoutError
    return asked.result()


async def _broker() -> bool:
    try:
        return bool(await _in_time(asyncio.ensure_future(redis.client().ping()), BROKER_WITHIN))
    except (RedisError, OSError):
        return False
