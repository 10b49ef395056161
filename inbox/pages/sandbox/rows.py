"""Captured messages as the sandbox's pages show them, and what polls of these pages answer."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from inbox.sandbox.callbacks import ENDED
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.resource import as_resource, readable

PAGE = 50
_OVERLAP = timedelta(seconds=5)  # writers commit in another order than they begin


def describe(message: CapturedMessage) -> dict[str, Any]:
    """A message for the templates."""
    described = as_resource(message)
    return {
        **described,
        "at": message.created_at,
        "until": message.expires_at,
        "unread": message.unread,
        "tags": message.tags,
        "failed_calls": [call for call in described["callbacks"] if _has_failed(call)],
    }


def describe_all(found: "QuerySet[CapturedMessage]") -> list[dict[str, Any]]:
    """The same for several."""
    return [describe(message) for message in readable(found)]


def answer_poll(
    request: HttpRequest,
    found: "QuerySet[CapturedMessage]",
    template: str,
    describe: Callable[[CapturedMessage], dict[str, Any]] = describe,
    **more: Any,
) -> HttpResponse:
    """The ids of the messages that a page shows now, and the rows of those that changed since it asked last."""
    cursor = read_clock()
    since = _read_cursor(request.GET.get("since", ""))
    # what people note on a message changes its row as well, and is no news for programs that follow it
    versions = list(found.annotate(at=Greatest("updated_at", "marked_at")).values_list("pk", "at"))
    changed = [pk for pk, at in versions if since is None or at > since - _OVERLAP]
    rows = {
        message.pk: render_to_string(template, {"message": describe(message)}, request)
        for message in _read_messages(changed)
    }
    ids = [pk for pk, _ in versions]
    return JsonResponse({"ids": ids, "rows": rows, "cursor": cursor.isoformat(), **more})


def read_clock() -> datetime:
    """The database's time, by which rows change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)
    return now


def _has_failed(call: Mapping[str, Any]) -> bool:
    """Whether a callback that was made has no good answer, or one that its carrier does not understand."""
    if not call["at"] or call["note"] == ENDED:
        return False
    return bool(call["note"]) or not 200 <= call["status"] < 300


def _read_messages(ids: Iterable[int]) -> "QuerySet[CapturedMessage]":
    return readable(CapturedMessage.objects.filter(pk__in=ids))


def _read_cursor(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and at.year > 1 else None
