"""Liveness, readiness and metrics: answered in front of Django, for any Host, even while no page is.

Readiness uses the same writers as messages, so that it is "ok" only if a webhook would be stored.
"""

import asyncio
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from inbox import outbox
from inbox.forwarding import queue as deliveries
from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded
from inbox.sandbox import callbacks
from inbox.sending import dispatch
from numbers import intents
from tempsms.lib import metrics as metric_values
from tempsms.lib import postgres, redis, this_machine
from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.lib.postgres import Unavailable
from tempsms.page_threads import PageHandler

NEVER_CACHED = (("cache-control", "no-store"),)
LATE = timedelta(seconds=60)  # how late the oldest due row may be before the workers count as not working
_METRICS_REFUSED = (
    b"metrics are for this machine only, or with the METRICS_TOKEN: Authorization: Bearer <token>\n"
)
DATABASE_WITHIN, BROKER_WITHIN = 4.0, 1.0  # seconds

_DUE = (
    outbox.OLDEST_DUE,
    intents.OLDEST_DUE,
    deliveries.OLDEST_DUE,
    callbacks.OLDEST_DUE,
    dispatch.OLDEST_DUE,
)
_OLDEST_DUE = f"SELECT least({', '.join(f'({oldest})' for oldest in _DUE)})"

_DELIVERIES = f"""
SELECT (SELECT count(*) FROM forwarding_delivery WHERE settled_at IS NULL),
    (SELECT count(*) FROM forwarding_target WHERE NOT enabled),
    coalesce(extract(epoch FROM now() - ({deliveries.OLDEST_DUE})), 0)
"""  # noqa: S608  (our own text)


def alive(pages: PageHandler) -> App:
    """`/healthz`: 200 while this process can answer pages; 503 means that only a restart helps it.

    PostgreSQL's absence is a matter for readiness: it delays no page for long.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if pages.stuck:
            await respond(send, 503, b"pages are no longer answered\n", "text/plain", NEVER_CACHED)
        else:
            await respond(send, 200, b"ok\n", "text/plain", NEVER_CACHED)

    return answer


def ready(pages: PageHandler) -> App:
    """`/readyz`: 200 when messages can be stored; says how database, broker, pages and due work are."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        (database, late), broker = await asyncio.gather(_probe_database(), _probe_broker())
        working = late is None or late < LATE
        waiting = not working and not broker  # workers are not woken while the broker is away, and rows wait
        report = {
            "database": "ok" if database else "down",
            "broker": "ok" if broker else "down",
            "pages": "stuck" if pages.stuck else "ok",
            "work": "ok" if working else "late",
            "oldest_due_seconds": round(late.total_seconds()) if late else 0,
        }
        # without the broker messages are still received and read: report it, but do not refuse traffic
        good = database and (working or waiting) and not pages.stuck
        await respond(send, 200 if good else 503, orjson.dumps(report), "application/json", NEVER_CACHED)

    return answer


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """`/metrics`: the counters of all web processes, for this machine and for requests with METRICS_TOKEN."""
    if _may_read_metrics(scope):
        with suppress(Unavailable, TimeoutError):
            await _in_time(asyncio.ensure_future(_measure_deliveries()), DATABASE_WITHIN)
        await respond(send, 200, metric_values.exposition(), CONTENT_TYPE_LATEST, NEVER_CACHED)
    else:
        await respond(send, 403, _METRICS_REFUSED, "text/plain", NEVER_CACHED)


async def _measure_deliveries() -> None:
    """Set what is counted in the database, and not by one process."""
    async with postgres.connection() as connection:
        row = await (await connection.execute(_DELIVERIES)).fetchone()
    waiting, disabled, oldest = row or (0, 0, 0)
    metric_values.DELIVERIES_WAITING.set(waiting)
    metric_values.TARGETS_DISABLED.set(disabled)
    metric_values.OLDEST_DELIVERY.set(oldest)


def _may_read_metrics(scope: Scope) -> bool:
    """Whether the token is right or, if none is set, the request comes from this machine, even through proxies."""
    headers = dict(scope["headers"])
    if token := settings.METRICS_TOKEN:
        return secrets.compare_digest(headers.get(b"authorization", b""), b"Bearer " + token.encode())
    return this_machine.asks(scope)


async def _probe_database() -> tuple[bool, timedelta | None]:
    """Whether messages can be stored, and how late the oldest due row is."""
    try:
        # a task of its own: where the server is frozen, the driver would keep a deadline waiting
        _, late = await _in_time(asyncio.gather(intake.probe(), _read_lateness()), DATABASE_WITHIN)
    except (Unavailable, Overloaded, TimeoutError):
        return False, None
    return True, late


async def _read_lateness() -> timedelta | None:
    async with postgres.connection() as connection:
        (oldest,) = await (await connection.execute(_OLDEST_DUE)).fetchone() or (None,)
    return timezone.now() - oldest if oldest else None


async def _in_time(asked: asyncio.Future[Any], seconds: float) -> Any:
    """The result of the work; raises `TimeoutError` on time, whether or not the work can be cancelled."""
    await asyncio.wait([asked], timeout=seconds)
    if not asked.done():
        asked.cancel()
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise TimeoutError
    return asked.result()


async def _probe_broker() -> bool:
    try:
        return bool(await _in_time(asyncio.ensure_future(redis.client().ping()), BROKER_WITHIN))
    except (RedisError, OSError):
        return False
