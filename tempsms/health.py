"""Liveness, readiness and metrics."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.page_threads import PageHandler

NEVER_CACHED = (("cache-control", "no-store"),)
LATE = timedelta(seconds=60)  # the oldest due row may be this late before we say that nobody works


def alive(pages: PageHandler) -> App:
    """`/healthz`: 200 while this process can answer pages; 503 means that only a restart helps it.

    It is answered in front of Django, for any Host. PostgreSQL's absence is readiness' matter: it holds up no page
    for long.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if pages.stuck:
            await respond(send, 503, b"no page is answered any more\n", "text/plain", NEVER_CACHED)
        else:
            await respond(send, 200, b"ok\n", "text/plain", NEVER_CACHED)

    return answer


class AnyHost:
    """Middleware: load balancers ask for `/readyz` by address, and what it says depends on no host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, as asked at PUBLIC_URL."""
        if request.path == "/readyz":
            request.META["HTTP_HOST"] = urlsplit(settings.PUBLIC_URL).netloc
        return self._get_response(request)


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when messages can be stored; says how database, broker and due work are."""
    database, late = _database()
    broker = _broker()
    working = late is None or late < LATE
    waiting = not working and not broker  # nobody is woken while the broker is away, and the rows wait for it
    report = {
        "database": "ok" if database else "down",
        "broker": "ok" if broker else "down",
        "work": "ok" if working else "late",
        "oldest_due_seconds": round(late.total_seconds()) if late else 0,
    }
    # without the broker messages are still received and read: that is worth saying, not worth refusing traffic
    return JsonResponse(report, status=200 if database and (working or waiting) else 503)


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """`/metrics`: this process's counters."""
    await respond(send, 200, generate_latest(), CONTENT_TYPE_LATEST, NEVER_CACHED)


def _database() -> tuple[bool, timedelta | None]:
    """Whether the database answers, and how late the oldest due row is."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT least((SELECT min(due_at) FROM inbox_outbox),"
                " (SELECT min(due_at) FROM numbers_intent WHERE state IN ('waiting', 'calling', 'uncertain')))"
            )
            (oldest,) = cursor.fetchone() or (None,)
    except DatabaseError:
        return False, None
    return True, timezone.now() - oldest if oldest else None


def _broker() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
