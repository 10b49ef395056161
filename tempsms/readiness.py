"""Liveness, readiness and metrics: answered in front of Django, for any Host, even while no page is.

Readiness uses the same writers as messages, so that it is "ok" only if a webhook would be stored.
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
from inbox.ingest import intake
from inbox.ingest.batcher import Overloaded
from numbers import intents
from tempsms.lib import postgres, redis, visitor
from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.lib.postgres import Unavailable
from tempsms.page_threads import PageHandler

NEVER_CACHED = (("cache-control", "no-store"),)
LATE = timedelta(seconds=60)  # how late the oldest due row may be before the workers count as not working
# what proxies and CDNs add; a request with any of them came from elsewhere unless X-Forwarded-For says otherwise
_FORWARDING = {
    *(
        b"cdn-loop",
        b"cf-connecting-ip",
        b"fastly-client-ip",
        b"forwarded",
        b"forwarded-for",
        b"true-client-ip",
    ),
    *(
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-original-forwarded-for",
    ),
    *(b"x-real-ip",),
}
_METRICS_REFUSED = (
    b"metrics are for this machine only, or with the METRICS_TOKEN: Authorization: Bearer <token>\n"
)
DATABASE_WITHIN, BROKER_WITHIN = 4.0, 1.0  # seconds

_OLDEST_DUE = f"SELECT least(({outbox.OLDEST_DUE}), ({intents.OLDEST_DUE}))"


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
    """`/metrics`: this process's counters, for this machine and for requests with METRICS_TOKEN."""
    if _may_read_metrics(scope):
        await respond(send, 200, generate_latest(), CONTENT_TYPE_LATEST, NEVER_CACHED)
    else:
        await respond(send, 403, _METRICS_REFUSED, "text/plain", NEVER_CACHED)


def _may_read_metrics(scope: Scope) -> bool:
    """Whether the token is right or, if none is set, the request comes from this machine, even through proxies."""
    headers = dict(scope["headers"])
    if token := settings.METRICS_TOKEN:
        return secrets.compare_digest(headers.get(b"authorization", b""), b"Bearer " + token.encode())
    peer = (scope.get("client") or [""])[0]
    if not any(name in _FORWARDING or name.startswith(b"x-forwarded") for name in headers):
        return _is_loopback(peer)
    forwarded_for, trusted = visitor.forwarded_for(scope), settings.TRUSTED_PROXIES
    # fewer hops than proxies: one of them writes none, and the client may have written all that there is
    complete = 0 < trusted <= len(visitor.split_hops(forwarded_for))
    client = visitor.client_address(peer, forwarded_for, trusted)
    return complete and _is_loopback(peer) and _is_loopback(client)


def _is_loopback(address: str) -> bool:
    read = visitor.read_address(address)
    return read is not None and read.is_loopback


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
