"""Liveness, readiness and metrics: answered in front of Django, for any Host, also while no page is.

Readiness goes the way of a message, through the same writers, so that it says "ok" only where a webhook would be.
"""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from inbox import outbox
from inbox.ingest import gate
from inbox.ingest.batcher import Overloaded
from numbers import intents
from tempsms.lib import postgres, redis, visitor
from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.lib.postgres import Unavailable
from tempsms.page_threads import PageHandler

NEVER_CACHED = (("cache-control", "no-store"),)
LATE = timedelta(seconds=60)  # the oldest due row may be this late before we say that nobody works
_FORWARDED = {b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via"}
_METRICS_REFUSED = b"metrics are for this machine, or for a METRICS_TOKEN: Authorization: Bearer <token>\n"
DATABASE_WITHIN, BROKER_WITHIN = 4.0, 1.0  # seconds

_OLDEST_DUE = f"SELECT least(({outbox.OLDEST_DUE}), ({intents.OLDEST_DUE}))"


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
    """`/metrics`: this process's counters, for this machine and for whoever has METRICS_TOKEN."""
    if _may_read_metrics(scope):
        await respond(send, 200, generate_latest(), CONTENT_TYPE_LATEST, NEVER_CACHED)
    else:
        await respond(send, 403, _METRICS_REFUSED, "text/plain", NEVER_CACHED)


def _may_read_metrics(scope: Scope) -> bool:
    """Whether the token is right or, without one, the request comes from this machine, also through our proxies."""
    headers = dict(scope["headers"])
    if token := settings.METRICS_TOKEN:
        return secrets.compare_digest(headers.get(b"authorization", b""), b"Bearer " + token.encode())
    peer = (scope.get("client") or [""])[0]
    if not _FORWARDED.intersection(headers):
        return _is_loopback(peer)
    forwarded_for = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    return bool(
        settings.TRUSTED_PROXIES
        and _is_loopback(peer)
        and _is_loopback(visitor.client_address(peer, forwarded_for, settings.TRUSTED_PROXIES))
    )


def _is_loopback(address: str) -> bool:
    read = visitor.read_address(address)
    return read is not None and read.is_loopback


async def _database() -> tuple[bool, timedelta | None]:
    """Whether messages can be stored, and how late the oldest due row is."""
    try:
        # a task of its own: where the server is frozen, the driver would keep a deadline waiting
        _, late = await _in_time(asyncio.gather(gate.probe(), _lateness()), DATABASE_WITHIN)
    except (Unavailable, Overloaded, TimeoutError):
        return False, None
    return True, late


async def _lateness() -> timedelta | None:
    async with postgres.connection() as connection:
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
