"""Liveness, readiness and metrics."""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

LATE = timedelta(seconds=60)  # the oldest due row may be this late before we say that nobody works


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


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


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """This process's counters."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


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
